//! The software walk: how much of an access is done, and the rules of a debugger's write.
//!
//! Each kind of mapping is written by a debugger; who sees it is what counts (FreeBSD's proc_rwmem and SA-13:06).
//! Neighbours: `walk`, `fault`.

use super::*;
use crate::memory::Short;
use crate::seam::{Page, PageTables, USER_END};

#[test]
fn an_access_stops_at_the_first_page_that_does_not_allow_it() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 2, READ_WRITE);
    let mut bytes = [0xee; 3 * PAGE_SIZE];
    let start = BASE + PAGE - 10;
    let result = world.memory.read(&mut world.machine, space, start, &mut bytes, Accessor::Program);
    let done = 10 + PAGE_SIZE;
    assert_eq!(result, Err(Short { done, kind: FaultKind::Unmapped }));
    assert!(bytes[..done].iter().all(|byte| *byte == 0) && bytes[done..].iter().all(|byte| *byte == 0xee));
    let result = world.memory.write(&mut world.machine, space, start, &bytes, Accessor::Debugger);
    assert_eq!(result, Err(Short { done, kind: FaultKind::Unmapped }));
    world.audit();
}

#[test]
fn accesses_cross_pages_byte_by_byte_right() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, BASE, 4, READ_WRITE);
    let out: Vec<u8> = (0..2 * PAGE_SIZE).map(|index| (index % 251) as u8).collect();
    let at = BASE + PAGE / 2 + 1;
    world.memory.write(&mut world.machine, space, at, &out, Accessor::Program).unwrap();
    let mut back = vec![0; out.len()];
    world.memory.read(&mut world.machine, space, at, &mut back, Accessor::Debugger).unwrap();
    assert_eq!(back, out);
    let word: u32 = world.memory.read_value(&mut world.machine, space, at + 3000, Accessor::Program).unwrap();
    assert_eq!(word.to_le_bytes(), out[3000..3004]);
    let straddling = BASE + PAGE - 2;
    world.memory.write_value(&mut world.machine, space, straddling, &0x1122_3344_u32, Accessor::Program).unwrap();
    assert_eq!(world.get(space, BASE + PAGE, Accessor::Program), Ok(0x22));
    world.audit();
}

#[test]
fn no_address_of_the_kernel_half_is_looked_up() {
    let mut world = World::new(64);
    let space = world.space();
    world.anonymous(space, USER_END - PAGE, 1, READ_WRITE);
    for address in [USER_END, 1 << 47, 0xffff_8000_0000_0000, u64::MAX - 8, u64::MAX] {
        for by in [Accessor::Program, Accessor::Debugger] {
            let mut bytes = [0; 64];
            let result = world.memory.read(&mut world.machine, space, address, &mut bytes, by);
            assert_eq!(result, Err(Short { done: 0, kind: FaultKind::Unmapped }), "{address:#x}");
            let result = world.memory.write(&mut world.machine, space, address, &bytes, by);
            assert_eq!(result, Err(Short { done: 0, kind: FaultKind::Unmapped }), "{address:#x}");
        }
        assert_eq!(world.fault(space, address, Access::Read), Err(FaultKind::Unmapped));
    }
    let mut bytes = [0; 64];
    let result = world.memory.read(&mut world.machine, space, USER_END - 8, &mut bytes, Accessor::Program);
    assert_eq!(result, Err(Short { done: 8, kind: FaultKind::Unmapped }));
}

#[test]
fn a_debugger_patches_text_in_a_private_copy() {
    let mut world = World::new(64);
    let (traced, other) = (world.space(), world.space());
    let image = world.memory.objects.create_window(world.image()).unwrap();
    let text = READ | Protection::EXECUTE;
    world.object(traced, BASE, image, text, Sharing::Private);
    world.object(other, BASE, image, text, Sharing::Private);
    world.fault(traced, BASE, Access::Execute).unwrap();
    world.put(traced, BASE, 0xcc, Accessor::Debugger).unwrap();
    assert_eq!(world.get(traced, BASE, Accessor::Program), Ok(0xcc));
    assert_eq!(world.get(other, BASE, Accessor::Program), Ok(IMAGE_BYTE));
    // The program still may not write there itself, and a second patch needs no second copy.
    let root = world.memory.root(traced).unwrap();
    let entry = world.machine.lookup(root, Page::containing(BASE)).unwrap();
    assert_eq!(entry.protection, text);
    assert_eq!(world.put(traced, BASE, 1, Accessor::Program), Err(FaultKind::Protection));
    let free = world.memory.frames.free();
    world.put(traced, BASE + 1, 0xcc, Accessor::Debugger).unwrap();
    assert_eq!(world.memory.frames.free(), free);
    let mut original = [0];
    world.machine.read(crate::seam::Frame(world.image().first), 0, &mut original);
    assert_eq!(original, [IMAGE_BYTE]);
}

#[test]
fn a_debugger_writes_shared_pages_in_place_if_the_maximum_allows() {
    let mut world = World::new(64);
    let (traced, other) = (world.space(), world.space());
    let key = world.memory.objects.create(1).unwrap();
    let shared = |maximum| NewRegion {
        maximum,
        sharing: Sharing::Shared,
        source: Source::Object { key, offset: 0 },
        ..private(1, READ)
    };
    world.map(traced, Placement::Free(BASE), shared(READ_WRITE)).unwrap();
    world.map(other, Placement::Free(BASE), shared(READ)).unwrap();
    world.put(traced, BASE, 3, Accessor::Debugger).unwrap();
    assert_eq!(world.get(other, BASE, Accessor::Program), Ok(3));
    assert_eq!(world.put(traced, BASE, 1, Accessor::Program), Err(FaultKind::Protection));
    assert_eq!(world.put(other, BASE, 1, Accessor::Debugger), Err(FaultKind::Protection));
    assert_eq!(world.get(traced, BASE, Accessor::Program), Ok(3));
}

#[test]
fn a_patched_page_is_private_to_each_side_of_a_fork() {
    let mut world = World::new(64);
    let parent = world.space();
    world.anonymous(parent, BASE, 1, READ);
    world.put(parent, BASE, 1, Accessor::Debugger).unwrap();
    let child = world.fork(parent).unwrap();
    world.put(parent, BASE, 2, Accessor::Debugger).unwrap();
    assert_eq!(world.get(child, BASE, Accessor::Debugger), Ok(1));
    world.put(child, BASE, 3, Accessor::Debugger).unwrap();
    assert_eq!(world.get(parent, BASE, Accessor::Debugger), Ok(2));
}
