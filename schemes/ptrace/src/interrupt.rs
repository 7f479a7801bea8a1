//! Ending calls that wait, because a signal came.
//!
//! Decides between EINTR and restart for the calls that wait in this server, and asks the kernel to end the others. Main
//! methods: `interrupt`, `complete_signal_wait`. Neighbours: `send` decides that a signal matters, `blocked` is the data.
//! FreeBSD: kern_sig.c (tdsigwakeup, kern_sigsuspend, kern_sigtimedwait).

use proc_abi::id::Pid;
use proc_abi::sigaction::ActionFlags;
use proc_abi::signal::Signal;

use crate::blocked::{Blocked, Waiting};
use crate::effect::{Effect, Interruption};
use crate::errno::Errno;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::thread::Stage;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Ends what a thread waits for, as this signal's disposition says.
    pub(crate) fn interrupt(&mut self, at: ThreadRef, signal: Signal) {
        let Some(process) = self.process(at.pid) else { return };
        let action = process.actions.get(signal);
        let fails = action.is_caught() && !action.flags().contains(ActionFlags::RESTART);
        let Some(thread) = process.thread(at.tid) else { return };
        let kernel = thread.kernel;
        if thread.blocked.is_none() {
            let ending = if fails { Interruption::Fail } else { Interruption::Restart };
            self.order(Effect::Interrupt { thread: kernel, ending });
            return;
        }
        let Some(blocked) = self.take_interruptible(at) else { return };
        match blocked.waiting {
            Waiting::Suspend => {
                // Made again unless a handler runs; `deliver` turns it into EINTR then.
                if let Some(thread) = self.thread_mut(at) {
                    thread.suspending = true;
                }
                self.order(Effect::ReplyRestart { tag: blocked.tag });
            }
            Waiting::Child(_) if !fails => self.order(Effect::ReplyRestart { tag: blocked.tag }),
            _ => self.answer(at, blocked.tag, Err(Errno::EINTR)),
        }
    }

    /// A call of ours begins to wait. If a signal is there already, it ends at once.
    pub(crate) fn block(&mut self, at: ThreadRef, blocked: Blocked) {
        let Some(process) = self.process_mut(at.pid) else { return };
        let Some(thread) = process.thread_mut(at.tid) else { return };
        thread.blocked = Some(blocked);
        let pending = self.process(at.pid).and_then(|process| Some(process.deliverable(process.thread(at.tid)?)));
        let running = self.process(at.pid).is_some_and(|process| !process.should_stop());
        if let Some(signal) = pending.and_then(|pending| pending.lowest()).filter(|_| running) {
            self.notify(at, signal);
        }
    }

    /// Takes away what a thread waits for, if a signal may end it.
    pub(crate) fn take_interruptible(&mut self, at: ThreadRef) -> Option<Blocked> {
        let thread = self.thread_mut(at)?;
        match thread.blocked?.waiting {
            Waiting::Child(_) | Waiting::Suspend | Waiting::Signal { .. } | Waiting::Wake { .. } => {
                thread.blocked.take()
            }
            Waiting::Exec | Waiting::Fork(_) | Waiting::Exit => None,
        }
    }

    /// Gives a signal to a thread that waits for it in sigtimedwait; true if there is one.
    pub(crate) fn complete_signal_wait(&mut self, pid: Pid, signal: Signal) -> bool {
        let mut last = None;
        while let Some(at) = self.next_thread(pid, last) {
            last = Some(at.tid);
            let Some(thread) = self.thread(at) else { return false };
            let waits = matches!(thread.blocked, Some(Blocked { waiting: Waiting::Signal { set, .. }, .. }) if set.contains(signal));
            if waits && thread.stage == Stage::Away && self.finish_signal_wait(at, signal) {
                return true;
            }
        }
        false
    }

    fn finish_signal_wait(&mut self, at: ThreadRef, signal: Signal) -> bool {
        let Some(Blocked { tag, waiting: Waiting::Signal { info, .. } }) =
            self.thread(at).and_then(|thread| thread.blocked)
        else {
            return false;
        };
        let Some(queued) = self.take_signal(at, signal) else { return false };
        if let Some(thread) = self.thread_mut(at) {
            thread.blocked = None;
        }
        let result = self.tell_signal(tag, info, &queued);
        self.answer(at, tag, result);
        true
    }
}
