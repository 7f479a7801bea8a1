//! Single instructions that the `x86` crate lacks, or has in a form that costs more.
//!
//! Decides nothing. Neighbours: `extended`, `debug`, `run`, `device`; the rest of the machine takes registers, ports and
//! tables from the `x86` crate.
#![expect(unsafe_code, reason = "inline assembly")]

use core::arch::asm;

/// Clears RFLAGS.AC, which an interrupt from user mode leaves as the user had it.
pub(crate) fn clear_alignment_check() {
    // SAFETY: changes one flag; the caller has seen that the processor has SMAP, without which this is #UD.
    unsafe { asm!("clac", options(nostack, nomem)) };
}

/// Puts null selectors into DS, ES, FS and GS; the bases of FS and GS are undefined afterwards.
pub(crate) fn clear_data_segments() {
    // SAFETY: 64-bit mode ignores DS and ES, and the kernel uses neither FS nor GS.
    unsafe {
        asm!("mov ds, {0:e}", "mov es, {0:e}", "mov fs, {0:e}", "mov gs, {0:e}", in(reg) 0, options(nostack, nomem))
    };
}

/// Stops with interrupts on until one has been taken.
pub(crate) fn wait_for_interrupt() {
    // SAFETY: the interrupt arrives on this stack (no red zone), is noted by `supervisor_trap`, which also turns
    // interrupts off again; STI takes effect after HLT has begun, so none is lost in between (SDM vol. 2, STI).
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) };
}

/// Takes an interrupt if one is there.
pub(crate) fn let_interrupts_in() {
    // SAFETY: as in `wait_for_interrupt`; STI takes effect after NOP, so that is where an interrupt arrives.
    unsafe { asm!("sti", "nop", "cli", options(nostack)) };
}

/// The frame pointer of the caller.
#[inline(always)]
pub(crate) fn frame_pointer() -> u64 {
    let pointer: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rbp", out(reg) pointer, options(nostack, nomem, preserves_flags)) };
    pointer
}
