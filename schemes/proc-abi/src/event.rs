//! Which events a tracer asked for, and which one a stop reports.
//!
//! Decides the bits of the event mask and of LWPINFO. Main types: [`EventMask`], [`EventFlags`]. Neighbours: `lwpinfo`,
//! `event_record`, `ptrace::stop`. FreeBSD: sys/ptrace.h (PTRACE_*, PL_*).

use bitflags::bitflags;

bitflags! {
    /// The mask of PT_SET_EVENT_MASK (p_ptevents).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct EventMask: u32 {
        /// Stop after exec.
        const EXEC = 0x01;
        /// Stop at system-call entry.
        const SCE = 0x02;
        /// Stop at system-call exit.
        const SCX = 0x04;
        /// Follow forks.
        const FORK = 0x08;
        /// Report threads that begin and end.
        const LWP = 0x10;
        /// Report the end of a vfork's wait.
        const VFORK = 0x20;
    }

    /// `pl_flags`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct EventFlags: u32 {
        /// At a system-call entry, or anywhere in a call that was traced at entry.
        const SCE = 0x04;
        /// At a system-call exit.
        const SCX = 0x08;
        /// An exec is done.
        const EXEC = 0x10;
        /// Signal information is valid.
        const SI = 0x20;
        /// A child was made and is followed.
        const FORKED = 0x40;
        /// First stop of a followed child.
        const CHILD = 0x80;
        /// First stop of a thread.
        const BORN = 0x100;
        /// The thread is about to disappear.
        const EXITED = 0x200;
        /// With FORKED: by vfork.
        const VFORKED = 0x400;
        /// The wait of a vfork is over.
        const VFORK_DONE = 0x800;
    }
}

/// The mask that TRACE_ME, ATTACH and a followed fork give.
pub const DEFAULT_EVENT_MASK: EventMask = EventMask::EXEC;

/// `pl_event`: nothing.
pub const PL_EVENT_NONE: i32 = 0;
/// `pl_event`: the thread is in a signal or event stop.
pub const PL_EVENT_SIGNAL: i32 = 1;
