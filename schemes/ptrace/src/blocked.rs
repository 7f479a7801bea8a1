//! Calls that wait in this server: data until an event completes them.
//!
//! Decides what each needs to remember. Main types: [`Blocked`], [`Waiting`]. Neighbours: `calls` makes them, `wait`,
//! `signals` and `exec` complete them, `signals::interrupt` ends them.

use proc_abi::id::Pid;
use proc_abi::signal::SigSet;
use proc_abi::wait::{IdType, WaitOptions};

use crate::id::Tag;

/// A waiting call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blocked {
    /// The pending call.
    pub tag: Tag,
    /// For what.
    pub waiting: Waiting,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// A child's change of state.
    Child(ChildWait),
    /// Any signal that is delivered.
    Suspend,
    /// A signal of this set; the answer goes to this address if it is not 0.
    Signal {
        /// Signals waited for.
        set: SigSet,
        /// Where the siginfo goes, or 0.
        info: u64,
        /// Time at which it gives up, `u64::MAX` for never.
        deadline: u64,
    },
    /// thr_wake; gives up at this time.
    Wake {
        /// Time at which it gives up, `u64::MAX` for never.
        deadline: u64,
    },
    /// The loader of an execve.
    Exec,
    /// The copy of a fork.
    Fork(Pid),
    /// The end of the process's other threads, before its own exit.
    Exit,
}

/// A wait4 or wait6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChildWait {
    /// Which children.
    pub kind: IdType,
    /// Pid or process group.
    pub id: i32,
    /// What to tell and how.
    pub options: WaitOptions,
    /// Where results go.
    pub results: WaitResults,
}

/// Addresses of a wait's results, each 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct WaitResults {
    /// Status word.
    pub status: u64,
    /// Resource usage.
    pub usage: u64,
    /// Bytes of it: those of wait4 or of wait6.
    pub usage_size: usize,
    /// siginfo.
    pub info: u64,
}
