//! One process under control: whether it runs, what it last told, and what is known of it while it is stopped.
//!
//! Decides what outlives a resume (breakpoints, watchpoints, held threads, catches) and what does not: everything in
//! [`Seen`]. Main types: [`Process`], [`Phase`], [`Plan`]. Neighbours: `code` (memory and breakpoints), `registers`,
//! `stops`, `watch`, each with methods of [`Process`]; `run` lets it go on, `judge` takes its stops.

pub(crate) mod code;
mod condition;
pub(crate) mod expedite;
mod pages;
pub(crate) mod registers;
pub(crate) mod stops;
pub(crate) mod watch;

use crate::report::Report;
use crate::system::{Outcome, System};
use alloc::vec::Vec;
use code::Code;
use core::ops::Range;
use expedite::Expedite;
use pages::Pages;
use proc_abi::id::{Pid, Tid};
use proc_abi::status::ThreadStatus;
use registers::ThreadState;
use stops::{Catch, Told};
use watch::Watch;

pub(crate) use runtime::proc::order::{Origin, OwnStop};

/// Whether it may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is stopped, and the stop was told to this server.
    Stopped,
    /// It runs.
    Running,
}

/// A thread that runs instruction by instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The thread.
    pub(crate) thread: Tid,
    /// It goes on as long as it is in here.
    pub(crate) range: Range<u64>,
}

/// What the client last ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The thread that steps, if one does.
    pub(crate) step: Option<Step>,
    /// Threads that must stay where they are.
    pub(crate) hold: Vec<Tid>,
}

/// A thread that steps off a breakpoint whose condition was false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepOver {
    /// The thread.
    pub(crate) thread: Tid,
    /// Threads that wait for it.
    pub(crate) held: Vec<Tid>,
}

/// What was read since the process stopped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) threads: Option<Vec<ThreadStatus>>,
    pub(crate) states: Vec<ThreadState>,
    pub(crate) pages: Pages,
}

impl Seen {
    /// Nothing of it is true any more.
    pub(crate) fn forget(&mut self) {
        self.threads = None;
        self.states.clear();
        self.pages.forget();
    }
}

/// A process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) origin: Origin,
    pub(crate) phase: Phase,
    /// The thread that reported the last stop.
    pub(crate) reporter: Tid,
    /// What was told last.
    pub(crate) report: Report,
    /// What happened and was not told yet.
    pub(crate) pending: Option<Report>,
    pub(crate) plan: Plan,
    /// What the next stop reply carries.
    pub(crate) expedite: Expedite,
    /// Threads that the system holds now.
    pub(crate) held: Vec<Tid>,
    pub(crate) over: Option<StepOver>,
    /// What became of the SIGSTOP that this server sent.
    pub(crate) own_stop: OwnStop,
    /// The thread that was told to run one instruction and has not told of it.
    pub(crate) armed: Option<Tid>,
    /// The thread whose order was taken back: its trap may come all the same.
    pub(crate) late: Option<Tid>,
    /// It waits until its vfork child has a memory of its own.
    pub(crate) lends: bool,
    pub(crate) code: Code,
    pub(crate) watch: Watch,
    pub(crate) catch: Catch,
    /// What the system was told to stop it for.
    pub(crate) told: Told,
    /// The parent whose memory a vfork child uses.
    pub(crate) lender: Option<Pid>,
    pub(crate) seen: Seen,
}

impl Process {
    /// A process that has just stopped.
    pub(crate) fn new(pid: Pid, origin: Origin, reporter: Tid, report: Report) -> Self {
        Self {
            pid,
            origin,
            phase: Phase::Stopped,
            reporter,
            report,
            pending: None,
            plan: Plan::default(),
            expedite: Expedite::default(),
            held: Vec::new(),
            over: None,
            own_stop: OwnStop::None,
            armed: None,
            late: None,
            lends: false,
            code: Code::default(),
            watch: Watch::default(),
            catch: Catch::None,
            told: Told::default(),
            lender: None,
            seen: Seen::default(),
        }
    }

    /// Its threads, oldest first.
    pub(crate) fn threads<S: System>(&mut self, system: &mut S) -> Outcome<&[ThreadStatus]> {
        if self.seen.threads.is_none() {
            self.seen.threads = Some(system.threads(self.pid)?);
        }
        Ok(self.seen.threads.as_deref().unwrap_or_default())
    }

    /// Their ids.
    pub(crate) fn thread_ids<S: System>(&mut self, system: &mut S) -> Outcome<Vec<Tid>> {
        Ok(self.threads(system)?.iter().filter_map(|thread| Tid::new(thread.tid)).collect())
    }

    /// Holds these threads and no others.
    pub(crate) fn hold_only<S: System>(&mut self, system: &mut S, wanted: &[Tid]) -> Outcome<()> {
        let missing = |these: &[Tid], others: &[Tid]| -> Vec<Tid> {
            these.iter().copied().filter(|tid| !others.contains(tid)).collect()
        };
        let (hold, release) = (missing(wanted, &self.held), missing(&self.held, wanted));
        if !hold.is_empty() {
            system.hold(self.pid, &hold)?;
        }
        if !release.is_empty() {
            system.release(self.pid, &release)?;
        }
        self.held = wanted.to_vec();
        Ok(())
    }
}
