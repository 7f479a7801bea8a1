//! Segments and the task state segment.
//!
//! Decides the selectors: user data before user code, as SYSRET wants them (SDM vol. 2, SYSRET). There is no 32-bit code
//! segment, no LDT, and the I/O bitmap lies beyond the TSS, so user code has no ports. Main statics: [`TSS`]. Neighbours:
//! `idt` (IST numbers), `syscall` (STAR), `entry.S` (RSP0).
#![expect(unsafe_code, reason = "loads GDTR, TR and segment registers")]

use core::arch::asm;
use kernel_abi::registers::{USER_CS, USER_SS};
use x86::bits64::task::TaskStateSegment;
use x86::dtables::{DescriptorTablePointer, lgdt};
use x86::segmentation::SegmentSelector;
use x86::task::load_tr;

use super::stacks;
use crate::cell::ProcessorCell;

/// Kernel code selector.
pub(super) const KERNEL_CS: u16 = 0x08;
/// Kernel stack selector.
const KERNEL_SS: u16 = 0x10;
/// What STAR calls the base for SYSRET: SS is this plus 8, CS this plus 16.
pub(super) const SYSRET_BASE: u16 = 0x1b;
const TSS_SELECTOR: u16 = 0x30;

const _: () = assert!(USER_SS == SYSRET_BASE as u64 + 8 && USER_CS == SYSRET_BASE as u64 + 16);

/// Offset of RSP0 (SDM vol. 3, figure 8-11).
pub(super) const TSS_RSP0: usize = 4;

// Flat segments with the accessed bit set, so that loading them never writes to the table.
const CODE: u64 = 0x00af_9b00_0000_ffff;
const DATA: u64 = 0x00cf_9300_0000_ffff;
const RING_3: u64 = 3 << 45;

/// The TSS; RSP0 changes with every entry into user mode.
pub(super) static TSS: ProcessorCell<TaskStateSegment> = ProcessorCell::new(TaskStateSegment::new());

static GDT: ProcessorCell<[u64; 8]> = ProcessorCell::new([0, CODE, DATA, 0, DATA | RING_3, CODE | RING_3, 0, 0]);

/// Fills in the TSS and loads GDTR, TR and the segment registers.
pub(super) fn load() {
    let [_, debug, nmi, double_fault, machine_check] = stacks::all();
    let mut tss = TaskStateSegment::new();
    tss.ist = [debug.top, nmi.top, double_fault.top, machine_check.top, 0, 0, 0];
    tss.iomap_base = size_of::<TaskStateSegment>() as u16;
    // SAFETY: boot runs once, with interrupts off, before the table is in use.
    unsafe { TSS.pointer().write(tss) };

    let [low, high] = tss_descriptor(TSS.pointer().addr() as u64);
    let gdt = [0, CODE, DATA, 0, DATA | RING_3, CODE | RING_3, low, high];
    // SAFETY: as above.
    unsafe { GDT.pointer().write(gdt) };

    let pointer = DescriptorTablePointer { limit: (size_of_val(&gdt) as u16).wrapping_sub(1), base: GDT.pointer() };
    // SAFETY: the table is static and its code and data entries are those in use.
    unsafe { lgdt(&pointer) };
    load_segments();
    // SAFETY: the selector names the TSS descriptor just written, for the first and only time.
    unsafe { load_tr(SegmentSelector::from_raw(TSS_SELECTOR)) };
    // SAFETY: a null LDT is always allowed, and no selector of ours names one.
    unsafe { x86::dtables::load_ldtr(SegmentSelector::from_raw(0)) };
}

/// An available 64-bit TSS at `base` (SDM vol. 3, figure 8-4).
fn tss_descriptor(base: u64) -> [u64; 2] {
    let limit = (size_of::<TaskStateSegment>() as u64).wrapping_sub(1);
    let low = limit | (base & 0x00ff_ffff) << 16 | 0x89 << 40 | (base >> 24 & 0xff) << 56;
    [low, base >> 32]
}

fn load_segments() {
    // SAFETY: CS is reloaded by a far return to the next instruction; all selectors are in the table just loaded, or
    // null where 64-bit mode ignores them.
    unsafe {
        asm!(
            "push {cs}",
            "lea {scratch}, [rip + 2f]",
            "push {scratch}",
            "retfq",
            "2: mov ss, {ss:e}",
            "mov ds, {null:e}",
            "mov es, {null:e}",
            "mov fs, {null:e}",
            "mov gs, {null:e}",
            cs = const KERNEL_CS,
            ss = in(reg) u32::from(KERNEL_SS),
            null = in(reg) 0_u32,
            scratch = out(reg) _,
        );
    };
}
