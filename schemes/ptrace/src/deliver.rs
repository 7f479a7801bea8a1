//! Delivery: a thread enters a handler, and sigreturn brings it back.
//!
//! Decides what changes with a delivery and when it fails (a stack that cannot be written: SIGILL, as FreeBSD's sendsig).
//! Main methods: `deliver`, `sigreturn`. Neighbours: `frame` (the bytes), `scan` (which signal), `calls::signal`.
//! FreeBSD: kern_sig.c (postsig, postsig_done, sigdflt), amd64/exec_machdep.c.

use kernel_abi::registers::{FloatRegisters, RegisterSet, Registers, SegmentBases};
use proc_abi::sigaction::{ActionFlags, SigAction};
use proc_abi::signal::{SIGILL, SigSet, Signal};
use proc_abi::signal_frame::{FPFORMAT_XMM, FPOWNED_FPU, MC_HASBASES, MC_HASFPXSTATE, MachineContext, UserContext};
use proc_abi::wait::WaitStatus;
use proc_abi::xstate::LEGACY_SIZE;
use zerocopy::{FromZeros, IntoBytes};

use crate::advance::Flow;
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::frame::{self, Handler, Interrupted};
use crate::id::{KernelThread, Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::queue::Queued;
use crate::turn::Turn;

/// Length of the SYSCALL instruction.
const SYSCALL_LENGTH: u64 = 2;
/// x87 control word and MXCSR after reset as FreeBSD's programs start with them: all exceptions masked.
const CLEAN_CONTROL: u64 = 0x037f;
const CLEAN_MXCSR: u64 = 0x1f80;

impl<K: Kernel> Turn<'_, K> {
    /// Takes a pending signal and enters its handler.
    pub(crate) fn deliver(&mut self, at: ThreadRef, signal: Signal) -> Flow {
        match self.take_signal(at, signal) {
            Some(queued) => self.deliver_queued(at, queued),
            None => Flow::Again,
        }
    }

    /// Enters the handler of a signal that is in no queue.
    pub(crate) fn deliver_queued(&mut self, at: ThreadRef, queued: Queued) -> Flow {
        let signal = queued.signal;
        let Some(action) = self.process(at.pid).map(|process| process.actions.get(signal)) else { return Flow::Done };
        if self.push_frame(at, action, &queued).is_err() {
            self.begin_exit(at.pid, Some(at.tid), WaitStatus::Killed(SIGILL));
            return Flow::Done;
        }
        self.entered(at, signal, &action);
        Flow::Again
    }

    /// What a delivery changes beside the registers.
    fn entered(&mut self, at: ThreadRef, signal: Signal, action: &SigAction) {
        let flags = action.flags();
        let mut blocked = action.mask;
        if !flags.contains(ActionFlags::NODEFER) {
            blocked.insert(signal);
        }
        let Some(process) = self.process_mut(at.pid) else { return };
        if flags.contains(ActionFlags::RESETHAND) {
            process.actions.set(signal, SigAction::default());
        }
        if let Some(thread) = process.thread_mut(at.tid) {
            thread.mask = thread.mask.union(blocked.blockable());
            thread.saved_mask = None;
            thread.suspending = false;
        }
    }

    fn push_frame(&mut self, at: ThreadRef, action: SigAction, queued: &Queued) -> Result<()> {
        let process = self.process(at.pid).ok_or(Errno::ESRCH)?;
        let group = process.group;
        let thread = process.thread(at.tid).ok_or(Errno::ESRCH)?;
        let (kernel, stack, suspending) = (thread.kernel, thread.stack, thread.suspending);
        let mask = thread.saved_mask.unwrap_or(thread.mask);
        let mut registers = self.registers_of(kernel)?;
        if suspending {
            // The sigsuspend was to be made again if nothing had come of the signal; now it has ended.
            registers.rip = registers.rip.wrapping_add(SYSCALL_LENGTH);
            registers.rax = kernel_abi::encode_result(Err(Errno::EINTR.number())) as u64;
        }
        let mut bases = SegmentBases::default();
        self.kernel.get_registers(kernel, RegisterSet::Bases, bases.as_mut_bytes())?;
        let length = self.extended_of(kernel)?;
        let extended = self.table.scratch.get(..length).ok_or(Errno::EINVAL)?;
        let interrupted = Interrupted { registers, bases, extended, mask, stack };
        let handler = Handler { action, info: queued.info };
        let entry = frame::enter(&interrupted, &handler).ok_or(Errno::EFAULT)?;

        let tail = extended.get(LEGACY_SIZE..).unwrap_or_default();
        write_all(self.kernel.write_memory(group, entry.extended_address, tail), tail.len())?;
        let bytes = entry.frame.as_bytes();
        write_all(self.kernel.write_memory(group, entry.address, bytes), bytes.len())?;
        self.kernel.set_registers(kernel, RegisterSet::General, entry.registers.as_bytes())?;
        self.kernel.set_registers(kernel, RegisterSet::Float, clean_float().as_bytes())
    }

    fn registers_of(&mut self, thread: KernelThread) -> Result<Registers> {
        let mut registers = Registers::default();
        self.kernel.get_registers(thread, RegisterSet::General, registers.as_mut_bytes())?;
        Ok(registers)
    }

    /// Fills the scratch area with the thread's extended state; gives its length.
    fn extended_of(&mut self, thread: KernelThread) -> Result<usize> {
        match self.kernel.get_registers(thread, RegisterSet::Extended, &mut self.table.scratch) {
            Err(Errno::EOPNOTSUPP) => self.kernel.get_registers(thread, RegisterSet::Float, &mut self.table.scratch),
            other => other,
        }
    }

    /// sigreturn: registers, floating point and mask as the context says.
    pub(crate) fn sigreturn(&mut self, at: ThreadRef, tag: Tag, address: u64) -> Result<()> {
        let mut context = UserContext::new_zeroed();
        self.kernel.copy_in(tag, address, context.as_mut_bytes())?;
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        let before = self.registers_of(kernel)?;
        let registers = frame::leave(&context.mcontext, &before)?;
        let length = self.extended_from(tag, &context.mcontext)?;
        self.kernel.set_registers(kernel, RegisterSet::General, registers.as_bytes())?;
        if let Err(errno) = self.restore_rest(kernel, &context.mcontext, length) {
            // All or nothing: what was valid a moment ago still is.
            self.kernel.set_registers(kernel, RegisterSet::General, before.as_bytes())?;
            return Err(errno);
        }
        self.set_mask(at, context.sigmask);
        let post = self.boundary(at);
        self.order(Effect::ReplyFrame { tag, post });
        Ok(())
    }

    /// Puts the context's floating point image into the scratch area; gives its length, 0 if it has none.
    fn extended_from(&mut self, tag: Tag, context: &MachineContext) -> Result<usize> {
        if context.ownedfp != FPOWNED_FPU {
            return Ok(0);
        }
        if context.fpformat != FPFORMAT_XMM {
            return Err(Errno::EINVAL);
        }
        let legacy = self.table.scratch.get_mut(..LEGACY_SIZE).ok_or(Errno::EINVAL)?;
        legacy.copy_from_slice(context.fpstate.as_bytes());
        if context.flags & MC_HASFPXSTATE == 0 {
            return Ok(LEGACY_SIZE);
        }
        let tail = usize::try_from(context.xfpustate_length).map_err(|_| Errno::EINVAL)?;
        let end = LEGACY_SIZE.checked_add(tail).ok_or(Errno::EINVAL)?;
        let into = self.table.scratch.get_mut(LEGACY_SIZE..end).ok_or(Errno::EINVAL)?;
        self.kernel.copy_in(tag, context.xfpustate, into)?;
        Ok(end)
    }

    fn restore_rest(&mut self, thread: KernelThread, context: &MachineContext, length: usize) -> Result<()> {
        if length > 0 {
            let set = if length == LEGACY_SIZE { RegisterSet::Float } else { RegisterSet::Extended };
            let image = self.table.scratch.get(..length).ok_or(Errno::EINVAL)?;
            self.kernel.set_registers(thread, set, image)?;
        }
        if context.flags & MC_HASBASES != 0 {
            let bases = SegmentBases { fs: context.fsbase, gs: context.gsbase };
            self.kernel.set_registers(thread, RegisterSet::Bases, bases.as_bytes())?;
        }
        Ok(())
    }

    /// Sets a thread's mask; SIGKILL and SIGSTOP stay out of it.
    pub(crate) fn set_mask(&mut self, at: ThreadRef, mask: SigSet) {
        if let Some(thread) = self.thread_mut(at) {
            thread.mask = mask.blockable();
        }
    }
}

fn write_all(written: Result<usize>, wanted: usize) -> Result<()> {
    if wanted == 0 || written? == wanted { Ok(()) } else { Err(Errno::EFAULT) }
}

/// The floating point state that a handler starts with (FreeBSD fpstate_drop).
fn clean_float() -> FloatRegisters {
    let mut float = FloatRegisters::new_zeroed();
    float.environment = [CLEAN_CONTROL, 0, 0, CLEAN_MXCSR];
    float
}
