//! `dbg -p`: a process that runs and one that sleeps are taken and let go, and neither notices.
//!
//! Decides nothing; the targets themselves tell whether they were disturbed. Neighbour: `transcript`.

use super::transcript::{assert_same, normalise, run, text_file};
use qemu_tests::{Boot, Report};

#[test]
fn a_program_that_runs_is_taken_and_let_go_without_noticing() {
    let script = "/bin/targets/compute &
sleep 1
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
fn who_is_not_there_is_no_process() {
    let report = shell("dbg -p 4242\n", "");
    assert_same(&report.console_text(), "dbg: cannot attach: No such process\n", &report);
}

#[test]
fn a_program_that_sleeps_is_taken_and_let_go_without_noticing() {
    let script = "/bin/targets/sleeper 2 3000 &
sleep 1
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
"
        )
    };
    let text = without_places(&normalise(&report.console_text()));
    // Debugger and target run side by side after the detach, so each is judged by its own lines.
    let (sleepers, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("sleeper:"));
    assert_eq!(sleepers, ["sleeper: tick 1", "sleeper: tick 2", "sleeper: 0 sleeps were disturbed"]);
    let expected = format!("{}{}ended with 0", session(1), session(2));
    assert_same(&others.join("\n"), &expected, &report);
}

/// Runs a shell script that finds `dbg` as a script of dbg. Scripts give their targets a second to get through exec, in
/// which a process cannot be attached to (EBUSY, as FreeBSD has it).
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
