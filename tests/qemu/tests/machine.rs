//! The machine by itself: boots tests/machine instead of the kernel, on several processors and memories.
//!
//! Decides which machines are tried and which faults must end in which report. The cases are in tests/machine/src/cases.
//! Neighbours: build/test.sh builds that kernel beside the real one.

use qemu_tests::{Ending, Log, Machine, Session, Sinks, Timing};
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

struct Outcome {
    ending: Ending,
    log: String,
}

/// machine-tests lies where the kernel does.
fn machine() -> Machine {
    let kernel = env::var_os("PROCTOR_KERNEL").expect("PROCTOR_KERNEL is not set; run ./build.sh test");
    let path: PathBuf = Path::new(&kernel).with_file_name("machine-tests");
    assert!(path.exists(), "{} is not there; run ./build.sh test", path.display());
    Machine::new(path)
}

fn boot(machine: &Machine, order: &str) -> Outcome {
    let mut session = Session::start(machine, order.as_bytes(), Sinks::default()).expect("QEMU starts");
    let ending = session.wait(Some(LIMIT)).expect("QEMU is waited for");
    Outcome { ending, log: session.log().text() }
}

fn assert_all_pass(machine: &Machine, order: &str) {
    let outcome = boot(machine, order);
    let passed = Log::parse(&outcome.log).passed();
    assert!(outcome.ending == Ending::PoweredOff && passed.is_ok(), "{:?}\n{}", outcome.ending, outcome.log);
}

fn assert_panics(fault: &str, expected: &[&str]) {
    let outcome = boot(&machine(), &format!("fault {fault}"));
    assert_eq!(outcome.ending, Ending::KernelPanic, "{}", outcome.log);
    let report = Log::parse(&outcome.log).panic.join("\n");
    for part in expected {
        assert!(report.contains(part), "no {part:?} in the report:\n{report}");
    }
}

#[test]
fn every_case_on_the_fullest_processor() {
    assert_all_pass(&machine(), "all");
}

#[test]
fn every_case_on_skylake() {
    let mut machine = machine();
    machine.processor = "Skylake-Client".to_owned();
    assert_all_pass(&machine, "all");
}

#[test]
fn every_case_without_xsave_smap_and_umip() {
    let mut machine = machine();
    machine.processor = "qemu64".to_owned();
    assert_all_pass(&machine, "all");
}

#[test]
fn every_case_in_little_memory() {
    let mut machine = machine();
    machine.memory_mib = 32;
    assert_all_pass(&machine, "all");
}

#[test]
fn every_case_with_memory_above_4_gib() {
    let mut machine = machine();
    machine.memory_mib = 4096;
    assert_all_pass(&machine, "all");
}

#[test]
fn every_case_within_its_cost() {
    let mut machine = machine();
    machine.timing = Timing::Counted;
    assert_all_pass(&machine, "counted");
}

#[test]
fn panic_says_what_and_where() {
    assert_panics("panic", &["panic: as asked at ", "faults.rs:", "\n  at 0xffffffff80"]);
}

#[test]
fn stack_overflow_is_a_report_and_no_corruption() {
    assert_panics("stack", &["panic: double fault in the kernel", "the kernel stack ran over", "\n  at 0xffffffff80"]);
}

#[test]
fn frames_of_the_kernel_cannot_be_written() {
    assert_panics("kernel-frame", &["panic: page fault in the kernel", "address 0xffff800000200000"]);
}

#[test]
fn frames_beyond_memory_cannot_be_written() {
    assert_panics("absent-frame", &["panic: page fault in the kernel"]);
}

#[test]
fn extended_state_of_a_wrong_frame_is_a_report() {
    assert_panics("extended-frame", &["panic: page fault in the kernel"]);
}

#[test]
fn allocation_that_nobody_handles_is_a_panic() {
    assert_panics("allocation", &["panic: memory allocation of 64 bytes failed"]);
}
