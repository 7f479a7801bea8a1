//! COREDUMP: a core file of a stopped process onto an open file of its tracer's.
//!
//! Decides the layout and the flags. Main types: [`CoreDump`], [`CoreDumpFlags`]. Neighbours: `request`,
//! `ptrace::core_dump`. FreeBSD: sys/ptrace.h (struct ptrace_coredump, PC_*).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct ptrace_coredump`, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct CoreDump {
    /// Descriptor of the tracer's, open for writing.
    pub descriptor: i32,
    /// `CoreDumpFlags` bits.
    pub flags: u32,
    /// Most bytes of the file, 0 for any number.
    pub limit: i64,
}

const _: () = assert!(size_of::<CoreDump>() == 16);

bitflags::bitflags! {
    /// How a core is written.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CoreDumpFlags: u32 {
        /// Compressed; nothing here can.
        const COMPRESS = 1;
        /// Also what the program asked to leave out; nothing here can be.
        const ALL = 2;
    }
}
