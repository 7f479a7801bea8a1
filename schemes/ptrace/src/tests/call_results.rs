//! SET_SC_RET: a call that the debugger answers in place of its body.
//!
//! Decides nothing. Neighbours: `events` (the stops), specification section 11 (PT_SET_SC_RET).

use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::signal::{SIGTRAP, SIGUSR1};
use proc_abi::syscall::SyscallReturn;
use zerocopy::{FromBytes, IntoBytes};

use super::world::{BUFFER, World};
use crate::{Errno, Result};

const GETPID: u32 = 20;
const FORK: u32 = 2;

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn give(world: &mut World, tracer: i32, target: i32, told: SyscallReturn) -> Result<i32> {
    world.poke(tracer, BUFFER, told.as_bytes());
    world.ptrace(tracer, Request::SetScRet, target, BUFFER, 24)
}

fn told(world: &mut World, tracer: i32, target: i32) -> SyscallReturn {
    assert_eq!(world.ptrace(tracer, Request::GetScRet, target, BUFFER, 24), Ok(0));
    let bytes: Vec<u8> = (0..24).map(|at| world.peek_int(tracer, BUFFER + at) as u8).collect();
    SyscallReturn::read_from_bytes(&bytes).expect("24 bytes")
}

fn value(value: u64) -> SyscallReturn {
    SyscallReturn { retval: [value, 0], ..SyscallReturn::default() }
}

#[test]
fn a_given_result_skips_the_body() {
    let (mut world, tracer, child) = traced();
    let processes = world.table.count();
    for result in [value(77), value(0), SyscallReturn { error: 1, ..value(9) }] {
        world.resume(tracer, Request::Syscall, child, 0);
        // The body would make a process.
        world.call(child, FORK, &[]);
        assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
        assert_eq!(give(&mut world, tracer, child, value(5)), Ok(0), "the last word counts");
        assert_eq!(give(&mut world, tracer, child, result), Ok(0));
        world.resume(tracer, Request::Syscall, child, 0);
        assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
        let flags = EventFlags::from_bits_retain(world.lwpinfo(tracer, child).flags);
        assert_eq!(flags, EventFlags::SCX);
        let expected = if result.error == 0 { result } else { SyscallReturn { retval: [0, 0], ..result } };
        assert_eq!(told(&mut world, tracer, child), expected);
    }
    assert_eq!(world.table.count(), processes);
    // The next call has its own result again.
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, GETPID, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    world.resume(tracer, Request::Syscall, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(told(&mut world, tracer, child), value(child as u64));
}

#[test]
fn a_given_result_outlives_detach_and_a_signal() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::ToSce, child, 0);
    world.call(child, GETPID, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(give(&mut world, tracer, child, value(77)), Ok(0));
    world.dispose(tracer, SIGUSR1, 0, 0);
    world.resume(tracer, Request::Detach, child, 0);
    assert_eq!(world.result(world.main(child)), Ok(77));
    assert!(world.runs(child));
}

#[test]
fn only_results_of_calls_at_entries_are_taken() {
    let (mut world, tracer, child) = traced();
    assert_eq!(give(&mut world, tracer, child, value(1)), Err(Errno::EINVAL), "not in a call");
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, GETPID, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    for size in [0, 23, 25, -1] {
        let result = world.ptrace(tracer, Request::SetScRet, child, BUFFER, size);
        assert_eq!(result, Err(Errno::EINVAL), "{size}");
        let result = world.ptrace(tracer, Request::SetScRet, 99_999, BUFFER, size);
        assert_eq!(result, Err(Errno::EINVAL), "before the target: {size}");
    }
    for error in [-1, -2, 4094, 4096, i32::MAX, i32::MIN] {
        let bad = SyscallReturn { error, ..value(1) };
        assert_eq!(give(&mut world, tracer, child, bad), Err(Errno::EINVAL), "{error}");
    }
    for raw in [u64::MAX, u64::MAX - 4094] {
        assert_eq!(give(&mut world, tracer, child, value(raw)), Err(Errno::EINVAL), "{raw:#x} would be an error");
    }
    world.resume(tracer, Request::Syscall, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(give(&mut world, tracer, child, value(1)), Err(Errno::EINVAL), "at the exit it is too late");
    assert_eq!(told(&mut world, tracer, child), value(child as u64), "what was refused changed nothing");
}
