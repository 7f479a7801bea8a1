//! The system as a user of `./build.sh exec` sees it: suites, exit statuses, input, the shell, mistakes.
//!
//! Decides what a whole boot must come to. The suites' cases are in tests/programs. Neighbours: `bios` (other ways to boot),
//! `dbg` (debugging).

use initfs_format::BootMode;
use initfs_pack::PackedFile;
use qemu_tests::{Boot, Ending, ProgramEnd, Report};

fn assert_suite_passes(program: &str) {
    Boot::new(program).run().expect("the boot is tried").assert_passed();
}

fn execute(program: &str, arguments: &[&str], input: &[u8]) -> Report {
    let boot = Boot::new(program).mode(BootMode::Execute).arguments(arguments.iter().copied()).input(input);
    let report = boot.run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine did not power off"));
    report
}

fn shell(script: &str) -> Report {
    execute("/bin/sh", &["-c", script], b"")
}

fn status(report: &Report) -> Option<u8> {
    report.log.program.map(ProgramEnd::shell_status)
}

#[track_caller]
fn assert_prints(script: &str, expected: &str) {
    let report = shell(script);
    assert_eq!(report.console_text(), expected, "{}", report.log_text);
    assert_eq!(status(&report), Some(0), "{}", report.log_text);
}

#[test]
fn processes_do_as_they_should() {
    assert_suite_passes("/test/test-process");
}

#[test]
fn memory_does_as_it_should() {
    assert_suite_passes("/test/test-memory");
}

#[test]
fn files_do_as_they_should() {
    let mut boot = Boot::new("/test/test-files");
    for mode in [0o400, 0o040, 0o004, 0o711, 0o710, 0o605] {
        let file = PackedFile::new(b"#!/bin/true\n".to_vec(), mode).expect("a mode");
        boot = boot.file(&format!("/test/owned/{mode:03o}"), PackedFile { uid: 7, gid: 8, ..file });
    }
    boot.run().expect("the boot is tried").assert_passed();
}

#[test]
fn everything_outlives_allocations_that_fail() {
    assert_suite_passes("/test/test-failures");
}

#[test]
fn the_exit_status_is_the_programs() {
    for expected in [0, 7, 255] {
        assert_eq!(status(&shell(&format!("exit {expected}"))), Some(expected));
    }
}

#[test]
fn a_crash_is_told_as_the_signal_it_was() {
    for (kind, signal) in [("null", 11), ("divide", 8), ("ud2", 4), ("int3", 5)] {
        let report = execute("/bin/targets/crash", &[kind], b"");
        assert_eq!(status(&report), Some(128 + signal), "{kind}: {}", report.log_text);
    }
}

#[test]
fn a_program_that_is_not_there_is_127() {
    let report = execute("/bin/nothing", &[], b"");
    assert_eq!(status(&report), Some(127));
    assert!(report.log_text.contains("/bin/nothing"), "the message names it: {}", report.log_text);
}

#[test]
fn the_input_arrives_to_the_byte() {
    let bytes: Vec<u8> = (0..=255).chain(b"text\nwithout an end".iter().copied()).collect();
    let report = execute("/bin/cat", &[], &bytes);
    assert_eq!(report.console, bytes, "{}", report.log_text);
}

#[test]
fn pipes_connect_programs() {
    assert_prints("echo one two | cat | cat", "one two\n");
}

#[test]
fn redirections_go_to_files_and_come_back() {
    assert_prints("echo kept > tmp:x; echo more >> tmp:x; cat < tmp:x", "kept\nmore\n");
}

#[test]
fn names_are_removed_and_changed_by_tools() {
    assert_prints("mkdir tmp:d tmp:d/e; echo x > tmp:d/e/f; mv tmp:d/e/f tmp:d; ls tmp:d; rmdir tmp:d/e", "e/\nf\n");
    assert_prints("mkdir tmp:d tmp:d/e; echo x > tmp:d/e/f; rm -r tmp:d; ls tmp: && rm -f tmp:d", "");
    let report = shell("rm /bin/sh; rm tmp:none; rmdir /bin; mv a; exit 3");
    for line in ["rm: /bin/sh: Read-only file system", "rm: tmp:none: No such file or directory", "usage: mv FROM TO"] {
        assert!(report.console_text().contains(line), "{line}: {}", report.console_text());
    }
}

#[test]
fn a_program_sees_only_the_names_it_is_given() {
    assert_prints("only file,console sh -c 'cat proc:1/status 2>&1; exit 0'", "cat: proc:1/status: No such device\n");
    assert_prints(
        "only file,console sh -c 'only file,tmp true || echo refused' 2>&1",
        "only: No such device\nrefused\n",
    );
}

#[test]
fn quoting_and_variables_are_the_shells() {
    assert_prints("A='a  b'; echo \"$A\" $A '$A'", "a  b a b $A\n");
}

#[test]
fn statuses_steer_the_shell() {
    let script = "false && echo no; true && echo yes; false || echo else; /bin/targets/crash null; echo $?";
    assert_prints(script, "yes\nelse\ncrash: null\n139\n");
}

#[test]
fn background_jobs_are_waited_for() {
    assert_prints("sleep 0 & wait; echo done", "done\n");
}
