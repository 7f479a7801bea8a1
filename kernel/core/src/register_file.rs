//! Register sets as bytes: read from a parked thread, and written back whole after a check.
//!
//! Decides which bytes a set has and when a write takes effect (all or nothing). Neighbours: `frame` (the rules), `target` and
//! `socket` (who asks), `seam::ExtendedState` (where x87, SSE and AVX live).

use kernel_abi::registers::{DebugRegisters, FloatRegisters, RegisterSet, Registers, SegmentBases};
use zerocopy::{FromZeros, IntoBytes};

use crate::Core;
use crate::call::{Done, Served};
use crate::complete::position;
use crate::errno::Errno;
use crate::frame;
use crate::memory::{Accessor, SpaceKey};
use crate::pending::{Ask, Wait};
use crate::seam::{Frame, Machine, PAGE_SIZE};
use crate::thread::{Phase, ThreadKey};
use crate::user::short_errno;

/// Start of the XSAVE header: XSTATE_BV, XCOMP_BV, then reserved words (SDM vol. 1, section 13.4.2).
const XSAVE_HEADER: usize = 512;
/// Its length.
const XSAVE_HEADER_LENGTH: usize = 64;
/// XSTATE_BV bits of x87 and SSE.
const LEGACY: u64 = 0b11;

impl<M: Machine> Core<M> {
    /// Copies a register set to a program, cut to its buffer.
    pub(crate) fn read_registers(
        &mut self,
        key: ThreadKey,
        set: RegisterSet,
        space: SpaceKey,
        buffer: (u64, u64),
    ) -> Served {
        if self.scheduler.current == Some(key) {
            return Err(Errno::EBUSY);
        }
        let wanted = usize::try_from(buffer.1).unwrap_or(usize::MAX);
        let thread = self.threads.get(key).ok_or(Errno::ESRCH)?;
        match set {
            RegisterSet::General => {
                let shown = frame::shown_registers(&thread.context.registers);
                self.give(space, buffer.0, wanted, shown.as_bytes())
            }
            RegisterSet::Debug => {
                let shown = thread.context.debug;
                self.give(space, buffer.0, wanted, shown.as_bytes())
            }
            RegisterSet::Bases => {
                let shown = SegmentBases { fs: thread.context.fs_base, gs: thread.context.gs_base };
                self.give(space, buffer.0, wanted, shown.as_bytes())
            }
            RegisterSet::Float => {
                let mut image = FloatRegisters::new_zeroed();
                self.machine.save_extended(thread.context.extended);
                self.machine.read(thread.context.extended, 0, image.as_mut_bytes());
                image.spare = [0; 12];
                self.give(space, buffer.0, wanted, image.as_bytes())
            }
            RegisterSet::Extended => {
                let (frame, length) = (thread.context.extended, self.machine.extended_length());
                let mut image = [0; PAGE_SIZE];
                let image = image.get_mut(..length).ok_or(Errno::EOPNOTSUPP)?;
                self.machine.save_extended(frame);
                self.machine.read(frame, 0, image);
                self.give(space, buffer.0, wanted, image)
            }
        }
    }

    fn give(&mut self, space: SpaceKey, address: u64, wanted: usize, bytes: &[u8]) -> Served {
        let count = wanted.min(bytes.len());
        self.copy_out(space, address, bytes.get(..count).unwrap_or_default())?;
        Ok(Done::Value(count))
    }

    /// Replaces a register set of a parked thread by bytes of a program's.
    pub(crate) fn write_registers(
        &mut self,
        key: ThreadKey,
        set: RegisterSet,
        space: SpaceKey,
        buffer: (u64, u64),
    ) -> Served {
        if self.scheduler.current == Some(key) {
            return Err(Errno::EBUSY);
        }
        let extended = self.threads.get(key).ok_or(Errno::ESRCH)?.context.extended;
        match set {
            RegisterSet::General => {
                let wanted: Registers = self.take(space, buffer)?;
                self.set_general(key, &wanted)?;
            }
            RegisterSet::Debug => {
                let accepted = frame::accept_debug(&self.take::<DebugRegisters>(space, buffer)?)?;
                if let Some(thread) = self.threads.get_mut(key) {
                    thread.context.debug = accepted;
                }
            }
            RegisterSet::Bases => {
                let accepted = frame::accept_bases(self.take::<SegmentBases>(space, buffer)?)?;
                if let Some(thread) = self.threads.get_mut(key) {
                    (thread.context.fs_base, thread.context.gs_base) = (accepted.fs, accepted.gs);
                }
            }
            RegisterSet::Float => {
                self.set_float(extended, space, buffer)?;
            }
            RegisterSet::Extended => self.set_extended(key, space, buffer)?,
        }
        if let Some(thread) = self.threads.get_mut(key)
            && let Phase::Entry { edited, .. } = &mut thread.phase
        {
            *edited = true;
        }
        Ok(Done::Value(usize::try_from(buffer.1).unwrap_or(usize::MAX)))
    }

