//! SC_REMOTE: one system call made for a stopped thread.
//!
//! Decides the layout. Main type: [`RemoteCall`]. Neighbours: `syscall` (the result in it), `ptrace::request::remote`,
//! `kernel_abi::calls::REMOTE` (which calls). FreeBSD: sys/ptrace.h (struct ptrace_sc_remote).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::syscall::SyscallReturn;

/// FreeBSD's `struct ptrace_sc_remote`, 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RemoteCall {
    /// The result; the only part that is written back.
    pub result: SyscallReturn,
    /// Number of the call as debuggers see it.
    pub number: u32,
    /// Count of arguments, at most [`ARGUMENTS_MAX`].
    pub count: u32,
    /// Address of the arguments, 8 bytes each.
    pub arguments: u64,
}

const _: () = assert!(size_of::<RemoteCall>() == 40);

/// Most arguments that can be given; calls here have no more than six.
pub const ARGUMENTS_MAX: usize = 8;
