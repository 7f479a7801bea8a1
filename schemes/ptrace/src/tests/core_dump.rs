//! COREDUMP: who waits for the helper, and what the end of either means.
//!
//! Decides nothing. Neighbours: `core_dump`, specification section 11 (PT_COREDUMP); tests/qemu/tests/core.rs reads a core.

use kernel_abi::calls::{DUMP_DONE, DUMP_LIMIT};
use proc_abi::core_dump::CoreDump;
use proc_abi::request::Request;
use proc_abi::signal::SIGKILL;
use zerocopy::IntoBytes;

use super::world::{BUFFER, World};
use crate::{Errno, Result};

const GOOD: CoreDump = CoreDump { descriptor: 5, flags: 0, limit: 4096 };

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

/// Asks for a core; the call waits or has been refused.
fn ask(world: &mut World, tracer: i32, target: i32, dump: CoreDump) -> Option<Result<usize>> {
    world.poke(tracer, BUFFER, dump.as_bytes());
    world.call(tracer, 26, &[Request::CoreDump.raw() as u64, target as u64, BUFFER, 16]);
    let main = world.main(tracer);
    (!world.waits(main)).then(|| world.result(main))
}

/// The helper that was started last.
fn helper(world: &World) -> u64 {
    world.model.dumpers.last().expect("a helper").0
}

#[test]
fn the_call_waits_until_the_helper_is_done() {
    for (errno, expected) in [(0, Ok(0)), (27, Err(Errno::new(27).expect("EFBIG")))] {
        let (mut world, tracer, child) = traced();
        assert_eq!(ask(&mut world, tracer, child, GOOD), None);
        let (thread, group, descriptor, pid) = *world.model.dumpers.last().expect("a helper");
        assert_eq!((descriptor, pid), (5, child));
        world.call_raw(thread, DUMP_LIMIT, [0; 6]);
        assert_eq!(world.result(thread), Ok(4096));
        assert!(world.waits(world.main(tracer)));
        world.call_raw(thread, DUMP_DONE, [errno, 0, 0, 0, 0, 0]);
        assert_eq!(world.result(world.main(tracer)), expected);
        assert!(!world.model.groups.contains_key(&group), "the helper is ended");
        // The target is where it was, and so is its stop.
        world.resume(tracer, Request::Detach, child, 0);
        assert!(world.runs(child));
    }
}

#[test]
fn a_helper_that_dies_or_faults_is_eio() {
    let (mut world, tracer, child) = traced();
    assert_eq!(ask(&mut world, tracer, child, GOOD), None);
    let group = world.model.dumpers.last().expect("a helper").1;
    world.model.kill_group(group);
    world.run();
    assert_eq!(world.result(world.main(tracer)), Err(Errno::EIO));
    assert_eq!(ask(&mut world, tracer, child, GOOD), None);
    let thread = helper(&world);
    world.model.trap(thread, kernel_abi::stop::Cause::Fault, [14, 0, 0, 1, 0, 0, 0, 0]);
    world.run();
    assert_eq!(world.result(world.main(tracer)), Err(Errno::EIO));
}

#[test]
fn the_death_of_the_tracer_ends_its_helper() {
    let (mut world, tracer, child) = traced();
    assert_eq!(ask(&mut world, tracer, child, GOOD), None);
    let group = world.model.dumpers.last().expect("a helper").1;
    world.kill(1, tracer, SIGKILL);
    world.run();
    assert!(!world.model.groups.contains_key(&group));
    assert!(world.gone(child) || !world.runs(child));
}

#[test]
fn what_cannot_be_dumped_is_refused_before_a_helper_begins() {
    let (mut world, tracer, child) = traced();
    let bad = [
        (CoreDump { flags: 4, ..GOOD }, Errno::EINVAL),
        (CoreDump { flags: 1, ..GOOD }, Errno::EINVAL),
        (CoreDump { limit: -1, ..GOOD }, Errno::EINVAL),
        (CoreDump { descriptor: -1, ..GOOD }, Errno::EBADF),
    ];
    for (dump, errno) in bad {
        assert_eq!(ask(&mut world, tracer, child, dump), Some(Err(errno)), "{dump:?}");
    }
    for size in [0, 15, 17, -1] {
        let result = world.ptrace(tracer, Request::CoreDump, 99_999, BUFFER, size);
        assert_eq!(result, Err(Errno::EINVAL), "before the target: {size}");
    }
    let asked = crate::RequestArguments { number: Request::CoreDump.raw(), id: child, address: 0, data: 16 };
    assert_eq!(world.record(tracer, asked, GOOD.as_bytes()).0, Err(Errno::EOPNOTSUPP), "a record has no descriptors");
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(ask(&mut world, tracer, child, GOOD), Some(Err(Errno::EBUSY)));
    assert!(world.model.dumpers.is_empty());
}
