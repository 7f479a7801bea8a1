//! SC_REMOTE: which calls are made, by whom, and what a refusal leaves alone.
//!
//! Decides nothing. Neighbours: `kernel_abi::calls::REMOTE`, specification section 11 (PT_SC_REMOTE); reliability: a number
//! that carries another call must not pass the check.

use kernel_abi::calls::{self, PROCESS_CALL, Served, TABLE};
use proc_abi::remote::RemoteCall;
use proc_abi::request::Request;
use proc_abi::signal::SIGTRAP;
use proc_abi::syscall::SyscallReturn;
use zerocopy::{FromBytes, IntoBytes};

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::{Errno, Result};

const ARGUMENTS: u64 = BUFFER + 0x100;

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn make(world: &mut World, pids: (i32, i32), number: u32, arguments: &[u64]) -> Result<SyscallReturn> {
    let poison = SyscallReturn { retval: [5; 2], error: 5, pad: 0 };
    let call = RemoteCall { result: poison, number, count: arguments.len() as u32, arguments: ARGUMENTS };
    world.poke(pids.0, ARGUMENTS, arguments.as_bytes());
    world.poke(pids.0, BUFFER, call.as_bytes());
    let result = world.ptrace(pids.0, Request::ScRemote, pids.1, BUFFER, 40);
    let bytes: Vec<u8> = (0..40).map(|at| world.peek_int(pids.0, BUFFER + at) as u8).collect();
    let told = RemoteCall::read_from_bytes(&bytes).expect("40 bytes");
    let kept = if result.is_ok() { told.result } else { poison };
    assert_eq!(told, RemoteCall { result: kept, ..call }, "nothing else is written");
    result.map(|_| told.result)
}

fn value(value: u64) -> Result<SyscallReturn> {
    Ok(SyscallReturn { retval: [value, 0], ..SyscallReturn::default() })
}

#[test]
fn calls_are_made_for_a_stopped_thread() {
    let (mut world, tracer, child) = traced();
    let main = world.main(child);
    let before = world.model.threads[&main].clone();
    let parent = world.value(tracer, 20, &[]).expect("an id") as u64;
    assert_eq!(make(&mut world, (tracer, child), 20, &[]), value(child as u64), "getpid");
    assert_eq!(make(&mut world, (tracer, child), 39, &[]), value(parent), "getppid");
    assert_eq!(make(&mut world, (tracer, child), 24, &[]), value(0), "getuid");
    let group = world.value(child_of(&world, tracer), 81, &[]).expect("a group") as u64;
    assert_eq!(make(&mut world, (tracer, child), 207, &[0]), value(group), "getpgid of itself");
    let missing = SyscallReturn { error: Errno::ESRCH.number() as i32, ..SyscallReturn::default() };
    assert_eq!(make(&mut world, (tracer, child), 207, &[88_888]), Ok(missing));
    assert_eq!(make(&mut world, (tracer, child), 477, &[7, 8]), value(7), "mmap is the kernel's");
    let mmap = calls::by_name("mmap").expect("a call").number;
    assert_eq!(world.model.remote, [(main, mmap, [7, 8, 0, 0, 0, 0])]);
    assert_eq!(world.model.threads[&main], before, "nothing of the thread moved");
    // The stop is still collected: the next request needs no wait.
    assert_eq!(world.lwpinfo(tracer, child).lwpid, world.tid(main));
}

/// The tracer is in its parent's group, as its child is.
fn child_of(_world: &World, tracer: i32) -> i32 {
    tracer
}

#[test]
fn the_call_it_is_stopped_in_keeps_its_arguments() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, 37, &[child as u64, 0]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(make(&mut world, (tracer, child), 20, &[]), value(child as u64));
    let info = world.lwpinfo(tracer, child);
    assert_eq!((info.syscall_code, info.syscall_narg), (37, 2));
    world.resume(tracer, Request::Syscall, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(world.lwpinfo(tracer, child).syscall_code, 37);
}

#[test]
fn the_table_is_closed() {
    let (mut world, tracer, child) = traced();
    for row in TABLE.iter().filter(|row| !calls::is_remote(row)) {
        assert_eq!(make(&mut world, (tracer, child), row.shown, &[]), Err(Errno::EINVAL), "{}", row.name);
    }
    let unknown = SyscallReturn { error: Errno::ENOSYS.number() as i32, ..SyscallReturn::default() };
    for number in [0, 8, 198, 9_999, u32::MAX, PROCESS_CALL as u32 | 20, PROCESS_CALL as u32 | 26, 1 << 31 | 20] {
        assert_eq!(make(&mut world, (tracer, child), number, &[26]), Ok(unknown), "{number:#x}");
    }
    assert!(world.model.remote.is_empty());
    let own = TABLE.iter().filter(|row| calls::is_remote(row) && row.served == Served::ProcessServer);
    for row in own {
        let result = make(&mut world, (tracer, child), row.shown, &[]).expect("made");
        assert_eq!(result.error, 0, "{}", row.name);
    }
}

#[test]
fn sizes_counts_and_threads_in_calls_are_refused() {
    let (mut world, tracer, child) = traced();
    for size in [0, 39, 41, -1] {
        for target in [child, 99_999] {
            let result = world.ptrace(tracer, Request::ScRemote, target, BUFFER, size);
            assert_eq!(result, Err(Errno::EINVAL), "{size}");
        }
    }
    assert_eq!(make(&mut world, (tracer, child), 20, &[0; 9]), Err(Errno::EINVAL));
    assert_eq!(make(&mut world, (tracer, 99_999), 20, &[0; 9]), Err(Errno::EINVAL), "before the target");
    assert_eq!(make(&mut world, (tracer, child), 20, &[0; 8]), value(child as u64));
    let nowhere = RemoteCall { number: 20, count: 1, arguments: UNMAPPED, ..RemoteCall::default() };
    world.poke(tracer, BUFFER, nowhere.as_bytes());
    assert_eq!(world.ptrace(tracer, Request::ScRemote, 99_999, BUFFER, 40), Err(Errno::EFAULT));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 240, &[]);
    assert_eq!(world.ptrace(tracer, Request::Detach, child, 1, 0), Err(Errno::EBUSY));
    world.kill(tracer, child, proc_abi::signal::SIGSTOP);
    let second = world.fork(tracer);
    world.call(second, 240, &[]);
    world.attach(tracer, second);
    assert_eq!(make(&mut world, (tracer, second), 20, &[]), Err(Errno::EBUSY), "it sleeps");
}
