//! Looking at pending signals: which one, and what becomes of it.
//!
//! Decides FreeBSD's issignal for a thread that is parked at the boundary (kern_sig.c; specification section 5.3). Main
//! methods: `scan`, `dispose`, `take_trap`. Neighbours: `stop` (a traced process stops for every signal), `deliver`
//! (a handler), `exit` (a fatal one), `send` (how signals got here).

use proc_abi::event::EventMask;
use proc_abi::sigaction::SigAction;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{DefaultAction, SIG_IGN, SigSet, Signal};
use proc_abi::stop_event::StopCauses;
use proc_abi::wait::WaitStatus;

use crate::advance::Flow;
use crate::effect::Effect;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::queue::{Marks, Queued};
use crate::thread::{DebugFlags, Point};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Takes the lowest pending signal that is not blocked; without one the thread goes on.
    pub(crate) fn scan(&mut self, at: ThreadRef) -> Flow {
        let Some(process) = self.process(at.pid) else { return Flow::Done };
        let Some(thread) = process.thread(at.tid) else { return Flow::Done };
        let mut candidates = process.deliverable(thread);
        if process.is(Flags::PPWAIT) {
            candidates = candidates.difference(stop_signals());
        }
        let Some(signal) = candidates.lowest() else {
            self.let_go(at);
            return Flow::Done;
        };
        let diverted = process.diverts_signals() && process.stops.signals.contains(signal);
        let watched = process.watch.causes.contains(StopCauses::SIG);
        if watched && self.stops_by_cause(at, StopCauses::SIG, signal.number().cast_unsigned()) {
            return Flow::Done;
        }
        if !diverted {
            return self.dispose(at, signal);
        }
        let Some(queued) = self.take_signal(at, signal) else { return Flow::Again };
        if queued.marks.contains(Marks::INJECTED) {
            self.requeue(at, queued);
            return self.dispose(at, signal);
        }
        self.stop_for_signal(at, queued);
        Flow::Done
    }

    /// Does with a pending signal what the process has chosen.
    pub(crate) fn dispose(&mut self, at: ThreadRef, signal: Signal) -> Flow {
        let Some(process) = self.process(at.pid) else { return Flow::Done };
        let action = process.actions.get(signal);
        if action.is_caught() {
            return self.deliver(at, signal);
        }
        if action.is_ignored() || process.is(Flags::PROTECTED) {
            return self.drop_signal(at, signal);
        }
        match signal.default_action() {
            // No core is written, so the status does not claim one.
            DefaultAction::Terminate => self.die_of(at, signal),
            DefaultAction::Core => self.die_of_core(at, signal),
            DefaultAction::Ignore | DefaultAction::Continue => self.drop_signal(at, signal),
            DefaultAction::Stop => self.stop_by(at, signal),
            DefaultAction::TerminalStop if self.table.is_orphaned_group(process.process_group) => {
                self.drop_signal(at, signal)
            }
            DefaultAction::TerminalStop => self.stop_by(at, signal),
        }
    }

    /// The default action of a stop signal: none in a traced or ending process.
    fn stop_by(&mut self, at: ThreadRef, signal: Signal) -> Flow {
        let flow = self.drop_signal(at, signal);
        let ignored = Flags::TRACED | Flags::SINGLE_EXIT | Flags::WEXIT;
        if self.process(at.pid).is_some_and(|process| !process.is(ignored)) {
            self.begin_job_stop(at.pid, signal);
        }
        flow
    }

    fn drop_signal(&mut self, at: ThreadRef, signal: Signal) -> Flow {
        if let Some(process) = self.process_mut(at.pid) {
            process.queue.delete(signal);
            if let Some(thread) = process.thread_mut(at.tid) {
                thread.queue.delete(signal);
                thread.passed.remove(StopCauses::SIG);
            }
        }
        Flow::Again
    }

    fn die_of(&mut self, at: ThreadRef, signal: Signal) -> Flow {
        let _taken = self.take_signal(at, signal);
        self.begin_exit(at.pid, Some(at.tid), WaitStatus::Killed(signal));
        Flow::Done
    }

    fn die_of_core(&mut self, at: ThreadRef, signal: Signal) -> Flow {
        let _taken = self.take_signal(at, signal);
        if !self.stops_before_core(at, signal) {
            self.begin_exit(at.pid, Some(at.tid), WaitStatus::Killed(signal));
        }
        Flow::Done
    }

    /// Takes a signal from the thread's queue, else from the process's.
    pub(crate) fn take_signal(&mut self, at: ThreadRef, signal: Signal) -> Option<Queued> {
        let process = self.process_mut(at.pid)?;
        let own = process.thread_mut(at.tid).and_then(|thread| {
            thread.passed.remove(StopCauses::SIG);
            thread.queue.take(signal)
        });
        own.or_else(|| process.queue.take(signal))
    }

    /// A trap of the thread itself (FreeBSD trapsignal): a handler at once, or into the queue and through the scan.
    pub(crate) fn take_trap(&mut self, at: ThreadRef, info: SigInfo) -> Flow {
        let Some(signal) = info.signal() else { return Flow::Done };
        let Some(process) = self.process_mut(at.pid) else { return Flow::Done };
        let traced = process.is(Flags::TRACED);
        let action = process.actions.get(signal);
        let after_exit = traced && process.events.contains(EventMask::SCX);
        let counted = process.counted_signals();
        let is_protected = process.is(Flags::PROTECTED);
        let is_wanted = process.stops.faults.contains(info.trapno);
        let seen = process.diverts_signals() && is_wanted && process.stops.signals.contains(signal);
        let unwatched = !process.watch.causes.contains(StopCauses::SIG);
        let alone = seen && unwatched && counted == 0 && !process.has_pending_signals();
        let Some(thread) = process.thread_mut(at.tid) else { return Flow::Done };
        let blocked = thread.mask.contains(signal);
        let marks = if is_wanted { Marks::TRAP } else { Marks::TRAP | Marks::INJECTED };
        let queued = Queued { marks, ..Queued::with(info, signal) };
        let call_event = thread.flags.intersects(DebugFlags::EXEC | DebugFlags::FORK);
        let waits_for_exit = after_exit || call_event;
        if (!traced || !(is_wanted || waits_for_exit)) && action.is_caught() && !blocked {
            self.set_point(at, Point::Scan);
            return self.deliver_queued(at, queued);
        }
        if is_protected {
            // Signals cannot end it, but a fault that was thrown away would be raised again for ever.
            self.begin_exit(at.pid, Some(at.tid), WaitStatus::Killed(signal));
            return Flow::Done;
        }
        if alone && !blocked && !waits_for_exit && action.handler != SIG_IGN {
            // The scan would find this one signal.
            self.stop_for_signal(at, queued);
            return Flow::Done;
        }
        let _never_refused = thread.queue.add(queued, crate::queue::End::Tail, counted);
        if blocked || action.handler == SIG_IGN {
            // A trap that could not be taken would be raised for ever (FreeBSD kern.forcesigexit).
            thread.mask.remove(signal);
            process.actions.set(signal, SigAction::default());
        }
        if waits_for_exit {
            // A step over SYSCALL: the exit stop of the call comes first, so the signal waits for the boundary.
            self.let_go(at);
            return Flow::Done;
        }
        self.set_point(at, Point::Scan);
        Flow::Again
    }

    /// Looks at signals before the thread's next user instruction, and ends what it waits for.
    pub(crate) fn post(&mut self, at: ThreadRef) {
        let Some(thread) = self.thread(at) else { return };
        let kernel = thread.kernel;
        self.order(Effect::Post { thread: kernel });
    }
}

/// The four stop signals.
pub(crate) fn stop_signals() -> SigSet {
    let mut set = SigSet::EMPTY;
    for number in 1..=proc_abi::signal::SIGNAL_MAX {
        if let Some(signal) = Signal::new(number).filter(|signal| signal.is_stop()) {
            set.insert(signal);
        }
    }
    set
}
