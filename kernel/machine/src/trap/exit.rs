//! What the entry code left in the registers, as an [`Exit`].
//!
//! Decides how a vector becomes an exit, and that a #DB owed from ring 0 goes to the thread that caused it. Neighbours:
//! `run` (calls this off the fast path), `debug` (reads DR6), `device` (acknowledges interrupts).
#![expect(unsafe_code, reason = "reads CR2")]

use kernel_abi::registers::DebugRegisters;
use kernel_core::seam::{Context, Exit, Interrupt};
use x86::controlregs::cr2;

use super::{SYSTEM_CALL_OWING_DEBUG, supervisor};
use crate::device::pic;
use crate::machine::Machine;
use crate::{debug, instructions};

const DEBUG: u32 = 1;
const PAGE_FAULT: u32 = 14;
const LAST_EXCEPTION: u32 = 31;
/// The vector as which a thread gets state that the processor refused.
pub(crate) const GENERAL_PROTECTION: u8 = 13;

impl Machine {
    /// Why user mode was left, if not by SYSCALL alone.
    #[cold]
    pub(crate) fn trap(&mut self, context: &mut Context) -> Exit {
        if self.features.smap {
            instructions::clear_alignment_check();
        }
        let vector = context.registers.trapno;
        match vector {
            DEBUG => Exit::Debug { dr6: debug::take_status(&context.debug), system_call: false },
            0..=LAST_EXCEPTION => Exit::Exception {
                vector: vector as u8,
                code: context.registers.err,
                address: if vector == PAGE_FAULT { fault_address() } else { 0 },
            },
            SYSTEM_CALL_OWING_DEBUG => {
                context.registers.trapno = 0;
                system_call_owing_debug(&context.debug)
            }
            pic::FIRST_VECTOR..=pic::LAST_VECTOR => Exit::Interrupt(self.interrupt(vector)),
            _ => Exit::Interrupt(Interrupt::Spurious),
        }
    }
}

/// BS is not among what is owed: real processors never step into SYSCALL (FMASK clears TF first), Bochs does, and the
/// core owes the step itself when it sees TF in the frame.
fn system_call_owing_debug(registers: &DebugRegisters) -> Exit {
    match debug::relevant(supervisor::take_owed(), registers) & !debug::SINGLE_STEP {
        0 => Exit::SystemCall,
        dr6 => Exit::Debug { dr6, system_call: true },
    }
}

fn fault_address() -> u64 {
    // SAFETY: reading CR2 has no effect; no other page fault can have come since.
    unsafe { cr2() as u64 }
}
