//! What PT_GET_SC_ARGS and PT_GET_SC_RET tell about a system call, and what PT_SET_SC_RET says of it.
//!
//! Decides the result's layout and the two results that are no errno. Main type: [`SyscallReturn`]. Neighbours: `lwpinfo`,
//! `ptrace::request::syscall`. FreeBSD: sys/ptrace.h (struct ptrace_sc_ret), sys/errno.h.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct ptrace_sc_ret`, 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SyscallReturn {
    /// Result, 0 if the call failed.
    pub retval: [u64; 2],
    /// 0, an errno, [`ERESTART`] or [`EJUSTRETURN`].
    pub error: i32,
    /// Padding, 0.
    pub pad: u32,
}

const _: () = assert!(size_of::<SyscallReturn>() == 24);

/// `error`: the call is about to be made again.
pub const ERESTART: i32 = -1;
/// `error`: the call set the registers itself (exec, sigreturn).
pub const EJUSTRETURN: i32 = -2;

/// Bytes of the argument buffer: eight registers.
pub const ARGUMENTS_SIZE: usize = 64;
