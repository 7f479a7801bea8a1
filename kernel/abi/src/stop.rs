//! Stop causes, suspension reasons, what is due at the return to user mode, and the words of a report.
//!
//! Decides the vocabulary of stops that the kernel and a process server share; it holds none of FreeBSD's words. Main types:
//! [`Cause`], [`Causes`], [`Reasons`], [`PostCall`]. Neighbours: `kernel-core::due`, `effect`, `ptrace`.

use bitflags::bitflags;

/// Why a thread is parked with a report. The comment names the report's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Cause {
    /// About to run a system call: 0 shown number, 1 argument count, 2 to 7 arguments.
    CallEntry = 0,
    /// After a system call, result in the frame: 0 shown number, 1 [`PostCall`] bits, 2 raw result (-1 as an error: it is made
    /// again, -2: the server set the frame; the negated errno then is 4095 or 4094 in the low 12 bits), 3 the server's word.
    CallExit = 1,
    /// One instruction was run under the trap flag: 0 DR6, 1 RIP.
    Step = 2,
    /// int3; RIP is after it: 0 RIP.
    Breakpoint = 3,
    /// A debug register matched: 0 DR6, 1 RIP.
    HardwareBreak = 4,
    /// Another exception: 0 vector, 1 error code, 2 address (CR2 for page faults, else RIP), 3 a [`FaultKind`].
    Fault = 5,
    /// First stop of a new thread, before its first instruction: 0 [`PostCall`] bits.
    ThreadStart = 6,
    /// A thread is about to disappear, its frame intact: 0 is 1 if another thread's exit or exec kills it.
    ThreadExit = 7,
    /// The last thread is about to disappear.
    GroupExit = 8,
    /// After the post-call stop's hold was released (the end of a vfork wait).
    PostHold = 9,
    /// A signal was posted: the server scans.
    Boundary = 10,
}

impl Cause {
    /// The cause with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            0 => Self::CallEntry,
            1 => Self::CallExit,
            2 => Self::Step,
            3 => Self::Breakpoint,
            4 => Self::HardwareBreak,
            5 => Self::Fault,
            6 => Self::ThreadStart,
            7 => Self::ThreadExit,
            8 => Self::GroupExit,
            9 => Self::PostHold,
            10 => Self::Boundary,
            _ => return None,
        })
    }
}

/// What a page fault found, so that the server can tell FreeBSD's SIGSEGV from SIGBUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum FaultKind {
    /// Not a page fault.
    None = 0,
    /// Nothing is mapped there (SEGV_MAPERR).
    Unmapped = 1,
    /// The region forbids the access (SEGV_ACCERR).
    Protection = 2,
    /// Beyond the end of the mapped object (BUS_OBJERR).
    BeyondObject = 3,
    /// No frame could be allocated.
    NoMemory = 4,
}

bitflags! {
    /// Causes that a group asks to be reported; all others run through. Boundary, PostHold and what a process server
    /// orders with an answer are always reported. Faults, breakpoints and steps are always reported to a process server.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Causes: u64 {
        /// [`Cause::CallEntry`].
        const CALL_ENTRY = 1 << 0;
        /// [`Cause::CallExit`].
        const CALL_EXIT = 1 << 1;
        /// [`Cause::ThreadExit`].
        const THREAD_EXIT = 1 << 7;
    }

    /// Reasons for a thread or a group not to run. Wakes never touch them, stop verbs touch nothing else.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Reasons: u64 {
        /// A new thread that its server has not started.
        const NOT_STARTED = 1 << 0;
        /// Job control.
        const JOB = 1 << 1;
        /// A tracer's stop of the whole group.
        const TRACE = 1 << 2;
        /// A tracer holds this thread.
        const HELD = 1 << 3;
        /// The parent waits for its vfork child.
        const VFORK = 1 << 4;
        /// Siblings of a thread that is in exec or exit.
        const SINGLE = 1 << 5;
        /// Stop tokens of `ctl`: the operator's, and one for each debugger that holds the group.
        const OPERATOR = 1 << 6;
        /// Set by the kernel alone: the space is being copied for a fork.
        const COPYING = 1 << 7;
        /// Set by the kernel alone: a long call of one of its threads is changing what is mapped, or an exec what is open.
        const CHANGING = 1 << 8;
        /// Set by the kernel alone: the group has ended, and its threads are more than one entry ends.
        const DYING = 1 << 9;
    }

    /// What a server orders with an answer to a call, and what a CallExit or ThreadStart report shows.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PostCall: u32 {
        /// Report CallExit even if the group does not ask for it.
        const REPORT = 1 << 0;
        /// The server will hold the thread by VFORK when it answers that report; shown in the report, no more.
        const HOLD = 1 << 1;
        /// After the wait, report PostHold.
        const POST_HOLD = 1 << 2;
        /// After all of it, report Boundary.
        const BOUNDARY = 1 << 3;
    }
}

/// What a session's bond does when its tracer dies or closes its last control handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum LastClose {
    /// The target runs on, untraced.
    Run = 0,
    /// The target is killed.
    Kill = 1,
    /// The target stays stopped.
    Stop = 2,
}

impl LastClose {
    /// The policy with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        match raw {
            0 => Some(Self::Run),
            1 => Some(Self::Kill),
            2 => Some(Self::Stop),
            _ => None,
        }
    }
}
