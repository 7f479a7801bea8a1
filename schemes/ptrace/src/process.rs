//! A process: its family, users, signals, threads and tracing state.
//!
//! Decides the invariants within one process by small methods; everything that touches two is elsewhere. Main types:
//! [`Process`], [`Flags`], [`Life`]. Neighbours: `table` owns processes, `family` keeps the relations between them.
//! FreeBSD: sys/proc.h (struct proc, P_*, P2_*).
//!
//! As in FreeBSD there is no separate link to the tracer: `parent` is whoever waits for the process, so the tracer while
//! it is traced; `real_parent` is who made it.

use alloc::vec::Vec;

use kernel_abi::stop::LastClose;
use proc_abi::event::EventMask;
use proc_abi::id::{Pid, Tid};
use proc_abi::lwpinfo::NAME_SIZE;
use proc_abi::resource::{LIMITS, Limit};
use proc_abi::signal::Signal;
use proc_abi::wait::WaitStatus;

use crate::actions::Actions;
use crate::credentials::Credentials;
use crate::exec::Exec;
use crate::family::Links;
use crate::id::{KernelGroup, SessionId, ThreadRef};
use crate::queue::SignalQueue;
use crate::stop_event::Watch;
use crate::stops::{Armed, Stops};
use crate::thread::{Stage, Thread};

bitflags::bitflags! {
    /// FreeBSD's process flags that matter here, under its names without P_.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Flags: u32 {
        /// Traced.
        const TRACED = 1 << 0;
        /// The present stop was collected.
        const WAITED = 1 << 1;
        /// A stop for job control or for the tracer.
        const STOPPED_SIG = 1 << 2;
        /// A stop for the tracer.
        const STOPPED_TRACE = 1 << 3;
        /// No thread of it can run any more in that stop.
        const STOP_COMPLETE = 1 << 4;
        /// It continued and nobody has been told.
        const CONTINUED = 1 << 5;
        /// The tracer killed it: no more stops.
        const WKILLED = 1 << 6;
        /// Its threads are being ended for exit.
        const SINGLE_EXIT = 1 << 7;
        /// It has begun to exit.
        const WEXIT = 1 << 8;
        /// Its vfork parent waits.
        const PPWAIT = 1 << 9;
        /// It asked to be traced as a vfork child: signals are not diverted before exec.
        const PPTRACE = 1 << 10;
        /// Its credentials changed since exec.
        const SUGID = 1 << 11;
        /// It is between two images.
        const INEXEC = 1 << 12;
        /// It has done an exec (setpgid is refused then).
        const EXECED = 1 << 13;
        /// It may not be traced.
        const NOTRACE = 1 << 14;
        /// Nor after exec.
        const NOTRACE_EXEC = 1 << 15;
        /// Everything depends on it.
        const PROTECTED = 1 << 16;
        /// `ctl stop` holds it.
        const OPERATOR_STOP = 1 << 17;
        /// A debugger's own stop token holds it.
        const HOLD_STOP = 1 << 21;
        /// Either.
        const TOKEN_STOP = Self::OPERATOR_STOP.bits() | Self::HOLD_STOP.bits();
        /// The tracer was the first to be told of its death; the real parent comes next.
        const TOLD_TRACER = 1 << 18;
        /// Its tracer died and it is the next to be killed.
        const DOOMED = 1 << 19;
        /// It is counted among the news of the one who waits for it.
        const NEWS = 1 << 20;
        /// Somebody reads its events.
        const WATCHED = 1 << 22;
    }
}

/// Where a process is between birth and being forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    /// Its space is being copied; nobody finds it yet.
    New,
    /// It lives.
    Normal,
    /// It is dying with this status.
    Exiting(WaitStatus),
    /// It is dead with this status and waits to be waited for.
    Zombie(WaitStatus),
}

/// How a process is tied to its tracer: when it counts as gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tie {
    /// By ptrace(2): when it is dead.
    #[default]
    Call,
    /// By `ctl`: also when it has closed its last control file.
    Files,
}

