//! The frame allocator: which physical frames are free and how many references the others have.
//!
//! Decides who gets a frame and when it is free again. Main type: [`FrameAllocator`]. Neighbours: `fault` (data pages),
//! `object` (pages of memory objects), the machine (page-table pages, through [`FrameSource`]).
//!
//! Frames of the boot image are pinned: they can be mapped any number of times and are never free. Single frames only:
//! nothing in this kernel needs contiguous ones, so allocating and freeing are one list operation each.

use alloc::vec::Vec;

use super::OutOfMemory;
use crate::seam::{Frame, FrameRange, FrameSource};

/// Physical memory, frame by frame.
#[derive(Debug)]
pub struct FrameAllocator {
    states: Vec<State>,
    /// First frame of the free list, or [`NONE`].
    head: u32,
    free: u32,
    total: u32,
    /// Allocations until one fails for a test.
    fail_after: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not memory that this kernel manages.
    Absent,
    /// On the free list.
    Free { next: u32 },
    /// In use.
    Used { references: u32 },
    /// Part of the boot image.
    Pinned,
}

/// End of the free list; no frame has this number, since 2^32 frames are 16 TiB.
const NONE: u32 = u32::MAX;

/// Sharing is refused from here on, so that counts cannot wrap. [`FrameAllocator::references`] shows pinned frames so.
const SATURATED: u32 = u32::MAX;

impl FrameAllocator {
    /// All `usable` frames free, except those that are `pinned` too.
    ///
    /// # Errors
    /// The heap has no room for one entry per frame.
    pub fn new(usable: &[FrameRange], pinned: &[FrameRange]) -> Result<Self, OutOfMemory> {
        let ends = usable.iter().chain(pinned).map(|range| range.first.saturating_add(range.count));
        let end = ends.max().unwrap_or(0) as usize;
        let mut states = Vec::new();
        states.try_reserve_exact(end).map_err(|_| OutOfMemory)?;
        states.resize(end, State::Absent);
        let mut frames = Self { states, ..Self::default() };
        for range in pinned {
            frames.mark(*range, State::Pinned);
        }
        for range in usable {
            frames.mark(*range, State::Used { references: 1 });
        }
        // From the top, so that the lowest frames are given out first.
        for number in (0..u32::try_from(end).unwrap_or(NONE)).rev() {
            if frames.state(Frame(number)) == (State::Used { references: 1 }) {
                frames.total = frames.total.saturating_add(1);
                frames.release(Frame(number));
            }
        }
        Ok(frames)
    }

    fn mark(&mut self, range: FrameRange, new: State) {
        let states = self.states.iter_mut().skip(range.first as usize).take(range.count as usize);
        for state in states.filter(|state| **state == State::Absent) {
            *state = new;
        }
    }

    /// Frames that can be given out, free or not.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// Frames that are free.
    #[must_use]
    pub const fn free(&self) -> u32 {
        self.free
    }

    /// Makes the n-th allocation from now fail, once; `None` or 0 makes none fail.
    pub fn fail_after(&mut self, count: Option<u64>) {
        self.fail_after = count.filter(|count| *count > 0);
    }

    /// Allocations until the one that fails; `None` once it has, or if none is to.
    #[must_use]
    pub const fn failure_left(&self) -> Option<u64> {
        self.fail_after
    }

    /// Takes a free frame: one reference, unknown content.
    ///
    /// # Errors
    /// No frame is free, or a test asked for this failure.
    pub fn allocate(&mut self) -> Result<Frame, OutOfMemory> {
        if let Some(left) = self.fail_after {
            self.fail_after = left.checked_sub(1).filter(|left| *left > 0);
            if self.fail_after.is_none() {
                return Err(OutOfMemory);
            }
        }
        let number = self.head;
        let state = self.states.get_mut(number as usize).ok_or(OutOfMemory)?;
        let State::Free { next } = *state else {
            return Err(OutOfMemory);
        };
        *state = State::Used { references: 1 };
        self.head = next;
        self.free = self.free.saturating_sub(1);
        Ok(Frame(number))
    }

    /// Adds a reference to a frame in use.
    ///
    /// # Errors
    /// The count is at its limit. Pinned frames are not counted.
    pub fn share(&mut self, frame: Frame) -> Result<(), OutOfMemory> {
        match self.states.get_mut(frame.0 as usize) {
            Some(State::Used { references }) if *references < SATURATED.wrapping_sub(1) => {
                *references = references.saturating_add(1);
                Ok(())
            }
            Some(State::Pinned) => Ok(()),
            Some(State::Used { .. } | State::Free { .. } | State::Absent) | None => Err(OutOfMemory),
        }
    }

    /// Takes a reference away; the frame is free when it was the last. Allocates nothing and cannot fail.
    pub fn release(&mut self, frame: Frame) {
        let Some(state) = self.states.get_mut(frame.0 as usize) else {
            return;
        };
        match state {
            State::Used { references: 1 } => {
                *state = State::Free { next: self.head };
                self.head = frame.0;
                self.free = self.free.saturating_add(1);
            }
            State::Used { references } => *references = references.saturating_sub(1),
            State::Pinned => {}
            State::Free { .. } | State::Absent => debug_assert!(false, "{frame:?} released while free"),
        }
    }

    /// How many references a frame has: 0 if it is free, `u32::MAX` if it is pinned.
    #[must_use]
    pub fn references(&self, frame: Frame) -> u32 {
        match self.state(frame) {
            State::Used { references } => references,
            State::Pinned => SATURATED,
            State::Free { .. } | State::Absent => 0,
        }
    }

    fn state(&self, frame: Frame) -> State {
        self.states.get(frame.0 as usize).copied().unwrap_or(State::Absent)
    }
}

impl Default for FrameAllocator {
    fn default() -> Self {
        Self { states: Vec::new(), head: NONE, free: 0, total: 0, fail_after: None }
    }
}

impl FrameSource for FrameAllocator {
    fn allocate(&mut self) -> Option<Frame> {
        Self::allocate(self).ok()
    }

    fn free(&mut self, frame: Frame) {
        self.release(frame);
    }
}

#[cfg(test)]
mod tests;
