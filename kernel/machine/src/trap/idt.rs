//! The interrupt descriptor table.
//!
//! Decides which vectors user code may raise by INT n (#BP and #OF only) and which have a stack of their own (#DB, NMI,
//! #DF, #MC: they may come where the stack pointer is the user's). All gates are interrupt gates, so IF is clear in the
//! kernel. Neighbours: `entry.S` (one 16-byte stub per vector), `gdt` (the stacks).
#![expect(unsafe_code, reason = "loads IDTR")]

use x86::cpuid::{CpuId, Hypervisor};
use x86::dtables::{DescriptorTablePointer, lidt};

use super::gdt::KERNEL_CS;
use crate::cell::ProcessorCell;

const VECTORS: usize = 256;
const STUB_BYTES: u64 = 16;
const PRESENT_INTERRUPT_GATE: u16 = 0x8e00;
const RING_3: u16 = 3 << 13;

/// A 64-bit gate (SDM vol. 3, figure 6-8).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Gate {
    offset_low: u16,
    selector: u16,
    flags: u16,
    offset_middle: u16,
    offset_high: u32,
    reserved: u32,
}

const NO_GATE: Gate = Gate { offset_low: 0, selector: 0, flags: 0, offset_middle: 0, offset_high: 0, reserved: 0 };

static IDT: ProcessorCell<[Gate; VECTORS]> = ProcessorCell::new([NO_GATE; VECTORS]);

// Defined by entry.S; only its address is used.
unsafe extern "C" {
    static trap_stubs: u8;
}

/// Fills the table and loads IDTR.
pub(super) fn load() {
    let stubs = (&raw const trap_stubs).addr() as u64;
    let debug_stack = debug_stack();
    let table = core::array::from_fn(|vector| gate(vector as u8, stubs, debug_stack));
    // SAFETY: boot runs once, with interrupts off, before the table is in use.
    unsafe { IDT.pointer().write(table) };
    let pointer = DescriptorTablePointer { limit: (size_of_val(&table) as u16).wrapping_sub(1), base: IDT.pointer() };
    // SAFETY: the table is static and every gate leads to a stub of its own.
    unsafe { lidt(&pointer) };
}

/// The stack of #DB; 0 is that of the user's registers, as for most traps.
///
/// QEMU's translator gives an instruction that is stepped and hits a watchpoint two #DBs, the second at the first
/// instruction of the kernel: on a stack of its own its frame would lie over the first one. It gives none where the stack
/// pointer is the user's, as processors do (CVE-2018-8897).
fn debug_stack() -> u16 {
    let hypervisor = CpuId::new().get_hypervisor_info().map(|information| information.identify());
    u16::from(!matches!(hypervisor, Some(Hypervisor::QEMU)))
}

fn gate(vector: u8, stubs: u64, debug_stack: u16) -> Gate {
    let offset = stubs.wrapping_add(u64::from(vector).wrapping_mul(STUB_BYTES));
    let stack = match vector {
        1 => debug_stack,
        2 => 2,
        8 => 3,
        18 => 4,
        _ => 0,
    };
    let ring = if matches!(vector, 3 | 4) { RING_3 } else { 0 };
    Gate {
        offset_low: offset as u16,
        selector: KERNEL_CS,
        flags: PRESENT_INTERRUPT_GATE | ring | stack,
        offset_middle: (offset >> 16) as u16,
        offset_high: (offset >> 32) as u32,
        reserved: 0,
    }
}
