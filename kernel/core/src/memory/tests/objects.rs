//! Memory objects: shared and private mappings of them, the boot image, growth and release.
//!
//! Who sees which store, and when the pages are free again.
//! Neighbours: `object`, `fault`.

use super::*;
use crate::memory::FutexKey;
use crate::memory::object::OBJECT_PAGES;

#[test]
fn shared_mappings_see_each_others_stores_and_private_ones_keep_theirs() {
    let mut world = World::new(64);
    let (first, second) = (world.space(), world.space());
    let object = world.memory.objects.create(2).unwrap();
    world.object(first, BASE, object, READ_WRITE, Sharing::Shared);
    world.object(second, BASE, object, READ_WRITE, Sharing::Shared);
    let private = BASE + 8 * PAGE;
    world.object(second, private, object, READ_WRITE, Sharing::Private);
    world.put(first, BASE, 1, Accessor::Program).unwrap();
    assert_eq!(world.get(second, BASE, Accessor::Program), Ok(1));
    assert_eq!(world.get(second, private, Accessor::Program), Ok(1));
    world.put(second, private, 2, Accessor::Program).unwrap();
    assert_eq!(world.get(first, BASE, Accessor::Program), Ok(1));
    world.put(first, BASE, 3, Accessor::Program).unwrap();
    assert_eq!(world.get(second, private, Accessor::Program), Ok(2));
    // A private page that was never stored to is made of zeros without filling the object.
    world.put(second, private + PAGE, 9, Accessor::Program).unwrap();
    assert_eq!(world.memory.objects.get(object).unwrap().frame(1), None);
}

#[test]
fn shared_fresh_memory_is_one_object() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    let new = NewRegion { sharing: Sharing::Shared, ..private(2, READ_WRITE) };
    world.map(space, Placement::Free(BASE), new).unwrap();
    let child = world.fork(space).unwrap();
    world.put(child, BASE, 5, Accessor::Program).unwrap();
    assert_eq!(world.get(space, BASE, Accessor::Program), Ok(5));
    assert_eq!(world.memory.spaces.get(space).unwrap().region(0).unwrap().file, 0);
    world.release(space);
    world.release(child);
    assert_eq!(world.in_use(), before);
}

#[test]
fn pages_beyond_an_object_fault_until_it_grows() {
    let mut world = World::new(64);
    let space = world.space();
    let key = world.memory.objects.create(1).unwrap();
    let source = Source::Object { key, offset: 0 };
    for (address, sharing) in [(BASE, Sharing::Shared), (BASE + 8 * PAGE, Sharing::Private)] {
        let new = NewRegion { source, sharing, ..private(2, READ_WRITE) };
        world.map(space, Placement::Free(address), new).unwrap();
        for access in [Access::Read, Access::Write] {
            assert_eq!(world.fault(space, address + PAGE, access), Err(FaultKind::BeyondObject));
        }
        assert_eq!(world.put(space, address + PAGE, 1, Accessor::Debugger), Err(FaultKind::BeyondObject));
    }
    world.memory.objects.grow(key, 2).unwrap();
    assert_eq!(world.fault(space, BASE + PAGE, Access::Write), Ok(()));
    world.memory.objects.grow(key, 1).unwrap();
    assert_eq!(world.memory.objects.get(key).unwrap().length(), 2);
    assert_eq!(world.memory.objects.grow(key, OBJECT_PAGES + 1), Err(OutOfMemory));
    assert_eq!(world.memory.objects.create(OBJECT_PAGES + 1), Err(OutOfMemory));
}

