//! Debug registers (SDM vol. 3, chapter 17).
//!
//! Decides when they are armed: only while user code of a thread that has breakpoints runs; in the kernel DR7 is always
//! 0, so a copy that the kernel makes never hits a user's watchpoint. Main functions: [`arm`], [`disarm`], [`take_status`].
//! Neighbours: `run`, `trap/exit.rs`, `trap/supervisor.rs`.
#![expect(unsafe_code, reason = "moves to and from debug registers")]

use core::arch::asm;
use kernel_abi::registers::DebugRegisters;

/// DR6.BS.
pub(crate) const SINGLE_STEP: u64 = 1 << 14;
/// BD, BS and BT.
const STATUS_CAUSES: u64 = 7 << 13;
/// DR6 with no cause set.
const STATUS_RESET: u64 = 0xffff_0ff0;
/// Enables, LE, GE, conditions and lengths; without GD, RTM and the reserved bits, whose upper half faults.
const CONTROL_USER: u64 = 0xffff_03ff;
/// DR7 without breakpoints.
pub(crate) const CONTROL_FIXED: u64 = 0x400;
/// Breakpoints lie below this address; the core's rules say so too, and are stricter.
const ADDRESS_END: u64 = 1 << 47;

/// Loads a thread's breakpoints.
pub(crate) fn arm(registers: &DebugRegisters) {
    let [a, b, c, d, ..] = registers.dr.map(|address| if address < ADDRESS_END { address } else { 0 });
    let control = registers.dr.get(7).copied().unwrap_or(0) & CONTROL_USER | CONTROL_FIXED;
    // SAFETY: DR7 is 0 or set to user addresses only, and only the values that cannot fault are written.
    unsafe {
        asm!("mov dr0, {}", "mov dr1, {}", "mov dr2, {}", "mov dr3, {}", "mov dr7, {}",
            in(reg) a, in(reg) b, in(reg) c, in(reg) d, in(reg) control, options(nostack, preserves_flags));
    };
}

/// Turns all breakpoints off.
pub(crate) fn disarm() {
    // SAFETY: disables, never faults.
    unsafe { asm!("mov dr7, {}", in(reg) CONTROL_FIXED, options(nostack, preserves_flags)) };
}

/// Reads DR6 and clears it.
pub(crate) fn take_raw_status() -> u64 {
    let status;
    // SAFETY: reading has no effect.
    unsafe { asm!("mov {}, dr6", out(reg) status, options(nostack, preserves_flags)) };
    // SAFETY: the value has the reserved bits as the processor wants them.
    unsafe { asm!("mov dr6, {}", in(reg) STATUS_RESET, options(nostack, preserves_flags)) };
    status
}

/// DR6 as the thread with these registers should see it; DR6 is clear afterwards.
pub(crate) fn take_status(registers: &DebugRegisters) -> u64 {
    relevant(take_raw_status(), registers)
}

/// `status` without reserved bits and without hits of breakpoints that are not enabled: the processor may report those.
pub(crate) fn relevant(status: u64, registers: &DebugRegisters) -> u64 {
    let control = registers.dr.get(7).copied().unwrap_or(0);
    let enabled = (0..4_u32).fold(0, |mask, index| {
        let on = control.wrapping_shr(index.wrapping_mul(2)) & 3 != 0;
        mask | u64::from(on).wrapping_shl(index)
    });
    status & (STATUS_CAUSES | enabled)
}
