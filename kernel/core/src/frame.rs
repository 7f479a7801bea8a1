//! The one maker of user frames from untrusted values: register writes, signal returns, thread starts, exec.
//!
//! Decides what user space may put into registers. Two modes: *reject* (debugger writes and signal returns get EINVAL, the
//! frame stays as it was) and *fix* (starts, where the kernel fills in what it must). Neighbours: `target` and `socket`
//! (who write), `exec`, `fork`; spec: FreeBSD sys/amd64/amd64/exec_machdep.c (set_regs, set_fpregs), sys/x86 dbreg rules.

use kernel_abi::registers::{
    DebugRegisters, FloatRegisters, RFLAGS_FIXED, RFLAGS_USER, Registers, SegmentBases, USER_CS, USER_SS,
};

use crate::errno::Errno;
use crate::seam::USER_END;

/// RPL bits of a selector.
const SELECTOR_RPL: u64 = 3;

/// A general register set as a debugger or a signal return writes it, against the present one.
///
/// # Errors
/// EINVAL: a flag outside the user-changeable ones differs, the code selector is not a user one, or RIP or RSP is not a
/// user address (FreeBSD lets the last two fault later; here they never reach the frame: CVE-2014-4699).
pub(crate) fn accept_registers(wanted: &Registers, present: &Registers) -> Result<Registers, Errno> {
    let low = u64::from(wanted.rflags as u32);
    if (low ^ present.rflags) & !RFLAGS_USER & 0xffff_ffff != 0 {
        return Err(Errno::EINVAL);
    }
    if wanted.cs & SELECTOR_RPL != SELECTOR_RPL || wanted.rip >= USER_END || wanted.rsp > USER_END {
        return Err(Errno::EINVAL);
    }
    let rflags = (low & RFLAGS_USER) | (present.rflags & !RFLAGS_USER) | RFLAGS_FIXED;
    Ok(Registers { trapno: 0, err: 0, fs: 0, gs: 0, es: 0, ds: 0, cs: USER_CS, ss: USER_SS, rflags, ..*wanted })
}

/// A register set as debuggers read it: what FreeBSD leaves zero is zero.
pub(crate) fn shown_registers(present: &Registers) -> Registers {
    Registers { trapno: 0, err: 0, fs: 0, gs: 0, es: 0, ds: 0, ..*present }
}

/// The frame of a thread that starts.
///
/// # Errors
/// EINVAL if entry or stack is not a user address.
pub(crate) fn start_registers(entry: u64, stack: u64, arguments: [u64; 3]) -> Result<Registers, Errno> {
    if entry >= USER_END || stack > USER_END {
        return Err(Errno::EINVAL);
    }
    let [rdi, rsi, rdx] = arguments;
    Ok(Registers {
        rdi,
        rsi,
        rdx,
        rip: entry,
        rsp: stack,
        cs: USER_CS,
        ss: USER_SS,
        rflags: RFLAGS_FIXED,
        ..Registers::default()
    })
}

/// Segment bases.
///
/// # Errors
/// EINVAL at or beyond the user address limit.
pub(crate) fn accept_bases(bases: SegmentBases) -> Result<SegmentBases, Errno> {
    if bases.fs >= USER_END || bases.gs >= USER_END { Err(Errno::EINVAL) } else { Ok(bases) }
}

/// Debug registers as a set: checked whole before any is loaded (CVE-2018-1000199).
///
/// # Errors
/// EINVAL: an I/O breakpoint, reserved or general-detect bits, high halves, or an enabled address beyond user space.
pub(crate) fn accept_debug(wanted: &DebugRegisters) -> Result<DebugRegisters, Errno> {
    let [a, b, c, d, _, _, status, control, ..] = wanted.dr;
    if status >> 32 != 0 || control >> 32 != 0 || control & DR7_GENERAL_DETECT != 0 {
        return Err(Errno::EINVAL);
    }
    for (index, address) in [a, b, c, d].into_iter().enumerate() {
        let shift = (index as u32).wrapping_mul(4).wrapping_add(16);
        let (kind, length) = ((control >> shift) & 3, (control >> (shift.wrapping_add(2))) & 3);
        let enabled = control >> (index as u32).wrapping_mul(2) & 3 != 0;
        if kind == DR7_KIND_IO || (enabled && !accepts_breakpoint(kind, length, address)) {
            return Err(Errno::EINVAL);
        }
    }
    let mut dr = [0; 16];
    (dr[0], dr[1], dr[2], dr[3]) = (a, b, c, d);
    (dr[6], dr[7]) = (status & DR6_VISIBLE, control & DR7_VISIBLE);
    Ok(DebugRegisters { dr })
}

/// DR7.GD.
const DR7_GENERAL_DETECT: u64 = 1 << 13;
/// R/W field: I/O access.
const DR7_KIND_IO: u64 = 2;
/// R/W field: instruction fetch, which needs length 0 (SDM vol. 3, section 17.2.4).
const DR7_KIND_EXECUTE: u64 = 0;
/// DR7 bits that are kept: enables, exact bits, R/W and length fields.
const DR7_VISIBLE: u64 = 0xffff_03ff;
/// DR6 bits that are kept.
const DR6_VISIBLE: u64 = 0xe00f;

/// The whole range is in user space and the address is aligned as the hardware needs it.
fn accepts_breakpoint(kind: u64, length: u64, address: u64) -> bool {
    let bytes: u64 = match length {
        0 => 1,
        1 => 2,
        2 => 8,
        _ => 4,
    };
    let aligned = address & bytes.wrapping_sub(1) == 0;
    address < USER_END && aligned && (kind != DR7_KIND_EXECUTE || length == 0)
}

/// MXCSR word of an FXSAVE image: low half of the fourth word.
const MXCSR_WORD: usize = 3;

/// FXSAVE state: MXCSR keeps only bits that the processor has, its mask is the processor's own (CVE class: XRSTOR #GP).
pub(crate) fn accept_float(image: &mut FloatRegisters, mxcsr_mask: u32) {
    if let Some(word) = image.environment.get_mut(MXCSR_WORD) {
        *word = u64::from(*word as u32 & mxcsr_mask) | (u64::from(mxcsr_mask) << 32);
    }
}

#[cfg(test)]
mod tests;
