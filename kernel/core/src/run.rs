//! Delegated runs: a tracer resumes its target and is told of the next stop without a turn of the process server.
//!
//! Decides when that is possible, and that the server has lost nothing when it looks again: the node of the group is linked
//! into its inbox by the first such run, without waking it, so the news come before every message that is younger. While the
//! server works no run is under way. Main types: [`Run`]; entries [`Core::run_call`], [`Core::stop_for_tracer`],
//! [`Core::hand_back`]. Neighbours: `session` (who may), `due` (reports), `receive`; docs/decisions/0006-delegated-stops.md.

use kernel_abi::message::{Kind, Message};
use kernel_abi::run::{RunStop, RunVerb};
use kernel_abi::stop::{Cause, Causes, Reasons};
use zerocopy::{FromZeros, IntoBytes};

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::Waiter;
use crate::frame::shown_registers;
use crate::group::{Group, GroupKey};
use crate::inbox::Item;
use crate::pending::{Outcome, Wait};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::target::{Rights, Subject, Target};
use crate::thread::{Phase, StopRecord, Thread, ThreadKey};

/// By whose word a group runs or stands, as far as its server has not been told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Run {
    /// By the server's.
    #[default]
    Ordered,
    /// It runs because its tracer said so to the kernel.
    UnderWay {
        /// The session by which it does.
        session: u64,
        /// The thread whose stops are the tracer's.
        thread: ThreadKey,
        /// Who waits for the stop, and where the news go.
        waiter: Option<(Waiter, u64)>,
        /// The stop before, unless the server knows it.
        latest: Option<StopRecord>,
    },
    /// It stands by the report of this thread, which the tracer has been told.
    Untold(ThreadKey),
}

impl Run {
    /// The group runs because its tracer said so to the kernel.
    pub(crate) const fn is_under_way(&self) -> bool {
        matches!(self, Self::UnderWay { .. })
    }
}

/// What the server allows a session to do without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leave {
    /// The thread that is stepped and whose stops are told.
    pub(crate) thread: ThreadKey,
    /// The server's name of it.
    pub(crate) label: u64,
}

/// Causes of system-call stops.
const CALLS: Causes = Causes::CALL_ENTRY.union(Causes::CALL_EXIT);

/// A run that may begin: what [`Core::begin_run`] needs, checked.
struct Start {
    thread: ThreadKey,
    server: SchemeKey,
}

impl<M: Machine> Core<M> {
    /// SYS_CALL on a handle on a target: verbs of `RunVerb`.
    pub(crate) fn run_call(
        &mut self,
        key: ThreadKey,
        target: Target,
        payload: (u64, u64),
        [verb, ..]: [u64; 3],
    ) -> Served {
        let Subject::Run { group } = target.subject else {
            return Err(Errno::EOPNOTSUPP);
        };
        let verb = RunVerb::from_raw(verb).ok_or(Errno::EINVAL)?;
        if payload.1 != 0 && payload.1 != size_of::<RunStop>() as u64 {
            return Err(Errno::EINVAL);
        }
        self.check_target(&target, Rights::READ | Rights::WRITE)?;
        if verb == RunVerb::Wait {
            self.check_wait(group, target.session)?;
        } else {
            let start = self.check_run(group, target.session, verb)?;
            self.begin_run(group, target.session, verb, &start);
        }
        if payload.1 == 0 {
            return Ok(Done::Value(0));
        }
        let tag = self.begin_wait(key, Wait::Run);
        if let Some(Run::UnderWay { waiter, .. }) = self.groups.get_mut(group).map(|entry| &mut entry.run) {
            *waiter = Some((Waiter { thread: key, tag }, payload.0));
        }
        Ok(Done::Wait)
    }

    /// A run is under way in this session, and nobody waits for its end yet.
    fn check_wait(&self, group: GroupKey, session: u64) -> Result<(), Errno> {
        let entry = self.groups.get(group).ok_or(Errno::ESRCH)?;
        self.sessions.get(&session).ok_or(Errno::ESTALE)?;
        let Run::UnderWay { session: number, waiter, .. } = entry.run else {
            return Err(Errno::EAGAIN);
        };
        let awaited = waiter.is_some_and(|(waiter, _)| waiter.is_live(&self.threads));
        if awaited || number != session { Err(Errno::EAGAIN) } else { Ok(()) }
    }

