//! Signal calls of a process about itself.
//!
//! Decides sigaction, sigprocmask, sigpending, sigsuspend, sigtimedwait, sigaltstack and sigreturn. Neighbours: `actions`,
//! `send`, `scan`, `deliver`. FreeBSD: kern_sig.c (kern_sigaction, kern_sigprocmask, kern_sigsuspend, kern_sigtimedwait,
//! kern_sigaltstack).

use kernel_abi::registers::{RegisterSet, Registers};
use proc_abi::sigaction::{
    MINSIGSTKSZ, SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK, SS_DISABLE, SS_ONSTACK, SigAction, SignalStack,
};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGCONT, SigSet, Signal};
use proc_abi::time::TimeSpec;
use zerocopy::IntoBytes;

use super::{Progress, low, number};
use crate::blocked::{Blocked, Waiting};
use crate::errno::{Errno, Result};
use crate::id::{Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::queue::Queued;
use crate::turn::{ProcessCall, Turn};

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn signal_call(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<Progress> {
        match call.number {
            number::SIGACTION => self.sigaction(at, call).map(|()| Progress::Value(0)),
            number::SIGPROCMASK => self.sigprocmask(at, call).map(|()| Progress::Value(0)),
            number::SIGPENDING => self.sigpending(at, call).map(|()| Progress::Value(0)),
            number::SIGALTSTACK => self.sigaltstack(at, call).map(|()| Progress::Value(0)),
            number::SIGSUSPEND => self.sigsuspend(at, call).map(|()| Progress::Settled),
            number::SIGTIMEDWAIT => self.sigtimedwait(at, call),
            number::SIGRETURN => self.sigreturn(at, call.tag, call.arguments[0]).map(|()| Progress::Settled),
            _ => Err(Errno::ENOSYS),
        }
    }

    /// sigaction(signal, new, old).
    fn sigaction(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [number, new, old, ..] = call.arguments;
        let signal = Signal::new(low(number)).ok_or(Errno::EINVAL)?;
        let mut action = SigAction::default();
        if new != 0 {
            self.kernel.copy_in(call.tag, new, action.as_mut_bytes())?;
            if signal.is_unblockable() && !action.is_default() {
                return Err(Errno::EINVAL);
            }
        }
        let before = self.live(at.pid)?.actions.get(signal);
        if let Some(process) = self.process_mut(at.pid).filter(|_| new != 0) {
            process.actions.reserve(signal)?;
        }
        if old != 0 {
            self.kernel.copy_out(call.tag, old, before.as_bytes())?;
        }
        if new != 0 {
            let kept = SigAction { flags: action.flags().bits(), mask: action.mask.blockable(), pad: 0, ..action };
            self.set_action(at, signal, kept);
        }
        Ok(())
    }

    fn set_action(&mut self, at: ThreadRef, signal: Signal, action: SigAction) {
        let Some(process) = self.process_mut(at.pid) else { return };
        process.actions.set(signal, action);
        // What is ignored now is never to be seen again; an ignored SIGCONT too, it has done its work when it was sent.
        if process.actions.discards(signal) || (signal == SIGCONT && !action.is_caught()) {
            process.queue.delete(signal);
            for thread in &mut process.threads {
                thread.queue.delete(signal);
            }
        }
    }

    /// sigprocmask(how, set, old).
    fn sigprocmask(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [how, new, old, ..] = call.arguments;
        let mut set = SigSet::EMPTY;
        if new != 0 {
            self.kernel.copy_in(call.tag, new, set.as_mut_bytes())?;
        }
        let before = self.thread(at).ok_or(Errno::ESRCH)?.mask;
        let after = match low(how) {
            _ if new == 0 => before,
            SIG_BLOCK => before.union(set),
            SIG_UNBLOCK => before.difference(set),
            SIG_SETMASK => set,
            _ => return Err(Errno::EINVAL),
        };
        if old != 0 {
            self.kernel.copy_out(call.tag, old, before.as_bytes())?;
        }
        self.set_mask(at, after);
        self.reschedule(at.pid);
        Ok(())
    }

    /// sigpending(set): what is pending for the process or the thread, blocked or not.
    fn sigpending(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let process = self.live(at.pid)?;
        let own = process.thread(at.tid).ok_or(Errno::ESRCH)?.queue.pending();
        let pending = process.queue.pending().union(own);
        self.kernel.copy_out(call.tag, call.arguments[0], pending.as_bytes())
    }

    /// sigsuspend(mask): waits until a handler has run.
    fn sigsuspend(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let mut mask = SigSet::EMPTY;
        self.kernel.copy_in(call.tag, call.arguments[0], mask.as_mut_bytes())?;
        let thread = self.thread_mut(at).ok_or(Errno::ESRCH)?;
        thread.suspending = false;
        thread.saved_mask.get_or_insert(thread.mask);
        thread.mask = mask.blockable();
        self.block(at, Blocked { tag: call.tag, waiting: Waiting::Suspend });
        self.reschedule(at.pid);
        Ok(())
    }

    /// sigtimedwait(set, info, timeout).
    fn sigtimedwait(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<Progress> {
        let [address, info, timeout, ..] = call.arguments;
        let mut set = SigSet::EMPTY;
        self.kernel.copy_in(call.tag, address, set.as_mut_bytes())?;
        let set = set.blockable();
        let deadline = self.deadline(call.tag, timeout)?;
        let process = self.live(at.pid)?;
        let thread = process.thread(at.tid).ok_or(Errno::ESRCH)?;
        let pending = thread.queue.pending().union(process.queue.pending()).intersection(set);
        if let Some(queued) = pending.lowest().and_then(|signal| self.take_signal(at, signal)) {
            return self.tell_signal(call.tag, info, &queued).map(Progress::Value);
        }
        if deadline <= self.now {
            return Err(Errno::EAGAIN);
        }
        self.set_thread_timer(at, deadline);
        self.block(at, Blocked { tag: call.tag, waiting: Waiting::Signal { set, info, deadline } });
        Ok(Progress::Settled)
    }

    /// What sigtimedwait returns for a signal that was taken.
    pub(crate) fn tell_signal(&mut self, tag: Tag, info: u64, queued: &Queued) -> Result<u64> {
        let number = queued.signal.number();
        if info != 0 {
            let told = SigInfo { signo: number, ..queued.info };
            self.kernel.copy_out(tag, info, told.as_bytes())?;
        }
        Ok(u64::from(number.unsigned_abs()))
    }

    /// The time at which a call with this timeout gives up; no timeout is never.
    pub(super) fn deadline(&mut self, tag: Tag, address: u64) -> Result<u64> {
        if address == 0 {
            return Ok(u64::MAX);
        }
        let mut timeout = TimeSpec::default();
        self.kernel.copy_in(tag, address, timeout.as_mut_bytes())?;
        let nanoseconds = timeout.nanoseconds().ok_or(Errno::EINVAL)?;
        Ok(self.now.saturating_add(nanoseconds))
    }

    /// sigaltstack(new, old).
    fn sigaltstack(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [new, old, ..] = call.arguments;
        let mut wanted = SignalStack::DISABLED;
        if new != 0 {
            self.kernel.copy_in(call.tag, new, wanted.as_mut_bytes())?;
        }
        let thread = self.thread(at).ok_or(Errno::ESRCH)?;
        let (kernel, before) = (thread.kernel, thread.stack);
        let mut registers = Registers::default();
        self.kernel.get_registers(kernel, RegisterSet::General, registers.as_mut_bytes())?;
        let on_stack = before.contains(registers.rsp);
        if old != 0 {
            let flags = if on_stack { SS_ONSTACK } else { before.flags & SS_DISABLE };
            let told = SignalStack { flags, ..before };
            self.kernel.copy_out(call.tag, old, told.as_bytes())?;
        }
        if new == 0 {
            return Ok(());
        }
        let accepted = check_stack(&wanted, on_stack)?;
        if let Some(thread) = self.thread_mut(at) {
            thread.stack = accepted;
        }
        Ok(())
    }
}

/// Checks in FreeBSD's order: in use, flags, size.
fn check_stack(wanted: &SignalStack, on_stack: bool) -> Result<SignalStack> {
    if on_stack {
        return Err(Errno::EPERM);
    }
    if wanted.flags & !SS_DISABLE != 0 {
        return Err(Errno::EINVAL);
    }
    if wanted.flags & SS_DISABLE != 0 {
        return Ok(SignalStack { flags: SS_DISABLE, pad: 0, ..*wanted });
    }
    if wanted.size < MINSIGSTKSZ {
        return Err(Errno::ENOMEM);
    }
    Ok(SignalStack { flags: 0, pad: 0, ..*wanted })
}
