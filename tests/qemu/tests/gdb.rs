//! gdbserver inside the system, driven by the host's GDB: what a developer does, and what GDB prints.
//!
//! Decides nothing; shows breakpoints, stepping, registers, memory, watchpoints and signals of one process. Neighbours:
//! `debugger` runs GDB; initfs/gdbserver has tests of the protocol on the host.

#[path = "gdb/debugger.rs"]
mod debugger;

use debugger::{Debugger, check};

const RECURSE: &str = "/bin/targets/recurse";

#[test]
fn a_breakpoint_at_a_symbol_stops_with_its_argument() {
    check(
        &[RECURSE],
        "break *factorial\ncontinue\nprint $rdi\ncontinue\nprint $rdi\ndelete\ncontinue",
        "
ADDRESS in _start ()
Breakpoint 1 at ADDRESS: file initfs/runtime/src/fault.rs, line N.
Breakpoint 1, recurse::factorial () at initfs/runtime/src/fault.rs:N
$1 = 5
Breakpoint 1, recurse::factorial () at initfs/runtime/src/fault.rs:N
$2 = 4
[Inferior 1 (process PID) exited normally]",
    );
}

#[test]
fn a_changed_register_changes_the_result() {
    let debugger = Debugger::target(&[RECURSE]);
    debugger.run("break *factorial\ncontinue\nset $rdi = 3\ndelete\ncontinue");
    debugger.console("factorial(5) = 6\n");
}
