//! Traps taken in ring 0, and NMI and #MC wherever they come.
//!
//! Decides which of them the kernel survives: an interrupt that ends a wait, an NMI, a #DB that user code prepared (it
//! goes to the thread), and a restore of extended state that the processor refused. Everything else is a bug of the
//! kernel and panics. Neighbours: `entry.S` (calls [`supervisor_trap`] and restores what it leaves), `fault` (reports).
#![expect(unsafe_code, reason = "compares addresses of the assembly")]

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use kernel_abi::registers::{RFLAGS_TF, Registers};

use super::{fault, restore_legacy};
use crate::debug;
use crate::device::pic;

const DEBUG: u32 = 1;
const NMI: u32 = 2;
const RFLAGS_IF: u64 = 1 << 9;

/// Vector of the interrupt that ended a wait; 0 when none did.
static WAIT_VECTOR: AtomicU8 = AtomicU8::new(0);
/// DR6 of #DBs taken at the first instruction of SYSCALL's entry.
static OWED_DEBUG: AtomicU64 = AtomicU64::new(0);
static NMI_COUNT: AtomicU64 = AtomicU64::new(0);

// Defined by entry.S; only their addresses are used.
unsafe extern "C" {
    static system_call_entry: u8;
    static system_call_entry_owing_debug: u8;
    static restore_extended_instruction: u8;
    static restore_refused: u8;
}

/// The vector that ended the last wait, once.
pub(crate) fn take_wait_vector() -> Option<u32> {
    match WAIT_VECTOR.swap(0, Ordering::Relaxed) {
        0 => None,
        vector => Some(u32::from(vector)),
    }
}

/// DR6 as the owed #DB left it, once.
pub(super) fn take_owed() -> u64 {
    OWED_DEBUG.swap(0, Ordering::Relaxed)
}

/// Called by entry.S with the registers at the time of the trap; what is changed in them takes effect on return.
pub(super) extern "C" fn supervisor_trap(registers: &mut Registers) {
    match registers.trapno {
        DEBUG => debug_trap(registers),
        NMI => count_nmi(),
        pic::FIRST_VECTOR..=0xff if registers.rflags & RFLAGS_IF != 0 => end_wait(registers),
        _ if is_refused_restore(registers.rip) => registers.rip = (&raw const restore_refused).addr() as u64,
        _ => fault::report(registers),
    }
}

/// User code reaches this through MOV SS with a watchpoint on its operand, followed by SYSCALL or INT3 (CVE-2018-8897).
/// At SYSCALL the thread gets it as owed; behind any other trap that trap is what the thread gets.
fn debug_trap(registers: &mut Registers) {
    let status = debug::take_raw_status();
    debug::disarm();
    registers.rflags &= !RFLAGS_TF;
    if registers.rip == (&raw const system_call_entry).addr() as u64 {
        OWED_DEBUG.store(status, Ordering::Relaxed);
        registers.rip = (&raw const system_call_entry_owing_debug).addr() as u64;
    }
}

/// Logs the first, second, fourth, ... NMI: a flood must not drown the log.
fn count_nmi() {
    let count = NMI_COUNT.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    if count.is_power_of_two() {
        log::warn!("NMI number {count}");
    }
}

/// Interrupts are on only in `wait_for_interrupt` and `let_interrupts_in`; they go off again before its next instruction.
fn end_wait(registers: &mut Registers) {
    WAIT_VECTOR.store(registers.trapno as u8, Ordering::Relaxed);
    registers.rflags &= !RFLAGS_IF;
}

fn is_refused_restore(rip: u64) -> bool {
    let legacy: *const () = restore_legacy as *const ();
    rip == (&raw const restore_extended_instruction).addr() as u64 || rip == legacy.addr() as u64
}
