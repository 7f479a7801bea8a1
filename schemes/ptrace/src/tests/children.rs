//! GET_CHILDREN: who is listed, in which order, with which flags.
//!
//! Decides nothing. Neighbours: `control` (parents and tracers), specification section 11 (PT_GET_CHILDREN).

use proc_abi::child::{Child, ChildFlags};
use proc_abi::request::Request;
use zerocopy::FromBytes;

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::{Errno, Result};

fn list(world: &mut World, asker: i32, target: i32) -> Result<Vec<(i32, ChildFlags)>> {
    let room = 10 * size_of::<Child>() as i32;
    let count = world.ptrace(asker, Request::GetChildren, target, BUFFER, room)?;
    let child = |world: &World, index: i32| {
        let bytes: Vec<u8> = (0..8).map(|at| world.peek_int(asker, BUFFER + index as u64 * 8 + at) as u8).collect();
        let child = Child::read_from_bytes(&bytes).expect("8 bytes");
        (child.pid, ChildFlags::from_bits_retain(child.flags))
    };
    Ok((0..count).map(|index| child(world, index)).collect())
}

#[test]
fn children_and_orphans_are_told_apart() {
    let (mut world, pids) = World::with_children(2);
    let [parent, tracer] = pids[..] else { panic!("two") };
    assert_eq!(list(&mut world, parent, parent), Ok(vec![]), "one's own, without tracing");
    let (first, second, third) = (world.fork(parent), world.fork(parent), world.fork(parent));
    let none = ChildFlags::empty();
    assert_eq!(list(&mut world, parent, parent), Ok(vec![(third, none), (second, none), (first, none)]));
    world.attach(tracer, second);
    world.call(first, 1, &[0]);
    let expected = vec![(third, none), (first, ChildFlags::EXITED), (second, ChildFlags::TRACED | ChildFlags::ORPHAN)];
    assert_eq!(list(&mut world, parent, parent), Ok(expected));
    let traced = ChildFlags::TRACED | ChildFlags::TRACED_BY_ME;
    assert_eq!(list(&mut world, tracer, tracer), Ok(vec![(second, traced)]));
    assert_eq!(list(&mut world, parent, tracer), Ok(vec![(second, ChildFlags::TRACED)]), "it is not the parent's");
    world.attach(parent, third);
    let told = list(&mut world, parent, parent).expect("allowed");
    assert!(told.contains(&(third, traced)), "{told:?}");
}

#[test]
fn room_for_less_than_all_is_enomem_and_none_counts() {
    let (mut world, pids) = World::with_children(1);
    let parent = pids[0];
    world.fork(parent);
    world.fork(parent);
    let ask =
        |world: &mut World, address: u64, room: i32| world.ptrace(parent, Request::GetChildren, parent, address, room);
    assert_eq!(ask(&mut world, UNMAPPED, 0), Ok(2));
    for room in [1, 8, 15] {
        assert_eq!(ask(&mut world, BUFFER, room), Err(Errno::ENOMEM), "{room}");
    }
    assert_eq!(ask(&mut world, BUFFER, 16), Ok(2));
    assert_eq!(ask(&mut world, BUFFER, i32::MAX), Ok(2));
    assert_eq!(ask(&mut world, BUFFER, -1), Err(Errno::EINVAL));
    assert_eq!(ask(&mut world, UNMAPPED, 16), Err(Errno::EFAULT));
}

#[test]
fn only_who_may_debug_a_process_sees_its_children() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    assert_eq!(list(&mut world, pids[0], 99_999), Err(Errno::ESRCH));
    assert_eq!(list(&mut world, pids[0], 1), Err(Errno::EPERM), "init is nobody's");
    assert_eq!(list(&mut world, pids[1], pids[0]), Ok(vec![(child, ChildFlags::empty())]));
    assert_eq!(world.value(pids[1], 23, &[5]), Ok(0));
    assert_eq!(list(&mut world, pids[1], pids[0]), Err(Errno::EPERM));
    let tid = world.tid(world.main(pids[0]));
    assert_eq!(list(&mut world, pids[0], tid), Ok(vec![(child, ChildFlags::empty())]), "a tid names its process");
}
