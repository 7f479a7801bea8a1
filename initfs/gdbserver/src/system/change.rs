//! What crosses between the server and the system: what a process did, and what it is to do.
//!
//! Decides nothing; the words are ptrace's. Main types: [`Change`], [`Stop`], [`Resume`], [`Choice`]. Neighbours: `system`;
//! `runtime::proc` has the words that the debugger dbg has, too.

use alloc::vec::Vec;
use kernel_abi::call_set::CallStops;
use proc_abi::event::EventMask;
use proc_abi::signal::SigSet;

pub use runtime::proc::change::{Change, Stop};
pub use runtime::proc::order::{Extent, Resume};

/// An error number of the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u32);

/// What a request returns.
pub type Outcome<T> = Result<T, Failure>;

/// What stops a process, of one kind; all of it, until something is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Events.
    Events(EventMask),
    /// System calls, where events have their entries and exits.
    Calls(CallStops),
    /// Signals.
    Signals(SigSet),
}

/// A program to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// Its path, then its arguments.
    pub arguments: Vec<Vec<u8>>,
    /// Its environment, `NAME=VALUE`; the server's own if there is none.
    pub variables: Vec<Vec<u8>>,
}

/// A file of a process that the client may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Path of the executable.
    Executable,
    /// Arguments, each ended by NUL.
    CommandLine,
    /// Auxiliary vector, as the program got it.
    AuxiliaryVector,
    /// Open files, a line each.
    OpenFiles,
    /// Open files, as `proc_abi::open_file` has them.
    OpenFileRecords,
}

/// What vFile:fstat tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileStatus {
    /// Kind and permissions, as in `st_mode`.
    pub mode: u16,
    /// Length in bytes.
    pub size: u64,
}
