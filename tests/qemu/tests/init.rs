//! An init that cannot do its work: the machine says why and switches itself off, with a status of its own.
//!
//! Decides the message and the ending for each way to fail. Neighbours: `initfs/boot` (the ending), `schemes/proc` (the
//! message), `system` (an init that works).

use initfs_pack::PackedFile;
use qemu_tests::{Artifacts, Boot, Ending};

#[track_caller]
fn assert_init_fails(file: PackedFile, message: &str) {
    let report = Boot::new("/bin/true").file("/sbin/init", file).run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::InitFailed, "{}", report.log_text);
    let expected = format!("proc: {message}\n");
    assert!(report.log_text.contains(&expected), "expected {expected:?} in {}", report.log_text);
}

fn packed(data: impl Into<Vec<u8>>, mode: u32) -> PackedFile {
    PackedFile::new(data.into(), mode).expect("a mode")
}

/// A program of the ordinary image.
fn program(path: &str) -> PackedFile {
    let contents = Artifacts::find().and_then(|artifacts| artifacts.contents()).expect("a built system");
    contents.files().find(|(name, _)| *name == path).map(|(_, file)| file.clone()).expect("a program")
}

#[test]
fn an_init_that_is_no_program_is_told() {
    assert_init_fails(packed("no program\n", 0o755), "cannot run /sbin/init: Exec format error");
    assert_init_fails(packed("", 0o755), "cannot run /sbin/init: Exec format error");
}

#[test]
fn an_init_that_is_cut_off_is_told() {
    let mut file = program("/sbin/init");
    file.data.truncate(5000);
    assert_init_fails(file, "cannot run /sbin/init: Exec format error");
}

#[test]
fn an_init_without_an_execute_bit_is_told() {
    let file = program("/sbin/init");
    assert_init_fails(packed(file.data, 0o644), "cannot run /sbin/init: Permission denied");
}

#[test]
fn an_init_whose_interpreter_is_missing_is_told() {
    assert_init_fails(packed("#!/bin/nothing\n", 0o755), "cannot run /sbin/init: No such file or directory");
}

#[test]
fn an_init_that_ends_is_told() {
    assert_init_fails(program("/bin/false"), "/sbin/init exited with status 1");
}

#[test]
fn an_init_that_crashes_is_told() {
    assert_init_fails(packed("#!/bin/targets/crash null\n", 0o755), "/sbin/init was ended by signal 11");
}
