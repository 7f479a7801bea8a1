//! Bugs of a kernel, committed on purpose: each must end in a panic that says what happened.
//!
//! Decides which bug a name stands for. Neighbours: tests/qemu/tests/machine.rs, which expects the reports.

use alloc::boxed::Box;
use core::hint::black_box;
use kernel_core::seam::{ExtendedState, Frame, PhysicalMemory};

use crate::bench::Bench;

/// Frame of the kernel's own code, which the core has no way to name rightly.
const KERNEL_CODE: Frame = Frame(0x200);

/// Commits the bug called `name`; comes back only if the machine let it pass.
#[expect(clippy::panic, reason = "panicking is what this is about")]
pub(crate) fn commit(name: &str, bench: &mut Bench) {
    match name {
        "panic" => panic!("as asked"),
        "stack" => bench.say(if overflow(1) == 0 { "no overflow" } else { "overflow unnoticed" }),
        "kernel-frame" => bench.machine.write(KERNEL_CODE, 0, &[0xcc; 16]),
        "absent-frame" => bench.machine.zero(Frame(u32::MAX)),
        "extended-frame" => bench.machine.reset_extended(KERNEL_CODE),
        "allocation" => {
            kernel_machine::fail_allocation(Some(1));
            drop(black_box(Box::new([0_u8; 64])));
        }
        _ => bench.say("no such fault"),
    }
}

/// Recursion that the compiler cannot turn into a loop.
#[inline(never)]
fn overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    let below = if black_box(true) { overflow(depth.wrapping_add(1)) } else { 0 };
    frame.iter().fold(below, |sum, word| sum.wrapping_add(*word))
}
