//! What the files under `proc:` ask beyond requests: opening, closing, text verbs.
//!
//! Decides who may open what and what happens when a handle goes. Main methods: `open_control`, `close_control`,
//! `judge_sessions`, `text`. Neighbours: `session`, `access`, `wait::take_event`; `proc` keeps the handles themselves.

use kernel_abi::stop::{LastClose, Reasons};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::Signal;
use proc_abi::text::TextVerb;

use crate::access::Caller;
use crate::argument::Arguments;
use crate::effect::{Effect, StopNews};
use crate::errno::{Errno, Result};
use crate::id::{SessionId, Tag};
use crate::kernel::Kernel;
use crate::process::{Flags, Process, Tie};
use crate::queue::Queued;
use crate::request::RequestArguments;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Whether `opener` may read a process's memory and registers: the debug right.
    ///
    /// # Errors
    /// ESRCH, EPERM, EBUSY.
    pub fn check_debug(&self, opener: Pid, target: Pid) -> Result<()> {
        self.may_debug(opener, target)
    }

    /// A control file of `target` is opened; gives the session that its handles belong to.
    ///
    /// # Errors
    /// ESRCH, EPERM, EBUSY, ENOMEM.
    pub fn open_control(&mut self, opener: Pid, target: Pid) -> Result<SessionId> {
        self.may_debug(opener, target)?;
        self.table.sessions.reserve()?;
        let id = match self.table.sessions.find(opener, target) {
            Some(session) => session.id,
            None => self.table.ensure_session(opener, target, LastClose::Run).ok_or(Errno::ESRCH)?,
        };
        if let Some(session) = self.table.sessions.find_mut(opener, target) {
            session.files = session.files.saturating_add(1);
        }
        Ok(id)
    }

    /// The session of a pair, if there is one: what a handle on the target is made for.
    #[must_use]
    pub fn session(&self, opener: Pid, target: Pid) -> Option<SessionId> {
        self.table.sessions.find(opener, target).map(|session| session.id)
    }

    /// A control file was closed for the last time. A tracer that came by files leaves with its last one; one that came by
    /// ptrace(2) only used them.
    pub fn close_control(&mut self, opener: Pid, target: Pid) {
        let Some(session) = self.table.sessions.find_mut(opener, target) else { return };
        session.files = session.files.saturating_sub(1);
        let (last, id) = (session.files == 0, session.id);
        if !last {
            return;
        }
        let traced = self.process(target).filter(|process| process.tracing == Some(id));
        if let Some(tie) = traced.map(|process| process.tie).filter(|tie| *tie != Tie::Call) {
            self.lose_tracer(target, tie.policy());
        }
        self.table.drop_idle_session(opener, target);
    }

    /// The kernel fired a session's bond: its tracer's group is gone.
    pub fn session_lost(&mut self, id: SessionId, policy: LastClose) {
        let Some(session) = self.table.sessions.by_id(id).copied() else { return };
        self.table.forget_session(id);
        if self.process(session.target).and_then(|process| process.tracing) == Some(id) {
            self.lose_tracer(session.target, policy);
        }
    }

    fn lose_tracer(&mut self, target: Pid, policy: LastClose) {
        match policy {
            LastClose::Kill => self.abandon_tracee(target),
            LastClose::Run => self.let_tracee_run(target),
            LastClose::Stop => {
                self.let_tracee_run(target);
                self.set_operator_stop(target, Operator::Set);
            }
        }
    }

    /// Judges every session of a process whose credentials changed: one that would not be granted now ends. A tracer stays
    /// the one who waits.
    pub(crate) fn judge_sessions(&mut self, pid: Pid) {
        let mut after = SessionId(0);
        while let Some(session) = self.table.sessions.next_after(pid, after) {
            after = session.id;
            if self.may_debug(session.opener, session.target).is_ok() {
                continue;
            }
            let tracing = self.process(session.target).is_some_and(|process| process.tracing == Some(session.id));
            self.order(Effect::SessionEnd { session: session.id });
            self.table.forget_session(session.id);
            if let Some(process) = self.process_mut(session.target).filter(|_| tracing) {
                process.tracing = None;
            }
        }
    }

    /// A one-line verb written to `ctl`.
    ///
    /// # Errors
    /// Those of the request it stands for.
    pub fn text(&mut self, opener: Pid, target: Pid, verb: TextVerb) -> Result<()> {
        let number = |signal: Option<Signal>| signal.map_or(0, Signal::number);
        match verb {
            TextVerb::Stop => return self.operator(opener, target, Operator::Set),
            TextVerb::Continue(None) if !self.is_held_by(opener, target) => {
                return self.operator(opener, target, Operator::Clear);
            }
            TextVerb::Signal(signal) => return self.text_signal(opener, target, signal),
            TextVerb::Kill if !self.is_held_by(opener, target) => {
                return self.text_signal(opener, target, proc_abi::signal::SIGKILL);
            }
            _ => {}
        }
        let (request, id, data) = match verb {
            TextVerb::Attach => (Request::Attach, target.raw(), 0),
            TextVerb::Detach(signal) => (Request::Detach, target.raw(), number(signal)),
            TextVerb::Continue(signal) => (Request::Continue, target.raw(), number(signal)),
            TextVerb::Step(tid) => (Request::Step, tid.map_or(target.raw(), |tid| tid.raw()), 0),
            TextVerb::Suspend(tid) => (Request::Suspend, tid.raw(), 0),
            TextVerb::Resume(tid) => (Request::Resume, tid.raw(), 0),
            TextVerb::Kill | TextVerb::Stop | TextVerb::Signal(_) => (Request::Kill, target.raw(), 0),
        };
        self.check_member(target, id)?;
        let asked = RequestArguments { number: request.raw(), id, address: 1, data };
        // None of these requests reads or writes arguments; a tag that names no call would fail if one did.
        let caller = Caller { pid: opener, tid: None };
        self.request(caller, asked, &mut Arguments::Call(Tag(0)))?;
        if let Some(process) = self.process_mut(target).filter(|_| verb == TextVerb::Attach) {
            process.tie = Tie::Text;
        }
        Ok(())
    }

    /// A record on `target`'s control file names the process or one of its threads; 0 is the process.
    ///
    /// # Errors
    /// ESRCH.
    pub fn check_member(&self, target: Pid, id: i32) -> Result<i32> {
        if id == 0 || id == target.raw() {
            return Ok(target.raw());
        }
        let process = self.process(target).ok_or(Errno::ESRCH)?;
        let member = process.threads.iter().any(|thread| thread.tid.raw() == id);
        if member { Ok(id) } else { Err(Errno::ESRCH) }
    }

    fn is_held_by(&self, opener: Pid, target: Pid) -> bool {
        self.process(target).is_some_and(|process| process.is(Flags::TRACED) && process.parent == Some(opener))
    }

    fn text_signal(&mut self, opener: Pid, target: Pid, signal: Signal) -> Result<()> {
        let process = self.live(target)?;
        self.may_signal(opener, process, Some(signal))?;
        let info = self.sender_info(opener, signal, proc_abi::siginfo::SI_USER);
        self.send(target, Queued::with(info, signal))
    }

    fn operator(&mut self, opener: Pid, target: Pid, operator: Operator) -> Result<()> {
        self.may_debug(opener, target)?;
        self.set_operator_stop(target, operator);
        Ok(())
    }

    fn set_operator_stop(&mut self, target: Pid, operator: Operator) {
        let Some(process) = self.process_mut(target).filter(|process| process.is_alive()) else { return };
        let group = process.group;
        let reasons = Reasons::OPERATOR;
        match operator {
            Operator::Set => {
                process.flags.insert(Flags::OPERATOR_STOP);
                self.order(Effect::Stop { group, reasons, news: StopNews::Awaited });
            }
            Operator::Clear if process.is(Flags::OPERATOR_STOP) => {
                process.flags.remove(Flags::OPERATOR_STOP);
                process.raise_epoch();
                self.order(Effect::Continue { group, reasons });
            }
            Operator::Clear => {}
        }
    }
}

/// The unowned stop token of `ctl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Set,
    Clear,
}

impl Process {
    /// Our own order raises the kernel's stop epoch.
    pub(crate) const fn raise_epoch(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
    }
}
