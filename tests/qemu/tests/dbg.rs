//! The native debugger inside the system, driven by scripts against the debug targets: exact transcripts.
//!
//! Decides what of a transcript may differ between compilers and boots, and writes that in one form: see [`normalise`].
//! Everything else is compared to the byte. Neighbours: initfs/dbg has the same kind of tests on the host, over a small
//! machine; tests/programs has the targets.

use initfs_format::BootMode;
use initfs_pack::PackedFile;
use qemu_tests::{Boot, Ending, Report, Session};
use std::time::Duration;

const RECURSE: &str = "/bin/targets/recurse";
const LIMIT: Duration = Duration::from_secs(60);

fn text_file(text: &str) -> PackedFile {
    PackedFile::new(text.as_bytes().to_vec(), 0o644).expect("a mode")
}

fn run(boot: Boot) -> Report {
    let report = boot.mode(BootMode::Execute).run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine failed"));
    report
}

/// Runs dbg with the commands of `transcript` (the lines behind a prompt) and these arguments, and compares what the
/// console shows.
#[track_caller]
fn check(arguments: &[&str], transcript: &str) {
    let expected = transcript.trim_start();
    let script: Vec<&str> = expected.lines().filter_map(|line| line.strip_prefix("(dbg) ")).collect();
    let boot = Boot::new("/bin/dbg").file("/script", text_file(&script.join("\n"))).argument("-x").argument("/script");
    let report = run(arguments.iter().fold(boot, |boot, argument| boot.argument(argument)));
    assert_same(&normalise(&report.console_text()), expected, &report);
}

#[track_caller]
fn assert_same(actual: &str, expected: &str, report: &Report) {
    assert!(actual == expected, "--- actual ---\n{actual}--- expected ---\n{expected}{}", report.explain("differs"));
}

/// Writes addresses as ADDRESS, process and thread ids as PID and TID, offsets in functions as `+N` (but none where
/// a prologue ends: whether there is one is for the compiler), and instructions of compiled code as three dots. Frames and places in
/// functions of the runtime, which may be inlined, are left out.
fn normalise(text: &str) -> String {
    let mut normal = String::new();
    for line in text.lines().map(str::trim_end) {
        let line = words(line);
        let runtime = line.contains("::");
        let (label, instruction) = line.split_once(">: ").unwrap_or((&line, ""));
        if line.starts_with('#') {
            let frame = line.split_once("  ").map_or("", |(_, frame)| frame);
            if !runtime {
                normal.push_str(&format!("# {frame}\n"));
            }
        } else if line.starts_with("=>") && runtime {
            normal.push_str("=> ...\n");
        } else if line.starts_with("=>") && !instruction.is_empty() {
            let shown = if label.contains("<_start") { instruction } else { "..." };
            normal.push_str(&format!("{label}>: {shown}\n"));
        } else {
            normal.push_str(&format!("{line}\n"));
        }
    }
    normal
}

/// One line with its numbers in one form.
fn words(line: &str) -> String {
    let mut normal = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, replacement) = token(rest, normal.chars().last());
        let length = length.max(first.len_utf8());
        normal.push_str(replacement.unwrap_or_else(|| rest.get(..length).unwrap_or_default()));
        rest = rest.get(length..).unwrap_or_default();
    }
    normal
}

fn digits(text: &str, radix: u32) -> usize {
    text.chars().take_while(|digit| digit.is_digit(radix)).count()
}

/// The length of the token that `text` starts with, and what stands for it if it may differ.
fn token(text: &str, before: Option<char>) -> (usize, Option<&'static str>) {
    let inside = before.is_some_and(|before| before.is_ascii_alphanumeric() || matches!(before, '_' | '}' | '>'));
    if let Some(rest) = text.strip_prefix("0x").filter(|_| !inside) {
        let count = digits(rest, 16);
        let significant = rest.get(..count).unwrap_or_default().trim_start_matches('0').len();
        return (count + 2, (significant > 4).then_some("ADDRESS"));
    }
    if let Some(rest) = text.strip_prefix('+').filter(|_| inside) {
        let count = digits(rest, 10);
        let prologue = matches!(rest.get(..count), Some("4" | "8"));
        return (count + 1, (count > 0).then_some(if prologue { "" } else { "+N" }));
    }
    for (word, replacement) in [("process ", "process PID"), ("tid ", "tid TID")] {
        if let Some(rest) = text.strip_prefix(word).filter(|_| !inside) {
            let count = digits(rest, 10);
            return (word.len() + count, (count > 0).then_some(replacement));
        }
    }
    (1, None)
}

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