#[test]
fn the_boot_image_is_mapped_in_place_and_never_written() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    let key = world.memory.objects.create_window(world.image()).unwrap();
    let source = Source::Object { key, offset: PAGE };
    let new = NewRegion { source, ..private(2, ALL) };
    world.map(space, Placement::Free(BASE), new).unwrap();
    let shared = NewRegion { sharing: Sharing::Shared, ..new };
    assert_eq!(world.map(space, Placement::Free(BASE + 8 * PAGE), shared), Err(MapError::Denied));
    let shared = NewRegion { protection: READ, ..shared };
    world.map(space, Placement::Free(BASE + 8 * PAGE), shared).unwrap();
    let denied = world.put(space, BASE + 8 * PAGE, 0, Accessor::Debugger);
    assert_eq!(denied, Err(FaultKind::Protection));
    assert_eq!(world.get(space, BASE, Accessor::Program), Ok(IMAGE_BYTE + 1));
    world.put(space, BASE, 0xcc, Accessor::Program).unwrap();
    assert_eq!(world.get(space, BASE, Accessor::Program), Ok(0xcc));
    assert_eq!(world.get(space, BASE + 1, Accessor::Program), Ok(IMAGE_BYTE + 1));
    assert_eq!(world.get(space, BASE + 8 * PAGE, Accessor::Program), Ok(IMAGE_BYTE + 1));
    assert_eq!(world.memory.objects.grow(key, 9), Err(OutOfMemory));
    assert_eq!(world.memory.objects.get(key).unwrap().frame(u64::from(IMAGE)), None);
    world.memory.objects.release(key);
    world.release(space);
    assert_eq!(world.in_use(), before);
}

#[test]
fn an_object_lives_as_long_as_something_holds_it() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    let object = world.memory.objects.create(8).unwrap();
    world.object(space, BASE, object, READ_WRITE, Sharing::Shared);
    world.memory.objects.release(object);
    for page in 0..8 {
        world.put(space, BASE + page * PAGE, 1, Accessor::Program).unwrap();
    }
    world.unmap(space, BASE + 2 * PAGE, 3).unwrap();
    world.reap();
    assert_eq!(world.get(space, BASE + 6 * PAGE, Accessor::Program), Ok(1));
    world.unmap(space, BASE, 8).unwrap();
    assert!(!world.memory.is_reaped());
    world.reap();
    assert!(world.memory.objects.get(object).is_none());
    world.release(space);
    assert_eq!(world.in_use(), before);
}

#[test]
fn sparse_objects_keep_their_pages_apart() {
    let mut world = World::new(64);
    let before = world.in_use();
    let space = world.space();
    let key = world.memory.objects.create(1_000_000).unwrap();
    let pages = [0, 511, 512, 5_000, 999_999];
    for (byte, index) in (1..).zip(pages) {
        let source = Source::Object { key, offset: index * PAGE };
        let new = NewRegion { source, sharing: Sharing::Shared, ..private(1, READ_WRITE) };
        world.map(space, Placement::Free(BASE), new).unwrap();
        world.memory.write_value(&mut world.machine, space, BASE, &byte, Accessor::Program).unwrap();
        let range = PageRange::new(BASE, PAGE).unwrap();
        world.memory.unmap(&mut world.machine, space, range, &mut Budget::call()).unwrap();
    }
    let object = world.memory.objects.get(key).unwrap();
    let mut bytes = [0; 5];
    for (byte, index) in bytes.iter_mut().zip(pages) {
        world.machine.read(object.frame(index).unwrap(), 0, std::slice::from_mut(byte));
    }
    assert_eq!(bytes, [1, 2, 3, 4, 5]);
    world.memory.objects.release(key);
    world.memory.release_space(space);
    while world.memory.reap(&mut world.machine, &mut Budget::pages(1)) == Progress::More {}
    assert_eq!(world.in_use(), before);
}

#[test]
fn futex_words_match_where_memory_is_shared() {
    let mut world = World::new(64);
    let (first, second) = (world.space(), world.space());
    let object = world.memory.objects.create(2).unwrap();
    world.object(first, BASE, object, READ_WRITE, Sharing::Shared);
    world.object(second, BASE + 3 * PAGE, object, READ, Sharing::Shared);
    world.anonymous(first, BASE + 8 * PAGE, 1, READ);
    world.anonymous(first, BASE + 9 * PAGE, 1, Protection::empty());
    let key = |space, address| world.memory.futex_key(space, address);
    let word = FutexKey::Shared { object, offset: PAGE + 8 };
    assert_eq!(key(first, BASE + PAGE + 8), Ok(word));
    assert_eq!(key(second, BASE + 4 * PAGE + 8), Ok(word));
    let private = FutexKey::Private { space: first, address: BASE + 8 * PAGE };
    assert_eq!(key(first, BASE + 8 * PAGE), Ok(private));
    assert_eq!(key(first, BASE + 9 * PAGE), Err(FaultKind::Protection));
    assert_eq!(key(first, u64::MAX - 3), Err(FaultKind::Unmapped));
}
