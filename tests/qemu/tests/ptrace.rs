//! ptrace inside the booted system: the suite of tests/programs, on more than one processor model, and `trace`.
//!
//! Decides which machines the suite must pass on, and which lines `trace` must write. The suite's cases are in
//! tests/programs/src/bin/test-ptrace; docs/ptrace.md has the table of what each one shows. Neighbours: `system` boots
//! the other suites; initfs/trace tests every word of a line on the host.

use initfs_format::BootMode;
use qemu_tests::{Boot, Ending, ProgramEnd, Report};
use std::time::Duration;

/// Every case forks its own targets, several times: a minute and more on a slow host.
const LIMIT: Duration = Duration::from_secs(180);

fn suite() -> Boot {
    Boot::new("/test/test-ptrace").limit(LIMIT)
}

#[test]
fn ptrace_does_as_freebsds() {
    suite().run().expect("the boot is tried").assert_passed();
}

#[test]
fn ptrace_needs_no_xsave() {
    suite().processor("qemu64").run().expect("the boot is tried").assert_passed();
}

/// Counted by instructions, the histories are the same in every run.
#[test]
fn random_requests_leave_nobody_behind() {
    suite().argument("chance").icount().run().expect("the boot is tried").assert_passed();
}

/// Runs trace on a script of the shell; what it writes goes to the console.
fn trace(arguments: &[&str]) -> Report {
    let boot = Boot::new("/bin/trace").mode(BootMode::Execute).arguments(arguments.iter().copied()).limit(LIMIT);
    let report = boot.run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine did not power off"));
    report
}

fn status(report: &Report) -> Option<u8> {
    report.log.program.map(ProgramEnd::shell_status)
}

/// Each text is in some line, behind the line of the one before it.
#[track_caller]
fn assert_shows(report: &Report, texts: &[&str]) {
    let console = report.console_text();
    let mut lines = console.lines();
    for text in texts {
        assert!(lines.any(|line| line.contains(text)), "no {text:?}, or not in order, in:\n{console}");
    }
}

/// Texts in this order, line ends and all.
fn assert_shows_text(report: &Report, texts: &[&str]) {
    let console = report.console_text();
    let mut rest = console.as_str();
    for text in texts {
        let found = rest.split_once(text);
        rest = found.unwrap_or_else(|| panic!("no {text:?}, or not in order, in:\n{console}")).1;
    }
}

#[test]
fn trace_shows_calls_with_arguments_and_results() {
    let report = trace(&["/bin/cat", "/etc/servers", "/nothing"]);
    let texts = ["openat(-100, \"/etc/servers\"", "read(", "ENOENT", "exit(1) = ?", "+++ exited with 1 +++"];
    let first = "execve(\"/bin/cat\", [\"/bin/cat\", \"/etc/servers\", \"/nothing\"], 0x";
    assert!(report.console_text().starts_with(first), "{}", report.console_text());
    assert_shows(&report, &texts);
    assert_eq!(status(&report), Some(1));
}

#[test]
fn trace_follows_a_pipeline() {
    let report = trace(&["-f", "-e", "write,execve", "/bin/sh", "-c", "echo told | cat"]);
    assert_shows(&report, &["execve(\"/bin/sh\"", "execve(\"/bin/", "write(1, \"told\\n\"", "+++ exited with 0 +++"]);
    let ends = report.console_text().matches("+++ exited with 0 +++").count();
    assert!(ends >= 2, "{ends} processes ended:\n{}", report.console_text());
    assert_eq!(status(&report), Some(0));
}

#[test]
fn trace_shows_signals_and_deaths() {
    let report = trace(&["/bin/targets/crash", "null"]);
    assert_shows(&report, &["--- SIGSEGV", "+++ killed by SIGSEGV +++"]);
    assert_eq!(status(&report), Some(128 + 11));
}

#[test]
fn trace_names_what_it_cannot_follow() {
    let report = shell("trace nosuch; echo $?; trace -p 1; trace -p 99; trace -e write sh -c 'nosuch'; echo $?");
    let texts = ["trace: nosuch: No such file or directory\n127\n", "trace: process 1: Operation not permitted\n"];
    assert_shows_text(&report, &texts);
    assert_shows_text(&report, &["trace: process 99: No such process\n", "+++ exited with 127 +++\n127\n"]);
}

#[test]
fn trace_shows_nothing_of_its_own_preparations() {
    let report = shell("trace -e read,sigaction,close echo told");
    assert_eq!(report.console_text(), "told\n+++ exited with 0 +++\n");
    let report = trace(&["-c", "/bin/echo", "counted"]);
    assert!(!report.console_text().contains("sigprocmask"), "{}", report.console_text());
}

#[test]
fn trace_counts_calls() {
    let report = trace(&["-c", "/bin/echo", "counted"]);
    assert_shows(&report, &["calls", "write", "total"]);
    assert!(!report.console_text().contains("write("), "lines are for the other form:\n{}", report.console_text());
    assert_eq!(status(&report), Some(0));
}

/// Runs a script of the shell that runs trace.
fn shell(script: &str) -> Report {
    let boot = Boot::new("/bin/sh").mode(BootMode::Execute).arguments(["-c", script]).limit(LIMIT);
    let report = boot.run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine did not power off"));
    report
}

#[test]
fn trace_attaches_to_what_runs_and_disturbs_no_sleep() {
    let report = shell("/bin/targets/sleeper 10 20 & trace -p $!; wait");
    assert_shows(&report, &["nanosleep(", "write(1, \"sleeper: 0 sleeps were disturbed", "+++ exited with 0 +++"]);
    assert_eq!(status(&report), Some(0));
}

/// The program compares what its calls cost with and without a tracer; counted by instructions, so it is always the same.
#[test]
fn calls_that_a_tracer_leaves_out_are_not_stopped() {
    let boot = Boot::new("/bin/bench").mode(BootMode::Execute).arguments(["watched"]).icount().limit(LIMIT);
    let report = boot.run().expect("the boot is tried");
    assert_shows(&report, &["null_syscall_left_out", "process_call_left_out"]);
    assert_eq!(status(&report), Some(0), "{}", report.console_text());
}

#[test]
fn trace_writes_to_a_file() {
    let report = shell("trace -e write -o tmp:log echo told; echo between; cat tmp:log");
    assert_shows(&report, &["told", "between", "write(1, \"told\\n\", 5) = 5", "+++ exited with 0 +++"]);
}
