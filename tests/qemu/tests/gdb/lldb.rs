//! The host's LLDB as the client: what its users do, and what it prints.
//!
//! Decides how LLDB is started, and tells of its output only what versions have in common. Neighbours: `debugger` boots; the
//! other files here use GDB, and compare more closely.

use super::debugger::{Debugger, contains};
use std::path::Path;
use std::process::Command;

/// What every session begins with: a busy host is slow, and steps go into what has debug information.
const BEFORE: [&str; 2] =
    ["settings set plugin.process.gdb-remote.packet-timeout 60", "settings set auto-confirm true"];

fn account() -> Debugger {
    let programs = std::env::var_os("PROCTOR_C_BIN_DIR").expect("programs in C are built by ./build.sh test");
    Debugger::with(&Path::new(&programs).join("account"), &["/bin/account", "20"])
}

/// What LLDB does after its commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// It ends; at the first that fails, too.
    Batch,
    /// It reads more.
    Interactive,
}

/// LLDB with these commands, not yet started.
fn lldb(debugger: &Debugger, commands: &[&str], ending: Ending) -> Command {
    let target = debugger.file().map(|file| format!("target create {}", file.display()));
    let connect = format!("process connect --plugin gdb-remote unix-connect://{}", debugger.socket().display());
    let mut lldb = Command::new("lldb");
    lldb.args(["--no-lldbinit", "--no-use-colors"]);
    if ending == Ending::Batch {
        lldb.arg("--batch");
    }
    for command in BEFORE.into_iter().chain(target.as_deref()).chain([connect.as_str()]).chain(commands.iter().copied())
    {
        lldb.args(["-o", command]);
    }
    lldb
}

/// What LLDB prints holds these, in this order.
#[track_caller]
fn check(debugger: &Debugger, commands: &[&str], expected: &[&str]) {
    contains(&debugger.drive(&lldb(debugger, commands, Ending::Batch), || None), expected);
}

#[test]
fn a_program_in_c_is_stepped_by_lines() {
    let commands = [
        "breakpoint set --name twice",
        "continue",
        "bt",
        "frame variable",
        "step",
        "step",
        "next",
        "breakpoint delete 1",
        "breakpoint set --file account.c --line 55",
        "continue",
        "frame variable *list",
        "target variable counter",
        "continue",
    ];
    let expected = [
        "account`_start",
        "where = account`twice",
        "stop reason = breakpoint 1.1",
        "account`twice(value=0) at account.c:",
        "frame #1:",
        "account`count(limit=20)",
        "frame #2:",
        "account`main(argc=2",
        "(int) value = 0",
        "stop reason = step in",
        "stop reason = step in",
        "account`count(limit=20)",
        "stop reason = step over",
        "stop reason = breakpoint 2.1",
        "account`main(argc=2",
        "label = 0x",
        "\"second\"",
        "(int) counter = 380",
        "exited with status = 1",
    ];
    check(&account(), &commands, &expected);
}

#[test]
fn registers_and_memory_are_read_and_written() {
    let commands = [
        "breakpoint set --name twice",
        "continue",
        "register write rdi 21",
        "register read rdi",
        "memory region $pc",
        "memory region 0",
        "expression value = 21",
        "memory read --format d --size 4 --count 1 &value",
        "memory write --size 4 &counter 0x100",
        "target variable counter",
        "register write xmm0 '{1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16}'",
        "register read xmm0",
        "finish",
        "breakpoint delete 1",
        "continue",
    ];
    let expected = [
        "rdi = 0x0000000000000015",
        ") r-x",
        "[0x0000000000000000-",
        ") ---",
        "(int) $",
        " = 21",
        ": 21",
        "(int) counter = 256",
        "xmm0 = {0x01 0x02 0x03",
        "Return value: (int) $",
        " = 42",
        "exited with status = 1",
    ];
    let debugger = account();
    check(&debugger, &commands, &expected);
    debugger.console("counter 678");
}

#[test]
fn a_watched_variable_stops_the_program_that_changes_it() {
    let commands = [
        "breakpoint set --name count",
        "continue",
        "watchpoint set variable counter",
        "continue",
        "continue",
        "watchpoint delete 1",
        "continue",
    ];
    let expected = [
        "Watchpoint created: Watchpoint 1:",
        "stop reason = watchpoint 1",
        "account`count(limit=20) at account.c:",
        "stop reason = watchpoint 1",
        "exited with status = 1",
    ];
    check(&account(), &commands, &expected);
}

#[test]
fn a_program_that_runs_is_attached_to_and_let_go() {
    let attach = || Debugger::boot(&["--attach", "compute", "--beside", "/bin/targets/compute"]);
    let (first, second) = (attach(), attach());
    check(&first, &["process status", "stepi", "detach"], &["Process ", " stopped", "instruction step", "detached"]);
    check(&second, &["process status", "process kill"], &["Process ", " stopped", "exited with status = 9"]);
}

#[test]
fn a_program_that_runs_is_interrupted() {
    let debugger = Debugger::target(&["/bin/targets/sleeper", "0"]);
    let text = debugger.converse(&lldb(&debugger, &[], Ending::Interactive), |say| {
        say("continue\n");
        debugger.console("sleeper: tick 1\n");
        say("process interrupt\nprocess status\nprocess kill\nquit\n");
    });
    contains(&text, &["Process ", "resuming", "stop reason = signal SIGINT", "exited with status = 9"]);
}

#[test]
fn threads_have_backtraces() {
    let debugger = Debugger::target(&["/bin/targets/threads", "3"]);
    let commands = ["breakpoint set --name work", "continue", "thread backtrace all"];
    let text = debugger.drive(&lldb(&debugger, &commands, Ending::Batch), || None);
    contains(&text, &["stop reason = breakpoint 1.1", "(lldb) thread backtrace all"]);
    let traces = text.split("(lldb) thread backtrace all").nth(1).unwrap_or_default();
    assert_eq!(traces.matches("frame #0: ").count(), 4, "{text}");
    assert!(traces.contains("threads.rs:"), "{text}");
}