/// An interval timer that counts real time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RealTimer {
    /// Next expiry, 0 for stopped.
    pub deadline: u64,
    /// Period, 0 for once.
    pub interval: u64,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// Its id.
    pub pid: Pid,
    /// The kernel's name of it.
    pub group: KernelGroup,
    /// Between birth and death.
    pub life: Life,
    /// Its flags.
    pub flags: Flags,
    /// Its name, NUL-terminated.
    pub name: [u8; NAME_SIZE],
    /// Who waits for it: the tracer, or else the real parent; none for the first process.
    pub parent: Option<Pid>,
    /// Who made it, or the reaper once that one died.
    pub real_parent: Option<Pid>,
    /// How many of those it waits for have something to tell.
    pub(crate) news: u32,
    /// The latest of them.
    pub(crate) latest_news: Option<Pid>,
    /// Its place in the lists of children and orphans.
    pub(crate) links: Links,
    /// Process group.
    pub process_group: i32,
    /// Session.
    pub session: i32,
    /// Users and groups.
    pub credentials: Credentials,
    /// Rises when exec of a set-id image makes it somebody else: what was opened before, by it or on it, is void.
    pub incarnation: u64,
    /// Signal dispositions.
    pub actions: Actions,
    /// Signals for the whole process.
    pub queue: SignalQueue,
    /// Oldest first.
    pub threads: Vec<Thread>,
    /// Events its tracer asked for.
    pub events: EventMask,
    /// Thread that reports the present trace stop.
    pub xthread: Option<Tid>,
    /// Signal of the present stop, or of the resume.
    pub xsig: Option<Signal>,
    /// The tracer's session.
    pub tracing: Option<SessionId>,
    /// When the tracer counts as gone.
    pub tie: Tie,
    /// What becomes of it then.
    pub last_close: LastClose,
    /// The kernel's stop epoch as far as our own orders raised it.
    pub epoch: u64,
    /// Number of the next event record.
    pub sequence: u64,
    /// How it will have ended, while its other threads are being ended first.
    pub ending: Option<WaitStatus>,
    /// The parent's thread that waits for this vfork child.
    pub vfork_parent: Option<ThreadRef>,
    /// An execve under way.
    pub exec: Option<Exec>,
    /// ITIMER_REAL.
    pub timer: RealTimer,
    /// Resource limits; kept, not enforced.
    pub limits: [Limit; LIMITS],
    /// Which of those it wants to see.
    pub stops: Stops,
    /// What the kernel was told to report.
    pub armed: Armed,
    /// Stops by cause that somebody asked for.
    pub watch: Watch,
}

impl Process {
    /// Any of the flags is set.
    #[must_use]
    pub const fn is(&self, flags: Flags) -> bool {
        self.flags.intersects(flags)
    }

    /// An order of ours raises the kernel's stop epoch.
    pub(crate) const fn raise_epoch(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
    }

    /// It is traced, and its signals go to the tracer.
    #[must_use]
    pub const fn diverts_signals(&self) -> bool {
        self.is(Flags::TRACED) && !self.is(Flags::PPTRACE)
    }

    /// No thread of it should run: a stop is under way or complete.
    #[must_use]
    pub const fn should_stop(&self) -> bool {
        self.is(Flags::STOPPED_SIG.union(Flags::STOPPED_TRACE))
    }

    /// It can be found: alive and not exiting.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        matches!(self.life, Life::Normal)
    }

    /// Its status, if it is a zombie.
    #[must_use]
    pub const fn zombie(&self) -> Option<WaitStatus> {
        match self.life {
            Life::Zombie(status) => Some(status),
            Life::New | Life::Normal | Life::Exiting(_) => None,
        }
    }

    /// It has something to tell that nobody has been told.
    #[must_use]
    pub const fn has_news(&self) -> bool {
        let fresh = self.is(Flags::STOP_COMPLETE) && !self.is(Flags::WAITED);
        fresh || self.zombie().is_some() || self.is(Flags::CONTINUED)
    }

    /// One of its threads.
    #[must_use]
    pub fn thread(&self, tid: Tid) -> Option<&Thread> {
        self.threads.iter().find(|thread| thread.tid == tid)
    }

    /// One of its threads, to be changed.
    pub fn thread_mut(&mut self, tid: Tid) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|thread| thread.tid == tid)
    }

    /// Threads that are not dying, oldest first.
    pub fn live_threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.iter().filter(|thread| !thread.is_dying())
    }

    /// Its oldest thread that is not dying.
    #[must_use]
    pub fn oldest(&self) -> Option<Tid> {
        self.live_threads().next().map(|thread| thread.tid)
    }

    /// Every thread is certain not to run without an order of ours.
    #[must_use]
    pub fn all_parked(&self) -> bool {
        self.threads.iter().all(Thread::is_parked)
    }

    /// The thread a request works on by default: the reporting one, else the oldest.
    #[must_use]
    pub fn default_thread(&self) -> Option<Tid> {
        let reporting = self.xthread.filter(|_| self.is(Flags::STOPPED_TRACE));
        reporting.or_else(|| self.oldest())
    }

    /// Threads with a report to work off, in the order in which they came.
    #[must_use]
    pub fn next_parked(&self, after: u64) -> Option<(Tid, u64)> {
        let numbered = self.threads.iter().filter_map(|thread| match thread.stage {
            Stage::Pending(_, order) | Stage::Stopped(_, order) if order > after => Some((thread.tid, order)),
            Stage::Pending(..) | Stage::Stopped(..) | Stage::Away | Stage::Dying => None,
        });
        numbered.min_by_key(|(_, order)| *order)
    }
}
