//! Tests of the frame allocator: every frame is given out once, shared ones outlive their first owner.
//!
//! Ranges overlap and leave gaps on purpose, as firmware's maps do.
//! Neighbours: `frames`, whose private parts these see.

use super::{FrameAllocator, SATURATED, State};
use crate::memory::OutOfMemory;
use crate::seam::{Frame, FrameRange};
use alloc::vec::Vec;

fn range(first: u32, count: u32) -> FrameRange {
    FrameRange { first, count }
}

#[test]
fn frames_are_given_out_once_from_the_lowest_and_never_from_gaps_or_the_image() {
    let mut frames = FrameAllocator::new(&[range(2, 4), range(8, 3), range(3, 1)], &[range(4, 1)]).unwrap();
    assert_eq!((frames.total(), frames.free()), (6, 6));
    let given: Vec<u32> = (0..6).map(|_| frames.allocate().unwrap().0).collect();
    assert_eq!(given, [2, 3, 5, 8, 9, 10]);
    assert_eq!(frames.allocate(), Err(OutOfMemory));
    frames.release(Frame(9));
    assert_eq!(frames.allocate(), Ok(Frame(9)));
}

#[test]
fn a_shared_frame_is_free_after_its_last_release() {
    let mut frames = FrameAllocator::new(&[range(0, 1)], &[]).unwrap();
    let frame = frames.allocate().unwrap();
    frames.share(frame).unwrap();
    assert_eq!(frames.references(frame), 2);
    frames.release(frame);
    assert_eq!(frames.free(), 0);
    frames.release(frame);
    assert_eq!((frames.free(), frames.references(frame)), (1, 0));
}

#[test]
fn sharing_is_refused_at_the_limit_and_for_frames_not_in_use() {
    let mut frames = FrameAllocator::new(&[range(0, 2)], &[]).unwrap();
    let frame = frames.allocate().unwrap();
    frames.states[0] = State::Used { references: SATURATED - 1 };
    assert_eq!(frames.share(frame), Err(OutOfMemory));
    assert_eq!(frames.share(Frame(1)), Err(OutOfMemory));
    assert_eq!(frames.share(Frame(77)), Err(OutOfMemory));
}

#[test]
fn pinned_frames_are_neither_counted_nor_freed() {
    let mut frames = FrameAllocator::new(&[range(0, 1)], &[range(1, 1)]).unwrap();
    frames.share(Frame(1)).unwrap();
    frames.release(Frame(1));
    frames.release(Frame(1));
    assert_eq!((frames.references(Frame(1)), frames.free(), frames.total()), (u32::MAX, 1, 1));
}

#[test]
fn the_nth_allocation_fails_once() {
    let mut frames = FrameAllocator::new(&[range(0, 8)], &[]).unwrap();
    frames.fail_after(Some(3));
    let results: Vec<bool> = (0..5).map(|_| frames.allocate().is_ok()).collect();
    assert_eq!(results, [true, true, false, true, true]);
    frames.fail_after(Some(1));
    frames.fail_after(None);
    assert!(frames.allocate().is_ok());
}
