//! Handles that are passed on with fewer rights, control that is not shared, and many who look at once.
//!
//! Whose stop token is whose is tested in `ptrace`. Neighbours: `duplicate`, `open`, `event` (one reader at a time).

use kernel_abi::redox::error::{EBADF, EBUSY, EINVAL, EISDIR};
use kernel_abi::redox::schemev2::Opcode;
use proc_abi::event_record::{EventKind, Events};
use runtime::file::OpenFlags;

use super::world::{Reply, World};

const READ: OpenFlags = OpenFlags::READ;
const BOTH: OpenFlags = OpenFlags::READ_WRITE;

fn error(errno: i32) -> Reply {
    Reply::Error(errno.unsigned_abs())
}

/// Processes 2 and 3 debug, 4 is their target.
fn trio() -> World {
    let mut world = World::new();
    let init = world.init();
    for _ in 0..3 {
        world.fork(init);
    }
    world
}

fn duplicate(world: &mut World, handle: u64, name: &[u8]) -> Reply {
    let tag = world.request(2, Opcode::Dup, handle, (name, 0), &[0]);
    world.reply(tag).expect("an answer")
}

fn reader(world: &mut World, handle: u64) -> u64 {
    match duplicate(world, handle, b"read") {
        Reply::Opened(number) => number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_duplicate_for_reading_gives_no_orders() {
    let mut world = trio();
    let control = world.opened(2, "4/ctl", BOTH);
    for wrong in [&b""[..], b"rea", b"writ", b"reader"] {
        assert_eq!(duplicate(&mut world, control, wrong), error(EINVAL), "{wrong:?}");
    }
    let weak = reader(&mut world, control);
    assert_eq!(world.write(weak, b"stop"), error(EBADF));
    let weaker = reader(&mut world, weak);
    assert_eq!(world.write(weaker, b"stop"), error(EBADF));
    world.close(control);
    assert!(world.model().sessions.is_empty(), "a duplicate does not keep control");
    let root = world.opened(2, "", READ);
    assert_eq!(duplicate(&mut world, root, b"read"), error(EISDIR));
    for path in ["4/map", "4/status"] {
        let file = world.opened(2, path, READ);
        let copy = reader(&mut world, file);
        assert_eq!(world.read(copy, 0, 4096), world.read(file, 0, 4096));
    }
}

#[test]
fn many_look_and_one_collects() {
    let mut world = trio();
    let control = world.opened(2, "4/ctl", BOTH);
    let event = world.opened(2, "4/event", BOTH);
    let mut observers: Vec<u64> = (0..8).map(|_| world.opened(3, "4/event", READ)).collect();
    observers.push(reader(&mut world, event));
    assert_eq!(world.write(control, b"attach"), Reply::Value(6));
    for observer in observers {
        let bytes = world.read(observer, 0, 4096).expect("records");
        let stops = Events::new(&bytes)
            .filter(|record| record.as_ref().is_ok_and(|record| record.kind() == Some(EventKind::TraceStop)));
        assert_eq!(stops.count(), 1, "each sees it");
        assert_eq!(world.write(control, b"detach"), error(EBUSY), "and nobody has collected it");
    }
    assert!(world.read(event, 0, 4096).is_ok_and(|bytes| !bytes.is_empty()));
    assert_eq!(world.write(control, b"detach"), Reply::Value(6));
}

#[test]
fn exclusive_control_is_for_one() {
    let mut world = trio();
    let control = world.opened(2, "4/ctl", BOTH | OpenFlags::EXCLUSIVE);
    for file in ["4/ctl", "4/event"] {
        assert_eq!(world.open(3, file, BOTH), error(EBUSY), "{file}");
        assert!(matches!(world.open(3, file, READ), Reply::Opened(_)), "looking is free: {file}");
        assert!(matches!(world.open(2, file, BOTH), Reply::Opened(_)), "its own: {file}");
    }
    world.close(control);
    assert_eq!(world.open(3, "4/ctl", BOTH), error(EBUSY), "files of the holder are left");
}

#[test]
fn status_names_who_holds() {
    let mut world = trio();
    let files = [2, 3].map(|opener| world.opened(opener, "4/ctl", BOTH));
    assert_eq!(world.write(files[0], b"hold"), Reply::Value(4));
    assert_eq!(world.write(files[1], b"hold\n"), Reply::Value(5));
    assert!(world.read_text(1, "4/status").contains("held by:  holder 2 holder 3\n"));
    assert!(world.read_text(1, "4/status").contains("state:    stopped by ctl\n"));
    assert_eq!(world.write(files[0], b"stop"), Reply::Value(4));
    world.close(files[0]);
    assert!(world.read_text(1, "4/status").contains("held by:  operator holder 3\n"));
    assert_eq!(world.write(files[1], b"release"), Reply::Value(7));
    assert_eq!(world.write(files[1], b"cont"), Reply::Value(4));
    assert!(world.read_text(1, "4/status").contains("held by:  nobody\n"));
}