    /// A whole structure from a program.
    fn take<T: FromZeros + zerocopy::FromBytes + IntoBytes>(
        &mut self,
        space: SpaceKey,
        buffer: (u64, u64),
    ) -> Result<T, Errno> {
        if buffer.1 != size_of::<T>() as u64 {
            return Err(Errno::EINVAL);
        }
        let mut value = T::new_zeroed();
        self.copy_in(space, buffer.0, value.as_mut_bytes())?;
        Ok(value)
    }

    /// General registers; a frame that moves away from a waiting call turns the call into a note.
    fn set_general(&mut self, key: ThreadKey, wanted: &Registers) -> Result<(), Errno> {
        let present = self.threads.get(key).ok_or(Errno::ESRCH)?.context.registers;
        let accepted = frame::accept_registers(wanted, &present)?;
        if position(&accepted) != position(&present) && !self.is_in_short_call(key) {
            self.detach_call(key)?;
        }
        if let Some(thread) = self.threads.get_mut(key) {
            thread.context.registers = accepted;
            thread.context.full_restore = true;
        }
        Ok(())
    }

    /// The process server is at work on a call that never waits (sigreturn): the frame is its answer, ReplyFrame follows.
    /// A debugger's write cannot meet such a call, for no stop is complete before it is answered.
    fn is_in_short_call(&self, key: ThreadKey) -> bool {
        let Some(thread) = self.threads.get(key) else {
            return false;
        };
        let Some(Wait::Scheme(wait)) = thread.pending.map(|pending| pending.wait) else {
            return false;
        };
        let short = kernel_abi::calls::by_number(thread.latched.number).is_some_and(|call| call.short);
        short && wait.taken && matches!(wait.ask, Ask::Process { .. })
    }

    fn set_float(&mut self, frame: Frame, space: SpaceKey, buffer: (u64, u64)) -> Result<(), Errno> {
        if buffer.1 != size_of::<FloatRegisters>() as u64 {
            return Err(Errno::EINVAL);
        }
        let Self { memory, machine, float, .. } = self;
        memory
            .read(machine, space, buffer.0, float.as_mut_bytes(), Accessor::Program)
            .map_err(|short| short_errno(short.kind))?;
        frame::accept_float(float, machine.mxcsr_mask());
        machine.save_extended(frame);
        machine.write(frame, 0, state_of(float));
        // XSTATE_BV; the rest of the header is the processor's or `write_header`'s.
        let mut present = [0; 8];
        self.machine.read(frame, XSAVE_HEADER, &mut present);
        self.machine.write(frame, XSAVE_HEADER, &(u64::from_le_bytes(present) | LEGACY).to_le_bytes());
        self.machine.forget_extended(frame);
        Ok(())
    }

    /// A whole XSAVE image (SETXSTATE): between the legacy part and the enabled length, with a header that names only
    /// enabled components. The header is rebuilt, never taken over (CVE-2017-15537).
    fn set_extended(&mut self, key: ThreadKey, space: SpaceKey, buffer: (u64, u64)) -> Result<(), Errno> {
        let target = self.threads.get(key).ok_or(Errno::ESRCH)?.context.extended;
        let length = usize::try_from(buffer.1).map_err(|_| Errno::EINVAL)?;
        let shortest = XSAVE_HEADER.saturating_add(XSAVE_HEADER_LENGTH);
        if length < shortest || length > self.machine.extended_length() {
            return Err(Errno::EINVAL);
        }
        let mut image = [0; PAGE_SIZE];
        let image = image.get_mut(..length).ok_or(Errno::EINVAL)?;
        self.copy_in(space, buffer.0, image)?;
        let (legacy, rest) = image.split_at_checked(XSAVE_HEADER).ok_or(Errno::EINVAL)?;
        let (header, components) = rest.split_at_checked(XSAVE_HEADER_LENGTH).ok_or(Errno::EINVAL)?;
        let (present, reserved) = header.split_first_chunk::<8>().ok_or(Errno::EINVAL)?;
        let present = u64::from_le_bytes(*present);
        if present & !self.machine.extended_mask() != 0 || reserved.iter().any(|byte| *byte != 0) {
            return Err(Errno::EINVAL);
        }
        let mut float = FloatRegisters::new_zeroed();
        float.as_mut_bytes().copy_from_slice(legacy);
        frame::accept_float(&mut float, self.machine.mxcsr_mask());
        self.machine.save_extended(target);
        self.machine.write(target, 0, state_of(&float));
        self.machine.write(target, shortest, components);
        self.write_header(target, present);
        self.machine.forget_extended(target);
        Ok(())
    }

    fn write_header(&mut self, frame: Frame, present: u64) {
        let mut header = [0; XSAVE_HEADER_LENGTH];
        if let Some(word) = header.first_chunk_mut::<8>() {
            *word = present.to_le_bytes();
        }
        self.machine.write(frame, XSAVE_HEADER, &header);
    }
}

/// The registers of an FXSAVE image, without the spare bytes at its end: those of a thread's image stay zero.
fn state_of(image: &FloatRegisters) -> &[u8] {
    image.as_bytes().get(..core::mem::offset_of!(FloatRegisters, spare)).unwrap_or_default()
}
