//! PT_IO: one transfer between a target's memory and its tracer's.
//!
//! Decides the descriptor's layout and the operations. Main types: [`IoDescriptor`], [`IoOperation`]. Neighbours: `request`,
//! `ptrace::request::memory`. FreeBSD: sys/ptrace.h (struct ptrace_io_desc, PIOD_*).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct ptrace_io_desc`, 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IoDescriptor {
    /// An [`IoOperation`].
    pub op: i32,
    /// Padding, 0.
    pub pad: u32,
    /// Address in the target.
    pub offs: u64,
    /// Address in the tracer.
    pub addr: u64,
    /// Bytes; afterwards the count moved.
    pub len: u64,
}

const _: () = assert!(size_of::<IoDescriptor>() == 32);

/// Direction of a transfer; I and D are the same on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum IoOperation {
    /// From the target's data.
    ReadD = 1,
    /// Into the target's data.
    WriteD = 2,
    /// From the target's text.
    ReadI = 3,
    /// Into the target's text.
    WriteI = 4,
}

impl IoOperation {
    /// The operation with this number.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Option<Self> {
        Some(match raw {
            1 => Self::ReadD,
            2 => Self::WriteD,
            3 => Self::ReadI,
            4 => Self::WriteI,
            _ => return None,
        })
    }
}
