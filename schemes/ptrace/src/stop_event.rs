//! Stops by cause, without a tracer: FreeBSD's stopevent() (sys_process.c of 2004; specification section 8).
//!
//! Decides where a thread stops so and what lets it go on. Nothing else stands still but reports of its process's other
//! threads, nobody is told by wait or SIGCHLD, and a tracer's stop at the same place comes after. Main type: [`Watch`]; main
//! methods: `watch`, `continue_cause_stop`, `stops_by_cause`. Neighbours: `advance` and `scan` ask at each place,
//! `exit::begin_exit` at the last; `proc` serves the requests.

use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::Signal;
use proc_abi::stop_event::{StopCauses, StopFlags, StopStatus};
use proc_abi::wait::WaitStatus;

use crate::effect::Notice;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::Process;
use crate::queue::Queued;
use crate::thread::{DebugFlags, Point};
use crate::turn::Turn;

/// A thread that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CauseStop {
    tid: Tid,
    cause: StopCauses,
    value: u32,
    /// How the process ends when it goes on.
    ending: Option<WaitStatus>,
    /// Number of its record.
    sequence: u64,
}

/// How the causes change, by bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseChange {
    /// These, too.
    Add(u32),
    /// These no more.
    Remove(u32),
}

/// What a process is watched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    pub(crate) causes: StopCauses,
    pub(crate) flags: StopFlags,
    pub(crate) stop: Option<CauseStop>,
}

impl Watch {
    /// Nobody watches, and no thread stands.
    pub(crate) const fn is_idle(&self) -> bool {
        self.causes.is_empty() && self.flags.is_empty() && self.stop.is_none()
    }

    /// The kernel must report calls.
    pub(crate) const fn needs_calls(&self) -> bool {
        self.causes.intersects(StopCauses::SCE.union(StopCauses::SCX))
    }

    /// What a set-id image leaves.
    pub(crate) const fn after_set_id(self) -> Self {
        if self.flags.contains(StopFlags::SET_ID) { self } else { Self { stop: self.stop, ..Self::NONE } }
    }

    /// What a child has.
    pub(crate) const fn for_child(self) -> Self {
        if self.flags.contains(StopFlags::FORK) { Self { stop: None, ..self } } else { Self::NONE }
    }

    const NONE: Self = Self { causes: StopCauses::empty(), flags: StopFlags::empty(), stop: None };
}

impl Process {
    /// What PIOCSTATUS tells.
    #[must_use]
    pub fn stop_status(&self) -> StopStatus {
        let events = self.watch.causes.bits().into();
        self.watch.stop.map_or(StopStatus { state: 1, events, ..StopStatus::default() }, |stop| StopStatus {
            state: 0,
            flags: 0,
            events,
            why: stop.cause.bits().cast_signed(),
            tid: stop.tid.raw(),
            value: stop.value.into(),
        })
    }

    /// The record of the present stop.
    #[must_use]
    pub fn cause_record(&self) -> Option<EventRecord> {
        let stop = self.watch.stop?;
        let mut record = EventRecord::new(EventKind::CauseStop, self.pid.raw());
        (record.sequence, record.tid) = (stop.sequence, stop.tid.raw());
        (record.cause, record.value) = (stop.cause.bits(), stop.value.into());
        Some(record)
    }

    /// What PIOCGFL tells.
    #[must_use]
    pub const fn stop_flags(&self) -> StopFlags {
        self.watch.flags
    }

    /// Somebody asked for stops by cause.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        !self.watch.is_idle()
    }

    /// A thread stands by a cause after which there is nothing but its end.
    #[must_use]
    pub(crate) fn ends_by_cause(&self) -> bool {
        self.watch.stop.is_some_and(|stop| stop.ending.is_some())
    }

    /// A thread stands by a cause.
    #[must_use]
    pub const fn is_stopped_by_cause(&self) -> bool {
        self.watch.stop.is_some()
    }
}

