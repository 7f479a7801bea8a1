//! H, T, qfThreadInfo, qThreadExtraInfo: threads by name.
//!
//! Decides which thread packets without a name are about. Hc is taken and has no effect: vCont names its threads. Methods of
//! [`Engine`]. Neighbours: `transfer::threads` has the same list as XML.

use super::{Answer, need, text};
use crate::engine::{Engine, NOBODY};
use crate::system::{Outcome, System};
use crate::text::{Reader, Text};
use crate::thread_id::{ThreadId, Which};
use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};
use proc_abi::status::{ThreadState, ThreadStatus};

impl<S: System> Engine<S> {
    /// H.
    pub(super) fn select(&mut self, mut reader: Reader<'_>) -> Answer {
        let kind = need(reader.byte())?;
        let who = need(ThreadId::parse(&mut reader))?;
        if kind == b'g' {
            self.general = self.resolve(who)?;
        }
        Self::okay()
    }

    /// The thread meant; with `any` the one that reported last. None if there is no process and none is asked for.
    fn resolve(&mut self, who: ThreadId) -> Outcome<Option<(Pid, Tid)>> {
        let pid = match (who.process, who.thread) {
            (Which::One(pid), _) => Some(pid),
            (_, Which::One(tid)) => Some(self.owner(tid)?),
            _ => self.general.map(|general| general.0),
        };
        let Some(pid) = pid else { return Ok(None) };
        let general = self.general;
        let (process, system) = self.process(pid)?;
        let tid = match who.thread {
            Which::One(tid) if tid == process.reporter => tid,
            Which::One(tid) => process.thread_ids(system)?.into_iter().find(|&one| one == tid).ok_or(NOBODY)?,
            Which::All | Which::Any => {
                general.filter(|general| general.0 == pid).map_or(process.reporter, |general| general.1)
            }
        };
        Ok(Some((pid, tid)))
    }

    /// The process that a thread is of.
    fn owner(&mut self, tid: Tid) -> Outcome<Pid> {
        for process in &mut self.processes {
            if process.thread_ids(&mut self.system)?.contains(&tid) {
                return Ok(process.pid);
            }
        }
        Err(NOBODY)
    }

    /// T.
    pub(super) fn is_alive(&mut self, mut reader: Reader<'_>) -> Answer {
        let who = need(ThreadId::parse(&mut reader))?;
        self.resolve(who)?.ok_or(NOBODY)?;
        Self::okay()
    }

    /// Every thread of every process.
    pub(super) fn all_threads(&mut self) -> Vec<(Pid, ThreadStatus)> {
        let mut all = Vec::new();
        for process in &mut self.processes {
            let pid = process.pid;
            // A process that is gone has none.
            let threads = process.threads(&mut self.system).unwrap_or_default();
            all.extend(threads.iter().map(|thread| (pid, *thread)));
        }
        all
    }

    /// qfThreadInfo.
    pub(super) fn list_threads(&mut self) -> Answer {
        let naming = self.client.naming;
        let mut reply = Text::default();
        for (pid, thread) in self.all_threads() {
            let Some(tid) = Tid::new(thread.tid) else { continue };
            reply.add(format_args!("{}", if reply.0.is_empty() { "m" } else { "," }));
            naming.add(&mut reply, pid, tid);
        }
        text(if reply.0.is_empty() { Text::from("l") } else { reply })
    }

    /// qThreadExtraInfo.
    pub(super) fn thread_extra(&mut self, mut reader: Reader<'_>) -> Answer {
        let who = need(ThreadId::parse(&mut reader))?;
        let (_, tid) = self.resolve(who)?.ok_or(NOBODY)?;
        let thread = self.all_threads().into_iter().find(|thread| thread.1.tid == tid.raw()).ok_or(NOBODY)?;
        let mut reply = Text::default();
        reply.add_hex(name(&thread.1).as_bytes()).add_hex(b" ").add_hex(state(&thread.1).as_bytes());
        text(reply)
    }
}

/// A thread's name.
pub(super) fn name(thread: &ThreadStatus) -> &str {
    let name = thread.name.split(|&byte| byte == 0).next().unwrap_or_default();
    core::str::from_utf8(name).unwrap_or("?")
}

/// What a thread was doing when everything stopped.
pub(super) fn state(thread: &ThreadStatus) -> &'static str {
    const STATES: [(ThreadState, &str); 5] = [
        (ThreadState::Running, "running"),
        (ThreadState::Waiting, "waiting"),
        (ThreadState::Stopped, "stopped"),
        (ThreadState::Reporting, "reporting"),
        (ThreadState::Dying, "dying"),
    ];
    STATES.iter().find(|row| row.0 as u32 == thread.state).map_or("", |row| row.1)
}
