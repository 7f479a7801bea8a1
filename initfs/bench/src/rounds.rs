//! How often an operation is measured.
//!
//! Decides the counts, which are those of the Linux figures that ours stand beside. Main type: [`Rounds`]. Neighbour:
//! `bench`.

/// Rounds that are not counted, then rounds that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// Rounds before the first that is counted.
    pub(crate) warm: usize,
    /// Rounds that are counted.
    pub(crate) counted: usize,
}

/// What most operations get.
pub(crate) const ORDINARY: Rounds = Rounds { warm: 64, counted: 2000 };
/// Operations of some ten thousand instructions.
pub(crate) const LONG: Rounds = Rounds { warm: 64, counted: 500 };
/// Copies of 64 KiB.
pub(crate) const LARGE: Rounds = Rounds { warm: 8, counted: 200 };
/// Rounds between which somebody else has all of the processor for a while.
pub(crate) const SHARED: Rounds = Rounds { warm: 4, counted: 100 };
/// Copies of 1 MiB.
pub(crate) const HUGE: Rounds = Rounds { warm: 2, counted: 16 };
