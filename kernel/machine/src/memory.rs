//! Physical memory through the physmap.
//!
//! Decides how bytes move: one word by one move, the rest by string instructions eight bytes at a time. Frames that the
//! core may not name are not mapped there (boot/tables.rs), so a wrong one faults and harms nobody. Neighbours:
//! `kernel_core::seam::PhysicalMemory`, `paging` ([`PHYSMAP`]).
#![expect(unsafe_code, reason = "reads and writes physical memory")]

use core::arch::asm;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};
use kernel_core::seam::{Frame, PAGE_SIZE, PhysicalMemory};

use crate::machine::Machine;
use crate::paging::{PHYSMAP, frame_address};

const WORD: usize = 8;

impl PhysicalMemory for Machine {
    #[inline]
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]) {
        let length = into.len().min(room(offset));
        // SAFETY: `into` is ours for `length` bytes; the frame's bytes are memory or unmapped, and never part of a Rust
        // object, so they do not overlap with it.
        unsafe { copy(address(frame, offset), into.as_mut_ptr().expose_provenance(), length) };
    }

    #[inline]
    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]) {
        let length = from.len().min(room(offset));
        // SAFETY: as in `read`, the other way round.
        unsafe { copy(from.as_ptr().expose_provenance(), address(frame, offset), length) };
    }

    fn copy(&mut self, from: (Frame, usize), to: (Frame, usize), length: usize) {
        let length = length.min(room(from.1)).min(room(to.1));
        let (source, target) = (address(from.0, from.1), address(to.0, to.1));
        if from.0 == to.0 {
            let (source, target) = (with_exposed_provenance::<u8>(source), with_exposed_provenance_mut(target));
            // SAFETY: both sides are in one frame, no Rust object; they may overlap.
            unsafe { core::ptr::copy(source, target, length) };
        } else {
            // SAFETY: both sides are in frames, which do not overlap, and no Rust object is involved.
            unsafe { copy(source, target, length) };
        }
    }

    fn zero(&mut self, frame: Frame) {
        // SAFETY: one whole frame, as in `write`.
        unsafe {
            asm!("rep stosq", inout("rcx") PAGE_SIZE / WORD => _, inout("rdi") address(frame, 0) => _, in("rax") 0_u64,
                options(nostack, preserves_flags));
        };
    }
}

/// Bytes from `offset` to the end of its frame.
#[inline(always)]
const fn room(offset: usize) -> usize {
    PAGE_SIZE.saturating_sub(offset)
}

/// Where a byte of a frame is. `offset` is inside the frame, or nothing is copied.
#[inline(always)]
const fn address(frame: Frame, offset: usize) -> usize {
    (PHYSMAP as usize).wrapping_add(frame_address(frame) as usize).wrapping_add(offset)
}

/// Copies `length` bytes between addresses.
///
/// # Safety
/// Both ranges are memory or unmapped (then this is a panic), and no reference to them is alive but the caller's.
#[inline(always)]
unsafe fn copy(from: usize, to: usize, length: usize) {
    if length == WORD {
        let (source, target) = (with_exposed_provenance::<u64>(from), with_exposed_provenance_mut::<u64>(to));
        // SAFETY: the caller's promise, for the source.
        let word = unsafe { source.read_unaligned() };
        // SAFETY: the caller's promise, for the target.
        unsafe { target.write_unaligned(word) };
        return;
    }
    // SAFETY: the caller's promise; the direction flag is clear in the kernel (the entry code sees to it).
    unsafe {
        asm!("rep movsq", "mov ecx, {tail:e}", "rep movsb", tail = in(reg) length % WORD,
            inout("rcx") length / WORD => _, inout("rsi") from => _, inout("rdi") to => _,
            options(nostack, preserves_flags));
    };
}
