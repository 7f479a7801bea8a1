//! The harness itself, on kernels of a few instructions: every way in which a machine can end is told apart.
//!
//! Without these a harness that calls everything green would go unnoticed. They need QEMU but no built system.
//! Neighbours: `harness/tiny_kernel` assembles the kernels; the other files here boot the real one.

#[path = "harness/tiny_kernel.rs"]
mod tiny_kernel;

use qemu_tests::{Ending, Log, Machine, Session, Sinks};
use std::fs;
use std::time::Duration;
use tempfile::TempDir;
use tiny_kernel::TinyKernel;

const LIMIT: Duration = Duration::from_secs(60);

struct Outcome {
    ending: Ending,
    log: String,
    console: String,
}

fn start(kernel: &TinyKernel) -> (TempDir, Session) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("kernel");
    fs::write(&path, kernel.elf()).expect("a file");
    let machine = Machine::new(path);
    let session = Session::start(&machine, b"no image", Sinks::default()).expect("QEMU starts");
    (folder, session)
}

fn boot(kernel: &TinyKernel, limit: Duration) -> Outcome {
    let (_folder, mut session) = start(kernel);
    let ending = session.wait(Some(limit)).expect("QEMU is waited for");
    Outcome { ending, log: session.log().text(), console: session.console().text() }
}

#[test]
fn a_power_off_with_a_complete_log() {
    let outcome = boot(&TinyKernel::new().log("plan 1\nok 1 a\n").console("hello").exit(0x10), LIMIT);
    assert_eq!(outcome.ending, Ending::PoweredOff);
    assert_eq!(Log::parse(&outcome.log).passed(), Ok(1));
    assert_eq!(outcome.console, "hello");
}

#[test]
fn a_panic_is_not_a_power_off() {
    let outcome = boot(&TinyKernel::new().log("panic: why\n").exit(0x11), LIMIT);
    assert_eq!(outcome.ending, Ending::KernelPanic);
    assert_eq!(Log::parse(&outcome.log).panic, ["panic: why"]);
}

#[test]
fn a_triple_fault_is_a_reset() {
    let outcome = boot(&TinyKernel::new().log("here").triple_fault(), LIMIT);
    assert_eq!((outcome.ending, outcome.log.as_str()), (Ending::Reset, "here"));
}

#[test]
fn another_code_is_named() {
    assert_eq!(boot(&TinyKernel::new().exit(0x20), LIMIT).ending, Ending::Code(0x41));
}

#[test]
fn a_hang_ends_at_its_deadline_and_keeps_its_log() {
    let (_folder, mut session) = start(&TinyKernel::new().log("waiting\n"));
    assert!(session.log().wait_for("waiting\n", 0, LIMIT).is_some());
    assert_eq!(session.wait(Some(Duration::ZERO)).expect("QEMU is waited for"), Ending::Deadline);
    assert_eq!(session.log().text(), "waiting\n");
}

#[test]
fn what_is_typed_arrives() {
    let (_folder, mut session) = start(&TinyKernel::new().log("ready\n").echo_one_byte().exit(0x10));
    session.type_bytes(b"\x16").expect("the console takes it");
    assert_eq!(session.wait(Some(LIMIT)).expect("QEMU is waited for"), Ending::PoweredOff);
    assert_eq!(session.console().bytes(), b"\x16");
}

#[test]
fn typing_at_a_machine_that_ends_before_it_is_ready_fails() {
    let (_folder, session) = start(&TinyKernel::new().log("no line").exit(0x10));
    assert!(session.type_bytes(b"x").is_err());
}

#[test]
fn a_kernel_that_is_none_is_a_complaint() {
    let folder = TempDir::new().expect("a temporary folder");
    let machine = Machine::new(folder.path().join("missing"));
    let mut session = Session::start(&machine, b"no image", Sinks::default()).expect("QEMU starts");
    assert_eq!(session.wait(Some(LIMIT)).expect("QEMU is waited for"), Ending::Code(1));
    assert!(session.complaints().text().contains("missing"), "{}", session.complaints().text());
}

#[test]
fn options_that_qemu_refuses_are_a_complaint() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut machine = Machine::new(folder.path().join("missing"));
    machine.processor = "no-such-processor".to_owned();
    let mut session = Session::start(&machine, b"no image", Sinks::default()).expect("QEMU starts");
    assert_eq!(session.wait(Some(LIMIT)).expect("QEMU is waited for"), Ending::Code(1));
    assert!(session.complaints().text().contains("no-such-processor"), "{}", session.complaints().text());
}
