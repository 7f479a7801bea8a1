//! Copies between spaces: offsets that do not match, faults on either side, budgets, one space with itself.
//!
//! The result is compared byte by byte with what was written.
//! Neighbours: `copy`, `walk`.

use super::*;
use crate::memory::{Copied, Side};

const PAGES: u64 = 6;

fn pattern() -> Vec<u8> {
    (0..PAGES as usize * PAGE_SIZE).map(|index| (index * 7 % 253) as u8).collect()
}

/// Two spaces with memory at BASE, the first one filled.
fn filled() -> (World, SpaceKey, SpaceKey) {
    let mut world = World::new(64);
    let (from, to) = (world.space(), world.space());
    for space in [from, to] {
        world.anonymous(space, BASE, PAGES, READ_WRITE);
    }
    world.memory.write(&mut world.machine, from, BASE, &pattern(), Accessor::Program).unwrap();
    (world, from, to)
}

fn contents(world: &mut World, space: SpaceKey) -> Vec<u8> {
    let mut bytes = vec![0; PAGES as usize * PAGE_SIZE];
    world.memory.read(&mut world.machine, space, BASE, &mut bytes, Accessor::Debugger).unwrap();
    bytes
}

#[test]
fn any_offsets_give_the_same_bytes() {
    for (from_offset, to_offset, length) in [(0, 0, 4 * PAGE_SIZE), (1, 1, 9000), (4095, 0, 8193), (17, 4000, 12_345)] {
        let (mut world, from, to) = filled();
        let (source, target) = (Side::debugger(from, BASE + from_offset), Side::program(to, BASE + to_offset));
        let copied = world.memory.copy(&mut world.machine, source, target, length, &mut Budget::call());
        assert_eq!(copied, Copied { bytes: length, fault: None });
        let mut expected = vec![0; PAGES as usize * PAGE_SIZE];
        let (from_offset, to_offset) = (from_offset as usize, to_offset as usize);
        expected[to_offset..to_offset + length].copy_from_slice(&pattern()[from_offset..from_offset + length]);
        assert_eq!(contents(&mut world, to), expected);
        world.audit();
    }
}

#[test]
fn a_spent_budget_ends_a_copy_that_can_go_on() {
    let (mut world, from, to) = filled();
    let length = PAGES as usize * PAGE_SIZE;
    let mut done = 0;
    while done < length {
        let (source, target) = (Side::program(from, BASE + done as u64), Side::program(to, BASE + done as u64));
        let copied = world.memory.copy(&mut world.machine, source, target, length - done, &mut Budget::pages(2));
        assert_eq!(copied, Copied { bytes: 2 * PAGE_SIZE, fault: None });
        done += copied.bytes;
    }
    assert_eq!(contents(&mut world, to), pattern());
}

#[test]
fn a_copy_stops_at_a_hole_on_either_side() {
    let (mut world, from, to) = filled();
    world.unmap(from, BASE + 4 * PAGE, 1).unwrap();
    let (source, target) = (Side::program(from, BASE + 100), Side::program(to, BASE));
    let copied = world.memory.copy(&mut world.machine, source, target, 5 * PAGE_SIZE, &mut Budget::call());
    assert_eq!(copied, Copied { bytes: 4 * PAGE_SIZE - 100, fault: Some(FaultKind::Unmapped) });
    world.protect(to, BASE + PAGE, 1, READ).unwrap();
    let copied = world.memory.copy(&mut world.machine, source, target, 2 * PAGE_SIZE, &mut Budget::call());
    assert_eq!(copied, Copied { bytes: PAGE_SIZE, fault: Some(FaultKind::Protection) });
    let far = Side::program(to, u64::MAX - 100);
    let copied = world.memory.copy(&mut world.machine, source, far, PAGE_SIZE, &mut Budget::call());
    assert_eq!(copied, Copied { bytes: 0, fault: Some(FaultKind::Unmapped) });
}

#[test]
fn a_page_copied_onto_itself_after_a_fork_is_split_first() {
    let (mut world, from, _) = filled();
    let child = world.fork(from).unwrap();
    let (source, target) = (Side::program(from, BASE), Side::program(from, BASE + 2048));
    let copied = world.memory.copy(&mut world.machine, source, target, 2048, &mut Budget::call());
    assert_eq!(copied, Copied { bytes: 2048, fault: None });
    let (parent, child) = (contents(&mut world, from), contents(&mut world, child));
    assert_eq!(child, pattern());
    assert_eq!(parent[2048..4096], pattern()[..2048]);
    world.audit();
}
