//! The native debugger inside the system, driven by scripts against the debug targets: exact transcripts.
//!
//! Decides nothing; shows breakpoints, stepping, watching, faults, threads, children, exec and mistakes. Neighbours:
//! `attach` and `terminal` have the other sessions; initfs/dbg has the same kind of tests on the host, over a small
//! machine.

#[path = "dbg/attach.rs"]
mod attach;
#[path = "dbg/terminal.rs"]
mod terminal;
#[path = "dbg/transcript.rs"]
mod transcript;

use initfs_pack::WithFile;
use qemu_tests::Boot;
use std::path::Path;
use transcript::{assert_same, check, normalise, run, text_file};

const RECURSE: &str = "/bin/targets/recurse";

#[test]
fn a_changed_argument_changes_the_result() {
    check(
        &[RECURSE],
        "
(dbg) break factorial
Breakpoint 1 at ADDRESS <factorial>
(dbg) run
Breakpoint 1, factorial (rdi=5) at ADDRESS <factorial>
(dbg) regs rdi
rdi 0x0000000000000005  5
(dbg) continue
Breakpoint 1, factorial (rdi=4) at ADDRESS <factorial>
(dbg) set $rdi = 3
(dbg) delete 1
(dbg) continue
factorial(5) = 30
fibonacci(5) = 5
[process PID exited with status 0]
(dbg) quit
",
    );
}

#[test]
fn a_program_that_steps_itself_sees_its_traps() {
    let programs = std::env::var_os("PROCTOR_C_BIN_DIR").expect("programs in C are built by ./build.sh test");
    let (host, image) = (Path::new(&programs).join("deeds"), "/bin/deeds".to_owned());
    let script = ["run"].into_iter().chain(["signal trap"; 5]).collect::<Vec<_>>().join("\n");
    let boot = Boot::new("/bin/dbg").with(WithFile { host, image }).file("/script", text_file(&script));
    let report = run(["-x", "/script", "/bin/deeds", "trap"].into_iter().fold(boot, Boot::argument));
    let text = report.console_text();
    assert_eq!(text.matches("Program received SIGTRAP at ").count(), 5, "{text}");
    assert!(text.contains("traps: 5, code TRAP_TRACE\n[process "), "{text}");
}

#[test]
fn memory_and_code_are_shown_and_changed() {
    check(
        &[RECURSE],
        "
(dbg) break *factorial
Breakpoint 1 at ADDRESS <factorial>
(dbg) run
Breakpoint 1, factorial (rdi=5) at ADDRESS <factorial>
(dbg) x/i $pc
=> ADDRESS <factorial>: ...
(dbg) x/xg $rsp + 0x1000 - 0x1000
ADDRESS: ADDRESS
(dbg) p $rip - factorial
0 (0x0)
(dbg) set $rsp - 0x100 = 0x1234
(dbg) p *($rsp - 0x100)
4660 (0x1234)
(dbg) x/2xw $rsp - 0x100
ADDRESS: 0x00001234 0x00000000
(dbg) set/b factorial 0xc3
(dbg) x/i factorial
=> ADDRESS <factorial>: ...
(dbg) set $rax = 33
(dbg) delete
(dbg) continue
factorial(5) = 33
fibonacci(5) = 5
[process PID exited with status 0]
(dbg) quit
",
    );
}

#[test]
fn returns_follow_the_recursion() {
    check(
        &[RECURSE, "4"],
        "
(dbg) break factorial
Breakpoint 1 at ADDRESS <factorial>
(dbg) run
Breakpoint 1, factorial (rdi=4) at ADDRESS <factorial>
(dbg) c
Breakpoint 1, factorial (rdi=3) at ADDRESS <factorial>
(dbg) c
Breakpoint 1, factorial (rdi=2) at ADDRESS <factorial>
(dbg) bt
# ADDRESS <factorial>
# ADDRESS <factorial+N>
# ADDRESS <factorial+N>
# ADDRESS <proctor_start+N>
# ADDRESS <_start+N>
(dbg) delete
(dbg) finish
Running until it returns to ADDRESS <factorial+N>
=> ADDRESS <factorial+N>: ...
Returned rax = 2 (0x2)
(dbg) finish
Running until it returns to ADDRESS <factorial+N>
=> ADDRESS <factorial+N>: ...
Returned rax = 6 (0x6)
(dbg) tbreak fibonacci
Temporary breakpoint 2 at ADDRESS <fibonacci>
(dbg) c
factorial(4) = 24
Temporary breakpoint 2, fibonacci (rdi=4) at ADDRESS <fibonacci>
(dbg) until *fibonacci
=> ADDRESS <fibonacci>: ...
(dbg) info breakpoints
there are no breakpoints and no watchpoints
(dbg) quit
[process PID killed]
",
    );
}

#[test]
fn steps_go_by_instruction_into_calls() {
    check(
        &[RECURSE],
        "
(dbg) tbreak _start
Temporary breakpoint 1 at ADDRESS <_start>
(dbg) run
Temporary breakpoint 1, _start (rdi=0) at ADDRESS <_start>
(dbg) step
=> ADDRESS <_start+N>: mov rsi,rdi
(dbg) step 3
=> ADDRESS <_start+N>: call ADDRESS <proctor_start>
(dbg) step
=> ADDRESS <proctor_start>: ...
(dbg) bt
# ADDRESS <proctor_start>
# ADDRESS <_start+N>
(dbg) tbreak *factorial
Temporary breakpoint 2 at ADDRESS <factorial>
(dbg) c
Temporary breakpoint 2, factorial (rdi=5) at ADDRESS <factorial>
(dbg) step 2
=> ADDRESS <factorial+N>: ...
(dbg) regs rip
rip ADDRESS  <factorial+N>
(dbg) quit
[process PID killed]
",
    );
}

