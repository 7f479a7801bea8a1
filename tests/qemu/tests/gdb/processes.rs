//! Processes that come and go under GDB: forks, exec, attaching, killing, running again.
//!
//! Decides nothing. Neighbours: `debugger`; the programs are the debug targets of tests/programs.

use super::debugger::{Debugger, contains};

const FORKER: &str = "/bin/targets/forker";
const RECURSE: &str = "/bin/targets/recurse";

#[test]
fn forks_and_system_calls_are_caught() {
    let text = Debugger::target(&[FORKER])
        .run("catch fork\ncatch syscall write\ncontinue\ncontinue\ncontinue\ndelete\ncontinue");
    contains(
        &text,
        &[
            "Catchpoint 1 (fork)",
            "Catchpoint 2 (syscall 'write' [1])",
            "Catchpoint 1 (forked process PID)",
            "[Detaching after fork from child process PID]",
            "Catchpoint 2 (call to syscall write)",
            "Catchpoint 2 (returned from syscall write)",
            "[Inferior 1 (process PID) exited normally]",
        ],
    );
}

#[test]
fn a_child_is_followed_through_its_exec() {
    let commands = "set follow-fork-mode child\nbreak *in_child\ncatch exec\ncontinue\ninfo inferiors\ncontinue\ninfo symbol $pc\ncontinue";
    let text = Debugger::target(&[FORKER]).run(commands);
    contains(
        &text,
        &[
            "[Attaching after Thread PID.TID fork to child Thread PID.TID]",
            "[Detaching after fork from parent process PID]",
            "hit Breakpoint 1, forker::in_child ()",
            "* 2    process PID",
            "Catchpoint 2 (exec'd /bin/targets/recurse)",
            "_start",
            "exited normally]",
        ],
    );
}

#[test]
fn both_halves_of_a_fork_are_kept() {
    let commands = "set detach-on-fork off\ncatch fork\ncontinue\nstepi\ninferior 2\nbt 1\ncontinue\ninferior 1\ncontinue\ninfo inferiors";
    let debugger = Debugger::target(&[FORKER]);
    contains(
        &debugger.run(commands),
        &[
            "[New inferior 2 (process PID)]",
            "[Switching to inferior 2 [process PID]",
            "process PID is executing new program: /bin/targets/recurse",
            "[Inferior 2 (process PID) exited normally]",
            "[Switching to inferior 1 [process PID]",
            "[Inferior 1 (process PID) exited normally]",
            "* 1    <null>",
        ],
    );
    debugger.console("parent: the child exited with status 0\n");
}

#[test]
fn a_program_is_killed_and_run_again_with_arguments() {
    let debugger = Debugger::target(&[RECURSE]);
    let text = debugger.run(&format!(
        "kill\nset remote exec-file {RECURSE}\nset args 3\ntbreak *factorial\nrun\nprint $rdi\ncontinue\nset args x\nrun"
    ));
    contains(
        &text,
        &[
            "[Inferior 1 (process PID) killed]",
            "Temporary breakpoint 1, recurse::factorial ()",
            "$1 = 3",
            "[Inferior 1 (process PID) exited normally]",
            "[Inferior 1 (process PID) exited with code 02]",
        ],
    );
    debugger.console("factorial(3) = 6\n");
}

#[test]
fn the_environment_is_the_clients_to_change() {
    let debugger = Debugger::boot(&[]);
    debugger.run("set remote exec-file /bin/env\nset environment COLOUR=green\nunset environment HOME\nrun");
    let text = debugger.console("COLOUR=green");
    assert!(text.contains("PATH=") && !text.contains("HOME="), "{text}");
}

#[test]
fn a_program_that_is_not_there_is_refused() {
    let text = Debugger::boot(&[]).run("set remote exec-file /bin/nobody\nrun");
    assert!(text.contains("Running \"/bin/nobody\" on the remote target failed"), "{text}");
}

#[test]
fn a_process_is_let_go_and_taken_again() {
    let commands = "break *round\ncontinue\npython pid = gdb.selected_inferior().pid\ndetach\n\
                    python gdb.execute(f'attach {pid}')\ncontinue\ndelete\nkill";
    contains(
        &Debugger::target(&["/bin/targets/compute"]).run(commands),
        &[
            "Breakpoint 1, compute::round ()",
            "[Inferior 1 (process PID) detached]",
            "Breakpoint 1, compute::round ()",
            "[Inferior 1 (process PID) killed]",
        ],
    );
}

#[test]
fn a_client_that_comes_back_finds_the_program() {
    let debugger = Debugger::target(&[RECURSE]);
    debugger.transcript("break *factorial\ncontinue\npython import os; os._exit(0)");
    contains(&debugger.run("print $rdi\ncontinue"), &["recurse::factorial ()", "$1 = 5", "exited normally]"]);
    debugger.console("factorial(5) = 120\n");
}

#[test]
fn symbols_are_fetched_from_the_image() {
    let debugger = Debugger::boot(&[RECURSE]);
    let text = debugger.run("break *factorial\ncontinue\ninfo symbol $pc");
    contains(&text, &["Breakpoint 1, ADDRESS in factorial ()", "factorial in section .text"]);
}

#[test]
fn a_file_that_is_no_program_is_refused() {
    let text = Debugger::boot(&[]).run("set remote exec-file /etc\nrun");
    assert!(text.contains("Running \"/etc\" on the remote target failed"), "{text}");
}
