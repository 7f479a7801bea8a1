//! Clocks and how times cross the border: Redox's `TimeSpec`, 16 bytes of which the last four are padding.
//!
//! Decides which times are valid. Main types: [`Clock`]; [`decode_time`], [`encode_time`]. Neighbours: `clock/call`,
//! `file/timer`, `futex`.

use kernel_abi::redox::data::TimeSpec;

use crate::Core;
use crate::errno::Errno;
use crate::seam::Machine;

/// Bytes of a time.
pub(crate) const TIME_BYTES: usize = 16;

const _: () = assert!(size_of::<TimeSpec>() == TIME_BYTES);

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// What a time is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// 1970.
    Realtime,
    /// The boot.
    Monotonic,
}

impl<M: Machine> Core<M> {
    /// Nanoseconds on a clock.
    pub(crate) fn clock_time(&self, clock: Clock) -> u64 {
        match clock {
            Clock::Monotonic => self.machine.now(),
            Clock::Realtime => self.machine.now().saturating_add(self.boot_nanoseconds()),
        }
    }

    /// The time of day at boot, in nanoseconds.
    pub(crate) fn boot_nanoseconds(&self) -> u64 {
        self.machine.boot_time().saturating_mul(SECOND)
    }
}

/// Nanoseconds of a time; one that is too far away is as good as the end of time.
///
/// # Errors
/// EINVAL before 0 or with nanoseconds that are none.
pub(crate) fn decode_time(bytes: [u8; TIME_BYTES]) -> Result<u64, Errno> {
    let [a, b, c, d, e, f, g, h, i, j, k, l, _, _, _, _] = bytes;
    let seconds = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let nanoseconds = i32::from_le_bytes([i, j, k, l]);
    let seconds = u64::try_from(seconds).map_err(|_| Errno::EINVAL)?;
    let nanoseconds = u64::try_from(nanoseconds).ok().filter(|count| *count < SECOND).ok_or(Errno::EINVAL)?;
    Ok(seconds.saturating_mul(SECOND).saturating_add(nanoseconds))
}

/// A time as bytes.
pub(crate) fn encode_time(nanoseconds: u64) -> [u8; TIME_BYTES] {
    let seconds = nanoseconds.checked_div(SECOND).unwrap_or_default();
    let rest = nanoseconds.checked_rem(SECOND).unwrap_or_default();
    let ([a, b, c, d, e, f, g, h], [i, j, k, l, ..]) = (seconds.to_le_bytes(), rest.to_le_bytes());
    [a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::{decode_time, encode_time};
    use crate::errno::Errno;

    fn bytes(seconds: i64, nanoseconds: i32) -> [u8; 16] {
        let mut bytes = [0xff; 16];
        bytes[..8].copy_from_slice(&seconds.to_le_bytes());
        bytes[8..12].copy_from_slice(&nanoseconds.to_le_bytes());
        bytes
    }

    #[test]
    fn times_survive_the_round_trip_and_padding_is_zero() {
        let encoded = encode_time(3_000_000_007);
        assert_eq!(decode_time(encoded), Ok(3_000_000_007));
        assert_eq!(encoded[12..], [0; 4]);
        assert_eq!(decode_time(bytes(1, 999_999_999)), Ok(1_999_999_999));
    }

    #[test]
    fn impossible_times_are_refused_and_distant_ones_saturate() {
        assert_eq!(decode_time(bytes(-1, 0)), Err(Errno::EINVAL));
        assert_eq!(decode_time(bytes(0, -1)), Err(Errno::EINVAL));
        assert_eq!(decode_time(bytes(0, 1_000_000_000)), Err(Errno::EINVAL));
        assert_eq!(decode_time(bytes(i64::MAX, 0)), Ok(u64::MAX));
    }
}
