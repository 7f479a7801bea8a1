//! Registers by the protocol's numbers.
//!
//! Decides where each number lies in the system's register sets, and that a set is read once a stop and written when the
//! client changes something in it, never otherwise. Main types: [`Register`], [`ThreadState`]. Neighbours: `float` converts
//! x87's words; `packets::registers`; `packets::description` names the same registers in the same order.

mod float;
mod value;

use super::Process;
use crate::system::{Failure, Outcome, System};
use alloc::boxed::Box;
use alloc::vec::Vec;
use kernel_abi::redox::error::{EINVAL, ESRCH};
use proc_abi::id::Tid;
use proc_abi::registers::{FloatRegisters, Registers, SegmentBases};
use value::Value;
use zerocopy::{FromBytes, IntoBytes};

/// First number of each group.
pub(super) const SEGMENTS: usize = 18;
const STACK: usize = 24;
const CONTROL: usize = 32;
const XMM: usize = 40;
const MXCSR: usize = 56;
const ORIGINAL_RAX: usize = 57;
const FS_BASE: usize = 58;
const GS_BASE: usize = 59;
const YMM_HIGH: usize = 60;

/// How many registers there are without AVX, and with it.
pub(crate) const COUNT: usize = YMM_HIGH;
pub(crate) const COUNT_AVX: usize = 76;

/// Bit of AVX in XCR0 and in an image's header, and where its part of an image is (SDM vol. 1, sections 13.1 and 13.4.3).
pub(crate) const AVX: u64 = 4;
const HEADER: usize = 512;
const YMM_OFFSET: usize = 576;

/// Where a register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Register {
    /// In the general set, at this offset, with this length there and this one in packets.
    General(usize, usize, usize),
    /// ST0 to ST7.
    Stack(usize),
    /// x87's control words, by GDB's order.
    Control(usize),
    /// XMM0 to XMM15.
    Xmm(usize),
    /// MXCSR.
    Mxcsr,
    /// Linux's number of the interrupted system call; there is none here.
    OriginalRax,
    /// FS or GS base, at this offset.
    Base(usize),
    /// Upper half of YMM0 to YMM15.
    YmmHigh(usize),
}

macro_rules! general {
    ($($field:ident $length:expr, $shown:expr;)*) => {
        [$(Register::General(core::mem::offset_of!(Registers, $field), $length, $shown)),*]
    };
}

/// The first 24, in GDB's order.
const GENERAL: [Register; STACK] = general! {
    rax 8, 8; rbx 8, 8; rcx 8, 8; rdx 8, 8; rsi 8, 8; rdi 8, 8; rbp 8, 8; rsp 8, 8;
    r8 8, 8; r9 8, 8; r10 8, 8; r11 8, 8; r12 8, 8; r13 8, 8; r14 8, 8; r15 8, 8;
    rip 8, 8; rflags 8, 4; cs 8, 4; ss 8, 4; ds 2, 4; es 2, 4; fs 2, 4; gs 2, 4;
};

impl Register {
    /// The register with this number.
    pub(crate) fn numbered(number: usize) -> Option<Self> {
        let from = |first: usize| number.saturating_sub(first);
        match number {
            0..STACK => GENERAL.get(number).copied(),
            STACK..CONTROL => Some(Self::Stack(from(STACK))),
            CONTROL..XMM => Some(Self::Control(from(CONTROL))),
            XMM..MXCSR => Some(Self::Xmm(from(XMM))),
            MXCSR => Some(Self::Mxcsr),
            ORIGINAL_RAX => Some(Self::OriginalRax),
            FS_BASE => Some(Self::Base(0)),
            GS_BASE => Some(Self::Base(8)),
            YMM_HIGH..COUNT_AVX => Some(Self::YmmHigh(from(YMM_HIGH))),
            _ => None,
        }
    }

    /// Whether it is the program counter.
    pub(crate) fn is_program_counter(self) -> bool {
        matches!(self, Self::General(offset, ..) if offset == core::mem::offset_of!(Registers, rip))
    }

