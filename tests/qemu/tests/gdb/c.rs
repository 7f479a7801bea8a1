//! A program in C under GDB: lines, locals, structures, conditions, calls.
//!
//! Decides nothing. Neighbours: tests/programs/c/account.c is the program; build/c.sh compiles it.

use super::debugger::{Debugger, assert_same, contains};
use std::path::Path;

fn account(arguments: &[&str]) -> Debugger {
    let programs = std::env::var_os("PROCTOR_C_BIN_DIR").expect("programs in C are built by ./build.sh test");
    let host = Path::new(&programs).join("account");
    Debugger::with(&host, &[&["/bin/account"], arguments].concat())
}

#[track_caller]
fn check(commands: &str, expected: &str) {
    assert_same(&account(&["20"]).run(commands), expected);
}

#[test]
fn lines_are_stepped_and_structures_shown() {
    check(
        "break main\ncontinue\ninfo args\nnext\nnext\nnext\nprint *list\nprint list->next->label",
        "
ADDRESS in _start ()
Breakpoint 1 at ADDRESS: file tests/programs/c/account.c, line N.
Breakpoint 1, main (argc=2, argv=ADDRESS) at tests/programs/c/account.c:N
argc = 2
argv = ADDRESS
$1 = {number = 2, amount = 4, label = ADDRESS \"second\", next = ADDRESS}
$2 = ADDRESS \"first\"",
    );
}

#[test]
fn frames_of_a_recursion_are_walked_and_finished() {
    check(
        "break total if list == 0\ncontinue\nbt\nup\nprint list->amount\ndelete\nfinish",
        "
ADDRESS in _start ()
Breakpoint 1 at ADDRESS: file tests/programs/c/account.c, line N.
Breakpoint 1, total (list=0x0) at tests/programs/c/account.c:N
#0  total (list=0x0) at tests/programs/c/account.c:N
#1  ADDRESS in total (list=ADDRESS) at tests/programs/c/account.c:N
#2  ADDRESS in total (list=ADDRESS) at tests/programs/c/account.c:N
#3  ADDRESS in main (argc=2, argv=ADDRESS) at tests/programs/c/account.c:N
#1  ADDRESS in total (list=ADDRESS) at tests/programs/c/account.c:N
$1 = 2.5
total (list=ADDRESS) at tests/programs/c/account.c:N
Value returned is $2 = 2.5",
    );
}

#[test]
fn a_watched_variable_stops_the_program_that_changes_it() {
    check(
        "watch counter if counter > 10\ncontinue\nprint i\ncontinue\nbt\ndelete\ncontinue",
        "
ADDRESS in _start ()
Hardware watchpoint 1: counter
Hardware watchpoint 1: counter
Old value = 6
New value = 12
count (limit=20) at tests/programs/c/account.c:N
$1 = 3
Hardware watchpoint 1: counter
Old value = 12
New value = 20
count (limit=20) at tests/programs/c/account.c:N
#0  count (limit=20) at tests/programs/c/account.c:N
#1  ADDRESS in main (argc=2, argv=ADDRESS) at tests/programs/c/account.c:N
[Inferior 1 (process PID) exited with code 01]",
    );
}

#[test]
fn lines_are_stepped_over_a_watched_write() {
    contains(
        &account(&["5"]).run("break count\ncontinue\nwatch counter\nnext\nnext\nnext\nnext\nprint i\ndelete\ncontinue"),
        &["Hardware watchpoint 2: counter", "Old value = 0", "New value = 2", "$1 = 1", "exited with code 01]"],
    );
}

#[test]
fn a_read_variable_stops_the_program_that_reads_it() {
    contains(
        &account(&["5"]).run("break count\ncontinue\nrwatch counter\ndelete 1\ncontinue\nprint i\ndelete\ncontinue"),
        &[
            "Hardware read watchpoint 2: counter",
            "Hardware read watchpoint 2: counter",
            "ADDRESS in count (limit=5) at tests/programs/c/account.c:N",
            "$1 = 0",
            "[Inferior 1 (process PID) exited with code 01]",
        ],
    );
}

#[test]
fn the_program_runs_until_a_place() {
    contains(
        &account(&["5"]).run("break count\ncontinue\nuntil 47\nprint counter\nadvance total\nprint list->amount\nkill"),
        &["Breakpoint 1, count (limit=5)", "count (limit=5) at", "$1 = 20", "main (argc=2, ", "$2 = 4"],
    );
}

#[test]
fn functions_of_the_program_are_called() {
    let debugger = account(&[]);
    let commands =
        "break count\ncontinue\nprint twice(21)\nup\nprint total(list)\nset var counter = 1000\ndelete\ncontinue";
    assert_same(
        &debugger.run(commands),
        "
ADDRESS in _start ()
Breakpoint 1 at ADDRESS: file tests/programs/c/account.c, line N.
Breakpoint 1, count (limit=10) at tests/programs/c/account.c:N
$1 = 42
#1  ADDRESS in main (argc=1, argv=ADDRESS) at tests/programs/c/account.c:N
$2 = 6.5
[Inferior 1 (process PID) exited normally]",
    );
    debugger.console("total 6.50, counter 1090\n");
}

#[test]
fn return_ends_a_function_early() {
    let debugger = account(&[]);
    debugger.run("break twice\ncontinue\ndelete\nreturn 500\ncontinue");
    debugger.console("counter 590\n");
}

#[test]
fn a_core_that_gdb_wrote_can_be_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let core = folder.path().join("core");
    let commands = format!(
        "set language c\nbreak twice if value == 7\ncontinue\ngcore {0}\nkill\ncore-file {0}\nbt\nprint value\nprint counter",
        core.display()
    );
    let text = account(&["20"]).run(&commands);
    let after = text.split("twice (value=7) at tests/programs/c/account.c:N\n").skip(2).collect::<String>();
    for line in ["#1  ADDRESS in count (limit=20)", "$1 = 7", "$2 = 42"] {
        assert!(after.contains(line), "expected {line:?}: {text}");
    }
}
