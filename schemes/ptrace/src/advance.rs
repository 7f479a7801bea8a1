//! What a parked thread does next: stop for its tracer, take a signal, or go on.
//!
//! Decides when a thread may move at all, and the way through one report. Main methods: `advance`, `leave_stop`. Neighbours:
//! `report` parks threads, `stop` and `resume` are the two halves of a stop, `scan` looks at signals. FreeBSD: ptracestop
//! after its loop, syscallret, ast (kern_sig.c, subr_syscall.c, subr_trap.c).

use kernel_abi::stop::Reasons;
use proc_abi::event::EventMask;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGSTOP, SIGTRAP, Signal};

use crate::effect::Effect;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::queue::{End, Marks, Queued};
use crate::thread::{DebugFlags, Point, Stage, Stop};
use crate::turn::Turn;

/// Whether a thread's way through its report goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// There is more to decide.
    Again,
    /// It stopped, went on or ended.
    Done,
}

impl<K: Kernel> Turn<'_, K> {
    /// Moves a parked thread on as far as it goes now.
    pub(crate) fn advance(&mut self, at: ThreadRef) {
        while self.may_advance(at) {
            let Some(thread) = self.thread_mut(at) else { return };
            let flow = match thread.stage {
                Stage::Away | Stage::Dying => return,
                Stage::Pending(Point::Scan, _) => self.scan(at),
                Stage::Pending(point, _) => self.begin(at, point),
                Stage::Stopped(..) => self.leave_stop(at),
            };
            if flow == Flow::Done {
                return;
            }
        }
    }

    fn may_advance(&self, at: ThreadRef) -> bool {
        let Some(process) = self.process(at.pid) else { return false };
        let Some(thread) = process.thread(at.tid) else { return false };
        if !process.is_alive() || process.should_stop() || thread.is_held() {
            return false;
        }
        let leaves = thread.flags.contains(DebugFlags::EXIT);
        if process.is_stopped_by_cause() && !leaves {
            return false;
        }
        // Ending or exec: only a thread on its way out moves; the others wait for the outcome.
        let single = process.is(Flags::SINGLE_EXIT) || process.exec.is_some();
        !single || leaves
    }

    /// Works on a report that has not led to a stop.
    fn begin(&mut self, at: ThreadRef, point: Point) -> Flow {
        if let Point::Trap(info) = point {
            return self.take_trap(at, info);
        }
        if self.stops_at_point(at, point) {
            return Flow::Done;
        }
        let Some(signal) = self.process(at.pid).and_then(|process| wanted(process, at, point)) else {
            return self.finish(at, point);
        };
        self.stop_for_event(at, signal, point);
        Flow::Done
    }

    /// Leaves a stop that the debugger has answered.
    fn leave_stop(&mut self, at: ThreadRef) -> Flow {
        let Some(thread) = self.thread_mut(at) else { return Flow::Done };
        let answer = thread.xsig.take();
        thread.info = SigInfo::default();
        let Stage::Stopped(stop, place) = &thread.stage else { return Flow::Done };
        let place = *place;
        match (stop, answer) {
            (Stop::Event(point), answer) => {
                let point = *point;
                if let Some(signal) = answer {
                    self.inject(at, signal);
                }
                self.finish(at, point)
            }
            (Stop::Signal(queued), Some(signal)) => {
                let queued = *queued;
                self.leave_signal_stop(at, queued, signal)
            }
            // The debugger keeps the signal to itself.
            (Stop::Signal(_), None) => {
                thread.stage = Stage::Pending(Point::Scan, place);
                Flow::Again
            }
        }
    }

    /// FreeBSD issignal after ptracestop: the signal unchanged or replaced.
    fn leave_signal_stop(&mut self, at: ThreadRef, queued: Queued, signal: Signal) -> Flow {
        self.set_point(at, Point::Scan);
        if signal == queued.signal {
            self.requeue(at, queued);
        } else if self.inject(at, signal) != Some(at) {
            return Flow::Again;
        }
        let blocked = self.thread(at).is_some_and(|thread| thread.mask.contains(signal));
        if blocked {
            self.requeue_blocked(at, Queued { signal, ..queued });
            return Flow::Again;
        }
        let traced = self.process(at.pid).is_some_and(|process| process.is(Flags::TRACED));
        if traced { self.dispose(at, signal) } else { Flow::Again }
    }

    /// Puts a taken signal back where its thread finds it first.
    pub(crate) fn requeue(&mut self, at: ThreadRef, queued: Queued) {
        let Some(process) = self.process_mut(at.pid) else { return };
        let counted = process.counted_signals();
        let Some(thread) = process.thread_mut(at.tid) else { return };
        // Neither SIGKILL's bit nor a signal that was queued before can be refused: it is not marked as refusable here.
        let kept = Queued { marks: queued.marks.difference(Marks::REFUSABLE), ..queued };
        let _never_refused = thread.queue.add(kept, End::Head, counted);
    }

    /// FreeBSD's way with a signal that the debugger made into one the thread blocks: the information it had goes to the
    /// process's queue under the new number (specification section 5.3, masked-injection quirk; two upstream tests).
    fn requeue_blocked(&mut self, at: ThreadRef, queued: Queued) {
        let Some(process) = self.process_mut(at.pid) else { return };
        let counted = process.counted_signals();
        let kept = Queued { marks: queued.marks.difference(Marks::REFUSABLE), ..queued };
        let _never_refused = process.queue.add(kept, End::Head, counted);
    }

    /// What follows an event's stop, or its absence.
    fn finish(&mut self, at: ThreadRef, point: Point) -> Flow {
        if let Some(thread) = self.thread_mut(at) {
            let ended = match point {
                Point::CallExit => DebugFlags::SCX | DebugFlags::EXEC | DebugFlags::FORK | DebugFlags::EXECUTED,
                Point::Start => DebugFlags::SCX | DebugFlags::BORN,
                Point::ChildStart => DebugFlags::SCX | DebugFlags::CHILD,
                Point::VforkDone => DebugFlags::VFORK,
                Point::CallEntry | Point::Exit | Point::Scan | Point::Trap(_) => DebugFlags::empty(),
            };
            thread.flags.remove(ended);
            if point == Point::CallExit {
                thread.child = None;
                self.hold_for_vfork(at);
            }
        }
        self.let_go(at);
        Flow::Done
    }

    /// A vfork's wait begins after its exit stop.
    fn hold_for_vfork(&mut self, at: ThreadRef) {
        let Some(thread) = self.thread(at).filter(|thread| thread.vfork_child.is_some()) else { return };
        let kernel = thread.kernel;
        self.order(Effect::Hold { thread: kernel, reasons: Reasons::VFORK });
    }

    /// The thread's report is a look at its signals from here on.
    pub(crate) fn set_point(&mut self, at: ThreadRef, point: Point) {
        if let Some(thread) = self.thread_mut(at) {
            let place = match thread.stage {
                Stage::Pending(_, place) | Stage::Stopped(_, place) => place,
                Stage::Away | Stage::Dying => return,
            };
            thread.stage = Stage::Pending(point, place);
        }
    }
}

