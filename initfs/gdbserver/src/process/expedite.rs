//! Which registers a stop reply carries.
//!
//! Decides that a client which moved the program counter is told all of them once. Main type: [`Expedite`]. Neighbours:
//! `packets::registers` sees the counter move, the engine writes stop replies, `registers` has the numbers.

use super::registers::SEGMENTS;

/// Which registers a stop reply carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expedite {
    /// The general ones: all of those that unwinding can need.
    #[default]
    General,
    /// Every one: the client moved the program counter, for a call of its own, and will put back what it finds changed. A
    /// register that it is not told it writes, with a packet for each.
    All,
}

impl Expedite {
    /// Their numbers, of so many that there are.
    pub(crate) fn numbers(self, count: impl FnOnce() -> usize) -> core::ops::Range<usize> {
        match self {
            Self::General => 0..SEGMENTS,
            Self::All => 0..count(),
        }
    }
}
