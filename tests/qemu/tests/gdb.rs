//! gdbserver inside the system, driven by the host's GDB: what a developer does, and what GDB prints.
//!
//! Decides nothing; shows breakpoints, stepping, registers, memory, watchpoints and signals of one process. Neighbours:
//! `debugger` runs GDB; initfs/gdbserver has tests of the protocol on the host.

#[path = "gdb/c.rs"]
mod c;
#[path = "gdb/clients.rs"]
mod clients;
#[path = "gdb/cost.rs"]
mod cost;
#[path = "gdb/debugger.rs"]
mod debugger;
#[path = "gdb/deeds.rs"]
mod deeds;
#[path = "gdb/lldb.rs"]
mod lldb;
#[path = "gdb/processes.rs"]
mod processes;
#[path = "gdb/threads.rs"]
mod threads;
#[path = "gdb/verb.rs"]
mod verb;

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

#[test]
fn vector_and_float_registers_are_changed() {
    check(
        &[RECURSE],
        "set language c\nset $xmm3.v4_int32 = {1, 2, 3, 4}\nset $ymm5.v8_int32 = {1, 2, 3, 4, 5, 6, 7, 8}\nset $st0 = 1.5\n\
         set $mxcsr = 0x1f00\nset $fs_base = 0x123000\nstepi\nprint $xmm3.v4_int32\nprint $ymm3.v8_int32\n\
         print $ymm5.v8_int32\nprint $st0\nprint/x $mxcsr\nprint/x $fs_base",
        "
ADDRESS in _start ()
ADDRESS in _start ()
$1 = {1, 2, 3, 4}
$2 = {1, 2, 3, 4, 0, 0, 0, 0}
$3 = {1, 2, 3, 4, 5, 6, 7, 8}
$4 = 1.5
$5 = 0x1f00
$6 = ADDRESS",
    );
}

#[test]
fn hardware_breakpoints_and_accesses_stop() {
    check(
        &[RECURSE],
        "set language c\nhbreak *factorial\ncontinue\nset $place = $rsp\nawatch *(long *) $place\ndelete 1\n\
         continue\nkill",
        "
ADDRESS in _start ()
Hardware assisted breakpoint 1 at ADDRESS: file initfs/runtime/src/fault.rs, line N.
Breakpoint 1, recurse::factorial () at initfs/runtime/src/fault.rs:N
Hardware access (read/write) watchpoint 2: *(long *) $place
Hardware access (read/write) watchpoint 2: *(long *) $place
ADDRESS in recurse::main () at tests/programs/src/bin/recurse.rs:N
[Inferior 1 (process PID) killed]",
    );
}

#[test]
fn a_fault_tells_its_signal_and_address() {
    check(
        &["/bin/targets/crash", "null"],
        "set language c\ncontinue\nprint $_siginfo.si_signo\nprint $_siginfo.si_code\n\
         print $_siginfo._sifields._sigfault.si_addr\nsignal 0\ncontinue",
        "
ADDRESS in _start ()
Program received signal SIGSEGV, Segmentation fault.
ADDRESS in runtime::fault::read_null () at initfs/runtime/src/fault.rs:N
$1 = 11
$2 = 1
$3 = (void *) 0x0
Program received signal SIGSEGV, Segmentation fault.
ADDRESS in runtime::fault::read_null () at initfs/runtime/src/fault.rs:N
Program terminated with signal SIGSEGV, Segmentation fault.
The program no longer exists.",
    );
}

#[test]
fn the_system_is_listed() {
    let text = Debugger::target(&[RECURSE])
        .run("info proc mappings\ninfo auxv\ninfo os processes\ninfo os threads\ninfo os files\nmonitor ps\nmonitor files\nmonitor help\nmonitor x");
    for line in [
        "r-xp   /bin/targets/recurse",
        "rw-p   [stack]",
        "\"/bin/targets/recurse\"",
        "/bin/gdbserver /bin/targets/recurse",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for line in ["AT_ENTRY", "reporting", "  PID  PPID TRACER THR NAME", "stats  what", "there is no such command"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for line in ["pid        command    file descriptor name", "   fd mode     position name", "gdbserver  3"] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn control_c_stops_a_program_that_runs() {
    // What the program writes it writes after GDB has begun to wait.
    let debugger = Debugger::target(&["/bin/targets/sleeper", "0"]);
    let text = debugger.run_interrupted("continue\nkill", "sleeper: tick 1\n");
    assert!(text.contains("Program received signal SIGINT, Interrupt."), "{text}");
    assert!(text.contains("killed]"), "{text}");
}
