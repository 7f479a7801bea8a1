//! Time as programs see it: clocks, sleeping, timers that can be waited for.
//!
//! Decides that durations are `core::time::Duration` and instants are durations since boot. Main functions: [`now`],
//! [`sleep`]; main type: [`Timer`]. Neighbours: `event` waits for timers, the kernel's `time:` scheme makes them, `ticks`
//! reads the processor's counter.

mod ticks;

pub use ticks::{count_down, ticks};

use crate::error::{Error, Result};
use crate::file::{File, OpenFlags};
use crate::system_call;
use core::time::Duration;
use kernel_abi::redox::flag::{CLOCK_MONOTONIC, CLOCK_REALTIME};
use kernel_abi::redox::number::{SYS_CLOCK_GETTIME, SYS_NANOSLEEP, SYS_YIELD};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Redox's `TimeSpec` without its hidden padding, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TimeSpec {
    /// Seconds.
    pub seconds: i64,
    /// Nanoseconds, below 1,000,000,000.
    pub nanoseconds: i32,
    /// Zero.
    pub reserved: u32,
}

const _: () = assert!(size_of::<TimeSpec>() == size_of::<kernel_abi::redox::data::TimeSpec>());

impl From<Duration> for TimeSpec {
    fn from(duration: Duration) -> Self {
        Self {
            seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: duration.subsec_nanos().cast_signed(),
            reserved: 0,
        }
    }
}

impl From<TimeSpec> for Duration {
    fn from(time: TimeSpec) -> Self {
        let nanoseconds = u32::try_from(time.nanoseconds).unwrap_or(0).min(999_999_999);
        Self::new(u64::try_from(time.seconds).unwrap_or(0), nanoseconds)
    }
}

/// Time since boot.
#[must_use]
pub fn now() -> Duration {
    read_clock(CLOCK_MONOTONIC)
}

/// Time since 1970-01-01 00:00 UTC, by the machine's clock.
#[must_use]
pub fn wall_clock() -> Duration {
    read_clock(CLOCK_REALTIME)
}

fn read_clock(clock: usize) -> Duration {
    let mut time = TimeSpec::default();
    let address = system_call::address_of_mut(time.as_mut_bytes());
    // SAFETY: the kernel writes one time specification, for which `time` is lent.
    let result = unsafe { system_call::call(SYS_CLOCK_GETTIME, [clock, address, 0, 0, 0, 0]) };
    debug_assert!(result.is_ok(), "both clocks exist");
    time.into()
}

/// Sleeps for `duration`.
///
/// # Errors
/// What is left of it, if a signal was handled meanwhile.
pub fn sleep(duration: Duration) -> Result<(), Duration> {
    let request = TimeSpec::from(duration);
    let mut remaining = TimeSpec::default();
    let arguments = [
        system_call::address_of(request.as_bytes()),
        system_call::address_of_mut(remaining.as_mut_bytes()),
        0,
        0,
        0,
        0,
    ];
    // SAFETY: the kernel reads `request` and writes `remaining`, both lent.
    match unsafe { system_call::call(SYS_NANOSLEEP, arguments) } {
        Err(Error::EINTR) => Err(remaining.into()),
        _ => Ok(()),
    }
}

/// Sleeps for `duration`, going on after handled signals.
pub fn sleep_fully(duration: Duration) {
    let mut left = duration;
    while let Err(remaining) = sleep(left) {
        left = remaining;
    }
}

/// Lets others run first.
pub fn yield_now() {
    // SAFETY: takes no arguments and touches no memory.
    unsafe { system_call::raw_without_arguments(SYS_YIELD) };
}

/// A descriptor that becomes readable at a chosen time.
#[derive(Debug)]
pub struct Timer(File);

impl Timer {
    /// A timer that is not set.
    ///
    /// # Errors
    /// EMFILE, ENOMEM.
    pub fn new() -> Result<Self> {
        File::open("time:4", OpenFlags::READ_WRITE).map(Self)
    }

    /// Sets it to a time since boot.
    ///
    /// # Errors
    /// As the kernel's scheme refuses it.
    pub fn set(&self, at: Duration) -> Result<()> {
        self.0.write(TimeSpec::from(at).as_bytes()).map(drop)
    }

    /// The descriptor to wait for.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0
    }
}