#[test]
fn a_watched_word_ends_steps_as_well() {
    check(
        &[RECURSE],
        "
(dbg) tbreak factorial
Temporary breakpoint 1 at ADDRESS <factorial>
(dbg) run
Temporary breakpoint 1, factorial (rdi=5) at ADDRESS <factorial>
(dbg) watch $rsp - 8
Watchpoint 2, 8 bytes at ADDRESS
(dbg) step 20
Watchpoint 2, ADDRESS: 0 -> ADDRESS
=> ADDRESS <factorial+N>: ...
(dbg) quit
[process PID killed]
",
    );
}

#[test]
fn a_watched_word_stops_the_program_that_changes_it() {
    check(
        &[RECURSE],
        "
(dbg) tbreak factorial
Temporary breakpoint 1 at ADDRESS <factorial>
(dbg) run
Temporary breakpoint 1, factorial (rdi=5) at ADDRESS <factorial>
(dbg) watch $rsp - 8
Watchpoint 2, 8 bytes at ADDRESS
(dbg) continue
Watchpoint 2, ADDRESS: 0 -> ADDRESS
=> ADDRESS <factorial+N>: ...
(dbg) info breakpoints
2   watchpoint ADDRESS, 8 bytes, hit once
(dbg) delete 2
(dbg) continue
factorial(5) = 120
fibonacci(5) = 5
[process PID exited with status 0]
(dbg) quit
",
    );
}

#[test]
fn programs_that_crash_stop_where_they_do() {
    check(
        &["/bin/targets/crash"],
        "
(dbg) run null
crash: null
Program received SIGSEGV (address 0x0) at ADDRESS <crash_here+N>
(dbg) continue
[process PID killed by SIGSEGV]
(dbg) run divide
crash: divide
Program received SIGFPE (integer division) at ADDRESS <crash_here+N>
(dbg) continue
[process PID killed by SIGFPE]
(dbg) run int3
crash: int3
Program received SIGTRAP at ADDRESS <crash_here+N>
(dbg) continue
crash: still alive
[process PID exited with status 0]
(dbg) run ud2
crash: ud2
Program received SIGILL at ADDRESS <crash_here+N>
(dbg) signal 0
Program received SIGILL at ADDRESS <crash_here+N>
(dbg) run exit
[process PID killed]
crash: exit
[process PID exited with status 3]
(dbg) run sideways
crash: expected one of null divide int3 ud2 gp stack exit
[process PID exited with status 2]
(dbg) quit
",
    );
}

#[test]
fn every_thread_stops_at_a_breakpoint() {
    check(
        &["/bin/targets/threads", "2"],
        "
(dbg) break work
Breakpoint 1 at ADDRESS <work>
(dbg) run
[switching to thread 3]
Breakpoint 1, work (rdi=2) at ADDRESS <work>
(dbg) regs rdi
rdi 0x0000000000000002  2
(dbg) continue
[switching to thread 2]
Breakpoint 1, work (rdi=1) at ADDRESS <work>
(dbg) thread 1
=> ...
(dbg) thread 4
expected the number of a thread ('threads' lists them), not '4'
(dbg) delete
(dbg) continue
threads: worker-1 gives 499500
threads: worker-2 gives 999000
threads: all joined
[process PID exited with status 0]
(dbg) quit
",
    );
}

#[test]
fn children_run_on_without_the_breakpoints() {
    let script = "tbreak _start\nrun\nbreak in_child\nuntil in_parent\ninfo breakpoints\ncontinue\nquit\n";
    let boot = Boot::new("/bin/dbg").file("/script", text_file(script));
    let report = run(["-x", "/script", "/bin/targets/forker"].into_iter().fold(boot, Boot::argument));
    let text = normalise(&report.console_text());
    // Parent and child run side by side, so each is judged by its own lines.
    let child = ["child: about to execute", "factorial(3) = 6", "fibonacci(3) = 2"];
    let (childs, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| child.contains(line));
    assert_eq!(childs, child);
    let expected = "
(dbg) tbreak _start
Temporary breakpoint 1 at ADDRESS <_start>
(dbg) run
Temporary breakpoint 1, _start (rdi=0) at ADDRESS <_start>
(dbg) break in_child
Breakpoint 2 at ADDRESS <in_child>
(dbg) until in_parent
=> ADDRESS <in_parent>: ...
(dbg) info breakpoints
2   breakpoint ADDRESS <in_child>, not hit yet
(dbg) continue
parent: the child exited with status 0
[process PID exited with status 0]
(dbg) quit";
    assert_same(&others.join("\n"), expected.trim_start(), &report);
}

#[test]
fn exec_brings_the_symbols_of_the_new_program() {
    check(
        &["/bin/env", "A=1", RECURSE, "3"],
        "
(dbg) break factorial
expected a symbol of the program, not 'factorial'
(dbg) run
[process PID runs /bin/targets/recurse]
factorial(3) = 6
fibonacci(3) = 2
[process PID exited with status 0]
(dbg) quit
",
    );
}

#[test]
fn mistakes_are_answered_in_one_line() {
    check(
        &[RECURSE],
        "
(dbg) frobnicate
expected a command ('help' lists them), not 'frobnicate'
(dbg) break nowhere
expected a symbol of the program, not 'nowhere'
(dbg) x/2xg 0x10
there is no memory at 0x10
(dbg) run
factorial(5) = 120
fibonacci(5) = 5
[process PID exited with status 0]
(dbg) continue
the program is not running; 'run' starts it
(dbg) break main
expected a symbol of the program, not 'main'
(dbg) set 0x10 5
the program is not running; 'run' starts it
(dbg) quit
",
    );
}
