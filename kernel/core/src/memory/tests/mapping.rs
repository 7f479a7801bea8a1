//! Where regions go, what replaces what, and what VM_ENTRY shows.
//!
//! Addresses and errors of FMAP and FUNMAP.
//! Neighbours: `map`, `unmap`, `regions`.

use super::*;
use crate::memory::regions::{CHOICE_START, REGION_LIMIT};
use crate::seam::{USER_END, USER_START};

fn ranges(world: &World, space: SpaceKey) -> Vec<(u64, u64)> {
    let space = world.memory.spaces.get(space).unwrap();
    (0..space.region_count()).map(|index| space.region(index).unwrap()).map(|r| (r.start, r.end)).collect()
}

#[test]
fn the_kernel_chooses_the_lowest_free_range_or_the_hint() {
    let mut world = World::new(64);
    let space = world.space();
    let read = private(2, READ);
    let write = private(1, READ_WRITE);
    let anywhere = Placement::Anywhere { hint: 0 };
    assert_eq!(world.map(space, anywhere, read), Ok(CHOICE_START));
    assert_eq!(world.map(space, anywhere, write), Ok(CHOICE_START + 2 * PAGE));
    assert_eq!(world.map(space, Placement::Anywhere { hint: BASE + 5 }, read), Ok(BASE));
    assert_eq!(world.map(space, Placement::Anywhere { hint: BASE }, write), Ok(CHOICE_START + 3 * PAGE));
    world.unmap(space, CHOICE_START, 2).unwrap();
    assert_eq!(world.map(space, anywhere, private(3, READ)), Ok(CHOICE_START + 4 * PAGE));
    assert_eq!(world.map(space, anywhere, write), Ok(CHOICE_START));
    assert_eq!(world.map(space, Placement::Anywhere { hint: u64::MAX }, write), Ok(CHOICE_START + PAGE));
}

#[test]
fn fixed_addresses_are_aligned_and_in_user_space() {
    let mut world = World::new(64);
    let space = world.space();
    for address in [BASE + 1, 0, USER_START - PAGE, USER_END, USER_END - PAGE, u64::MAX - PAGE + 1, 1 << 63] {
        for placement in [Placement::Free(address), Placement::Replace(address)] {
            assert_eq!(world.map(space, placement, private(2, READ)), Err(MapError::Invalid), "{placement:?}");
        }
    }
    for length in [0, u64::MAX, u64::MAX - PAGE] {
        for placement in [Placement::Free(BASE), Placement::Replace(BASE)] {
            let new = NewRegion { length, ..private(1, READ) };
            assert_eq!(world.map(space, placement, new), Err(MapError::Invalid), "{length}");
        }
    }
    let huge = NewRegion { length: USER_END, ..private(1, READ) };
    assert_eq!(world.map(space, Placement::Anywhere { hint: 0 }, huge), Err(MapError::NoMemory));
    world.anonymous(space, USER_START, 1, READ);
    world.anonymous(space, USER_END - PAGE, 1, READ);
}

#[test]
fn a_taken_range_is_refused_or_replaced() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 6, READ_WRITE);
    for page in 0..6 {
        world.put(space, BASE + page * PAGE, 7, Accessor::Program).unwrap();
    }
    let over = BASE + 2 * PAGE;
    assert_eq!(world.map(space, Placement::Free(over), private(2, READ)), Err(MapError::Taken));
    assert_eq!(world.map(space, Placement::Replace(over), private(2, READ)), Ok(over));
    assert_eq!(ranges(&world, space), [(BASE, over), (over, over + 2 * PAGE), (over + 2 * PAGE, BASE + 6 * PAGE)]);
    let bytes: Vec<_> = (0..6).map(|page| world.get(space, BASE + page * PAGE, Accessor::Program).unwrap()).collect();
    assert_eq!(bytes, [7, 7, 0, 0, 7, 7]);
}

#[test]
fn unmapping_cuts_regions_and_frees_their_pages() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    world.anonymous(space, BASE, 16, READ_WRITE);
    for page in 0..16 {
        world.put(space, BASE + page * PAGE, 1, Accessor::Program).unwrap();
    }
    world.unmap(space, BASE + 4 * PAGE, 8).unwrap();
    assert_eq!(ranges(&world, space), [(BASE, BASE + 4 * PAGE), (BASE + 12 * PAGE, BASE + 16 * PAGE)]);
    assert_eq!(world.memory.spaces.get(space).unwrap().resident(), 8);
    assert_eq!(world.get(space, BASE + 4 * PAGE, Accessor::Debugger), Err(FaultKind::Unmapped));
    world.unmap(space, BASE, 16).unwrap();
    world.unmap(space, BASE, 16).unwrap();
    assert_eq!(ranges(&world, space), []);
    world.release(space);
    assert_eq!(world.in_use(), before);
}

