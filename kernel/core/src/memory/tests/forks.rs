//! Fork: who sees which store afterwards, and how often a page is copied.
//!
//! Runs in steps of two pages, with an audit after each.
//! Neighbours: `fork`, `fault`, `teardown`.

use super::*;

#[test]
fn both_sides_keep_what_was_stored_before_and_see_nothing_later() {
    let mut world = World::new(128);
    let before = world.in_use();
    let parent = world.space();
    world.anonymous(parent, BASE, 12, READ_WRITE);
    for page in 0..12 {
        world.put(parent, BASE + page * PAGE, page as u8, Accessor::Program).unwrap();
    }
    let child = world.fork(parent).unwrap();
    for page in 0..12 {
        let address = BASE + page * PAGE;
        world.put(if page % 2 == 0 { parent } else { child }, address, 99, Accessor::Program).unwrap();
        let untouched = if page % 2 == 0 { child } else { parent };
        assert_eq!(world.get(untouched, address, Accessor::Program), Ok(page as u8));
    }
    world.release(parent);
    assert_eq!(world.get(child, BASE + PAGE, Accessor::Program), Ok(99));
    world.release(child);
    assert_eq!(world.in_use(), before);
}

#[test]
fn the_last_holder_of_a_page_writes_it_without_a_copy() {
    let mut world = World::new(64);
    let parent = world.space();
    world.anonymous(parent, BASE, 1, READ_WRITE);
    world.put(parent, BASE, 1, Accessor::Program).unwrap();
    let child = world.fork(parent).unwrap();
    world.release(child);
    let free = world.memory.frames.free();
    world.put(parent, BASE, 2, Accessor::Program).unwrap();
    assert_eq!(world.memory.frames.free(), free);
}

#[test]
fn a_grandchild_shares_with_both() {
    let mut world = World::new(128);
    let before = world.in_use();
    let parent = world.space();
    world.anonymous(parent, BASE, 2, READ_WRITE);
    world.put(parent, BASE, 1, Accessor::Program).unwrap();
    let child = world.fork(parent).unwrap();
    let grandchild = world.fork(child).unwrap();
    world.put(child, BASE, 2, Accessor::Program).unwrap();
    assert_eq!(world.get(grandchild, BASE, Accessor::Program), Ok(1));
    world.release(parent);
    world.put(grandchild, BASE, 3, Accessor::Program).unwrap();
    assert_eq!(world.get(child, BASE, Accessor::Program), Ok(2));
    world.release(child);
    world.release(grandchild);
    assert_eq!(world.in_use(), before);
}

#[test]
fn a_space_held_twice_outlives_one_holder() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    world.anonymous(space, BASE, 1, READ_WRITE);
    world.memory.retain_space(space);
    world.release(space);
    assert_eq!(world.put(space, BASE, 1, Accessor::Program), Ok(()));
    world.release(space);
    assert_eq!(world.get(space, BASE, Accessor::Program), Err(FaultKind::Unmapped));
    assert_eq!(world.in_use(), before);
}

#[test]
fn what_is_released_once_too_often_is_freed_once() {
    let mut world = World::new(64);
    let before = world.in_use();
    let (first, second) = (world.space(), world.space());
    let object = world.memory.objects.create(1).unwrap();
    for _ in 0..2 {
        world.memory.release_space(first);
        world.memory.release_space(second);
        world.memory.objects.release(object);
    }
    world.reap();
    assert_eq!(world.in_use(), before);
}

#[test]
fn a_fork_ends_well_whoever_gives_up_meanwhile() {
    for (parent_gone, child_gone) in [(true, false), (false, true), (true, true)] {
        let mut world = World::new(64);
        let before = world.in_use();
        let parent = world.space();
        world.anonymous(parent, BASE, 6, READ_WRITE);
        for page in 0..6 {
            world.put(parent, BASE + page * PAGE, 5, Accessor::Program).unwrap();
        }
        let child = world.space();
        let mut job = ForkJob::new(&mut world.memory, parent, child);
        let mut step = |world: &mut World| {
            let progress = job.step(&mut world.memory, &mut world.machine, &mut Budget::pages(3));
            world.audit();
            progress
        };
        assert_eq!(step(&mut world), Ok(Progress::More));
        if parent_gone {
            world.memory.release_space(parent);
        }
        if child_gone {
            world.memory.release_space(child);
        }
        // Freed page by page while the fork goes on.
        while step(&mut world) == Ok(Progress::More) {
            let _ = world.memory.reap(&mut world.machine, &mut Budget::pages(1));
            world.audit();
        }
        if !parent_gone {
            world.release(parent);
        }
        if !child_gone {
            world.release(child);
        }
        world.reap();
        assert_eq!(world.in_use(), before);
    }
}

#[test]
fn a_map_changed_during_a_fork_leaves_no_page_outside_a_region() {
    let mut world = World::new(64);
    let parent = world.space();
    world.anonymous(parent, BASE, 4, READ_WRITE);
    for page in 0..4 {
        world.put(parent, BASE + page * PAGE, 5, Accessor::Program).unwrap();
    }
    let child = world.space();
    let mut job = ForkJob::new(&mut world.memory, parent, child);
    assert_eq!(job.step(&mut world.memory, &mut world.machine, &mut Budget::pages(2)), Ok(Progress::More));
    world.unmap(parent, BASE + 2 * PAGE, 2).unwrap();
    world.anonymous(parent, BASE + 3 * PAGE, 4, READ | Protection::EXECUTE);
    world.put(parent, BASE + 5 * PAGE, 5, Accessor::Debugger).unwrap();
    while job.step(&mut world.memory, &mut world.machine, &mut Budget::pages(2)) == Ok(Progress::More) {
        world.audit();
    }
    world.audit();
    assert_eq!(world.get(child, BASE, Accessor::Program), Ok(5));
    assert_eq!(world.get(child, BASE + 5 * PAGE, Accessor::Program), Err(FaultKind::Unmapped));
}