    /// The session has collected a trace stop, the server allows runs without it, and a resume means nothing but a resume.
    ///
    /// # Errors
    /// ESRCH, ESTALE; EBUSY: not stopped or not collected; EAGAIN: the run is to be ordered from the server.
    fn check_run(&self, group: GroupKey, session: u64, verb: RunVerb) -> Result<Start, Errno> {
        let entry = self.groups.get(group).ok_or(Errno::ESRCH)?;
        let session = self.sessions.get(&session).ok_or(Errno::ESTALE)?;
        if !entry.reasons.contains(Reasons::TRACE) || session.collected != Some(entry.stop_epoch) {
            return Err(Errno::EBUSY);
        }
        let suits = verb != RunVerb::ToCall || entry.armed.contains(CALLS);
        let alone = entry.reasons == Reasons::TRACE && session.target == group && suits && !entry.run.is_under_way();
        let Some(leave) = session.leave.filter(|_| alone && self.is_idle(entry.server)) else {
            return Err(Errno::EAGAIN);
        };
        // After an attach there is no report: the thread was stopped where it was, in user code or in a call that waits.
        let free = |thread: &Thread| thread.group == group && thread.reasons.is_empty() && thread.due.retire.is_none();
        let accompanied = verb == RunVerb::StepAlone && self.has_others(entry, leave.thread);
        if self.threads.get(leave.thread).is_some_and(free) && !accompanied {
            Ok(Start { thread: leave.thread, server: entry.server })
        } else {
            Err(Errno::EAGAIN)
        }
    }

    /// Threads of the group would run beside this one.
    fn has_others(&self, group: &Group, thread: ThreadKey) -> bool {
        let others = group.threads.iter().filter(|other| **other != thread);
        others.filter_map(|other| self.threads.get(*other)).any(|other| !other.reasons.contains(Reasons::HELD))
    }

    /// The server waits for messages: it has worked off all that happened, so what it allowed still holds.
    fn is_idle(&self, server: SchemeKey) -> bool {
        self.schemes.get(server).is_some_and(|entry| entry.receiver.is_some())
    }

    /// As the server's STEP, CONTINUE and RESUME in one. Cannot fail.
    fn begin_run(&mut self, key: GroupKey, session: u64, verb: RunVerb, start: &Start) {
        let Some(thread) = self.threads.get_mut(start.thread) else {
            return;
        };
        let stop = thread.report;
        if let Some(group) = self.groups.get_mut(key) {
            let latest = stop.filter(|_| matches!(group.run, Run::Untold(_)));
            group.run = Run::UnderWay { session, thread: start.thread, waiter: None, latest };
            if let Some(server) = self.schemes.get_mut(start.server) {
                self.nodes.push(&mut server.queue, group.nodes.run, Item::Delegated(key));
            }
        }
        if matches!(verb, RunVerb::Step | RunVerb::StepAlone) {
            self.set_step(start.thread, true);
        }
        self.continue_group(key, Reasons::TRACE, 1);
        self.resume(start.thread, None);
    }

    /// A thread of a group that runs without the server is parked with a report. True if that was a stop for the tracer,
    /// who is told; false leaves the report to the server.
    pub(crate) fn stop_for_tracer(&mut self, key: ThreadKey, stop: &StopRecord) -> bool {
        let Some((group_key, phase)) = self.threads.get(key).map(|thread| (thread.group, thread.phase)) else {
            return false;
        };
        let Some(group) = self.groups.get_mut(group_key) else {
            return false;
        };
        let Run::UnderWay { session: number, thread, waiter: Some((waiter, place)), .. } = group.run else {
            return false;
        };
        let Some(session) = self.sessions.get_mut(&number) else {
            return false;
        };
        let Some(Leave { label, .. }) = session.leave else {
            return false;
        };
        // A server that has been woken has not seen what another thread did just now.
        let idle = self.schemes.get(group.server).is_some_and(|entry| entry.receiver.is_some());
        let quiet = idle && thread == key && group.reasons.is_empty();
        if !quiet || !is_plain(group, phase, stop) || !waiter.is_live(&self.threads) {
            return false;
        }
        group.reasons = Reasons::TRACE;
        group.stop_epoch = group.stop_epoch.wrapping_add(1);
        group.run = Run::Untold(key);
        session.collected = Some(group.stop_epoch);
        self.tell_tracer(waiter.thread, place, key, RunStop { label, ..told(stop) });
        true
    }

