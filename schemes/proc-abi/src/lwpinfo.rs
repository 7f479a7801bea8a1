//! What PT_LWPINFO tells about a thread: FreeBSD's `struct ptrace_lwpinfo`.
//!
//! Decides the 160 bytes; a caller may ask for a prefix. Main type: [`LwpInfo`]. Neighbours: `event`, `siginfo`,
//! `ptrace::request::lwpinfo`. FreeBSD: sys/ptrace.h.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::siginfo::SigInfo;
use crate::signal::SigSet;

/// Bytes of a process or thread name with its NUL (FreeBSD MAXCOMLEN + 1).
pub const NAME_SIZE: usize = 20;

/// FreeBSD's `struct ptrace_lwpinfo`, 160 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LwpInfo {
    /// Thread id.
    pub lwpid: i32,
    /// `PL_EVENT_*`.
    pub event: i32,
    /// `EventFlags` bits.
    pub flags: u32,
    /// Blocked signals.
    pub sigmask: SigSet,
    /// Signals pending on the thread itself.
    pub siglist: SigSet,
    /// Padding, 0.
    pub pad: u32,
    /// Information of the signal it stopped for, if flag SI.
    pub siginfo: SigInfo,
    /// Name, NUL-terminated.
    pub tdname: [u8; NAME_SIZE],
    /// New child, if flag FORKED.
    pub child_pid: i32,
    /// System call it is in.
    pub syscall_code: u32,
    /// Its count of arguments.
    pub syscall_narg: u32,
}

const _: () = assert!(size_of::<LwpInfo>() == 160);
const _: () = assert!(core::mem::offset_of!(LwpInfo, siginfo) == 48);
const _: () = assert!(core::mem::offset_of!(LwpInfo, tdname) == 128);
const _: () = assert!(core::mem::offset_of!(LwpInfo, syscall_narg) == 156);

/// Bytes a caller must ask for to get the signal information.
pub const LWPINFO_WITH_SIGINFO: usize = 128;
