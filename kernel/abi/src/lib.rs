//! The contract between the kernel and user space, beyond what `redox_syscall` fixes: numbers and layouts, no logic.
//!
//! Decides nothing at run time. Main modules: [`registers`] (FreeBSD's register layouts), [`calls`] (the dense table of
//! system calls), [`call_set`] (sets of them), [`message`] (what a scheme server receives), [`effect`] (what it answers with),
//! [`verb`] (requests on kernel objects through SYS_CALL), [`run`] (delegated runs), [`stop`] (stop causes and records).
//! Neighbours: every other crate of the tree.
//!
//! Every structure is `repr(C)` without hidden padding, so it crosses the border as bytes by zerocopy and never leaks
//! uninitialised memory. Sizes are asserted where they are defined.
#![no_std]
#![forbid(unsafe_code)]

pub mod call_set;
pub mod calls;
pub mod descriptor;
pub mod effect;
pub mod message;
pub mod registers;
pub mod run;
pub mod stop;
pub mod verb;

pub use syscall as redox;

/// Directory descriptor that means "the namespace of the calling process" in OPENAT_INTO2.
pub const NAMESPACE: usize = usize::MAX - 99;

/// Target descriptor that means "the lowest free one" in OPENAT_INTO2 and DUP_INTO.
pub const LOWEST_FREE: usize = usize::MAX;

/// Open flag kept by the kernel: the descriptor is closed by exec. Redox leaves it to its C library; bit 24 is free there.
pub const O_CLOEXEC: usize = 0x0100_0000;

/// Descriptor flag of F_GETFD and F_SETFD.
pub const FD_CLOEXEC: usize = 1;

/// Largest error number that a system call returns: results above `usize::MAX - MAX_ERRNO` are negated errors.
/// `redox_syscall::Error::demux` is not used: it truncates to 32 bits (see docs/decisions).
pub const MAX_ERRNO: usize = 4095;

/// Splits a raw result register into a value or an error number.
///
/// # Errors
/// The error number when the register holds a negated one.
pub const fn decode_result(raw: usize) -> Result<usize, u32> {
    if raw > usize::MAX - MAX_ERRNO { Err(raw.wrapping_neg() as u32) } else { Ok(raw) }
}

/// The inverse of [`decode_result`].
#[must_use]
pub const fn encode_result(result: Result<usize, u32>) -> usize {
    match result {
        Ok(value) => value,
        Err(errno) => (errno as usize).wrapping_neg(),
    }
}
