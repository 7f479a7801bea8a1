//! Tests of the sorted list: cuts and merges undo each other, gaps are found.
//!
//! Regions of one object, so that a wrong offset shows.
//! Neighbours: `regions`, whose private parts these see.

use super::{CHOICE_START, Regions};
use crate::memory::{Backing, Label, PageRange, Protection, Region, Sharing};
use crate::seam::{Page, USER_END};
use crate::slab::Key;
use alloc::vec::Vec;

fn region(start: u64, end: u64) -> Region {
    Region {
        range: PageRange { start: Page(start), end: Page(end) },
        protection: Protection::READ,
        maximum: Protection::all(),
        sharing: Sharing::Private,
        backing: Backing::Object { key: Key::from_raw(7), first: start.wrapping_sub(0x100) },
        label: Label::default(),
    }
}

fn list(ranges: &[(u64, u64)]) -> Regions {
    let mut regions = Regions::default();
    regions.reserve(8, 8).unwrap();
    for (start, end) in ranges {
        regions.insert(region(*start, *end));
    }
    regions
}

#[test]
fn pages_find_their_region() {
    let regions = list(&[(0x140, 0x150), (0x120, 0x130), (0x130, 0x138)]);
    let find = |page| regions.find(Page(page)).map(|region| region.range.start.0);
    assert_eq!(
        [0x11f, 0x120, 0x12f, 0x130, 0x138, 0x14f, 0x150].map(find),
        [None, Some(0x120), Some(0x120), Some(0x130), None, Some(0x140), None]
    );
    let range = |start, end| PageRange { start: Page(start), end: Page(end) };
    assert!(regions.is_free(range(0x138, 0x140)) && !regions.is_free(range(0x137, 0x140)));
    assert!(regions.covers(range(0x121, 0x138)) && !regions.covers(range(0x121, 0x139)));
    assert_eq!(regions.cuts(range(0x120, 0x131)), 1);
    assert_eq!(regions.cuts(range(0x141, 0x142)), 2);
    assert_eq!(regions.within(range(0x12f, 0x141)).count(), 3);
}

#[test]
fn merging_undoes_cutting() {
    let mut regions = list(&[(0x120, 0x130)]);
    let upper = regions.split(Page(0x128)).unwrap();
    assert_eq!(upper.object_page(Page(0x128)), Some((Key::from_raw(7), 0x28)));
    assert!(regions.split(Page(0x128)).is_none() && regions.split(Page(0x120)).is_none());
    regions.split(Page(0x12c)).unwrap();
    let mut absorbed = Vec::new();
    regions.merge(0, 9, |region| absorbed.push(region.range.start.0));
    assert_eq!(absorbed, [0x128, 0x12c]);
    assert_eq!(regions.last(), Some((0, region(0x120, 0x130))));
}

#[test]
fn unlike_neighbours_stay_apart() {
    let mut regions = list(&[(0x120, 0x124), (0x124, 0x128), (0x129, 0x12a), (0x12a, 0x12c)]);
    regions.protect(1, Protection::empty());
    regions.merge(0, 4, |_| {});
    let starts: Vec<u64> = regions.iter().map(|region| region.range.start.0).collect();
    assert_eq!(starts, [0x120, 0x124, 0x129]);
}

#[test]
fn the_first_gap_that_is_large_enough_is_chosen() {
    let base = Page::containing(CHOICE_START).0;
    let regions = list(&[(base - 4, base + 2), (base + 5, base + 6), (base + 10, Page::containing(USER_END).0)]);
    let choose = |count| regions.choose(count).map(|range| range.start.0);
    assert_eq!([1, 3, 4, 5].map(choose), [Some(base + 2), Some(base + 2), Some(base + 6), None]);
}