    /// Bytes of it in packets.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::General(_, _, shown) => shown,
            Self::Stack(_) => 10,
            Self::Control(_) | Self::Mxcsr => 4,
            Self::Xmm(_) | Self::YmmHigh(_) => 16,
            Self::OriginalRax | Self::Base(_) => 8,
        }
    }
}

/// What is known of a thread's registers since it stopped.
#[derive(Clone, Debug)]
pub(crate) struct ThreadState {
    tid: Tid,
    general: Option<Registers>,
    float: Option<Box<FloatRegisters>>,
    extended: Option<Vec<u8>>,
    bases: Option<SegmentBases>,
}

const INVALID: Failure = Failure(EINVAL.unsigned_abs());
const GONE: Failure = Failure(ESRCH.unsigned_abs());

impl Process {
    fn state(&mut self, tid: Tid) -> Outcome<&mut ThreadState> {
        let states = &mut self.seen.states;
        let known = states.iter().position(|state| state.tid == tid);
        let index = known.unwrap_or_else(|| {
            states.push(ThreadState { tid, general: None, float: None, extended: None, bases: None });
            states.len().saturating_sub(1)
        });
        states.get_mut(index).ok_or(GONE)
    }

    /// The general registers.
    pub(crate) fn general<S: System>(&mut self, system: &mut S, tid: Tid) -> Outcome<&Registers> {
        let pid = self.pid;
        let state = self.state(tid)?;
        if state.general.is_none() {
            state.general = Some(system.registers(pid, tid)?);
        }
        state.general.as_ref().ok_or(GONE)
    }

    /// Sets them.
    pub(crate) fn set_general<S: System>(&mut self, system: &mut S, tid: Tid, registers: Registers) -> Outcome<()> {
        system.set_registers(self.pid, tid, &registers)?;
        self.state(tid)?.general = Some(registers);
        Ok(())
    }

    fn float<S: System>(&mut self, system: &mut S, tid: Tid) -> Outcome<&FloatRegisters> {
        let pid = self.pid;
        let state = self.state(tid)?;
        if state.float.is_none() {
            state.float = Some(Box::new(system.float_registers(pid, tid)?));
        }
        state.float.as_deref().ok_or(GONE)
    }

    fn set_float<S: System>(&mut self, system: &mut S, tid: Tid, registers: FloatRegisters) -> Outcome<()> {
        system.set_float_registers(self.pid, tid, &registers)?;
        let state = self.state(tid)?;
        state.float = Some(Box::new(registers));
        // The image has the same registers once more.
        state.extended = None;
        Ok(())
    }

    fn extended<S: System>(&mut self, system: &mut S, tid: Tid) -> Outcome<&[u8]> {
        let pid = self.pid;
        let state = self.state(tid)?;
        if state.extended.is_none() {
            state.extended = Some(system.extended_state(pid, tid)?);
        }
        state.extended.as_deref().ok_or(GONE)
    }

    fn bases<S: System>(&mut self, system: &mut S, tid: Tid) -> Outcome<SegmentBases> {
        let pid = self.pid;
        let state = self.state(tid)?;
        if state.bases.is_none() {
            state.bases = Some(system.bases(pid, tid)?);
        }
        state.bases.ok_or(GONE)
    }

    /// The bytes of a register as packets carry it.
    pub(crate) fn register<S: System>(&mut self, system: &mut S, tid: Tid, register: Register) -> Outcome<Value> {
        let shown = register.length();
        let bytes = match register {
            Register::General(offset, length, _) => part(self.general(system, tid)?.as_bytes(), offset, length)?,
            Register::Stack(index) => part(&self.float(system, tid)?.accumulators, index.saturating_mul(16), shown)?,
            Register::Control(index) => {
                return Ok(Value::new(&float::control(self.float(system, tid)?, index).to_le_bytes(), shown));
            }
            Register::Xmm(index) => part(&self.float(system, tid)?.xmm, index.saturating_mul(16), shown)?,
            Register::Mxcsr => part(self.float(system, tid)?.environment.as_bytes(), float::MXCSR, shown)?,
            Register::OriginalRax => &[0xff; 8],
            Register::Base(offset) => {
                return Ok(Value::new(part(self.bases(system, tid)?.as_bytes(), offset, 8)?, shown));
            }
            Register::YmmHigh(index) => ymm_high(self.extended(system, tid)?, index)?,
        };
        Ok(Value::new(bytes, shown))
    }

