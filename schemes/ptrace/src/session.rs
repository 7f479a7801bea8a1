//! Sessions: one debugger's authority over one process, as the kernel's handles and bonds know it.
//!
//! Decides when a session begins, is traced with, and ends. Main types: [`Sessions`], [`Session`]. Neighbours:
//! `request::control` attaches and detaches, `files` opens and closes, `exit` and `exec` end sessions. A session is idle or
//! traced with. The kernel is told of every change, so that handles die with their session even if this server is slow.

use alloc::vec::Vec;

use kernel_abi::stop::LastClose;
use proc_abi::id::Pid;

use crate::delegate::Leave;
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, SessionId};
use crate::table::Processes;

/// One session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    /// The kernel's name of it, also on every handle.
    pub(crate) id: SessionId,
    /// The debugger.
    pub(crate) opener: Pid,
    /// Whom it debugs.
    pub(crate) target: Pid,
    /// Control files that are open for it.
    pub(crate) files: u32,
    /// Whether it may run the target without this server.
    pub(crate) leave: Leave,
    /// What its bond does.
    pub(crate) last_close: LastClose,
    /// Whether others may have control files, too.
    pub(crate) sharing: Sharing,
    /// Its stop token is set.
    pub(crate) holds: bool,
}

/// Whether control of a process is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// Others may open control files.
    Shared,
    /// None may, and none may attach (`O_EXCL`).
    Exclusive,
}

/// All sessions, ordered by nothing in particular; there are as many as debuggers have targets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions {
    list: Vec<Session>,
    last: u64,
    /// One of them may have asked for leave to run its target.
    asked: bool,
}

impl Sessions {
    /// The session of this pair.
    #[must_use]
    pub(crate) fn find(&self, opener: Pid, target: Pid) -> Option<&Session> {
        self.list.iter().find(|session| session.opener == opener && session.target == target)
    }

    /// The session that the kernel names so.
    #[must_use]
    pub(crate) fn by_id(&self, id: SessionId) -> Option<&Session> {
        self.list.iter().find(|session| session.id == id)
    }

    pub(crate) fn find_mut(&mut self, opener: Pid, target: Pid) -> Option<&mut Session> {
        self.list.iter_mut().find(|session| session.opener == opener && session.target == target)
    }

    /// By place in the list.
    #[must_use]
    pub(crate) fn at(&self, index: usize) -> Option<&Session> {
        self.list.get(index)
    }

    pub(crate) fn at_mut(&mut self, index: usize) -> Option<&mut Session> {
        self.list.get_mut(index)
    }

    /// One of them may have asked for leave to run its target.
    #[must_use]
    pub(crate) const fn has_runs(&self) -> bool {
        self.asked
    }

    /// One of them asks.
    pub(crate) const fn note_run(&mut self) {
        self.asked = true;
    }

    /// All were looked at: those that are left may be asking for nothing.
    pub(crate) fn recount_runs(&mut self) {
        self.asked = self.list.iter().any(|session| session.leave != Leave::Unasked);
    }

    /// Another session is held on this process.
    #[must_use]
    pub(crate) fn are_others_on(&self, target: Pid, own: SessionId) -> bool {
        self.next_of_target(target, Some(own)).is_some()
    }

    /// Room for one more.
    pub(crate) fn reserve(&mut self) -> Result<()> {
        self.list.try_reserve(1).map_err(|_| Errno::ENOMEM)
    }

    fn fresh(&mut self) -> SessionId {
        self.last = self.last.saturating_add(1);
        SessionId(self.last)
    }

    fn remove(&mut self, id: SessionId) {
        self.list.retain(|session| session.id != id);
    }

    /// Somebody else keeps control of this process to itself.
    pub(crate) fn is_taken(&self, target: Pid, from: Pid) -> bool {
        let mut others = self.list.iter().filter(|session| session.target == target && session.opener != from);
        others.any(|session| session.sharing == Sharing::Exclusive)
    }

    /// Somebody else has control files of this process.
    pub(crate) fn is_shared(&self, target: Pid, with: Pid) -> bool {
        let mut others = self.list.iter().filter(|session| session.target == target && session.opener != with);
        others.any(|session| session.files > 0)
    }

    /// Who holds this process by a stop token of its own.
    pub(crate) fn holders(&self, target: Pid) -> impl Iterator<Item = Pid> {
        let of_target = self.list.iter().filter(move |session| session.target == target && session.holds);
        of_target.map(|session| session.opener)
    }

