//! PT_VM_ENTRY: one entry of a target's address map.
//!
//! Decides the layout that a walk of the map exchanges. Main type: [`VmEntry`]. Neighbours: `status` (the `map` file's binary
//! twin), `ptrace::request::map`. FreeBSD: sys/ptrace.h (struct ptrace_vm_entry).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct ptrace_vm_entry`, 64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VmEntry {
    /// Index to return; afterwards the one to ask for next.
    pub entry: i32,
    /// Modification counter of the map.
    pub timestamp: i32,
    /// First address.
    pub start: u64,
    /// Last address, inclusive.
    pub end: u64,
    /// Offset in the object.
    pub offset: u64,
    /// Protection: 1 read, 2 write, 4 execute.
    pub prot: u32,
    /// Size of the buffer for the path; afterwards the path's length with NUL.
    pub pathlen: u32,
    /// File number, -1 if none.
    pub fileid: i64,
    /// File system, `u32::MAX` if none.
    pub fsid: u32,
    /// Padding, 0.
    pub pad: u32,
    /// Address of the buffer for the path.
    pub path: u64,
}

const _: () = assert!(size_of::<VmEntry>() == 64);
const _: () = assert!(core::mem::offset_of!(VmEntry, path) == 56);
