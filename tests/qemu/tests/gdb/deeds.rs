//! Deeds of a program in C that GDB is told of: vfork, exec, signals, system calls, a child that somebody kills; and its memory
//! in bulk.
//!
//! Decides nothing. Neighbours: tests/programs/c/deeds.c is the program, `processes` has forks.

use super::debugger::{Debugger, contains};
use std::path::{Path, PathBuf};

const RECURSE: &str = "/bin/targets/recurse";

fn program() -> PathBuf {
    let programs = std::env::var_os("PROCTOR_C_BIN_DIR").expect("programs in C are built by ./build.sh test");
    Path::new(&programs).join("deeds")
}

fn deeds(arguments: &[&str]) -> Debugger {
    Debugger::with(&program(), &[&["/bin/deeds"], arguments].concat())
}

#[test]
fn a_vfork_is_caught_and_its_parent_followed() {
    let debugger = deeds(&["vfork", RECURSE]);
    contains(
        &debugger.run("catch vfork\nbreak waited\ncontinue\ncontinue\nprint child > 1\ncontinue"),
        &[
            "Catchpoint 1 (vforked process PID), ADDRESS in vfork ()",
            "[Detaching after vfork from child process PID]",
            "Breakpoint 2, waited (child=",
            "$1 = 1",
            "exited normally]",
        ],
    );
    debugger.console("the child exited with status 0\n");
}

#[test]
fn the_child_of_a_vfork_is_followed_into_its_program() {
    let debugger = deeds(&["vfork", RECURSE]);
    contains(
        &debugger.run("set follow-fork-mode child\ncatch exec\ncontinue\ninfo symbol $pc\ncontinue"),
        &[
            "[Attaching after Thread PID.TID vfork to child Thread PID.TID]",
            "[Detaching vfork parent process PID after child exec]",
            "(exec'd /bin/targets/recurse)",
            "_start",
            "[Inferior 2 (process PID) exited normally]",
        ],
    );
    debugger.console("the child exited with status 0\n");
}

#[test]
fn a_new_program_is_a_new_inferior_if_the_user_wants() {
    contains(
        &deeds(&["exec", RECURSE]).run("set follow-exec-mode new\ncatch exec\ncontinue\ninfo inferiors\ncontinue"),
        &[
            "is executing new program: /bin/targets/recurse",
            "[New inferior 2]",
            "  1    <null>",
            "* 2    process PID",
            "[Inferior 2 (process PID) exited normally]",
        ],
    );
}

#[test]
fn signals_are_passed_or_kept_as_the_user_says() {
    let debugger = deeds(&["signals"]);
    contains(
        &debugger.run(
            "handle SIGUSR1 nostop noprint pass\nhandle SIGALRM stop print nopass\ncontinue\ninfo signals SIGALRM\n\
             print $_siginfo.si_signo\ncontinue",
        ),
        &[
            "Program received signal SIGALRM, Alarm clock.",
            "SIGALRM       Yes\tYes\tNo\t\tAlarm clock",
            "$1 = 14",
            "exited normally]",
        ],
    );
    debugger.console("handled: 1 users, 0 alarms\n");
}

#[test]
fn the_user_sends_signals() {
    // One in place of the signal that stopped the program, one where none did, one withheld.
    let debugger = deeds(&["signals"]);
    contains(
        &debugger.run(
            "handle SIGALRM stop print pass\nhandle SIGUSR1 stop print pass\ncontinue\nsignal SIGALRM\nsignal 0\n\
             break handled\nsignal 0",
        ),
        &["received signal SIGUSR1", "received signal SIGALRM", "exited normally]"],
    );
    debugger.console("handled: 0 users, 1 alarms\n");
    let debugger = deeds(&["signals"]);
    debugger.run("handle SIGUSR1 nostop noprint pass\nbreak handled\ncontinue\nqueue-signal SIGUSR1\ndelete\ncontinue");
    debugger.console("handled: 2 users, 1 alarms\n");
}

#[test]
fn system_calls_are_caught_by_name_and_by_number() {
    contains(
        &deeds(&["block"]).run("catch syscall 1\ncatch syscall exit\ncontinue\ncontinue\ncontinue\ncontinue"),
        &[
            "Catchpoint 1 (syscall 'write' [1])",
            "Catchpoint 2 (syscall 'exit' [60])",
            "Catchpoint 1 (call to syscall write)",
            "Catchpoint 1 (returned from syscall write)",
            "Catchpoint 2 (call to syscall exit)",
            "exited normally]",
        ],
    );
}

#[test]
fn ten_thousand_calls_that_nobody_catches_and_a_thousand_signals_that_pass_cost_no_stop() {
    let debugger = deeds(&["busy"]);
    let text = debugger.transcript(
        "handle SIGUSR1 nostop noprint pass\ncatch syscall write\ncontinue\nmonitor stats\ncontinue\ncontinue",
    );
    let count: Option<u64> = text.lines().find_map(|line| line.strip_prefix("stops: ")?.parse().ok());
    // The first signal, and the write itself.
    assert!(count.is_some_and(|count| count <= 4), "{text}");
    assert!(text.contains("exited normally]"), "{text}");
    debugger.console("handled: 1000 users, 0 alarms\n");
}

#[test]
fn a_target_that_somebody_kills_tells_its_end() {
    let debugger = deeds(&["victim"]);
    let text = debugger.run("set follow-fork-mode child\nbreak loop\ncontinue\ncontinue\ncontinue");
    contains(&text, &["Program terminated with signal SIGKILL, Killed.", "The program is not being run."]);
    debugger.console("signal 9 ended the child\n");
}

#[test]
fn memory_is_dumped_searched_and_restored() {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = ["old", "new"].map(|name| folder.path().join(name).display().to_string());
    let debugger = deeds(&["block"]);
    let commands = format!(
        "break sum\ncontinue\ndump binary value {old} block\nfind &block, +sizeof(block), (char) 1, (char) 8, (char) 15, (char) 22\n\
         python data = open('{old}', 'rb').read(); open('{new}', 'wb').write(data[::-1])\nrestore {new} binary &block\n\
         print block[0] + block[sizeof(block) - 1]\ndump binary value {old} block\n\
         python print(open('{old}', 'rb').read() == data[::-1])\ncontinue"
    );
    contains(&debugger.run(&commands), &["Breakpoint 1, sum ()", "patterns found.", "Restoring binary file", "True"]);
}

#[test]
fn a_program_that_traps_itself_sees_its_own_traps() {
    let debugger = deeds(&["trap"]);
    let signals = "signal SIGTRAP\n".repeat(5);
    let text = debugger.run(&format!("continue\n{signals}"));
    assert_eq!(text.matches("Program received signal SIGTRAP, Trace/breakpoint trap.").count(), 5, "{text}");
    contains(&text, &["set_trap_flag ()", "[Inferior 1 (process PID) exited normally]"]);
    debugger.console("traps: 5, code TRAP_TRACE\n");
}
