//! Resource limits: `struct rlimit` and the numbers of the limits.
//!
//! Decides what getrlimit and setrlimit exchange; no limit is enforced, the values are kept and inherited. Main type:
//! [`Limit`]. Neighbours: `ptrace::calls::resource`. FreeBSD: sys/resource.h.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `struct rlimit`, 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Limit {
    /// Soft limit.
    pub current: i64,
    /// Hard limit.
    pub maximum: i64,
}

/// No limit.
pub const RLIM_INFINITY: i64 = i64::MAX;
/// Core size.
pub const RLIMIT_CORE: i32 = 4;
/// Count of limits (FreeBSD RLIM_NLIMITS).
pub const LIMITS: usize = 15;

impl Default for Limit {
    fn default() -> Self {
        Self { current: RLIM_INFINITY, maximum: RLIM_INFINITY }
    }
}