/// The signal to stop with for an event, if the tracer asked for it; specification section 6.
fn wanted(process: &Process, at: ThreadRef, point: Point) -> Option<Signal> {
    if !process.is(Flags::TRACED) {
        return None;
    }
    let thread = process.thread(at.tid)?;
    // A report may be older than the set that the kernel has now.
    let calls = process.stops.calls;
    let at_exit = process.events.contains(EventMask::SCX) && calls.exit.contains_shown(thread.call.code);
    let always = thread.flags.intersects(DebugFlags::EXEC | DebugFlags::FORK);
    let asked = match point {
        Point::CallEntry => process.events.contains(EventMask::SCE) && calls.entry.contains_shown(thread.call.code),
        Point::CallExit => always || at_exit,
        Point::Start => process.events.contains(EventMask::LWP) || at_exit,
        Point::ChildStart => return Some(SIGSTOP),
        // Those that have told of their end are as good as gone (FreeBSD p_pendingexits).
        Point::Exit => {
            let left = process.threads.iter().filter(|thread| !matches!(thread.stage, Stage::Dying)).count();
            process.events.contains(EventMask::LWP) && left > 1
        }
        Point::VforkDone => process.events.contains(EventMask::VFORK),
        Point::Trap(_) | Point::Scan => false,
    };
    asked.then_some(SIGTRAP)
}