impl<K: Kernel> Turn<'_, K> {
    /// PIOCBIS and PIOCBIC: other causes from now on. Bits without a meaning are refused.
    ///
    /// # Errors
    /// ESRCH, EPERM, EBUSY without the debug right; EINVAL.
    pub fn watch(&mut self, opener: Pid, target: Pid, change: CauseChange) -> Result<()> {
        self.may_debug(opener, target)?;
        let (CauseChange::Add(bits) | CauseChange::Remove(bits)) = change;
        let causes = StopCauses::from_bits(bits).ok_or(Errno::EINVAL)?;
        let process = self.process_mut(target).ok_or(Errno::ESRCH)?;
        process.watch.causes.set(causes, matches!(change, CauseChange::Add(_)));
        self.arm(target);
        Ok(())
    }

    /// PIOCSFL.
    ///
    /// # Errors
    /// As [`Turn::watch`]; EPERM for SET_ID without privilege.
    pub fn set_stop_flags(&mut self, opener: Pid, target: Pid, flags: u32) -> Result<()> {
        self.may_debug(opener, target)?;
        let flags = StopFlags::from_bits(flags).ok_or(Errno::EINVAL)?;
        let privileged = self.process(opener).is_some_and(|process| process.credentials.is_privileged());
        if flags.contains(StopFlags::SET_ID) && !privileged {
            return Err(Errno::EPERM);
        }
        self.process_mut(target).ok_or(Errno::ESRCH)?.watch.flags = flags;
        Ok(())
    }

    /// PIOCCONT: sends the signal, then the thread that stands goes on. Without a stop it does nothing, not even that.
    ///
    /// # Errors
    /// As [`Turn::watch`]; EINVAL for no signal's number.
    pub fn continue_cause_stop(&mut self, opener: Pid, target: Pid, signal: i32) -> Result<()> {
        self.may_debug(opener, target)?;
        if self.process(target).is_some_and(|process| process.watch.stop.is_none()) {
            return Ok(());
        }
        let signal = if signal == 0 { None } else { Some(Signal::new(signal).ok_or(Errno::EINVAL)?) };
        if let Some(signal) = signal {
            let info = self.sender_info(opener, signal, proc_abi::siginfo::SI_USER);
            self.send(target, Queued::with(info, signal))?;
        }
        self.release_cause_stop(target);
        Ok(())
    }

    /// Nobody watches any more: the last file is closed.
    pub fn stop_watching(&mut self, target: Pid) {
        let Some(process) = self.process_mut(target) else { return };
        if !process.watch.flags.contains(StopFlags::LINGER) {
            self.forget_watch(target);
        }
    }

    /// It is watched no more, and the thread that stands goes on.
    pub(crate) fn forget_watch(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid).filter(|process| !process.watch.is_idle()) else { return };
        process.watch = Watch { stop: process.watch.stop, ..Watch::default() };
        self.arm(pid);
        self.release_cause_stop(pid);
    }

    /// What a new child has of its parent's.
    pub(crate) fn inherit_watch(&mut self, child: Pid, parent: Option<Pid>) {
        let Some(watch) = parent.and_then(|parent| self.process(parent)).map(|parent| parent.watch.for_child()) else {
            return;
        };
        if let Some(child) = self.process_mut(child) {
            child.watch = watch;
        }
        self.arm(child);
    }

    fn release_cause_stop(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let Some(stop) = process.watch.stop.take() else { return };
        if let Some(thread) = process.thread_mut(stop.tid) {
            thread.passed.insert(stop.cause);
        }
        match stop.ending {
            Some(status) => self.begin_exit(pid, Some(stop.tid), status),
            None => self.run_on(pid),
        }
    }

    /// Whether a parked thread stops here for a cause; once for each time that it comes to a place.
    pub(crate) fn stops_by_cause(&mut self, at: ThreadRef, cause: StopCauses, value: u32) -> bool {
        self.begin_cause_stop(at, cause, value, None)
    }

    /// The same for a signal that is taken and going to kill.
    pub(crate) fn stops_before_core(&mut self, at: ThreadRef, signal: Signal) -> bool {
        let ending = Some(WaitStatus::Killed(signal));
        self.begin_cause_stop(at, StopCauses::CORE, signal.number().cast_unsigned(), ending)
    }

    /// The same for the end of a process.
    pub(crate) fn stops_before_exit(&mut self, pid: Pid, exiter: Option<Tid>, status: WaitStatus) -> bool {
        let Some(tid) = exiter else { return false };
        let value = status.encode().cast_unsigned();
        self.begin_cause_stop(ThreadRef { pid, tid }, StopCauses::EXIT, value, Some(status))
    }

    fn begin_cause_stop(&mut self, at: ThreadRef, cause: StopCauses, value: u32, ending: Option<WaitStatus>) -> bool {
        let Some(process) = self.process_mut(at.pid) else { return false };
        let watched = process.watch.causes.contains(cause) && process.is_alive();
        let passed = process.thread(at.tid).is_none_or(|thread| thread.passed.contains(cause));
        if !watched || passed {
            return false;
        }
        // Only an exit finds another stop: that thread is not going to go on.
        process.sequence = process.sequence.saturating_add(1);
        process.watch.stop = Some(CauseStop { tid: at.tid, cause, value, ending, sequence: process.sequence });
        // Who waits for it need not be a reader, so it is told whether anybody reads or not.
        if let Some(record) = process.cause_record() {
            self.table.effects.tell(Notice::Happened(record));
        }
        true
    }

    /// Whether the place of a report is one that is watched.
    pub(crate) fn stops_at_point(&mut self, at: ThreadRef, point: Point) -> bool {
        let Some(process) = self.process(at.pid).filter(|process| !process.watch.causes.is_empty()) else {
            return false;
        };
        let Some(thread) = process.thread(at.tid) else { return false };
        let call = thread.call;
        let executed = thread.flags.contains(DebugFlags::EXECUTED);
        match point {
            Point::CallEntry => self.stops_by_cause(at, StopCauses::SCE, call.arguments),
            Point::CallExit => {
                (executed && self.stops_by_cause(at, StopCauses::EXEC, 0))
                    || self.stops_by_cause(at, StopCauses::SCX, call.code)
            }
            Point::Start | Point::ChildStart | Point::Trap(_) | Point::Exit | Point::VforkDone | Point::Scan => false,
        }
    }
}
