//! Stops by cause and sets of faults: what the explorer orders, and the rules for what comes of it.
//!
//! Decides which acts must lead to a stop and which must not, that a cause is told once, and that a thread that stands goes on
//! when nobody watches any more. Main methods: [`World::due`], [`World::probe_causes`]. Neighbours: `alphabet` (the orders),
//! `explorer` compares around each act that rests, `probes` asks in each state.

use kernel_abi::stop::{Cause, FaultKind};
use proc_abi::fault_set::{TRAP_NUMBER_BREAKPOINT, TRAP_NUMBER_PAGE_FAULT};
use proc_abi::id::Pid;
use proc_abi::sigaction::SigAction;
use proc_abi::signal::{SIGSEGV, SIGTRAP, Signal};
use proc_abi::stop_event::{StopCauses, StopFlags, StopStatus};
use zerocopy::IntoBytes;

use super::alphabet::{Act, Order};
use super::script::Cast;
use super::world::{BUFFER, World};
use crate::queue::SignalQueue;
use crate::thread::Stage;
use crate::{CauseChange, Process, Thread};

/// More stops by cause than any state here can owe.
const PATIENCE: usize = 40;
const SIGACTION: u32 = 416;
/// Where a handler is.
const HANDLER: u64 = 0x5000;

/// What an act must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A stop by cause.
    Standing,
    /// A stop of the tracer's, or one by cause before it.
    Stop,
    /// No stop of the tracer's for this signal.
    Unseen(Signal),
}

/// One stop by cause: what is told of it, the place of its thread, which signals are still to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    status: StopStatus,
    place: u64,
    queues: [SignalQueue; 2],
}

impl World {
    fn target(&self, pid: i32) -> Option<&Process> {
        self.table.get(Pid::new(pid)?).filter(|process| process.is_alive())
    }

    /// The debugger orders something of stops by cause; true if it was obeyed.
    pub(super) fn order_causes(&mut self, cast: Cast, order: Order) -> bool {
        let (Some(opener), Some(target)) = (Pid::new(cast.debugger), Pid::new(cast.target)) else { return false };
        let result = self.turn(|turn| match order {
            Order::Add(causes) => turn.watch(opener, target, CauseChange::Add(causes.bits())),
            Order::Remove(causes) => turn.watch(opener, target, CauseChange::Remove(causes.bits())),
            Order::Flags(flags) => turn.set_stop_flags(opener, target, flags.bits()),
            Order::GoOn(signal) => turn.continue_cause_stop(opener, target, signal),
        });
        result.is_ok()
    }

    pub(super) fn is_standing(&self, pid: i32) -> bool {
        self.target(pid).is_some_and(Process::is_stopped_by_cause)
    }

    /// The kernel has closed the files of a debugger that is dead.
    pub(super) fn close_after_death(&mut self, cast: Cast) {
        if self.target(cast.debugger).is_none() {
            self.close_last(cast.target);
        }
    }

    /// The last file for control on a process is closed.
    pub(super) fn close_last(&mut self, pid: i32) {
        let watched = self.target(pid).is_some_and(Process::is_watched);
        if let Some(target) = Pid::new(pid).filter(|_| watched) {
            self.turn(|turn| turn.stop_watching(target));
            self.run();
        }
    }

    /// The thread that stands is let go, by the debugger or else by the superuser; false if none stands or nobody may.
    pub(super) fn pass_cause(&mut self, debugger: i32, pid: i32) -> bool {
        let Some(target) = Pid::new(pid).filter(|_| self.is_standing(pid)) else { return false };
        let openers = [Pid::new(debugger), Some(Pid::INIT)];
        let passed =
            openers.into_iter().flatten().any(|by| self.turn(|turn| turn.continue_cause_stop(by, target, 0)).is_ok());
        self.run();
        passed
    }

