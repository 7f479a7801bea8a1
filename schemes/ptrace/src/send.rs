//! Sending signals: to a process or to one of its threads.
//!
//! Decides FreeBSD's tdsendsignal (kern_sig.c; specification sections 5.3 and 5.6): what is thrown away, what stops or
//! continues the process at once, who is woken. Main methods: `send`, `send_to_thread`, `inject`, `notify`. Neighbours:
//! `scan` takes what was sent, `interrupt` ends waiting calls, `stop` and `resume` stop and continue.

use proc_abi::id::{Pid, Tid};
use proc_abi::signal::{DefaultAction, SIGCONT, SIGKILL, SigSet, Signal};
use proc_abi::stop_event::StopCauses;

use crate::errno::Result;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::queue::{End, Queued};
use crate::scan::stop_signals;
use crate::thread::Stage;
use crate::turn::Turn;

/// For whom a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressee {
    /// The process; this thread takes it if it can.
    Process(Option<Tid>),
    /// One thread.
    Thread(Tid),
}

impl<K: Kernel> Turn<'_, K> {
    /// Sends a signal to a process.
    pub(crate) fn send(&mut self, pid: Pid, queued: Queued) -> Result<()> {
        self.send_to(pid, Addressee::Process(None), queued)
    }

    /// Sends a signal that the debugger chose; gives the thread that got it.
    pub(crate) fn inject(&mut self, at: ThreadRef, signal: Signal) -> Option<ThreadRef> {
        let tid = self.process(at.pid)?.choose(signal, Some(at.tid))?;
        let _never_refused = self.send_to(at.pid, Addressee::Thread(tid), Queued::injected(signal));
        Some(ThreadRef { pid: at.pid, tid })
    }

    pub(crate) fn send_to(&mut self, pid: Pid, to: Addressee, queued: Queued) -> Result<()> {
        let signal = queued.signal;
        let Some(process) = self.process(pid).filter(|process| process.is_alive()) else { return Ok(()) };
        let target = match to {
            Addressee::Process(preferred) => process.choose(signal, preferred),
            Addressee::Thread(tid) => Some(tid),
        };
        let Some(tid) = target else { return Ok(()) };
        if process.actions.discards(signal) || self.is_pointless(process, signal) {
            return Ok(());
        }
        self.cancel_opposite(pid, signal);
        self.enqueue(pid, to, queued)?;
        self.react(ThreadRef { pid, tid }, signal);
        if signal == SIGKILL {
            self.forget_watch(pid);
        }
        Ok(())
    }

    /// A terminal's stop signal to a process that nobody could continue.
    fn is_pointless(&self, process: &Process, signal: Signal) -> bool {
        signal.default_action() == DefaultAction::TerminalStop
            && process.actions.get(signal).is_default()
            && self.table.is_orphaned_group(process.process_group)
    }

    /// A continue deletes pending stops, a stop deletes a pending continue and the news of one.
    fn cancel_opposite(&mut self, pid: Pid, signal: Signal) {
        let deleted = if signal == SIGCONT {
            stop_signals()
        } else if signal.is_stop() {
            SigSet::of(SIGCONT)
        } else {
            return;
        };
        let Some(process) = self.process_mut(pid) else { return };
        process.queue.delete_set(deleted);
        for thread in &mut process.threads {
            thread.queue.delete_set(deleted);
        }
        let parent = process.parent;
        if signal.is_stop() && process.is(Flags::CONTINUED) {
            process.flags.remove(Flags::CONTINUED);
            self.table.refresh_news(pid);
            self.forget_child_signal(parent, pid);
        }
    }

    fn enqueue(&mut self, pid: Pid, to: Addressee, queued: Queued) -> Result<()> {
        let Some(process) = self.process_mut(pid) else { return Ok(()) };
        let counted = process.counted_signals();
        match to {
            Addressee::Process(_) => process.queue.add(queued, End::Tail, counted),
            Addressee::Thread(tid) => match process.thread_mut(tid) {
                Some(thread) => thread.queue.add(queued, End::Tail, counted),
                None => Ok(()),
            },
        }
    }

    /// What a queued signal does before anyone looks at it.
    fn react(&mut self, at: ThreadRef, signal: Signal) {
        if self.complete_signal_wait(at.pid, signal) {
            return;
        }
        let Some(process) = self.process(at.pid) else { return };
        let Some(thread) = process.thread(at.tid) else { return };
        let held = thread.mask.contains(signal);
        let traced = process.is(Flags::TRACED);
        let default = process.actions.get(signal).is_default();
        let stopped = process.should_stop();
        let unseen = !traced && !process.watch.causes.contains(StopCauses::SIG);
        if held && !(signal == SIGCONT && process.is(Flags::STOPPED_SIG)) {
            return;
        }
        if signal == SIGKILL && !process.is(Flags::PROTECTED) {
            self.heed_kill(at.pid);
        } else if stopped && traced {
            // Only queued: a process in a trace stop is looked at again when it is resumed.
        } else if stopped && signal == SIGCONT {
            self.continue_job(at.pid);
        } else if stopped {
            if signal.is_stop() {
                self.drop_everywhere(at.pid, signal);
            }
        } else if unseen && default && signal.is_stop() {
            self.stop_job_now(at.pid, signal);
        } else if unseen && signal == SIGCONT && !process.actions.catches(SIGCONT) {
            // Nothing to continue and nobody to tell: no sleep is cut short for it.
            self.drop_everywhere(at.pid, signal);
        } else {
            self.notify(at, signal);
        }
    }

    fn drop_everywhere(&mut self, pid: Pid, signal: Signal) {
        let Some(process) = self.process_mut(pid) else { return };
        process.queue.delete(signal);
        for thread in &mut process.threads {
            thread.queue.delete(signal);
        }
    }

    fn stop_job_now(&mut self, pid: Pid, signal: Signal) {
        let unstoppable = Flags::PPWAIT | Flags::WEXIT | Flags::PROTECTED | Flags::SINGLE_EXIT;
        if self.process(pid).is_some_and(|process| process.is(unstoppable)) {
            return;
        }
        self.drop_everywhere(pid, signal);
        self.begin_job_stop(pid, signal);
    }

    /// Makes the thread look at its signals: it is posted, and what it waits for ends.
    pub(crate) fn notify(&mut self, at: ThreadRef, signal: Signal) {
        let Some(process) = self.process(at.pid) else { return };
        let Some(thread) = process.thread(at.tid) else { return };
        if thread.stage != Stage::Away || process.is(Flags::SINGLE_EXIT) {
            return;
        }
        self.post(at);
        self.interrupt(at, signal);
    }

    /// After a stop: threads that got signals meanwhile look at them.
    pub(crate) fn notify_pending(&mut self, pid: Pid) {
        let mut last = None;
        while let Some(at) = self.next_thread(pid, last) {
            last = Some(at.tid);
            let Some(thread) = self.thread(at) else { return };
            if let Some(signal) = thread.queue.pending().difference(thread.mask).lowest() {
                self.notify(at, signal);
            }
        }
        self.reschedule(pid);
    }

    /// Finds a thread for each signal that is pending for the whole process (FreeBSD reschedule_signals).
    pub(crate) fn reschedule(&mut self, pid: Pid) {
        let Some(process) = self.process(pid).filter(|process| process.is_alive()) else { return };
        let mut left = process.queue.pending();
        while let Some(signal) = left.lowest() {
            left.remove(signal);
            let Some(process) = self.process(pid) else { return };
            let chosen = process.choose(signal, None).map(|tid| ThreadRef { pid, tid });
            let takes = |at: &ThreadRef| self.thread(*at).is_some_and(|thread| !thread.mask.contains(signal));
            if let Some(at) = chosen.filter(takes) {
                self.notify(at, signal);
            }
        }
    }
}
