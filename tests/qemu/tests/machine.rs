//! The machine by itself: boots tests/machine instead of the kernel, on several processors and memories.
//!
//! Decides which machines are tried and which faults must end in which report. The cases are in tests/machine/src/cases.
//! Neighbours: build/test.sh builds that kernel beside the real one.

use qemu_tests::{Boot, Ending};

fn machine() -> Boot {
    Boot::kernel("machine-tests")
}

fn assert_all_pass(boot: Boot) {
    boot.run().expect("the boot is tried").assert_passed();
}

fn assert_panics(fault: &str, expected: &[&str]) {
    let report = machine().command_line(&format!("fault {fault}")).run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::KernelPanic, "{}", report.log_text);
    let panic = report.log.panic.join("\n");
    for part in expected {
        assert!(panic.contains(part), "no {part:?} in the report:\n{panic}");
    }
}

#[test]
fn every_case_on_the_fullest_processor() {
    assert_all_pass(machine());
}

#[test]
fn every_case_on_skylake() {
    assert_all_pass(machine().processor("Skylake-Client"));
}

#[test]
fn every_case_without_xsave_smap_and_umip() {
    assert_all_pass(machine().processor("qemu64"));
}

#[test]
fn every_case_in_little_memory() {
    assert_all_pass(machine().memory(32));
}

#[test]
fn every_case_with_memory_above_4_gib() {
    assert_all_pass(machine().memory(4096));
}

#[test]
fn every_case_within_its_cost() {
    assert_all_pass(machine().icount().command_line("counted"));
}

#[test]
fn protections_are_on_where_the_processor_has_them() {
    for (processor, line) in
        [("max", "WP NX SMEP SMAP UMIP;"), ("Skylake-Client", "WP NX SMEP SMAP;"), ("qemu64", "WP NX;")]
    {
        let report = machine().processor(processor).run().expect("the boot is tried");
        assert!(report.log_text.contains(line), "no {line:?} in the log:\n{}", report.log_text);
    }
}

#[test]
fn serial_interrupts_carry_every_byte() {
    let text: Vec<u8> = (0..5000).map(|index| b"0123456789abcdef\n"[index % 17]).collect();
    let report = machine().command_line("echo").input(&text).run().expect("the boot is tried");
    let expected = [&text[..], b"\x04\x04"].concat();
    let echoed = report.console.strip_suffix(b"machine\n").unwrap_or(&report.console);
    assert!(expected.starts_with(&echoed[..text.len().min(echoed.len())]), "bytes were changed");
    assert!(echoed.len() > text.len(), "{} of {} bytes came back", echoed.len(), text.len());
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
