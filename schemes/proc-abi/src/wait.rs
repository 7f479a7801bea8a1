//! wait: how a state change is told in one word, and what a caller may ask for.
//!
//! Decides statuses, options and id types. Main types: [`WaitStatus`], [`WaitOptions`], [`IdType`]. Neighbours:
//! `event_record`, `ptrace::wait`. FreeBSD: sys/wait.h, kern_exit.c (kern_wait6).

use bitflags::bitflags;

use crate::signal::{SIGCONT, Signal};

const STOPPED: i32 = 0x7f;
const CORE: i32 = 0x80;

/// A change of a process's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitStatus {
    /// It exited with this code (the low 8 bits are told).
    Exited(i32),
    /// A signal killed it.
    Killed(Signal),
    /// A signal killed it and it left a core.
    Dumped(Signal),
    /// It stopped with this signal.
    Stopped(Signal),
    /// It continued.
    Continued,
}

impl WaitStatus {
    /// The status word.
    #[must_use]
    pub const fn encode(self) -> i32 {
        match self {
            Self::Exited(code) => (code & 0xff) << 8,
            Self::Killed(signal) => signal.number() & 0x7f,
            Self::Dumped(signal) => (signal.number() & 0x7f) | CORE,
            Self::Stopped(signal) => (signal.number() << 8) | STOPPED,
            Self::Continued => SIGCONT.number(),
        }
    }

    /// Reads a status word. A word of 19 reads as continued: SIGCONT never kills.
    #[must_use]
    pub const fn decode(word: i32) -> Option<Self> {
        let low = word & 0x7f;
        if word == SIGCONT.number() {
            return Some(Self::Continued);
        }
        if low == STOPPED {
            return match Signal::new((word >> 8) & 0xff) {
                Some(signal) => Some(Self::Stopped(signal)),
                None => None,
            };
        }
        if low == 0 {
            return Some(Self::Exited((word >> 8) & 0xff));
        }
        match Signal::new(low) {
            Some(signal) if word & CORE != 0 => Some(Self::Dumped(signal)),
            Some(signal) => Some(Self::Killed(signal)),
            None => None,
        }
    }
}

bitflags! {
    /// Options of wait4 and wait6.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct WaitOptions: u32 {
        /// Do not wait.
        const NOHANG = 1;
        /// Report job-control stops.
        const STOPPED = 2;
        /// Report continued processes.
        const CONTINUED = 4;
        /// Leave it to be reported again.
        const NOWAIT = 8;
        /// Report exits.
        const EXITED = 16;
        /// Report trace stops.
        const TRAPPED = 32;
    }
}

/// Whom a wait is for, `idtype_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum IdType {
    /// One process.
    Pid = 0,
    /// A process group.
    ProcessGroup = 2,
    /// Any child.
    All = 7,
}

impl IdType {
    /// The id type with this number, of those that exist here.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Option<Self> {
        Some(match raw {
            0 => Self::Pid,
            2 => Self::ProcessGroup,
            7 => Self::All,
            _ => return None,
        })
    }
}

/// Bytes of the `struct __wrusage` that wait6 fills (two `struct rusage` of 144 bytes; all zero but user time).
pub const WRUSAGE_SIZE: usize = 288;
/// Bytes of the `struct rusage` that wait4 fills.
pub const RUSAGE_SIZE: usize = 144;