#[test]
fn a_program_that_runs_is_taken_and_let_go_without_noticing() {
    let script = "/bin/targets/compute &
dbg -x /script -p $!
dbg -x /script -p $!
kill -USR1 $!
wait $!
echo ended with $?
";
    let report = shell(script, "print 1\nthreads\ndetach\nquit\n");
    let session = "[process PID stopped]
(dbg) print 1
1 (0x1)
(dbg) threads
* 1  tid TID \"compute\"
(dbg) detach
[detached from process PID]
(dbg) quit
";
    let expected = format!("{session}{session}compute: stopped, the sum is right\nended with 0\n");
    assert_same(&without_places(&normalise(&report.console_text())), &expected, &report);
}

#[test]
fn a_program_that_sleeps_is_taken_and_let_go_without_noticing() {
    let script = "/bin/targets/sleeper 2 1500 &
sleep 0.2
dbg -x /script -p $!
dbg -x /script -p $!
wait $!
echo ended with $?
";
    let report = shell(script, "break tick\ncontinue\nbt\ndelete\ndetach\nquit\n");
    let session = |tick: u32| {
        format!(
            "[process PID stopped]
(dbg) break tick
Breakpoint 1 at ADDRESS <tick>
(dbg) continue
Breakpoint 1, tick (rdi={tick}) at ADDRESS <tick>
(dbg) bt
# ADDRESS <tick>
# ADDRESS <proctor_start+N>
# ADDRESS <_start+N>
(dbg) delete
(dbg) detach
[detached from process PID]
(dbg) quit
sleeper: tick {tick}
"
        )
    };
    let expected = format!("{}{}sleeper: 0 sleeps were disturbed\nended with 0\n", session(1), session(2));
    assert_same(&without_places(&normalise(&report.console_text())), &expected, &report);
}

/// Runs a shell script that finds `dbg` as a script of dbg.
fn shell(script: &str, dbg: &str) -> Report {
    let boot = Boot::new("/bin/sh").argument("/commands").file("/commands", text_file(script));
    run(boot.file("/script", text_file(dbg)))
}

/// Where a program is taken is chance: cuts what lines say of it.
fn without_places(text: &str) -> String {
    let cut = |line: &str| match line.split_once(" at ADDRESS") {
        Some((front, _)) if line.ends_with(']') => format!("{front}]\n"),
        Some((front, _)) if line.contains("tid ") => format!("{front}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(cut).collect()
}

#[test]
fn commands_come_through_a_pipe_and_leave_the_rest_to_the_program() {
    let commands = "print 6 * 7\nrun\nfor cat\n";
    let boot = Boot::new("/bin/sh").argument("-c").argument("cat /input | dbg /bin/cat");
    let report = run(boot.file("/input", text_file(commands)));
    let expected = "
(dbg) print 6 * 7
42 (0x2a)
(dbg) run
for cat
[process PID exited with status 0]
";
    assert_same(&normalise(&report.console_text()), expected.trim_start(), &report);
}

/// What a person at the terminal does and sees.
struct Person {
    session: Session,
    seen: usize,
}

impl Person {
    fn new() -> Self {
        Self { session: Boot::interactive().start().expect("the boot is tried"), seen: 0 }
    }

    /// Waits until the console shows `text` after what was seen before.
    #[track_caller]
    fn see(&mut self, text: &str) {
        let console = self.session.console();
        let found = console.wait_for(text, self.seen, LIMIT);
        assert!(found.is_some(), "no {text:?} in:\n{}", console.text());
        self.seen = found.unwrap_or(self.seen);
    }

    fn press(&self, keys: &str) {
        self.session.type_bytes(keys.as_bytes()).expect("the machine runs");
    }
}

#[test]
fn ctrl_c_stops_the_program_and_does_nothing_at_the_prompt() {
    let mut person = Person::new();
    person.see("# ");
    person.press("dbg /bin/targets/compute\r");
    person.see("(dbg) ");
    person.press("\x03");
    person.see("(dbg) ");
    person.press("run\r");
    person.see("run");
    std::thread::sleep(Duration::from_millis(300));
    person.press("\x03");
    person.see("Program received SIGINT");
    person.see("(dbg) ");
    person.press("print 6 * 7\r");
    person.see("42 (0x2a)");
    person.press("quit\r");
    person.see("killed]");
    person.see("# ");
}
