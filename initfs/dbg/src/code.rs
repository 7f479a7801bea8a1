//! Reading and writing memory as the user should see it: the program's own bytes, not the debugger's breakpoints.
//!
//! Decides where bytes come from: the process, or the program file while there is none. Methods of [`Session`] that
//! commands use for every address. Neighbours: `breakpoint` knows what is hidden, `program` has the file's bytes;
//! [`Names`] and [`Stack`] are implemented here because expressions and backtraces read memory.

use crate::backtrace::{self, Base, Frame, Stack, Start};
use crate::breakpoint::{INT3, Patch};
use crate::disassembly::{FrameEffect, Instruction, LENGTH_MAX, Role};
use crate::error::{Error, Result};
use crate::expression::Names;
use crate::format::unsigned;
use crate::registers;
use crate::session::Session;
use crate::target::Target;
use alloc::vec::Vec;
use core::fmt;

/// How many instructions may stand before a prologue.
const PROLOGUE_MAX: usize = 64;

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// Reads as much as there is from `address` on; 0 where there is nothing.
    pub(crate) fn read(&mut self, address: u64, buffer: &mut [u8]) -> usize {
        let Some(process) = &self.process else { return self.program.copy(address, buffer) };
        let count = self.target.read_memory(address, buffer).unwrap_or(0).min(buffer.len());
        process.patches.hide(address, buffer.get_mut(..count).unwrap_or_default());
        count
    }

    /// Reads all of `buffer`, or says where memory ends.
    pub(crate) fn read_all(&mut self, address: u64, buffer: &mut [u8]) -> Result<()> {
        let mut done = 0_usize;
        while done < buffer.len() {
            let at = address.wrapping_add(u64::try_from(done).unwrap_or(0));
            let count = self.read(at, buffer.get_mut(done..).unwrap_or_default());
            if count == 0 {
                return Err(Error::no_memory(at));
            }
            done = done.saturating_add(count);
        }
        Ok(())
    }

    /// Reads a value of at most eight bytes.
    pub(crate) fn read_value(&mut self, address: u64, size: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        let place = bytes.get_mut(..size).unwrap_or_default();
        self.read_all(address, place)?;
        Ok(unsigned(&bytes))
    }

    /// Writes the lowest `size` bytes of `value`.
    pub(crate) fn write_value(&mut self, address: u64, size: usize, value: u64) -> Result<()> {
        self.process()?;
        let bytes = value.to_le_bytes();
        if self.target.write_memory(address, bytes.get(..size).unwrap_or_default()).is_err() {
            return Err(Error::no_memory(address));
        }
        // Nobody shall be told that a watched value was changed by the hand that watches it.
        self.note_watched_values();
        Ok(())
    }

    /// The instruction at `address`.
    pub(crate) fn instruction(&mut self, address: u64) -> Result<Instruction> {
        let mut bytes = [0; LENGTH_MAX];
        let mut count = self.read(address, &mut bytes);
        if count == 0 {
            return Err(Error::no_memory(address));
        }
        if count < bytes.len() {
            // A read ends where a mapping does; an instruction may go on in the next one.
            let rest = bytes.get_mut(count..).unwrap_or_default();
            count = count.saturating_add(self.read(address.wrapping_add(u64::try_from(count).unwrap_or(0)), rest));
        }
        Ok(Instruction::decode(bytes.get(..count).unwrap_or_default(), address))
    }

    /// The frames of the current thread, innermost first.
    pub(crate) fn frames(&mut self) -> Result<Vec<Frame>> {
        let registers = self.registers()?;
        let start = Start { pc: registers.rip, sp: registers.rsp, fp: registers.rbp };
        Ok(backtrace::walk(self, start))
    }

    /// Makes the breakpoints in memory exactly those at `wanted`.
    pub(crate) fn patch(&mut self, wanted: &[u64]) -> Result<()> {
        while let Some(patch) = self.process()?.patches.take_unwanted(wanted) {
            // The page may have been unmapped under a breakpoint; then there is nothing to put back.
            let _ = self.target.write_memory(patch.address, &[patch.original]);
        }
        for &address in wanted {
            if self.process()?.patches.contains(address) {
                continue;
            }
            let mut original = [0];
            let found = self.target.read_memory(address, &mut original).unwrap_or(0) == 1;
            if !found || self.target.write_memory(address, &[INT3]).is_err() {
                return Err(Error::new(alloc::format!("cannot set a breakpoint at {address:#x}: there is no memory")));
            }
            let [original] = original;
            self.process()?.patches.add(Patch { address, original });
        }
        Ok(())
    }
}

impl<T: Target, W: fmt::Write> Names for Session<T, W> {
    fn register(&mut self, name: &str) -> Result<u64> {
        let set = self.registers()?;
        registers::value(&set, name).ok_or_else(|| Error::expected("a register", name))
    }

    fn symbol(&mut self, name: &str) -> Result<u64> {
        Ok(self.program.symbols.find(name)?.address)
    }

    fn word(&mut self, address: u64) -> Result<u64> {
        self.read_value(address, 8)
    }
}

impl<T: Target, W: fmt::Write> Stack for Session<T, W> {
    fn word(&mut self, address: u64) -> Result<u64> {
        self.read_value(address, 8)
    }

    fn exists(&mut self, address: u64) -> bool {
        self.read(address, &mut [0]) == 1
    }

    fn base(&mut self, pc: u64) -> Base {
        let symbol = self.program.symbols.place(pc).map(|place| place.symbol.address);
        let returning = self.instruction(pc).is_ok_and(|instruction| instruction.role() == Role::Return);
        match symbol {
            None => Base::FramePointer,
            Some(_) if returning => Base::StackPointer(0),
            Some(start) => self.base_after(start, pc),
        }
    }
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// What the instructions from a function's start up to `pc` have done to its frame. Compilers put off a prologue to where
    /// a path needs it, so it is not enough to look at the first two.
    fn base_after(&mut self, start: u64, pc: u64) -> Base {
        let (mut at, mut depth) = (start, 0_u64);
        for _ in 0..PROLOGUE_MAX {
            if at >= pc {
                return Base::StackPointer(depth);
            }
            let Ok(instruction) = self.instruction(at) else { break };
            match instruction.frame_effect() {
                FrameEffect::SetsPointer => break,
                FrameEffect::SavesPointer => depth = depth.saturating_add(8),
                FrameEffect::Grows(bytes) => depth = depth.saturating_add(bytes),
                FrameEffect::Nothing => {}
            }
            at = at.wrapping_add(instruction.length());
        }
        Base::FramePointer
    }
}
