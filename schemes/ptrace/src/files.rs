//! What the files under `proc:` ask beyond requests: opening, closing, text verbs.
//!
//! Decides who may open what and what happens when a handle goes. Main methods: `open_control`, `close_control`,
//! `judge_sessions`, `text`. Neighbours: `session`, `access`, `wait::take_event`; `proc` keeps the handles themselves.

use kernel_abi::stop::LastClose;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::Signal;
use proc_abi::text::TextVerb;

use crate::access::Caller;
use crate::argument::Arguments;
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::id::{SessionId, Tag};
use crate::kernel::Kernel;
use crate::process::{Flags, Tie};
use crate::queue::Queued;
use crate::request::RequestArguments;
use crate::session::Sharing;
use crate::token::Token;
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
    /// ESRCH, EPERM, EBUSY, ENOMEM. EBUSY also where somebody keeps control to itself, or wants to and is not alone.
    pub fn open_control(&mut self, opener: Pid, target: Pid, sharing: Sharing) -> Result<SessionId> {
        self.may_debug(opener, target)?;
        let traced_by_other = self.live(target)?.is(Flags::TRACED) && !self.is_held_by(opener, target);
        let others = self.table.sessions.is_shared(target, opener) || traced_by_other;
        if self.table.sessions.is_taken(target, opener) || (sharing == Sharing::Exclusive && others) {
            return Err(Errno::EBUSY);
        }
        self.table.sessions.reserve()?;
        let id = match self.table.sessions.find(opener, target) {
            Some(session) => session.id,
            None => self.table.ensure_session(opener, target, LastClose::Run).ok_or(Errno::ESRCH)?,
        };
        if let Some(session) = self.table.sessions.find_mut(opener, target) {
            session.files = session.files.saturating_add(1);
            if sharing == Sharing::Exclusive {
                session.sharing = sharing;
            }
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
        if session.files > 0 {
            return;
        }
        (session.sharing, session.holds) = (Sharing::Shared, false);
        let id = session.id;
        let traced = self.process(target).filter(|process| process.tracing == Some(id) && process.tie == Tie::Files);
        if let Some(last_close) = traced.map(|process| process.last_close) {
            self.lose_tracer(target, last_close);
        }
        self.table.settle_holds(target);
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

    /// The tracer is gone.
    pub(crate) fn lose_tracer(&mut self, target: Pid, policy: LastClose) {
        match policy {
            LastClose::Kill => self.abandon_tracee(target),
            LastClose::Run => self.let_tracee_run(target),
            LastClose::Stop => {
                self.table.set_stop_token(target, Flags::OPERATOR_STOP, Token::Set);
                self.let_tracee_run(target);
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
        let traces = self.is_held_by(opener, target);
        let (request, id, data) = match verb {
            TextVerb::Signal(signal) => return self.text_signal(opener, target, signal),
            TextVerb::Kill if !traces => return self.text_signal(opener, target, proc_abi::signal::SIGKILL),
            TextVerb::Kill => (Request::Kill, target.raw(), 0),
            TextVerb::Attach => (Request::Attach, target.raw(), 0),
            TextVerb::Detach(signal) => (Request::Detach, target.raw(), number(signal)),
            TextVerb::Continue(None) if !traces => (Request::OperatorContinue, target.raw(), 0),
            TextVerb::Continue(signal) => (Request::Continue, target.raw(), number(signal)),
            TextVerb::Step(tid) => (Request::Step, tid.map_or(target.raw(), |tid| tid.raw()), 0),
            TextVerb::Suspend(tid) => (Request::Suspend, tid.raw(), 0),
            TextVerb::Resume(tid) => (Request::Resume, tid.raw(), 0),
            TextVerb::Stop => (Request::OperatorStop, target.raw(), 0),
            TextVerb::Hold => (Request::Hold, target.raw(), 0),
            TextVerb::Release => (Request::Release, target.raw(), 0),
            TextVerb::OnClose(last_close) => (Request::OnClose, target.raw(), last_close as i32),
        };
        self.check_member(target, id)?;
        let asked = RequestArguments { number: request.raw(), id, address: 1, data };
        // None of these requests reads or writes arguments; a tag that names no call would fail if one did.
        let caller = Caller { pid: opener, tid: None };
        self.request(caller, asked, &mut Arguments::Call(Tag(0)))?;
        if verb == TextVerb::Attach {
            self.choose_last_close(target, LastClose::Run);
        }
        Ok(())
    }

    /// What becomes of a traced process when its tracer leaves or dies.
    pub(crate) fn choose_last_close(&mut self, target: Pid, last_close: LastClose) {
        let Some(process) = self.process_mut(target) else { return };
        process.last_close = last_close;
        if let Some(session) = process.tracing {
            self.table.set_last_close(session, last_close);
        }
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

    /// It is traced, and this is its tracer.
    pub(crate) fn is_held_by(&self, opener: Pid, target: Pid) -> bool {
        self.process(target).is_some_and(|process| process.is(Flags::TRACED) && process.parent == Some(opener))
    }

    fn text_signal(&mut self, opener: Pid, target: Pid, signal: Signal) -> Result<()> {
        let process = self.live(target)?;
        self.may_signal(opener, process, Some(signal))?;
        let info = self.sender_info(opener, signal, proc_abi::siginfo::SI_USER);
        self.send(target, Queued::with(info, signal))
    }
}
