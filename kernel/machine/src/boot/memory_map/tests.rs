//! What range sets keep and give away.
//!
//! Each case states the ranges by page number; neighbours: `memory_map`.

use super::{PAGE, PhysicalRange, RangeSet};

fn pages(start: u64, end: u64) -> PhysicalRange {
    PhysicalRange { start: start * PAGE, end: end * PAGE }
}

fn set(ranges: &[PhysicalRange]) -> RangeSet {
    let mut set = RangeSet::default();
    for range in ranges {
        set.insert(*range);
    }
    set
}

#[test]
fn partial_pages_are_not_usable() {
    let set = set(&[PhysicalRange { start: 1, end: 3 * PAGE - 1 }]);
    assert_eq!(set.iter().collect::<Vec<_>>(), [pages(1, 2)]);
}

#[test]
fn range_without_a_whole_page_is_ignored() {
    assert_eq!(set(&[PhysicalRange { start: PAGE + 1, end: 2 * PAGE }]).total(), 0);
}

#[test]
fn removal_splits_and_takes_touched_pages() {
    let mut set = set(&[pages(10, 20)]);
    set.remove(PhysicalRange { start: 12 * PAGE + 1, end: 13 * PAGE + 1 });
    assert_eq!(set.iter().collect::<Vec<_>>(), [pages(10, 12), pages(14, 20)]);
}

#[test]
fn empty_hole_removes_nothing() {
    let mut set = set(&[pages(1, 3)]);
    set.remove(PhysicalRange { start: 2 * PAGE, end: 2 * PAGE });
    assert_eq!(set.total(), 2 * PAGE);
}

#[test]
fn overlap_is_counted_once() {
    assert_eq!(set(&[pages(1, 5), pages(3, 8)]).total(), 7 * PAGE);
}

#[test]
fn memory_beyond_the_frame_numbers_is_ignored() {
    assert_eq!(set(&[PhysicalRange { start: (1 << 44) - PAGE, end: u64::MAX }]).total(), PAGE);
}

#[test]
fn take_aligns_and_stays_below_the_limit() {
    let mut set = set(&[pages(1, 10), pages(100, 1000)]);
    let taken = set.take(4 * PAGE, 16 * PAGE, 500 * PAGE).unwrap();
    assert_eq!(taken, pages(496, 500));
    assert_eq!(set.total(), (9 + 900 - 4) * PAGE);
}

#[test]
fn take_fails_without_room_and_changes_nothing() {
    let mut set = set(&[pages(17, 20)]);
    assert_eq!(set.take(2 * PAGE, 16 * PAGE, u64::MAX), None);
    assert_eq!(set.take(4 * PAGE, PAGE, u64::MAX), None);
    assert_eq!(set.total(), 3 * PAGE);
}

#[test]
fn many_splits_never_panic() {
    let mut set = set(&[pages(0, 1000)]);
    for page in (0..1000).step_by(2) {
        set.remove(pages(page, page + 1));
    }
    assert!(set.iter().count() <= super::MAX_RANGES);
}
