//! Resuming: from a trace stop with the debugger's answer, from a job-control stop by SIGCONT.
//!
//! Decides the shared tail of CONTINUE, STEP, TO_*, SYSCALL, DETACH and KILL (FreeBSD sys_process.c; specification sections
//! 5.4 and 5.5). Main methods: `resume`, `continue_job`. Neighbours: `request::resume` checks, `advance` moves the threads.

use kernel_abi::stop::Reasons;
use proc_abi::event_record::EventKind;
use proc_abi::id::Pid;
use proc_abi::siginfo::{CLD_CONTINUED, SigInfo};
use proc_abi::signal::{SIGCONT, SIGKILL, Signal};
use proc_abi::wait::WaitStatus;

use crate::effect::Effect;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::thread::{DebugFlags, Stage, Thread};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Ends a trace stop; the reporting thread gets the signal.
    pub(crate) fn resume(&mut self, pid: Pid, signal: Option<Signal>) {
        let Some(process) = self.process_mut(pid) else { return };
        let reporter = process.xthread.take();
        process.xsig = signal;
        process.flags.remove(Flags::STOPPED_SIG | Flags::STOPPED_TRACE | Flags::STOP_COMPLETE | Flags::WAITED);
        process.raise_epoch();
        let group = process.group;
        if signal == Some(SIGKILL) {
            // The debugger's kill wins over every stop and signal that is under way.
            process.flags.insert(Flags::WKILLED);
            self.exit_now(pid, WaitStatus::Killed(SIGKILL));
            return;
        }
        self.table.refresh_news(pid);
        self.order(Effect::Continue { group, reasons: Reasons::TRACE | Reasons::JOB });
        match reporter {
            Some(tid) => self.answer_reporter(ThreadRef { pid, tid }, signal),
            None => self.answer_process(pid, signal),
        }
        self.run_on(pid);
    }

    fn answer_reporter(&mut self, at: ThreadRef, signal: Option<Signal>) {
        let Some(thread) = self.thread_mut(at) else { return };
        thread.flags.remove(DebugFlags::XSIG);
        if matches!(thread.stage, Stage::Stopped(..)) {
            thread.xsig = signal;
            return;
        }
        // The stop of an attach: the thread was where it was, so there is no stop of its own to leave.
        thread.xsig = None;
        thread.info = SigInfo::default();
        if let Some(signal) = signal {
            self.inject(at, signal);
        }
    }

    /// The reporting thread is gone: the signal is the process's.
    fn answer_process(&mut self, pid: Pid, signal: Option<Signal>) {
        let oldest = self.process(pid).and_then(|process| process.oldest());
        if let (Some(signal), Some(tid)) = (signal, oldest) {
            self.inject(ThreadRef { pid, tid }, signal);
        }
    }

    /// SIGCONT to a process in a job-control stop.
    pub(crate) fn continue_job(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let was_complete = process.is(Flags::STOP_COMPLETE);
        process.flags.remove(Flags::STOPPED_SIG | Flags::STOP_COMPLETE | Flags::WAITED);
        process.raise_epoch();
        if !process.actions.catches(SIGCONT) {
            process.queue.delete(SIGCONT);
            for thread in &mut process.threads {
                thread.queue.delete(SIGCONT);
            }
        }
        let group = process.group;
        self.order(Effect::Continue { group, reasons: Reasons::JOB });
        if was_complete {
            if let Some(process) = self.process_mut(pid) {
                process.flags.insert(Flags::CONTINUED);
                process.xsig = Some(SIGCONT);
            }
            self.publish_process(pid, EventKind::Continued);
            self.table.refresh_news(pid);
            self.tell_parent(pid, CLD_CONTINUED, SIGCONT.number());
        }
        self.table.refresh_news(pid);
        self.run_on(pid);
    }

    /// Every thread that has something to do goes on, in the order in which it came; put-off calls are made now.
    pub(crate) fn run_on(&mut self, pid: Pid) {
        let mut place = 0;
        while let Some((tid, next)) = self.process(pid).and_then(|process| process.next_parked(place)) {
            place = next;
            self.advance(ThreadRef { pid, tid });
        }
        let deferred = |thread: &Thread| thread.deferred.is_some();
        if self.process(pid).is_some_and(|process| process.threads.iter().any(deferred)) {
            self.make_deferred_calls(pid);
        }
        let has_signals = |turn: &Self| {
            turn.process(pid).is_some_and(|process| !process.should_stop() && process.has_pending_signals())
        };
        self.exec_threads_ended(pid);
        if has_signals(self) {
            self.heed_kill(pid);
        }
        if has_signals(self) {
            self.notify_pending(pid);
        }
    }

    fn make_deferred_calls(&mut self, pid: Pid) {
        let mut last = None;
        while let Some(at) = self.next_thread(pid, last) {
            last = Some(at.tid);
            self.make_deferred_call(at);
        }
    }
}
