//! What an outsider remembers of a history, to compare with what the state machine does: it looks at answers, not at flags.
//!
//! Decides four rules over time. A thread that was suspended does not run before it is resumed or its tracing ends. A death
//! is told to nobody twice. The session of a tracing ends with it, and so do the handles that were opened for it. Whoever becomes somebody else in an exec gets a new incarnation, which ends handles in the
//! kernel, and leaves no session to one who could not open one now. Main type: [`Ledger`]. Neighbours: `explorer` and
//! `random` call [`World::note`] after each act that has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::text::TextVerb;
use proc_abi::wait::WaitStatus;

use super::alphabet::{Act, Whom};
use super::script::Cast;
use super::world::{BUFFER, World};
use crate::{Flags, KernelThread, Process};

/// What is remembered.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// Kernel threads that the debugger holds.
    held: BTreeSet<u64>,
    /// Whose deaths the debugger was told by wait.
    deaths: BTreeSet<i32>,
    /// The session that the target was traced with.
    traced: Option<u64>,
    /// Effective user and incarnation of each kernel group.
    identities: BTreeMap<u64, (u32, u64)>,
}

impl Ledger {
    /// Another process has this id from now on.
    pub(super) fn forget(&mut self, pid: i32) {
        self.deaths.remove(&pid);
    }
}

impl World {
    /// Remembers what an act led to, and compares; nothing is under way.
    pub(super) fn note(&mut self, cast: Cast, act: Act) {
        match act {
            Act::Ask(request @ (Request::Suspend | Request::Resume), whom, _) => self.note_hold(cast, request, whom),
            Act::Wait => self.note_wait(cast),
            // The target may be traced anew when this comes to rest, by its own wish.
            Act::Ask(Request::Detach, ..) if self.succeeded(cast.debugger).is_some() => self.ledger.held.clear(),
            Act::Text(TextVerb::Detach(_)) | Act::CloseControl => self.ledger.held.clear(),
            _ => {}
        }
        self.check_holds();
        self.check_tracing(cast);
        self.check_identities();
    }

    /// What must be told apart though the table is the same.
    pub(super) fn remembered(&self) -> impl std::hash::Hash + use<> {
        self.ledger.held.clone()
    }

    fn check_tracing(&mut self, cast: Cast) {
        let process = Pid::new(cast.target).and_then(|pid| self.table.get(pid));
        let now = process.and_then(|process| process.tracing).map(|session| session.0);
        if let Some(before) = self.ledger.traced.filter(|before| now != Some(*before)) {
            assert!(!self.model.sessions.contains_key(&before), "authority outlives its tracing");
        }
        self.ledger.traced = now;
    }

    fn succeeded(&self, pid: i32) -> Option<usize> {
        let thread = self.nth(pid, 0).filter(|thread| self.model.in_user(*thread))?;
        self.result(thread).ok()
    }

    fn note_hold(&mut self, cast: Cast, request: Request, whom: Whom) {
        if self.succeeded(cast.debugger).is_none() {
            return;
        }
        let process = Pid::new(cast.target).and_then(|pid| self.table.get(pid));
        let thread = match (process, whom) {
            (Some(process), Whom::Process) => process.default_thread().and_then(|tid| process.thread(tid)),
            (Some(process), Whom::SecondThread) => process.threads.get(1),
            (Some(process), Whom::Newest) => process.threads.last(),
            (None, _) => None,
        };
        let Some(kernel) = thread.map(|thread| thread.kernel.0) else { return };
        if request == Request::Suspend {
            self.ledger.held.insert(kernel);
        } else {
            self.ledger.held.remove(&kernel);
        }
    }

    fn note_wait(&mut self, cast: Cast) {
        let told = self.succeeded(cast.debugger).filter(|pid| *pid == cast.target as usize);
        let status = told.and_then(|_| WaitStatus::decode(self.peek_int(cast.debugger, BUFFER)));
        if matches!(status, Some(WaitStatus::Exited(_) | WaitStatus::Killed(_) | WaitStatus::Dumped(_))) {
            assert!(self.ledger.deaths.insert(cast.target), "a death is told twice");
        }
    }

    /// Only what is traced and alive can be held.
    fn check_holds(&mut self) {
        let held = std::mem::take(&mut self.ledger.held);
        let traced = |thread: &u64| {
            let at = self.table.find_thread(KernelThread(*thread));
            at.and_then(|at| self.table.get(at.pid)).is_some_and(|process| process.is(Flags::TRACED))
        };
        let held: BTreeSet<u64> = held.into_iter().filter(traced).collect();
        for thread in &held {
            assert!(!self.model.in_user(*thread), "thread {thread} runs with a hold");
        }
        self.ledger.held = held;
    }

    fn check_identities(&mut self) {
        let mut identities = BTreeMap::new();
        for pid in self.table.pids() {
            let Some(process) = self.table.get(*pid).filter(|process| process.is_alive()) else { continue };
            let now = (process.credentials.user.effective, self.model.groups[&process.group.0].incarnation);
            if let Some(before) = self.ledger.identities.get(&process.group.0).filter(|before| before.0 != now.0) {
                assert!(now.1 > before.1, "{pid:?} is somebody else, and old handles do not know");
                self.check_sessions_on(process);
            }
            identities.insert(process.group.0, now);
        }
        self.ledger.identities = identities;
    }

    /// Who may look into a privileged process is privileged.
    fn check_sessions_on(&self, process: &Process) {
        let sessions = (0..).map_while(|index| self.table.sessions.at(index));
        for session in sessions.filter(|session| session.target == process.pid) {
            let opener = self.table.get(session.opener).map_or(u32::MAX, |opener| opener.credentials.user.effective);
            assert_eq!(opener, 0, "authority outlives the exec of a privileged image");
        }
        for (id, (group, _)) in &self.model.sessions {
            let known = (0..).map_while(|index| self.table.sessions.at(index)).any(|session| session.id.0 == *id);
            assert!(*group != process.group.0 || known, "the kernel keeps authority that nobody has");
        }
    }
}
