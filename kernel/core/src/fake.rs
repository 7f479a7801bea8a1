//! A machine without hardware, for host tests: frames in a vector, page tables in maps, a clock that a test moves.
//!
//! Decides nothing; it does what `seam` promises, as plainly as possible, and fails loudly where a caller breaks its side.
//! Main type: [`FakeMachine`]. Neighbours: `fake/*` (one file per trait), `memory/audit` (compares counts with what is
//! mapped), the tests of every part of this crate.
//!
//! Table pages are accounted like the processor's four levels, so running out of frames shows up where it would.

mod device;
mod extended;
mod physical;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use device::Line;

use std::collections::HashMap;

use crate::seam::{Frame, FrameRange, Root};
use device::Clock;
use physical::Bytes;
use tables::Tables;

/// Number of the first frame: frame 0 is never memory, as on a real machine.
const FIRST_FRAME: u32 = 16;

/// All of a machine that the core can see.
#[derive(Debug, Default)]
pub(crate) struct FakeMachine {
    bytes: Vec<Option<Bytes>>,
    roots: HashMap<Root, Tables>,
    /// Extended images that were made and not asked for since.
    live_extended: Option<Frame>,
    clock: Clock,
    console: Line,
    debugger: Line,
    /// What the kernel logged.
    pub(crate) log: Vec<u8>,
    /// The status the machine was switched off with.
    pub(crate) powered_off: Option<u8>,
    /// Which allocation of the heap is to fail; the host's heap never does.
    failing: Option<u64>,
}

impl FakeMachine {
    /// A machine with this many frames.
    pub(crate) fn new(frames: u32) -> Self {
        let end = FIRST_FRAME.checked_add(frames).expect("a small machine");
        Self { bytes: std::iter::repeat_with(|| None).take(end as usize).collect(), ..Self::default() }
    }

    /// All of its frames.
    pub(crate) fn usable(&self) -> FrameRange {
        let end = u32::try_from(self.bytes.len()).expect("a small machine");
        FrameRange { first: FIRST_FRAME, count: end.saturating_sub(FIRST_FRAME) }
    }

    /// Address spaces that exist.
    pub(crate) fn roots(&self) -> usize {
        self.roots.len()
    }
}