    /// A thread of the target meets a page fault.
    pub(super) fn fault(&mut self, cast: Cast, index: usize) -> bool {
        let Some(thread) = self.nth(cast.target, index) else { return false };
        self.model.trap(thread, Cause::Fault, [14, 4, 0xdead, FaultKind::Unmapped as u64, 0, 0, 0, 0]);
        true
    }

    /// A thread of the target sets a handler for that.
    pub(super) fn catch(&mut self, cast: Cast, index: usize) -> bool {
        let action = SigAction { handler: HANDLER, ..SigAction::default() };
        self.poke(cast.target, BUFFER, action.as_bytes());
        let signal = SIGSEGV.number().unsigned_abs().into();
        self.begin(cast.target, index, SIGACTION, [signal, BUFFER, 0, 0, 0, 0])
    }

    /// What this act must lead to; the world is at rest, and a thread of the target that acts is in user code.
    pub(super) fn due(&self, cast: Cast, act: Act) -> Option<Due> {
        let target = self.target(cast.target)?;
        let (signal, number) = match act {
            Act::Call(..) => return target.watch.causes.contains(StopCauses::SCE).then_some(Due::Standing),
            Act::Fault(_) => (SIGSEGV, TRAP_NUMBER_PAGE_FAULT),
            Act::Break(_) => (SIGTRAP, TRAP_NUMBER_BREAKPOINT),
            _ => return None,
        };
        let seen = target.stops.faults.contains(number);
        if target.diverts_signals() && seen && target.stops.signals.contains(signal) {
            return Some(Due::Stop);
        }
        if target.watch.causes.contains(StopCauses::SIG) && !target.actions.catches(signal) {
            return Some(Due::Standing);
        }
        Some(Due::Unseen(signal))
    }

    /// It has come to rest again.
    pub(super) fn check_due(&self, cast: Cast, due: Option<Due>) {
        let (Some(due), Some(target)) = (due, self.target(cast.target)) else { return };
        let stands = target.is_stopped_by_cause();
        match due {
            Due::Standing => assert!(stands || target.should_stop(), "a cause is passed over"),
            Due::Stop => assert!(stands || target.should_stop(), "a fault is passed over"),
            Due::Unseen(signal) => {
                let reporter = target.xthread.and_then(|tid| target.thread(tid));
                let taken = reporter.and_then(Thread::stopping_signal);
                assert!(taken != Some(signal), "{signal:?} stops though its fault was to pass");
            }
        }
    }

    fn standing(&self, pid: i32) -> Option<Standing> {
        let process = self.target(pid)?;
        let status = process.stop_status();
        let thread = process.threads.iter().find(|thread| thread.tid.raw() == status.tid)?;
        let place = match thread.stage {
            Stage::Pending(_, place) | Stage::Stopped(_, place) => place,
            Stage::Away | Stage::Dying => 0,
        };
        let queues = [thread.queue.clone(), process.queue.clone()];
        process.is_stopped_by_cause().then_some(Standing { status, place, queues })
    }

    /// Each cause of the target is told once while it is let go again and again; when the last file is closed it goes on.
    pub(super) fn probe_causes(&self, cast: Cast) {
        if !self.is_standing(cast.target) {
            return;
        }
        let mut world = self.clone();
        let mut left = PATIENCE;
        while let Some(before) = world.standing(cast.target) {
            if !world.pass_cause(cast.debugger, cast.target) {
                break;
            }
            assert!(world.standing(cast.target) != Some(before), "a cause is told twice");
            left -= 1;
            assert!(left > 0, "it stands for ever");
        }
        let mut world = self.clone();
        world.close_last(cast.target);
        let Some(target) = world.target(cast.target) else { return };
        let lingers = target.stop_flags().contains(StopFlags::LINGER);
        assert_eq!(target.is_watched(), lingers, "watched by nobody");
        assert_eq!(target.is_stopped_by_cause(), lingers, "it stands for nobody");
    }
}
