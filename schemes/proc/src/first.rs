//! The first process: a group, a thread that waits, and a loader that brings init into it; and its end, which is the system's.
//!
//! Decides init's path, and that the server stops when init is dead: nobody would be left to switch the machine off. Main
//! types: [`End`], [`InitEnd`]. Neighbours: `boot` starts this server before there is any process, `gate` makes the loader,
//! `ptrace::Turn::first_process` puts process 1 into the table. Main function: [`Server::start_first`].

use core::fmt;

use kernel_abi::verb::ThreadStart;
use proc_abi::event_record::EventKind;
use proc_abi::id::Pid;
use proc_abi::wait::WaitStatus;
use ptrace::{Errno, KernelGroup, KernelThread, Notice, Result};
use runtime::Error;

use crate::gate::LOADER_RANGE;
use crate::server::Server;
use crate::verbs::{LoaderInput, Verbs};

/// Path of the first program.
pub(crate) const INIT: &str = "/sbin/init";

/// Why the server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The kernel ended the socket, or refused to go on.
    Kernel(Errno),
    /// Process 1 is dead.
    Init(InitEnd),
}

/// How process 1 ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitEnd {
    /// Its program could not be run.
    NotRun(Errno),
    /// It was there and ended.
    Dead(WaitStatus),
}

impl InitEnd {
    /// What a notice of the state machine says of init's end.
    pub(crate) fn told_by(notice: &Notice) -> Option<Self> {
        match notice {
            Notice::NotRun(errno) => Some(Self::NotRun(*errno)),
            Notice::Happened(record) if record.pid == Pid::INIT.raw() => {
                let ended = matches!(EventKind::from_raw(record.kind), Some(EventKind::Exited | EventKind::Killed));
                WaitStatus::decode(record.wait_status).filter(|_| ended).map(Self::Dead)
            }
            _ => None,
        }
    }
}

impl fmt::Display for InitEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun(errno) => write!(formatter, "cannot run {INIT}: {}", Error::from_number(errno.number())),
            Self::Dead(WaitStatus::Exited(code)) => write!(formatter, "{INIT} exited with status {code}"),
            Self::Dead(WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) | WaitStatus::Stopped(signal)) => {
                write!(formatter, "{INIT} was ended by signal {}", signal.number())
            }
            Self::Dead(WaitStatus::Continued) => write!(formatter, "{INIT} ended"),
        }
    }
}

impl<V: Verbs> Server<V> {
    /// Makes process 1.
    ///
    /// # Errors
    /// ENOMEM, ENOEXEC for a loader that is none; nothing is left then.
    pub fn start_first(&mut self) -> Result<()> {
        let group = self.gate.verbs.create_group(None)?;
        let made = self.fill_first(group);
        if made.is_err() {
            self.gate.discard(group);
        }
        self.settle();
        made
    }

    fn fill_first(&mut self, group: u64) -> Result<()> {
        // Exec gives the thread its frame; until then it is held and any address will do.
        let start = ThreadStart { entry: LOADER_RANGE.0, stack: LOADER_RANGE.0, arguments: [0; 3] };
        let thread = self.gate.verbs.create_thread(group, &start)?;
        let loader = self.gate.make_loader(&LoaderInput::Path(INIT), None)?;
        let first = self.turn().first_process(KernelGroup(group), KernelThread(thread), loader);
        if first.is_err() {
            self.gate.discard(loader.group.0);
        }
        first.map(|_| ())
    }
}