    /// Sets a register from such bytes.
    pub(crate) fn set_register<S: System>(
        &mut self,
        system: &mut S,
        tid: Tid,
        register: Register,
        value: &[u8],
    ) -> Outcome<()> {
        if value.len() != register.length() || *self.register(system, tid, register)? == *value {
            return if value.len() == register.length() { Ok(()) } else { Err(INVALID) };
        }
        match register {
            Register::General(offset, length, _) => {
                let mut registers = *self.general(system, tid)?;
                let mut wide = value.to_vec();
                wide.resize(length, 0);
                put(registers.as_mut_bytes(), offset, &wide)?;
                self.set_general(system, tid, registers)
            }
            Register::Stack(_) | Register::Control(_) | Register::Xmm(_) | Register::Mxcsr => {
                let mut registers = *self.float(system, tid)?;
                match register {
                    Register::Stack(index) => put(&mut registers.accumulators, index.saturating_mul(16), value)?,
                    Register::Xmm(index) => put(&mut registers.xmm, index.saturating_mul(16), value)?,
                    Register::Control(index) => {
                        let word = u32::read_from_bytes(value).map_err(|_| INVALID)?;
                        float::set_control(&mut registers, index, word);
                    }
                    _ => put(registers.environment.as_mut_bytes(), float::MXCSR, value)?,
                }
                self.set_float(system, tid, registers)
            }
            // GDB writes it to say that no system call is to be made again, which is so.
            Register::OriginalRax => Ok(()),
            Register::Base(offset) => {
                let mut bases = self.bases(system, tid)?;
                put(bases.as_mut_bytes(), offset, value)?;
                system.set_bases(self.pid, tid, &bases)?;
                self.state(tid)?.bases = Some(bases);
                Ok(())
            }
            Register::YmmHigh(index) => {
                let mut image = self.extended(system, tid)?.to_vec();
                set_ymm_high(&mut image, index, value)?;
                system.set_extended_state(self.pid, tid, &image)?;
                self.state(tid)?.extended = Some(image);
                Ok(())
            }
        }
    }
}

fn part(bytes: &[u8], offset: usize, length: usize) -> Outcome<&[u8]> {
    bytes.get(offset..offset.saturating_add(length)).ok_or(INVALID)
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) -> Outcome<()> {
    let end = offset.saturating_add(value.len());
    bytes.get_mut(offset..end).ok_or(INVALID)?.copy_from_slice(value);
    Ok(())
}

/// The header's word that says which components the image has; others are as after reset (SDM vol. 1, section 13.4.2).
fn components(image: &[u8]) -> u64 {
    part(image, HEADER, 8).ok().and_then(|bytes| u64::read_from_bytes(bytes).ok()).unwrap_or(0)
}

fn ymm_high(image: &[u8], index: usize) -> Outcome<&[u8]> {
    if components(image) & AVX == 0 {
        return Ok(&[]);
    }
    part(image, YMM_OFFSET.saturating_add(index.saturating_mul(16)), 16)
}

fn set_ymm_high(image: &mut [u8], index: usize, value: &[u8]) -> Outcome<()> {
    let present = components(image);
    if present & AVX == 0 {
        put(image, YMM_OFFSET, &[0; 256])?;
        put(image, HEADER, &(present | AVX).to_le_bytes())?;
    }
    put(image, YMM_OFFSET.saturating_add(index.saturating_mul(16)), value)
}