    fn next_of(&self, pid: Pid) -> Option<SessionId> {
        self.list.iter().find(|session| session.opener == pid || session.target == pid).map(|session| session.id)
    }

    /// The next session that this process takes part in, by number.
    pub(crate) fn next_after(&self, pid: Pid, after: SessionId) -> Option<Session> {
        let part = self.list.iter().filter(|session| session.opener == pid || session.target == pid);
        part.filter(|session| session.id > after).min_by_key(|session| session.id).copied()
    }

    fn next_of_target(&self, target: Pid, except: Option<SessionId>) -> Option<SessionId> {
        let mut of_target = self.list.iter().filter(|session| session.target == target);
        of_target.find(|session| Some(session.id) != except).map(|session| session.id)
    }
}

impl Processes {
    fn group_of(&self, pid: Pid) -> Option<KernelGroup> {
        self.get(pid).map(|process| process.group)
    }

    /// The session of this pair with this policy, made if there is none; room must have been reserved.
    pub(crate) fn ensure_session(&mut self, opener: Pid, target: Pid, last_close: LastClose) -> Option<SessionId> {
        let (group, tracer) = (self.group_of(target)?, self.group_of(opener)?);
        if let Some(id) = self.sessions.find(opener, target).map(|session| session.id) {
            self.set_last_close(id, last_close);
            return Some(id);
        }
        let session = self.sessions.fresh();
        let (sharing, holds, leave) = (Sharing::Shared, false, Leave::Unasked);
        self.sessions.list.push(Session { id: session, opener, target, files: 0, last_close, sharing, holds, leave });
        self.effects.push(Effect::SessionOpen { group, session, tracer, last_close });
        Some(session)
    }

    /// Chooses what the kernel does with the target if the tracer dies.
    pub(crate) fn set_last_close(&mut self, id: SessionId, last_close: LastClose) {
        let mut of_id = self.sessions.list.iter_mut().filter(|session| session.id == id);
        if let Some(session) = of_id.next().filter(|session| session.last_close != last_close) {
            session.last_close = last_close;
            self.effects.push(Effect::SessionPolicy { session: id, last_close });
        }
    }

    /// Ends the authority of a session; its control files stay, so an idle one takes its place if there are any.
    pub(crate) fn renew_session(&mut self, id: SessionId) {
        let Some(session) = self.sessions.by_id(id).copied() else { return };
        self.effects.push(Effect::SessionEnd { session: id });
        if session.files == 0 {
            self.forget_session(id);
            return;
        }
        let (Some(group), Some(tracer)) = (self.group_of(session.target), self.group_of(session.opener)) else {
            return;
        };
        let fresh = self.sessions.fresh();
        if let Some(session) = self.sessions.find_mut(session.opener, session.target) {
            (session.id, session.leave, session.last_close) = (fresh, Leave::Unasked, LastClose::Run);
        }
        self.effects.push(Effect::SessionOpen { group, session: fresh, tracer, last_close: LastClose::Run });
    }

    /// Forgets a session that the kernel has ended; its stop token goes with it.
    pub(crate) fn forget_session(&mut self, id: SessionId) {
        let target = self.sessions.by_id(id).map(|session| session.target);
        self.sessions.remove(id);
        if let Some(target) = target {
            self.settle_holds(target);
        }
    }

    fn end_session(&mut self, id: SessionId) {
        self.forget_session(id);
        self.effects.push(Effect::SessionEnd { session: id });
    }

    /// Ends every session that this process holds or that is held on it.
    pub(crate) fn end_sessions_of(&mut self, pid: Pid) {
        while let Some(id) = self.sessions.next_of(pid) {
            self.end_session(id);
        }
    }

    /// Ends every session on this process but the tracer's.
    pub(crate) fn end_sessions_on(&mut self, target: Pid, except: Option<SessionId>) {
        while let Some(id) = self.sessions.next_of_target(target, except) {
            self.end_session(id);
        }
    }

    /// Ends a session that nobody uses any more: no control file, not traced with.
    pub(crate) fn drop_idle_session(&mut self, opener: Pid, target: Pid) {
        let Some(session) = self.sessions.find(opener, target).copied() else { return };
        let traced = self.get(target).and_then(|process| process.tracing) == Some(session.id);
        if session.files == 0 && !traced {
            self.end_session(session.id);
        }
    }
}
