//! Every allocation of every operation fails once: the error is reported, nothing visible has changed, nothing leaks.
//!
//! Each case runs with the first allocation failing, then the second, until it needs no more.
//! Neighbours: `frames` (the counter), all of `memory`.

use super::*;
use crate::memory::Side;

/// Runs `operation` on a fresh world from `prepare` with the n-th allocation failing, for every n; `check` sees the world
/// after each failure, and the operation must then succeed. Returns how many allocations there were.
fn each_failure<T: Copy>(
    prepare: impl Fn(&mut World) -> T,
    operation: impl Fn(&mut World, T) -> bool,
    check: impl Fn(&mut World, T),
) -> u64 {
    for failing in 1.. {
        let mut world = World::new(64);
        let case = prepare(&mut world);
        world.memory.frames.fail_after(Some(failing));
        let done = operation(&mut world, case);
        world.memory.frames.fail_after(None);
        world.reap();
        check(&mut world, case);
        if done {
            return failing - 1;
        }
        assert!(operation(&mut world, case), "works once memory is there");
        world.audit();
    }
    0
}

fn no_more(result: Result<(), FaultKind>) -> bool {
    assert!(matches!(result, Ok(()) | Err(FaultKind::NoMemory)), "{result:?}");
    result.is_ok()
}

#[test]
fn a_first_touch() {
    let prepare = |world: &mut World| {
        let space = world.space();
        world.anonymous(space, BASE, 1, READ_WRITE);
        space
    };
    let touch = |world: &mut World, space| no_more(world.fault(space, BASE, Access::Write));
    // The page and three tables.
    assert_eq!(each_failure(prepare, touch, |_, _| {}), 4);
}

#[test]
fn a_copy_on_write() {
    let prepare = |world: &mut World| {
        let space = world.space();
        world.anonymous(space, BASE, 1, READ_WRITE);
        world.put(space, BASE, 1, Accessor::Program).unwrap();
        (space, world.fork(space).unwrap())
    };
    let store = |world: &mut World, (space, _)| no_more(world.put(space, BASE + 1, 2, Accessor::Program));
    let check = |world: &mut World, (space, child)| {
        assert_eq!(world.get(space, BASE, Accessor::Program), Ok(1));
        assert_eq!(world.get(child, BASE + 1, Accessor::Program), Ok(0));
    };
    assert_eq!(each_failure(prepare, store, check), 1);
}

#[test]
fn a_shared_page_and_a_private_copy_of_it() {
    let prepare = |world: &mut World| {
        let space = world.space();
        let object = world.memory.objects.create(1).unwrap();
        world.object(space, BASE, object, READ_WRITE, Sharing::Shared);
        world.object(space, BASE + 8 * PAGE, object, READ_WRITE, Sharing::Private);
        space
    };
    let store = |world: &mut World, space| {
        no_more(world.put(space, BASE, 1, Accessor::Program))
            && no_more(world.put(space, BASE + 8 * PAGE, 2, Accessor::Program))
    };
    // Each a page; the first one three tables, the second one another.
    assert_eq!(each_failure(prepare, store, |_, _| {}), 6);
}

#[test]
fn a_new_space() {
    let create = |world: &mut World, ()| {
        let space = world.memory.create_space(&mut world.machine);
        space.map(|space| world.release(space)).is_ok()
    };
    assert_eq!(each_failure(|_| {}, create, |_, ()| {}), 1);
}

#[test]
fn a_fork() {
    let prepare = |world: &mut World| {
        let space = world.space();
        world.anonymous(space, BASE, 9, READ_WRITE);
        for page in 0..9 {
            world.put(space, BASE + page * PAGE, 1, Accessor::Program).unwrap();
        }
        (space, world.in_use())
    };
    let fork = |world: &mut World, (space, _)| match world.fork(space) {
        Ok(child) => {
            world.release(child);
            true
        }
        Err(OutOfMemory) => false,
    };
    let check = |world: &mut World, (space, before)| {
        assert_eq!(world.in_use(), before);
        for page in 0..9 {
            assert_eq!(world.get(space, BASE + page * PAGE, Accessor::Program), Ok(1));
            world.put(space, BASE + page * PAGE, 1, Accessor::Program).unwrap();
        }
        assert_eq!(world.in_use(), before);
    };
    // The root and five tables.
    assert_eq!(each_failure(prepare, fork, check), 5);
}

#[test]
fn a_copy_between_spaces() {
    let prepare = |world: &mut World| {
        let (from, to) = (world.space(), world.space());
        world.anonymous(from, BASE, 3, READ);
        world.anonymous(to, BASE, 3, READ_WRITE);
        (from, to)
    };
    let copy = |world: &mut World, (from, to)| {
        let (source, target) = (Side::debugger(from, BASE), Side::program(to, BASE));
        let copied = world.memory.copy(&mut world.machine, source, target, 3 * PAGE_SIZE, &mut Budget::call());
        world.audit();
        assert!(matches!(copied.fault, None | Some(FaultKind::NoMemory)), "{copied:?}");
        copied.bytes == 3 * PAGE_SIZE
    };
    assert_eq!(each_failure(prepare, copy, |_, _| {}), 12);
}

#[test]
fn unmapping_protecting_and_teardown_allocate_no_frames() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    world.anonymous(space, BASE, 9, READ_WRITE);
    for page in 0..9 {
        world.put(space, BASE + page * PAGE, 1, Accessor::Program).unwrap();
    }
    let child = world.fork(space).unwrap();
    world.memory.frames.fail_after(Some(1));
    world.protect(space, BASE + PAGE, 3, READ).unwrap();
    world.protect(space, BASE + PAGE, 3, READ_WRITE).unwrap();
    world.unmap(space, BASE + 3 * PAGE, 2).unwrap();
    world.release(space);
    world.release(child);
    assert_eq!(world.in_use(), before);
    assert_eq!(world.memory.frames.allocate(), Err(OutOfMemory));
}
