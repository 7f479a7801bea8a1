//! What crosses between the server and the system: what a process did, and what it is to do.
//!
//! Decides nothing; the words are ptrace's. Main types: [`Change`], [`Stop`], [`Resume`], [`Launch`]. Neighbour: `system`.

use alloc::vec::Vec;
use proc_abi::event::EventFlags;
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::Signal;

/// An error number of the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u32);

/// What a request returns.
pub type Outcome<T> = Result<T, Failure>;

/// A complete stop of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The thread that reports it.
    pub thread: Tid,
    /// Its signal; SIGTRAP for events, SIGSTOP for a new child.
    pub signal: Signal,
    /// Which event, if it is one.
    pub flags: EventFlags,
    /// Where the signal came from, if it is one.
    pub info: Option<SigInfo>,
    /// The new child, with the flag FORKED.
    pub child: Option<Pid>,
    /// The system call it is in, as debuggers are shown it.
    pub call: u32,
}

/// What a process does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stopped.
    Stopped(Stop),
    /// It exited with this status.
    Exited(i32),
    /// A signal killed it.
    Killed(Signal),
}

/// A program to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// Its path, then its arguments.
    pub arguments: Vec<Vec<u8>>,
    /// Its environment, `NAME=VALUE`; the server's own if there is none.
    pub variables: Vec<Vec<u8>>,
}

/// How far a process goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Until something stops it.
    Onward,
    /// One instruction of the named thread.
    OneInstruction,
}

/// An order to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The thread that `extent` and `signal` are about.
    pub thread: Tid,
    /// How far.
    pub extent: Extent,
    /// Signal to deliver.
    pub signal: Option<Signal>,
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
}

/// What vFile:fstat tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileStatus {
    /// Kind and permissions, as in `st_mode`.
    pub mode: u16,
    /// Length in bytes.
    pub size: u64,
}
