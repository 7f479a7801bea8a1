//! Programs in C: the library they link, judged by what they print.
//!
//! Decides what each program of tests/programs/c has to print and return inside; those of its folder `oracle` print what
//! the same file prints on the host. Neighbours: build/c.sh builds them, initfs/c is the library, docs/c.md.

use anyhow::{Context, Result};
use initfs_format::BootMode;
use initfs_pack::WithFile;
use qemu_tests::{Boot, Ending, ProgramEnd, Report};
use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Where build.sh put the programs.
fn folder() -> Result<PathBuf> {
    env::var_os("PROCTOR_C_BIN_DIR").map(PathBuf::from).context("programs in C are built by ./build.sh test")
}

/// Boots for the program `name` of tests/programs/c, at `/bin/NAME` in the image.
fn run(name: &str, arguments: &[&str]) -> Report {
    let path = format!("/bin/c-{name}");
    let file = folder().expect("a folder").join(name);
    let with = WithFile { host: file, image: path.clone() };
    let boot = Boot::new(&path).mode(BootMode::Execute).arguments(arguments.iter().copied()).with(with);
    let report = boot.run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine did not power off"));
    report
}

fn status(report: &Report) -> Option<u8> {
    report.log.program.map(ProgramEnd::shell_status)
}

#[track_caller]
fn assert_prints(name: &str, arguments: &[&str], expected: &[&str]) {
    let report = run(name, arguments);
    let text = report.console_text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines, expected, "{}", report.log_text);
    assert_eq!(status(&report), Some(0), "{}", report.log_text);
}

/// The same file, compiled for both, prints the same on both.
#[track_caller]
fn assert_agrees_with_the_host(name: &str) {
    let host = Command::new(folder().expect("a folder").join("host").join(name)).output().expect("it runs on the host");
    let expected = String::from_utf8_lossy(&host.stdout).into_owned();
    let report = run(name, &[]);
    let text = report.console_text();
    for (number, (found, wanted)) in (1..).zip(text.lines().zip(expected.lines())) {
        assert_eq!(found, wanted, "line {number}");
    }
    assert_eq!(text.lines().count(), expected.lines().count(), "{}", report.log_text);
    assert!(expected.lines().count() > 10, "the program prints something to compare");
    assert_eq!(status(&report), Some(0));
}

#[test]
fn c_recursion_and_structures() {
    assert_prints("factorial", &["7"], &["factorial(7) = 5040", "start: 13, -6", "sum = 17"]);
}

#[test]
fn c_lists_on_the_heap_and_the_status_of_main() {
    let report = run("list", &["pear", "fig", "apple"]);
    let expected = "pushed: apple/5 fig/3 pear/4\nreversed: pear/4 fig/3 apple/5\nsorted: apple/5 fig/3 pear/4\n";
    assert_eq!(report.console_text(), expected, "{}", report.log_text);
    assert_eq!(status(&report), Some(3));
}

#[test]
fn c_threads() {
    let expected = [
        "counter 800, sum 14, once 1, destroyed 10, own 5",
        "detached: 1",
        "timed wait: Connection timed out",
        "recursive: 0, checked: 1 1",
        "self: 1",
    ];
    assert_prints("threads", &[], &expected);
}

#[test]
fn c_crashes_are_signals() {
    for (kind, signal) in [("null", 11), ("divide", 8), ("abort", 6), ("assert", 6), ("trap", 5), ("raise", 15)] {
        let report = run("crash", &[kind]);
        assert!(report.console_text().starts_with("about to end\n"), "{kind}: {}", report.log_text);
        assert_eq!(status(&report), Some(128 + signal), "{kind}: {}", report.log_text);
    }
}

#[test]
fn c_children() {
    let expected = [
        "fork: exited 11",
        "own value: 1",
        "by exec",
        "vfork and exec: exited 6",
        "by name",
        "execvp: exited 0",
        "no such program: exited 44",
        "killed: signal 9",
        "the pipe ends: 0",
        "read: 17 bytes of a child",
        "writer: exited 3",
        "system: 5",
        "no children: ECHILD",
    ];
    assert_prints("children", &[], &expected);
}

#[test]
fn c_signals() {
    let expected = [
        "handled: 1, from self: 1",
        "blocked: 1, pending: 1",
        "suspend: EINTR, handled: 2",
        "signal 11 at 0x1230, blocked now: 0",
        "waited: 1, value 42",
        "alarm: Alarm clock",
        "ignored: 1",
    ];
    assert_prints("signals", &[], &expected);
}

#[test]
fn c_ptrace() {
    let expected = [
        "stopped: signal 17",
        "read: 7, errno 0",
        "written: 35, 4 bytes, own: 7",
        "nowhere: -1, ENOMEM",
        "step: signal 5",
        "moved: 1, same stack page: 1",
        "lwpinfo: event 1, code 2",
        "exited: 1, status 35",
        "gone: -1 ESRCH",
    ];
    assert_prints("tracer", &[], &expected);
}

#[test]
fn c_files() {
    let expected = [
        "line: 6, scanned 1: 2, at 7",
        "stat: 0, size 14, regular 1",
        "at 8: 5 bytes: third",
        "cloexec: 0 1",
        "closed: EBADF",
        "not there: ENOENT",
        "a terminal: 1, a file: 0",
        "nowhere: EFAULT EFAULT EFAULT EFAULT",
        "rename: done",
        "old: No such file or directory",
        "elsewhere: Cross-device link",
        "unlink: done",
        "again: No such file or directory",
        "mkdir: done",
        "unlink a directory: Not owner",
        "rmdir: Directory not empty",
        "emptied: done",
        "remove: done",
        "link: Function not implemented",
        "compute crash forker recurse signals sleeper threads ",
        "chdir: 0, /bin/targets",
        "relative: 0, up: 0",
        "no directory: -1",
        "mapped: 1, protected: 0, unmapped: 0",
        "heap: 1",
    ];
    assert_prints("files", &[], &expected);
}

#[test]
fn c_formats_agree_with_the_host() {
    assert_agrees_with_the_host("formats");
}

#[test]
fn c_numbers_agree_with_the_host() {
    assert_agrees_with_the_host("numbers");
}

#[test]
fn c_strings_agree_with_the_host() {
    assert_agrees_with_the_host("strings");
}

#[test]
fn c_waiting_agrees_with_the_host() {
    assert_agrees_with_the_host("waiting");
}

#[test]
fn c_terminals() {
    let expected = [
        "terminal: 0",
        "lines: 1, signals: 1, interrupt: 3, speed: 115200",
        "raw: 0, cooked: 0, back: 0, same: 1",
        "window: 0 0, 30 by 100",
        "no such time: -1, Invalid argument",
        "a pipe: -1, terminal: 0",
    ];
    assert_prints("terminal", &[], &expected);
}
