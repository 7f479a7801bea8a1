//! Arithmetic of time: TSC ticks to nanoseconds, nanoseconds to ticks of the 8254.
//!
//! Decides rounding: the clock rounds down, a timer rounds up, so that it never fires early. Pure. Main type: [`Rate`].
//! Neighbours: `timer`.

/// Input frequency of the 8254 in Hz.
pub(super) const PIT_HZ: u64 = 1_193_182;
const NANOSECONDS: u64 = 1_000_000_000;
/// The 8254 counts 16 bits; 0 would mean 65,536.
const COUNT_MAX: u64 = 0xffff;

/// How fast the TSC runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Nanoseconds per tick, times 2^32.
    multiplier: u64,
}

impl Rate {
    /// The rate when `ticks` pass while the 8254 counts `pit_ticks`.
    pub(super) fn measured(ticks: u64, pit_ticks: u64) -> Self {
        // 64 bits are enough: the 8254 counts 16, and nobody measures longer.
        let nanoseconds = pit_ticks.wrapping_mul(NANOSECONDS) / PIT_HZ;
        let multiplier = (u128::from(nanoseconds) << 32).checked_div(u128::from(ticks)).unwrap_or(1 << 32);
        Self { multiplier: u64::try_from(multiplier).unwrap_or(u64::MAX).max(1) }
    }

    /// Nanoseconds that `ticks` take.
    #[inline]
    pub(super) fn nanoseconds(self, ticks: u64) -> u64 {
        (u128::from(ticks).wrapping_mul(u128::from(self.multiplier)) >> 32) as u64
    }
}

/// The count with which the 8254 fires `nanoseconds` from now or, if that is too far, as late as it can.
pub(super) fn pit_count(nanoseconds: u64) -> u16 {
    // Far enough for any count, near enough not to overflow.
    let near = nanoseconds.min(NANOSECONDS);
    let ticks = near.wrapping_mul(PIT_HZ).div_ceil(NANOSECONDS);
    ticks.clamp(1, COUNT_MAX) as u16
}

#[cfg(test)]
mod tests {
    //! Conversions at their edges.

    use super::{PIT_HZ, Rate, pit_count};

    #[test]
    fn one_gigahertz_counts_nanoseconds() {
        let rate = Rate::measured(1_000_000_000, PIT_HZ);
        assert_eq!(rate.nanoseconds(0), 0);
        assert_eq!(rate.nanoseconds(123_456_789), 123_456_789);
    }

    #[test]
    fn years_of_ticks_do_not_overflow() {
        let rate = Rate::measured(3_000_000_000, PIT_HZ);
        let year = 365 * 24 * 3600;
        let nanoseconds = rate.nanoseconds(3_000_000_000 * year);
        assert!(nanoseconds.abs_diff(year * 1_000_000_000) < 1_000_000_000);
    }

    #[test]
    fn silent_counter_does_not_divide_by_zero() {
        assert_eq!(Rate::measured(0, PIT_HZ).nanoseconds(5), 5);
    }

    #[test]
    fn timer_rounds_up_and_stays_in_range() {
        assert_eq!(pit_count(0), 1);
        assert_eq!(pit_count(1), 1);
        assert_eq!(pit_count(1_000_000), 1194);
        assert_eq!(pit_count(u64::MAX), 0xffff);
    }
}
