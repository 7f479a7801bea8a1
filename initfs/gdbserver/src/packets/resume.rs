//! vCont, c, C, s, S: orders to run.
//!
//! Decides which thread does what: the first action that names a thread is its own, a thread without one stays where it is.
//! Something that happened and was not told is told instead of running. Methods of [`Engine`]. Neighbours: `run` does it.

use super::{Answer, MALFORMED, text};
use crate::engine::{Engine, NOBODY, Owed};
use crate::process::{Phase, Plan, Step};
use crate::report::{Reason, Report};
use crate::signal::from_client;
use crate::system::{Extent, Outcome, System};
use crate::text::{Reader, Text};
use crate::thread_id::{ThreadId, Which};
use alloc::vec::Vec;
use core::ops::Range;
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::Signal;

/// What a thread is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Action {
    /// Run on, or step through these addresses (an empty range is one instruction).
    step: Option<Range<u64>>,
    signal: Option<Signal>,
    who: ThreadId,
}

fn action(packet: &[u8]) -> Option<Action> {
    let mut reader = Reader::new(packet);
    let letter = reader.byte()?;
    let mut signal = None;
    let step = match letter {
        b'c' => None,
        b's' => Some(0..0),
        b'C' | b'S' => {
            signal = from_client(u8::try_from(reader.number()?).ok()?);
            (letter == b'S').then_some(0..0)
        }
        b'r' => {
            let (start, end) = reader.pair()?;
            Some(start..end)
        }
        _ => return None,
    };
    let who = if reader.take(":").is_some() { ThreadId::parse(&mut reader)? } else { ThreadId::ALL };
    reader.is_empty().then_some(Action { step, signal, who })
}

impl<S: System> Engine<S> {
    /// vCont.
    pub(super) fn resume_threads(&mut self, reader: Reader<'_>) -> Answer {
        let parts = reader.rest().split(|&byte| byte == b';');
        let actions: Vec<Action> = parts.map(action).collect::<Option<_>>().ok_or(MALFORMED)?;
        self.resume(&actions)
    }

    /// The old packets, which clients without vCont send: about the selected process.
    pub(super) fn resume_plainly(&mut self, packet: &[u8]) -> Answer {
        let packet = packet.split(|&byte| byte == b';').next().unwrap_or_default();
        let (pid, tid) = self.general.ok_or(NOBODY)?;
        let mut first = action(packet).ok_or(MALFORMED)?;
        first.who = ThreadId { process: Which::One(pid), thread: Which::One(tid) };
        let others =
            Action { step: None, signal: None, who: ThreadId { process: Which::One(pid), thread: Which::All } };
        self.resume(&[first, others])
    }

    fn resume(&mut self, actions: &[Action]) -> Answer {
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        let meant = |pid: &Pid| actions.iter().any(|action| action.who.process.covers(pid));
        for &pid in pids.iter().filter(|pid| meant(pid)) {
            if let Some(report) = self.untold(pid) {
                return text(self.deliver(pid, report));
            }
        }
        let mut failure = None;
        for &pid in pids.iter().filter(|pid| meant(pid)) {
            if let Err(refused) = self.resume_process(pid, actions) {
                failure = Some(refused);
            }
        }
        if self.processes.iter().any(|process| process.phase == Phase::Running) {
            self.owed = Owed::Stop;
            return Ok(super::Reply::Later);
        }
        match failure {
            Some(failure) => Err(failure),
            None if self.client.no_resumed => text(Text::from("N")),
            None => Err(NOBODY),
        }
    }

    /// What happened to a process while nobody listened; a breakpoint that was deleted since has not happened.
    fn untold(&mut self, pid: Pid) -> Option<Report> {
        let process = self.find(pid)?;
        let report = process.pending.take()?;
        if let Report::Stopped { thread, reason: Reason::SoftwareBreak, .. } = report {
            let (process, system) = self.process(pid).ok()?;
            let pc = process.general(system, thread).ok()?.rip;
            return process.code.wants(pc).then_some(report);
        }
        Some(report)
    }

    fn resume_process(&mut self, pid: Pid, actions: &[Action]) -> Outcome<()> {
        let (process, system) = self.process(pid)?;
        if process.phase == Phase::Running {
            return Ok(());
        }
        let threads = if names_all(actions, pid) { Vec::new() } else { process.thread_ids(system)? };
        let of = |tid: Tid| actions.iter().find(|action| action.who.covers(pid, tid));
        let hold: Vec<Tid> = threads.iter().copied().filter(|&tid| of(tid).is_none()).collect();
        if !threads.is_empty() && hold.len() == threads.len() {
            return Ok(());
        }
        let reporter = process.reporter;
        // An action that names a thread, or one for all, which is the reporter's.
        let acting = |action: &Action| match action.who.thread {
            Which::One(tid) => action.who.process.covers(&pid).then_some(tid),
            Which::All | Which::Any => (of(reporter) == Some(action)).then_some(reporter),
        };
        let step = actions.iter().find_map(|action| {
            let range = action.step.clone()?;
            Some(Step { thread: acting(action)?, range })
        });
        let signal = actions.iter().find_map(|action| Some((acting(action)?, action.signal?)));
        process.plan = Plan { step, hold };
        process.armed = None;
        process.over = None;
        let (thread, extent) = match (&process.plan.step, signal) {
            (Some(step), _) => (step.thread, Extent::OneInstruction),
            (None, Some((tid, _))) => (tid, Extent::Onward),
            (None, None) => (reporter, Extent::Onward),
        };
        self.run(pid, thread, extent, signal.map(|signal| signal.1))
    }
}

/// Whether every thread of a process has an action, without looking at its threads.
fn names_all(actions: &[Action], pid: Pid) -> bool {
    actions.iter().any(|action| action.who.process.covers(&pid) && !matches!(action.who.thread, Which::One(_)))
}

#[cfg(test)]
mod tests {
    use super::{Action, action};
    use crate::thread_id::ThreadId;
    use proc_abi::signal::{SIGINT, SIGUSR1};

    #[test]
    fn actions_are_read() {
        let all = |step, signal| Some(Action { step, signal, who: ThreadId::ALL });
        assert_eq!(action(b"c"), all(None, None));
        assert_eq!(action(b"S02"), all(Some(0..0), Some(SIGINT)));
        assert_eq!(action(b"C1e:p-1.-1"), all(None, Some(SIGUSR1)));
        assert_eq!(action(b"r10,20"), all(Some(0x10..0x20), None));
        for wrong in [&b""[..], b"x", b"C", b"r10", b"c:", b"cc", b"s:p1.1"] {
            assert_eq!(action(wrong), None, "{wrong:?}");
        }
    }
}
