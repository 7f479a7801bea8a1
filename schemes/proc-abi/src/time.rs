//! Times of the process calls: `timeval`, `timespec` and `itimerval`.
//!
//! Decides layouts and what counts as a valid time. Main types: [`TimeSpec`], [`TimeVal`], [`IntervalTimer`]. Neighbours:
//! `ptrace::timer`, sigtimedwait. FreeBSD: sys/time.h, sys/timespec.h.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: u64 = 1_000;

/// Seconds and nanoseconds, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TimeSpec {
    /// Seconds.
    pub sec: i64,
    /// Nanoseconds, below 10^9.
    pub nsec: i64,
}

impl TimeSpec {
    /// In nanoseconds, saturating; none if it is negative or not normal.
    #[must_use]
    pub fn nanoseconds(&self) -> Option<u64> {
        if self.nsec < 0 || self.nsec >= NANOS_PER_SECOND {
            return None;
        }
        let seconds = u64::try_from(self.sec).ok()?;
        let nanos = u64::try_from(self.nsec).ok()?;
        Some(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }
}

/// Seconds and microseconds, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TimeVal {
    /// Seconds.
    pub sec: i64,
    /// Microseconds, below 10^6.
    pub usec: i64,
}

impl TimeVal {
    /// In nanoseconds, saturating; none if it is negative or not normal.
    #[must_use]
    pub fn nanoseconds(&self) -> Option<u64> {
        if self.usec < 0 || self.usec >= MICROS_PER_SECOND {
            return None;
        }
        let nsec = self.usec.checked_mul(1_000)?;
        TimeSpec { sec: self.sec, nsec }.nanoseconds()
    }

    /// From nanoseconds, rounded up so that a running timer never reads as stopped.
    #[must_use]
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        let micros = nanoseconds.div_ceil(NANOS_PER_MICRO);
        let per_second = MICROS_PER_SECOND.unsigned_abs();
        let sec = micros.checked_div(per_second).unwrap_or(0);
        let usec = micros.checked_rem(per_second).unwrap_or(0);
        Self { sec: i64::try_from(sec).unwrap_or(i64::MAX), usec: i64::try_from(usec).unwrap_or(0) }
    }
}

/// `struct itimerval`, 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IntervalTimer {
    /// Period, zero for once.
    pub interval: TimeVal,
    /// Until the next expiry, zero for stopped.
    pub value: TimeVal,
}

const _: () = assert!(size_of::<IntervalTimer>() == 32);

/// ITIMER_REAL: counts real time, sends SIGALRM.
pub const ITIMER_REAL: i32 = 0;
