//! Everything between user mode and Rust: descriptor tables, entry code, and what a trap means.
//!
//! Decides the selectors, which vectors have stacks of their own, and what happens to a trap inside the kernel. The way
//! in and out is assembly (`entry.S`); `exit` turns what it left in the registers into an `Exit`; `supervisor` judges
//! traps taken in ring 0. Neighbours: `run` (calls the entry code), `panic` (reports).
#![expect(unsafe_code, reason = "declares the entry code")]

pub(crate) mod exit;
mod fault;
mod gdt;
mod idt;
pub(crate) mod stacks;
pub(crate) mod supervisor;
mod syscall;

use core::mem::offset_of;
use kernel_abi::registers::{Registers, USER_CS, USER_SS};
use kernel_core::seam::Context;

/// `trapno` of a SYSCALL whose first instruction in the kernel was hit by a #DB; not a vector.
pub(crate) const SYSTEM_CALL_OWING_DEBUG: u32 = 0x100;

// The pushes of entry.S are in the order of `Registers`, and the context starts with them.
const _: () = assert!(offset_of!(Context, registers) == 0);
const _: () = assert!(offset_of!(Registers, trapno) == 15 * 8 && offset_of!(Registers, err) == 16 * 8);
const _: () = assert!(size_of::<Registers>().is_multiple_of(16) && align_of::<Context>().is_multiple_of(16));

core::arch::global_asm!(
    include_str!("trap/entry.S"),
    REGISTERS_BYTES = const size_of::<Registers>(),
    RSP_FROM_TRAPNO = const offset_of!(Registers, rsp) - offset_of!(Registers, trapno),
    USER_CS = const USER_CS,
    USER_SS = const USER_SS,
    TSS_RSP0 = const gdt::TSS_RSP0,
    SYSTEM_CALL_OWING_DEBUG = const SYSTEM_CALL_OWING_DEBUG,
    DEBUG_OFF = const crate::debug::CONTROL_FIXED,
    tss = sym gdt::TSS,
    supervisor_trap = sym supervisor::supervisor_trap,
);

// Signatures and registers as each symbol's comment in entry.S gives them.
unsafe extern "C" {
    /// Enters user mode. Not a function of the C ABI: `run` says how it is called.
    pub(crate) fn enter_by_sysret();
    /// Enters user mode. Not a function of the C ABI: `run` says how it is called.
    pub(crate) fn enter_by_iretq();
    /// Loads an XSAVE image; 1 when the processor refuses it.
    pub(crate) fn restore_extended(image: *const u8) -> u32;
    /// Loads an FXSAVE image; 1 when the processor refuses it.
    pub(crate) fn restore_legacy(image: *const u8) -> u32;
}

/// Loads the descriptor tables and opens the SYSCALL door. Once, at boot.
pub(crate) fn install() {
    gdt::load();
    idt::load();
    syscall::enable();
}
