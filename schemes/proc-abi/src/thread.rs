//! thr_new: how a thread is born, FreeBSD's `struct thr_param`.
//!
//! Decides the 104 bytes. Main type: [`ThreadParameters`]. Neighbours: `ptrace::calls::thread`, the runtime library's
//! threads. FreeBSD: sys/thr.h, kern_thr.c (thread_create).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct thr_param`, 104 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ThreadParameters {
    /// First function.
    pub start_func: u64,
    /// Its argument.
    pub arg: u64,
    /// Lowest address of the stack.
    pub stack_base: u64,
    /// Bytes of the stack.
    pub stack_size: u64,
    /// FS base of the thread.
    pub tls_base: u64,
    /// Bytes of thread-local storage; not used.
    pub tls_size: u64,
    /// Where the creator wants the thread id (8 bytes), or 0.
    pub child_tid: u64,
    /// Where the thread wants its own id (8 bytes), or 0.
    pub parent_tid: u64,
    /// [`THR_SUSPENDED`].
    pub flags: i32,
    /// Padding, 0.
    pub pad: u32,
    /// Scheduling parameters; not used.
    pub rtp: u64,
    /// Spare.
    pub spare: [u64; 3],
}

const _: () = assert!(size_of::<ThreadParameters>() == 104);

/// Create the thread suspended.
pub const THR_SUSPENDED: i32 = 1;
