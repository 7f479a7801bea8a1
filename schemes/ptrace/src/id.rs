//! Names of things that the kernel made, and of threads within processes.
//!
//! Decides nothing; it keeps the kernel's 64-bit ids apart from each other and from FreeBSD's small ones. Main types:
//! [`KernelThread`], [`KernelGroup`], [`Tag`], [`SessionId`], [`ThreadRef`]. Neighbours: `effect`, `kernel`, `table`.

use proc_abi::id::{Pid, Tid};

/// A thread, as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelThread(pub u64);

/// A group of threads (a process, or the loader of one), as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelGroup(pub u64);

/// A pending call, as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);

/// One debugger's authority over one process; the number is ours and never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// A thread of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadRef {
    /// Its process.
    pub pid: Pid,
    /// Its own id.
    pub tid: Tid,
}
