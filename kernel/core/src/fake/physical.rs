//! The bytes of frames. A frame that was never written holds a pattern, so that code which forgets to clear one is seen.
//!
//! Decides that an access outside of memory or over the end of a frame is a failed test. Main type: [`Bytes`].
//! Neighbour: `fake`.

use super::FakeMachine;
use crate::seam::{Frame, PAGE_SIZE, PhysicalMemory};

/// Content of a frame nobody has written.
const UNTOUCHED: u8 = 0xa5;

/// One frame.
#[derive(Clone, Debug)]
pub(super) struct Bytes(Box<[u8; PAGE_SIZE]>);

impl FakeMachine {
    fn frame(&self, frame: Frame) -> &[u8; PAGE_SIZE] {
        const PATTERN: &[u8; PAGE_SIZE] = &[UNTOUCHED; PAGE_SIZE];
        let place = self.bytes.get(frame.0 as usize).unwrap_or_else(|| panic!("{frame:?} is not memory"));
        place.as_ref().map_or(PATTERN, |bytes| &*bytes.0)
    }

    fn frame_mut(&mut self, frame: Frame) -> &mut [u8; PAGE_SIZE] {
        let place = self.bytes.get_mut(frame.0 as usize).unwrap_or_else(|| panic!("{frame:?} is not memory"));
        &mut place.get_or_insert_with(|| Bytes(Box::new([UNTOUCHED; PAGE_SIZE]))).0
    }
}

impl PhysicalMemory for FakeMachine {
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]) {
        let end = offset.checked_add(into.len()).expect("an access within a frame");
        into.copy_from_slice(&self.frame(frame)[offset..end]);
    }

    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]) {
        let end = offset.checked_add(from.len()).expect("an access within a frame");
        self.frame_mut(frame)[offset..end].copy_from_slice(from);
    }

    fn copy(&mut self, from: (Frame, usize), to: (Frame, usize), length: usize) {
        let mut bytes = vec![0; length];
        self.read(from.0, from.1, &mut bytes);
        self.write(to.0, to.1, &bytes);
    }

    fn zero(&mut self, frame: Frame) {
        self.frame_mut(frame).fill(0);
    }
}
