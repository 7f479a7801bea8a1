//! The SYSCALL door, and the doors that stay shut.
//!
//! Decides the flags that SYSCALL clears: all of them, so that whatever the user set (TF, IF, DF, NT, AC, IOPL) the
//! kernel starts the same. SYSENTER and the 32-bit SYSCALL lead nowhere. Neighbours: `entry.S`, `gdt`.
#![expect(unsafe_code, reason = "writes MSRs")]

use x86::msr::{
    IA32_EFER, IA32_FMASK, IA32_LSTAR, IA32_STAR, IA32_SYSENTER_CS, IA32_SYSENTER_EIP, IA32_SYSENTER_ESP, rdmsr, wrmsr,
};

use super::gdt::{KERNEL_CS, SYSRET_BASE};

const IA32_CSTAR: u32 = 0xc000_0083;
const EFER_SCE: u64 = 1;
/// Every defined flag of the low 32 bits; bit 1 is fixed.
const FLAGS_CLEARED: u64 = 0x003f_7fd5;

// Defined by entry.S; only its address is used.
unsafe extern "C" {
    static system_call_entry: u8;
}

/// Sets the MSRs.
pub(super) fn enable() {
    let star = u64::from(SYSRET_BASE) << 48 | u64::from(KERNEL_CS) << 32;
    let entry = (&raw const system_call_entry).addr() as u64;
    // SAFETY: EFER exists in long mode; reading has no effect.
    let efer = unsafe { rdmsr(IA32_EFER) };
    let values = [
        (IA32_STAR, star),
        (IA32_LSTAR, entry),
        (IA32_FMASK, FLAGS_CLEARED),
        (IA32_CSTAR, 0),
        (IA32_SYSENTER_CS, 0),
        (IA32_SYSENTER_ESP, 0),
        (IA32_SYSENTER_EIP, 0),
        (IA32_EFER, efer | EFER_SCE),
    ];
    for (register, value) in values {
        // SAFETY: the registers exist in long mode; the entry point and selectors are those entry.S is written for.
        unsafe { wrmsr(register, value) };
    }
}
