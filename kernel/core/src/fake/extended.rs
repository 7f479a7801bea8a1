//! Extended state: images in frames, with one owner whose registers count as live.
//!
//! Decides the size of an image: x87, SSE and AVX in the standard format (SDM vol. 1, section 13.4). Neighbour: `fake`.

use super::FakeMachine;
use crate::seam::{ExtendedState, Frame, PhysicalMemory};

/// Legacy area, header and the upper halves of sixteen YMM registers.
const LENGTH: usize = 832;

/// Where the legacy area keeps FCW and MXCSR.
const CONTROL_WORD: usize = 0;
const MXCSR: usize = 24;

impl FakeMachine {
    /// Whose registers are live: what a run of its thread would have made so.
    pub(crate) fn run_extended(&mut self, frame: Frame) {
        self.live_extended = Some(frame);
    }

    /// The frame whose registers are live.
    pub(crate) const fn live_extended(&self) -> Option<Frame> {
        self.live_extended
    }
}

impl ExtendedState for FakeMachine {
    fn extended_length(&self) -> usize {
        LENGTH
    }

    fn extended_mask(&self) -> u64 {
        0b111
    }

    fn mxcsr_mask(&self) -> u32 {
        0xffff
    }

    fn reset_extended(&mut self, frame: Frame) {
        self.zero(frame);
        self.write(frame, CONTROL_WORD, &0x37f_u16.to_le_bytes());
        self.write(frame, MXCSR, &0x1f80_u32.to_le_bytes());
        self.forget_extended(frame);
    }

    fn save_extended(&mut self, _frame: Frame) {
        // The image is always current here: nothing runs.
    }

    fn forget_extended(&mut self, frame: Frame) {
        self.live_extended = self.live_extended.filter(|live| *live != frame);
    }
}
