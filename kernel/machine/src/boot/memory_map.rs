//! Sets of physical address ranges.
//!
//! Decides how memory that the loader calls usable is divided: ranges are whole pages, disjoint, and shrink as pieces
//! are taken. Main types: [`PhysicalRange`], [`RangeSet`]. Neighbours: `pvh`, `multiboot2` (fill one), `layout` (takes
//! the kernel's share).

use arrayvec::ArrayVec;
use kernel_core::seam::FrameRange;

use super::MAX_RANGES;

/// Bytes in a page.
pub(crate) const PAGE: u64 = 4096;
/// Frame numbers are 32 bits: memory above 16 TiB is not used.
const ADDRESS_END: u64 = 1 << 44;

/// Physical addresses from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhysicalRange {
    /// The first byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl PhysicalRange {
    /// The range of `length` bytes at `start`; `None` when it wraps around.
    #[must_use]
    pub fn new(start: u64, length: u64) -> Option<Self> {
        Some(Self { start, end: start.checked_add(length)? })
    }

    /// Bytes in the range.
    #[must_use]
    pub fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Nothing in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// The frames that hold it. Addresses end below 16 TiB wherever this is used, so the numbers fit.
    #[must_use]
    pub fn frames(self) -> FrameRange {
        let pages = self.grown_to_pages();
        FrameRange { first: (pages.start / PAGE) as u32, count: (pages.length() / PAGE) as u32 }
    }

    /// The smallest range of whole pages around this one.
    pub(crate) fn grown_to_pages(self) -> Self {
        Self { start: self.start & !(PAGE - 1), end: self.end.saturating_add(PAGE - 1) & !(PAGE - 1) }
    }

    /// The largest range of whole pages inside this one.
    pub(crate) fn shrunk_to_pages(self) -> Self {
        Self { start: self.start.saturating_add(PAGE - 1) & !(PAGE - 1), end: self.end & !(PAGE - 1) }
    }

    /// What both ranges share; empty when nothing.
    pub(crate) fn intersection(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

/// Disjoint ranges of whole pages.
#[derive(Clone, Debug, Default)]
pub struct RangeSet(ArrayVec<PhysicalRange, MAX_RANGES>);

impl RangeSet {
    /// The ranges, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = PhysicalRange> + '_ {
        self.0.iter().copied()
    }

    /// Adds the whole pages of `range`; what overlaps is kept once. Silently full: less memory is used, nothing breaks.
    pub(crate) fn insert(&mut self, range: PhysicalRange) {
        let range = range.shrunk_to_pages().intersection(PhysicalRange { start: 0, end: ADDRESS_END });
        if !range.is_empty() {
            self.remove(range);
            // A full set means memory that is not used.
            let _ = self.0.try_push(range);
        }
    }

    /// Takes out every page that `range` touches.
    pub(crate) fn remove(&mut self, range: PhysicalRange) {
        let hole = range.grown_to_pages();
        if hole.is_empty() {
            return;
        }
        let before = core::mem::take(&mut self.0);
        for old in before {
            let below = PhysicalRange { start: old.start, end: old.end.min(hole.start) };
            let above = PhysicalRange { start: old.start.max(hole.end), end: old.end };
            for rest in [below, above] {
                if !rest.is_empty() {
                    let _ = self.0.try_push(rest);
                }
            }
        }
    }

    /// Takes `length` bytes, starting on a multiple of `alignment` (a power of two), from the top of the largest range
    /// below `limit`.
    pub(crate) fn take(&mut self, length: u64, alignment: u64, limit: u64) -> Option<PhysicalRange> {
        let below = PhysicalRange { start: 0, end: limit };
        let largest = self.iter().map(|range| range.intersection(below)).max_by_key(|range| range.length())?;
        let start = largest.end.checked_sub(length)? & !alignment.wrapping_sub(1);
        if start < largest.start {
            return None;
        }
        let taken = PhysicalRange::new(start, length)?;
        self.remove(taken);
        Some(taken)
    }

    /// Bytes in all ranges together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.iter().fold(0, |sum, range| sum.saturating_add(range.length()))
    }
}

#[cfg(test)]
mod tests;
