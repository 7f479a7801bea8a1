//! GET_CHILDREN: what it tells of each child of a process.
//!
//! Decides the layout and the flags. Main types: [`Child`], [`ChildFlags`]. Neighbours: `request`,
//! `ptrace::request::children`. FreeBSD's newest sys/ptrace.h has the request (struct ptrace_child, PTCHLD_*); the flags'
//! values are our own.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags::bitflags! {
    /// How a child stands.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ChildFlags: u32 {
        /// Somebody traces it.
        const TRACED = 1;
        /// The caller does.
        const TRACED_BY_ME = 2;
        /// It is dead and not yet waited for.
        const EXITED = 4;
        /// Another process waits for it first: its tracer.
        const ORPHAN = 8;
    }
}

/// One child, 8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Child {
    /// Its id.
    pub pid: i32,
    /// `ChildFlags` bits.
    pub flags: u32,
}

const _: () = assert!(size_of::<Child>() == 8);