    /// Fills the tracer's payload. A hole in it is its EFAULT, after the stop, as with every copy-out of ptrace.
    fn tell_tracer(&mut self, tracer: ThreadKey, place: u64, stopped: ThreadKey, mut told: RunStop) {
        if let Some(thread) = self.threads.get(stopped) {
            told.registers = shown_registers(&thread.context.registers);
        }
        let space = self.space_of(tracer).ok_or(Errno::ESRCH);
        let result = space.and_then(|space| self.copy_out(space, place, told.as_bytes()));
        let result = result.map(|()| size_of::<RunStop>()).map_err(|errno| errno.0);
        self.complete(tracer, Outcome::Result(kernel_abi::encode_result(result)));
    }

    /// The message for a group that was run; `None` if there is nothing that the server does not know.
    pub(crate) fn compose_delegated(&self, key: GroupKey, message: &mut Message) -> Option<()> {
        let group = self.groups.get(key)?;
        let (thread, stop) = match group.run {
            Run::Ordered => return None,
            Run::UnderWay { thread, latest, .. } => (thread, latest),
            Run::Untold(thread) => (thread, Some(self.threads.get(thread)?.report?)),
        };
        message.kind = Kind::Delegated as u32;
        message.number = stop.map_or(u32::MAX, |stop| stop.cause as u32);
        message.thread = thread.raw();
        message.words = stop.map_or([0; 8], |stop| stop.words);
        message.handle = u64::from(group.run.is_under_way());
        message.length = group.stop_epoch;
        self.stamp_group(message, key);
        Some(())
    }

    /// The server has the news: the group is its own again, and who waits for a run waits by the server's files.
    pub(crate) fn hand_back(&mut self, key: GroupKey) {
        self.end_run(key, Errno::EINPROGRESS);
    }

    /// The server's socket was closed: nobody is left who could take back what it allowed.
    pub(crate) fn end_runs_of(&mut self, server: SchemeKey) {
        for index in 0..self.groups.index_end() {
            let own = self.groups.at_index(index).filter(|(_, group)| group.server == server);
            if let Some(key) = own.map(|(key, _)| key) {
                self.end_run(key, Errno::ENODEV);
            }
        }
        let groups = &self.groups;
        for session in self.sessions.values_mut() {
            if groups.get(session.target).is_none_or(|group| group.server == server) {
                session.leave = None;
            }
        }
    }

    /// Nothing is under way or untold any more; a waiting call ends with `errno`.
    pub(crate) fn end_run(&mut self, key: GroupKey, errno: Errno) {
        let Some(group) = self.groups.get_mut(key) else {
            return;
        };
        if let Run::UnderWay { waiter: Some((waiter, _)), .. } = core::mem::take(&mut group.run)
            && waiter.is_live(&self.threads)
        {
            self.complete(waiter.thread, Outcome::Result(kernel_abi::encode_result(Err(errno.0))));
        }
    }
}

/// A stop that means the same whatever else is the case: a trap with no exit stop before it, or a stop of a call without
/// orders.
fn is_plain(group: &Group, phase: Phase, stop: &StopRecord) -> bool {
    let [_, orders, ..] = stop.words;
    match stop.cause {
        Cause::Step | Cause::Breakpoint | Cause::HardwareBreak => {
            phase == Phase::User || !group.armed.intersects(CALLS)
        }
        Cause::CallEntry => true,
        Cause::CallExit => orders == 0,
        Cause::Fault
        | Cause::ThreadStart
        | Cause::ThreadExit
        | Cause::GroupExit
        | Cause::PostHold
        | Cause::Boundary => false,
    }
}

fn told(stop: &StopRecord) -> RunStop {
    RunStop { cause: stop.cause as u32, words: stop.words, ..RunStop::new_zeroed() }
}
