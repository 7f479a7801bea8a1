//! Protection: what MPROTECT allows and what a page keeps through it.
//!
//! Content survives any protection; entries never allow more than their region.
//! Neighbours: `protect`, `fault`.

use super::*;

#[test]
fn pages_keep_their_content_while_nothing_may_touch_them() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 3, READ_WRITE);
    world.put(space, BASE + PAGE, 9, Accessor::Program).unwrap();
    world.protect(space, BASE, 3, Protection::empty()).unwrap();
    for by in [Accessor::Program, Accessor::Debugger] {
        assert_eq!(world.get(space, BASE + PAGE, by), Err(FaultKind::Protection));
        assert_eq!(world.put(space, BASE + PAGE, 1, by), Err(FaultKind::Protection));
    }
    let child = world.fork(space).unwrap();
    world.protect(space, BASE, 3, READ).unwrap();
    assert_eq!(world.get(space, BASE + PAGE, Accessor::Program), Ok(9));
    world.protect(child, BASE, 3, READ_WRITE).unwrap();
    world.put(child, BASE + PAGE, 4, Accessor::Program).unwrap();
    assert_eq!(world.get(space, BASE + PAGE, Accessor::Program), Ok(9));
    assert_eq!(world.get(child, BASE + PAGE, Accessor::Program), Ok(4));
}

#[test]
fn each_access_needs_its_permission_and_reading() {
    let mut world = World::new(64);
    let space = world.space();
    let (write, execute) = (Protection::WRITE, Protection::EXECUTE);
    let cases = [
        (Protection::empty(), [false, false, false]),
        (READ, [true, false, false]),
        (READ | write, [true, true, false]),
        (READ | execute, [true, false, true]),
        (ALL, [true, true, true]),
        // The processor cannot express these; they allow nothing.
        (write, [false, false, false]),
        (execute, [false, false, false]),
        (write | execute, [false, false, false]),
    ];
    world.anonymous(space, BASE, 1, READ);
    for (protection, allowed) in cases {
        world.protect(space, BASE, 1, protection).unwrap();
        for (access, allowed) in [Access::Read, Access::Write, Access::Execute].into_iter().zip(allowed) {
            let expected = if allowed { Ok(()) } else { Err(FaultKind::Protection) };
            assert_eq!(world.fault(space, BASE, access), expected, "{access:?} under {protection:?}");
        }
    }
}

#[test]
fn the_maximum_and_holes_refuse_the_whole_change() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 2, READ);
    let new = NewRegion { maximum: READ, ..private(2, READ) };
    world.map(space, Placement::Free(BASE + 2 * PAGE), new).unwrap();
    assert_eq!(world.protect(space, BASE, 4, READ_WRITE), Err(MapError::Denied));
    assert_eq!(world.protect(space, BASE, 5, READ), Err(MapError::NoMemory));
    assert_eq!(world.protect(space, BASE - PAGE, 2, READ), Err(MapError::NoMemory));
    assert_eq!(world.fault(space, BASE, Access::Write), Err(FaultKind::Protection));
    assert_eq!(world.protect(space, BASE + PAGE, 3, Protection::empty()), Ok(()));
    let new = NewRegion { maximum: READ, ..private(1, READ_WRITE) };
    assert_eq!(world.map(space, Placement::Free(BASE + 6 * PAGE), new), Err(MapError::Denied));
}

#[test]
fn every_change_of_the_map_is_counted() {
    let mut world = World::new(64);
    let space = world.space();
    let timestamp = |world: &World| world.memory.spaces.get(space).unwrap().timestamp();
    world.anonymous(space, BASE, 2, READ);
    assert_eq!(timestamp(&world), 1);
    world.protect(space, BASE, 1, READ_WRITE).unwrap();
    assert_eq!(timestamp(&world), 2);
    world.put(space, BASE, 1, Accessor::Program).unwrap();
    assert_eq!(world.protect(space, BASE, 3, READ), Err(MapError::NoMemory));
    assert_eq!(timestamp(&world), 2);
    world.unmap(space, BASE, 2).unwrap();
    assert!(timestamp(&world) > 2);
}

#[test]
fn page_fault_codes_say_which_access_it_was() {
    assert_eq!(Access::from_page_fault_code(0b0_0100), Access::Read);
    assert_eq!(Access::from_page_fault_code(0b0_0111), Access::Write);
    assert_eq!(Access::from_page_fault_code(0b1_0101), Access::Execute);
}
