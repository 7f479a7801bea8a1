//! What a list of samples comes to.
//!
//! Decides which figures are told: the least, the median, the mean, the 99th percentile and the most. Main type:
//! [`Summary`]. Neighbours: `bench` makes one for each operation; tests/bench reads its text.

use core::fmt;

/// The figures of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    count: usize,
    least: u64,
    median: u64,
    /// In tenths.
    mean: u64,
    percentile: u64,
    most: u64,
}

impl Summary {
    /// The figures of these samples, which are sorted by that; none without samples.
    pub(crate) fn of(samples: &mut [u64]) -> Option<Self> {
        samples.sort_unstable();
        let count = samples.len();
        let sum = samples.iter().fold(0_u64, |sum, sample| sum.saturating_add(*sample));
        let mean = sum.saturating_mul(10).checked_div(u64::try_from(count).ok()?)?;
        let at = |index: usize| samples.get(index).copied();
        Some(Self {
            count,
            least: at(0)?,
            median: at(count / 2)?,
            mean,
            percentile: at(count.saturating_mul(99) / 100)?,
            most: at(count.checked_sub(1)?)?,
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tenth) = (self.mean / 10, self.mean % 10);
        let Self { count, least, median, percentile, most, .. } = self;
        write!(formatter, "{count} {least} {median} {whole}.{tenth} {percentile} {most}")
    }
}
