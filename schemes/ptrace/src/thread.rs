//! A thread as the process server sees it: its signals, its debugging flags, and where it stands in a report.
//!
//! Decides nothing; `report` and `stop` move it. Main types: [`Thread`], [`DebugFlags`], [`Stage`], [`Point`]. Neighbours:
//! `process` owns threads oldest first. FreeBSD: sys/proc.h (struct thread, TDB_*); specification section 2.4.

use proc_abi::id::{Pid, Tid};
use proc_abi::lwpinfo::NAME_SIZE;
use proc_abi::sigaction::SignalStack;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SigSet, Signal};
use proc_abi::stop_event::StopCauses;

use crate::blocked::Blocked;
use crate::id::{KernelThread, Tag};
use crate::queue::{Queued, SignalQueue};

bitflags::bitflags! {
    /// Debugging state of a thread; FreeBSD's TDB_ names and values. STEP is the kernel's business, USERWR too.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct DebugFlags: u32 {
        /// The debugger holds it back.
        const SUSPEND = 0x1;
        /// It is in a signal or event stop, and has not been answered.
        const XSIG = 0x2;
        /// It is in a system call whose entry was seen.
        const SCE = 0x8;
        /// It is at the exit of a system call.
        const SCX = 0x10;
        /// That call was a successful exec.
        const EXEC = 0x20;
        /// That call made a followed child.
        const FORK = 0x40;
        /// This is the first stop of a followed child.
        const CHILD = 0x100;
        /// This is the first stop of a new thread.
        const BORN = 0x200;
        /// It is about to disappear.
        const EXIT = 0x400;
        /// It made a vfork and is at its end or in its wait.
        const VFORK = 0x800;
        /// Its call was a successful exec, for who watches causes; not FreeBSD's.
        const EXECUTED = 0x1_0000;
    }
}

/// Where a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It runs, or waits in a call, or is suspended: the kernel has it.
    Away,
    /// It is parked and its report is not worked off; the number orders the waiting ones.
    Pending(Point, u64),
    /// It is in a trace stop (FreeBSD ptracestop), reporting or waiting for its turn.
    Stopped(Stop, u64),
    /// It is dying; its thread id is still taken.
    Dying,
}

impl Stage {
    /// The thread has not lived yet: it is held by NOT_STARTED rather than by a report.
    #[must_use]
    pub const fn is_unstarted(&self) -> bool {
        match self {
            Self::Pending(point, _) | Self::Stopped(Stop::Event(point), _) => point.is_unstarted(),
            Self::Stopped(Stop::Signal(_), _) | Self::Away | Self::Dying => false,
        }
    }
}

/// What a parked thread wants to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// Stop for the entry of a call.
    CallEntry,
    /// Stop for the exit of a call, if someone wants it.
    CallExit,
    /// Stop as a new thread, if someone wants it; the thread has not been started yet.
    Start,
    /// Stop as the child of a followed fork; the thread has not been started yet.
    ChildStart,
    /// Take a trap of its own.
    Trap(SigInfo),
    /// Stop for its exit, if someone wants it.
    Exit,
    /// Stop for the end of a vfork's wait, if someone wants it.
    VforkDone,
    /// Look at pending signals.
    Scan,
}

impl Point {
    /// The thread is held by NOT_STARTED rather than by a report.
    #[must_use]
    pub const fn is_unstarted(&self) -> bool {
        matches!(self, Self::Start | Self::ChildStart)
    }
}

/// A trace stop that a thread is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// For an event; the point is where it came from.
    Event(Point),
    /// For a signal that was taken from a queue to be delivered.
    Signal(Queued),
}

/// The system call a thread is in, as latched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Latched {
    /// Shown number.
    pub code: u32,
    /// Count of arguments.
    pub arguments: u32,
    /// Raw result, at its exit.
    pub result: u64,
}

/// A call that cannot be worked off now because its process is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deferred {
    /// The pending call.
    pub tag: Tag,
    /// Its number.
    pub number: u32,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// One thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thread {
    /// Its id.
    pub tid: Tid,
    /// The kernel's name of it.
    pub kernel: KernelThread,
    /// Where it stands.
    pub stage: Stage,
    /// Debugging state.
    pub flags: DebugFlags,
    /// Signal of its present stop; after the stop what the debugger made of it.
    pub xsig: Option<Signal>,
    /// Information of the signal it is stopped for; empty for event stops.
    pub info: SigInfo,
    /// Blocked signals.
    pub mask: SigSet,
    /// A sigsuspend was interrupted: it is made again unless a handler runs.
    pub suspending: bool,
    /// The mask to restore when a handler that ends a sigsuspend returns.
    pub saved_mask: Option<SigSet>,
    /// Signals for this thread only.
    pub queue: SignalQueue,
    /// Alternate signal stack.
    pub stack: SignalStack,
    /// Its name, NUL-terminated.
    pub name: [u8; NAME_SIZE],
    /// The call it is in, valid with flag SCE or SCX.
    pub call: Latched,
    /// The debugger's result for the call whose entry it is stopped at: the body is skipped.
    pub given_result: Option<usize>,
    /// Child of the fork it stopped for.
    pub child: Option<Pid>,
    /// What it waits for in a call of ours.
    pub blocked: Option<Blocked>,
    /// A call put off until its process runs again.
    pub deferred: Option<Deferred>,
    /// It was born suspended and nobody has woken it.
    pub asleep: bool,
    /// thr_wake came before thr_suspend.
    pub woken: bool,
    /// Its vfork child, while it waits for it.
    pub vfork_child: Option<Pid>,
    /// Causes that it has stopped by at its place, and gone on.
    pub passed: StopCauses,
}

impl Thread {
    /// A new thread that nobody has started.
    #[must_use]
    pub fn new(tid: Tid, kernel: KernelThread) -> Self {
        Self {
            tid,
            kernel,
            stage: Stage::Away,
            flags: DebugFlags::empty(),
            xsig: None,
            info: SigInfo::default(),
            mask: SigSet::EMPTY,
            suspending: false,
            saved_mask: None,
            queue: SignalQueue::default(),
            stack: SignalStack::DISABLED,
            name: [0; NAME_SIZE],
            call: Latched::default(),
            given_result: None,
            child: None,
            blocked: None,
            deferred: None,
            asleep: false,
            woken: false,
            vfork_child: None,
            passed: StopCauses::empty(),
        }
    }

    /// The debugger holds it back.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.flags.contains(DebugFlags::SUSPEND)
    }

    /// It is on its way out, though it may still have that to tell.
    #[must_use]
    pub const fn is_dying(&self) -> bool {
        matches!(self.stage, Stage::Dying) || self.flags.contains(DebugFlags::EXIT)
    }

    /// The signal that it was about to take when it stopped, if it stopped for one.
    #[must_use]
    pub const fn stopping_signal(&self) -> Option<Signal> {
        match self.stage {
            Stage::Stopped(Stop::Signal(queued), _) => Some(queued.signal),
            Stage::Stopped(Stop::Event(_), _) | Stage::Pending(..) | Stage::Away | Stage::Dying => None,
        }
    }

    /// It is certain not to run without an order of ours.
    #[must_use]
    pub const fn is_parked(&self) -> bool {
        matches!(self.stage, Stage::Pending(..) | Stage::Stopped(..))
    }
}