#[test]
fn unmapping_goes_on_where_the_budget_ended() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 10, READ_WRITE);
    for page in 0..10 {
        world.fault(space, BASE + page * PAGE, Access::Write).unwrap();
    }
    let range = PageRange::new(BASE, 10 * PAGE).unwrap();
    let rest = world.memory.unmap(&mut world.machine, space, range, &mut Budget::pages(4)).unwrap();
    assert_eq!(rest, PageRange::new(BASE + 4 * PAGE, 6 * PAGE));
    assert_eq!(ranges(&world, space), [(BASE + 4 * PAGE, BASE + 10 * PAGE)]);
    world.audit();
}

#[test]
fn alike_neighbours_become_one_region() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 1, READ);
    world.anonymous(space, BASE + 2 * PAGE, 1, READ);
    world.anonymous(space, BASE + PAGE, 1, READ);
    assert_eq!(ranges(&world, space), [(BASE, BASE + 3 * PAGE)]);
    let object = world.memory.objects.create(3).unwrap();
    let at = BASE + 8 * PAGE;
    world.object(space, at, object, READ, Sharing::Shared);
    world.protect(space, at + PAGE, 1, READ_WRITE).unwrap();
    assert_eq!(ranges(&world, space).len(), 4);
    world.protect(space, at, 3, READ_WRITE).unwrap();
    assert_eq!(ranges(&world, space).len(), 2);
    world.memory.objects.release(object);
    world.release(space);
    assert_eq!(world.memory.objects.len(), 0);
}

#[test]
fn region_information_names_offset_and_label() {
    let mut world = World::new(64);
    let space = world.space();
    let key = world.memory.objects.create_window(world.image()).unwrap();
    let source = Source::Object { key, offset: PAGE };
    let new = NewRegion { source, label: 77, scheme: 5, maximum: READ_WRITE, ..private(3, READ) };
    world.map(space, Placement::Free(BASE), new).unwrap();
    world.unmap(space, BASE, 1).unwrap();
    let shown = world.memory.spaces.get(space).unwrap().region(0).unwrap();
    assert_eq!((shown.start, shown.end, shown.offset), (BASE + PAGE, BASE + 3 * PAGE, 2 * PAGE));
    assert_eq!((shown.protection, shown.maximum, shown.shared, shown.file), (1, 3, 0, 1));
    assert_eq!((shown.label, shown.scheme, shown.timestamp), (77, 5, 2));
    assert_eq!(world.memory.spaces.get(space).unwrap().region(1), None);
}

#[test]
fn an_object_must_exist_and_its_offset_be_a_page() {
    let mut world = World::new(64);
    let space = world.space();
    let key = world.memory.objects.create(1).unwrap();
    for offset in [1, u64::MAX - 1, !0xfff] {
        let new = NewRegion { source: Source::Object { key, offset }, ..private(1, READ) };
        assert_eq!(world.map(space, Placement::Free(BASE), new), Err(MapError::Invalid), "{offset}");
    }
    world.memory.objects.release(key);
    world.reap();
    let new = NewRegion { source: Source::Object { key, offset: 0 }, ..private(1, READ) };
    assert_eq!(world.map(space, Placement::Free(BASE), new), Err(MapError::Invalid));
}

#[test]
fn a_space_has_a_limited_number_of_regions() {
    let mut world = World::new(64);
    let space = world.space();
    let map = |world: &mut World, index: usize| {
        let placement = Placement::Free(BASE + index as u64 * 4 * PAGE);
        world.memory.map(&mut world.machine, space, placement, private(3, READ), &mut Budget::call())
    };
    for index in 0..REGION_LIMIT {
        map(&mut world, index).unwrap();
    }
    assert_eq!(map(&mut world, REGION_LIMIT), Err(MapError::NoMemory));
    // Cutting one in two would pass the limit, too; taking off an end does not.
    assert_eq!(world.unmap(space, BASE + PAGE, 1), Err(MapError::NoMemory));
    assert_eq!(world.unmap(space, BASE + 2 * PAGE, 1), Ok(()));
}

#[test]
fn pages_far_apart_are_all_found() {
    let mut world = World::new(128);
    let before = world.in_use();
    let space = world.space();
    let pages = [0, 1, 16_383, 16_384, 16_385, 32_768, 99_999];
    world.anonymous(space, BASE, 100_000, READ_WRITE);
    for page in pages {
        world.put(space, BASE + page * PAGE, 1, Accessor::Program).unwrap();
    }
    let child = world.fork(space).unwrap();
    world.protect(space, BASE, 100_000, READ).unwrap();
    for page in pages {
        assert_eq!(world.get(child, BASE + page * PAGE, Accessor::Program), Ok(1));
        assert_eq!(world.put(space, BASE + page * PAGE, 2, Accessor::Program), Err(FaultKind::Protection));
    }
    world.unmap(child, BASE, 100_000).unwrap();
    assert_eq!(world.memory.spaces.get(child).unwrap().resident(), 0);
    world.release(space);
    world.release(child);
    assert_eq!(world.in_use(), before);
}
