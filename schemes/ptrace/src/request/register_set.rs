//! GETREGSET and SETREGSET: one pair of requests for every register set.
//!
//! Decides sizes and their errno; the kernel validates what is written. Neighbours: `proc_abi::register_set` (notes and
//! layouts), `registers` and `xstate` (the older requests for the same sets). FreeBSD: sys_process.c (proc_read_regset,
//! proc_write_regset), imgact_elf.c (prstatus), amd64/elf_machdep.c (segment bases, extended state).

use kernel_abi::registers::{FloatRegisters, RegisterSet, Registers, SegmentBases};
use proc_abi::register_set::{IoVector, Note, StatusNote};
use proc_abi::request::Request;
use proc_abi::signal::Signal;
use proc_abi::xstate::LEGACY_SIZE;
use zerocopy::{FromBytes, IntoBytes};

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::id::{KernelThread, ThreadRef};
use crate::kernel::Kernel;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn register_set(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let mut vector = IoVector::default();
        self.argument(arguments, asked.address, vector.as_mut_bytes())?;
        let at = self.admitted(asked)?;
        let note = Note::from_raw(asked.data).ok_or(Errno::EINVAL)?;
        if asked.request == Request::SetRegSet {
            self.write_note(at, note, vector, arguments)?;
            return Ok(0);
        }
        let size = self.read_note(at, note)?;
        if vector.base != 0 {
            if vector.length != size as u64 {
                return Err(Errno::EINVAL);
            }
            self.give_scratch(arguments, vector.base, size)?;
        }
        let told = IoVector { length: size as u64, ..vector };
        self.give(arguments, asked.address, told.as_bytes())?;
        Ok(0)
    }

    /// Fills the scratch buffer with a note's content; gives its size.
    fn read_note(&mut self, at: ThreadRef, note: Note) -> Result<usize> {
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        match note {
            Note::Status => self.read_status(at, kernel),
            Note::Float => self.read_plain(kernel, RegisterSet::Float, size_of::<FloatRegisters>()),
            Note::SegmentBases => self.read_plain(kernel, RegisterSet::Bases, size_of::<SegmentBases>()),
            // FreeBSD's getter fails without XSAVE, which is EINVAL here rather than GETXSTATE's EOPNOTSUPP.
            Note::ExtendedState if self.kernel.extended_mask() == 0 => Err(Errno::EINVAL),
            Note::ExtendedState => self.kernel.get_registers(kernel, RegisterSet::Extended, &mut self.table.scratch),
        }
    }

    fn read_plain(&mut self, kernel: KernelThread, set: RegisterSet, size: usize) -> Result<usize> {
        let into = self.table.scratch.get_mut(..size).ok_or(Errno::EINVAL)?;
        self.kernel.get_registers(kernel, set, into)
    }

    fn read_status(&mut self, at: ThreadRef, kernel: KernelThread) -> Result<usize> {
        let mut registers = Registers::default();
        self.kernel.get_registers(kernel, RegisterSet::General, registers.as_mut_bytes())?;
        // FreeBSD's fill_frame_regs leaves these two out.
        (registers.trapno, registers.err) = (0, 0);
        let signal = self.live(at.pid)?.xsig.map_or(0, Signal::number);
        let status = StatusNote::new(at.tid.raw(), signal, registers);
        let into = self.table.scratch.get_mut(..size_of::<StatusNote>()).ok_or(Errno::EINVAL)?;
        into.copy_from_slice(status.as_bytes());
        Ok(into.len())
    }

    fn write_note(&mut self, at: ThreadRef, note: Note, vector: IoVector, arguments: &Arguments<'_>) -> Result<()> {
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        let length = usize::try_from(vector.length).map_err(|_| Errno::EINVAL)?;
        let (set, fits) = match note {
            Note::Status => (RegisterSet::General, length == size_of::<StatusNote>()),
            Note::Float => (RegisterSet::Float, length == size_of::<FloatRegisters>()),
            Note::SegmentBases => (RegisterSet::Bases, length == size_of::<SegmentBases>()),
            Note::ExtendedState if self.kernel.extended_mask() == 0 => return Err(Errno::EINVAL),
            Note::ExtendedState => {
                let whole = self.kernel.get_registers(kernel, RegisterSet::Extended, &mut self.table.scratch)?;
                (RegisterSet::Extended, (LEGACY_SIZE..=whole).contains(&length))
            }
        };
        if !fits {
            return Err(Errno::EINVAL);
        }
        self.take_scratch(arguments, vector.base, length)?;
        let bytes = self.table.scratch.get(..length).ok_or(Errno::EINVAL)?;
        if note != Note::Status {
            return self.kernel.set_registers(kernel, set, bytes);
        }
        let (status, _) = StatusNote::read_from_prefix(bytes).map_err(|_| Errno::EINVAL)?;
        self.kernel.set_registers(kernel, set, status.registers.as_bytes())
    }
}
