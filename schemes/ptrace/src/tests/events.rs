//! Event stops: system calls, forks, execs; which flags and signals they show, and in which order they come.
//!
//! Decides nothing. Neighbours: specification section 6; FreeBSD's suite has these as follow_fork_*, ptrace_vfork*,
//! new_child_pl_syscall_code_*, ptrace_exec_*, event_mask, syscall_args.

use proc_abi::event::{EventFlags, EventMask};
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::request::Request;
use proc_abi::signal::{SIGSTOP, SIGTRAP};
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::world::{BUFFER, World};
use crate::Errno;

const NOHANG: u64 = 1;

/// A debugger and its tracee, stopped and collected.
fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn set_mask(world: &mut World, tracer: i32, target: i32, mask: EventMask) {
    world.poke(tracer, BUFFER, mask.bits().as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetEventMask, target, BUFFER, 4), Ok(0));
}

fn flags(info: &LwpInfo) -> EventFlags {
    EventFlags::from_bits_retain(info.flags)
}

/// The tracee has stopped for an event with exactly these flags.
fn expect(world: &mut World, tracer: i32, target: i32, wanted: EventFlags) -> LwpInfo {
    assert_eq!(world.wait_stop(tracer, target), SIGTRAP);
    let info = world.lwpinfo(tracer, target);
    assert_eq!(flags(&info), wanted);
    info
}

#[test]
fn a_system_call_stops_at_entry_and_at_exit() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, 20, &[]);
    let info = expect(&mut world, tracer, child, EventFlags::SCE);
    assert_eq!((info.syscall_code, info.syscall_narg), (20, 0));
    world.resume(tracer, Request::Continue, child, 0);
    let info = expect(&mut world, tracer, child, EventFlags::SCX);
    assert_eq!(info.syscall_code, 20);
    assert_eq!(world.ptrace(tracer, Request::GetScRet, child, BUFFER, 24), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER), child);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child));
    world.call(child, 20, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE);
}

#[test]
fn to_sce_stays_until_the_mask_is_changed() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::ToSce, child, 0);
    world.call(child, 20, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE);
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 39, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE);
    set_mask(&mut world, tracer, child, EventMask::empty());
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 20, &[]);
    assert_eq!(world.wait(tracer, child, NOHANG).map(|told| told.0), Ok(0));
}

#[test]
fn arguments_are_told_as_they_were_latched() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::ToSce, child, 0);
    world.call(child, 37, &[child as u64, 0]);
    expect(&mut world, tracer, child, EventFlags::SCE);
    world.poke(tracer, BUFFER, &[0xff; 64]);
    assert_eq!(world.ptrace(tracer, Request::GetScArgs, child, BUFFER, 16), Ok(0));
    assert_eq!((world.peek_int(tracer, BUFFER), world.peek_int(tracer, BUFFER + 8)), (child, 0));
    assert_eq!(world.peek_int(tracer, BUFFER + 16), -1, "no more than asked for");
    assert_eq!(world.ptrace(tracer, Request::GetScRet, child, BUFFER, 24), Err(Errno::EINVAL), "not at an exit");
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child), "the exit was not asked for");
}

#[test]
fn a_followed_fork_stops_both_halves_in_either_order() {
    for child_first in [false, true] {
        let (mut world, tracer, child) = traced();
        assert_eq!(world.ptrace(tracer, Request::FollowFork, child, 0, 1), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        world.call(child, 2, &[]);
        let parent_half = |world: &mut World| {
            let info = expect(world, tracer, child, EventFlags::SCX | EventFlags::FORKED);
            assert_eq!(info.syscall_code, 2);
            info.child_pid
        };
        let grandchild = if child_first { child + 1 } else { parent_half(&mut world) };
        world.know(grandchild);
        assert_eq!(world.wait_stop(tracer, grandchild), SIGSTOP);
        let info = world.lwpinfo(tracer, grandchild);
        assert_eq!(flags(&info), EventFlags::SCX | EventFlags::CHILD);
        assert_eq!((info.syscall_code, info.syscall_narg), (2, 0));
        if child_first {
            assert_eq!(parent_half(&mut world), grandchild);
        }
        world.resume(tracer, Request::Continue, grandchild, 0);
        world.resume(tracer, Request::Continue, child, 0);
        assert_eq!(world.value(grandchild, 39, &[]), Ok(child as usize));
        world.call(grandchild, 1, &[0]);
        assert_eq!(world.wait_end(tracer, grandchild), WaitStatus::Exited(0));
        assert_eq!(world.wait_end(child, grandchild), WaitStatus::Exited(0), "the forker reaps it again");
        world.call(child, 1, &[0]);
        assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(0));
    }
}

#[test]
fn a_new_child_that_is_detached_leaves_the_debugger() {
    let (mut world, tracer, child) = traced();
    assert_eq!(world.ptrace(tracer, Request::FollowFork, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 2, &[]);
    let grandchild = expect(&mut world, tracer, child, EventFlags::SCX | EventFlags::FORKED).child_pid;
    world.know(grandchild);
    assert_eq!(world.wait_stop(tracer, grandchild), SIGSTOP);
    world.resume(tracer, Request::Detach, grandchild, 0);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(grandchild));
    world.call(grandchild, 1, &[0]);
    assert_eq!(world.wait(tracer, grandchild, NOHANG), Err(Errno::ECHILD));
    world.call(child, 1, &[0]);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(0));
}

#[test]
fn a_forker_that_is_detached_is_still_a_child_of_its_parent() {
    let (mut world, tracer, child) = traced();
    assert_eq!(world.ptrace(tracer, Request::FollowFork, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 2, &[]);
    let grandchild = expect(&mut world, tracer, child, EventFlags::SCX | EventFlags::FORKED).child_pid;
    world.know(grandchild);
    world.wait_stop(tracer, grandchild);
    world.resume(tracer, Request::Detach, child, 0);
    world.resume(tracer, Request::Continue, grandchild, 0);
    world.call(grandchild, 1, &[0]);
    assert_eq!(world.wait_end(tracer, grandchild), WaitStatus::Exited(0));
    world.call(child, 1, &[0]);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(0));
}

#[test]
fn an_unfollowed_fork_makes_an_untraced_child() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    let grandchild = world.fork(child);
    assert!(world.runs(grandchild));
    assert_eq!(world.wait(tracer, grandchild, NOHANG), Err(Errno::ECHILD));
}

#[test]
fn a_vfork_reports_the_end_of_its_wait() {
    let (mut world, tracer, child) = traced();
    set_mask(&mut world, tracer, child, EventMask::VFORK);
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 66, &[]);
    let grandchild = child + 1;
    world.know(grandchild);
    assert_eq!(world.wait(tracer, child, NOHANG).map(|told| told.0), Ok(0), "it waits for its child");
    assert!(!world.runs(child) && world.runs(grandchild));
    world.call(grandchild, 1, &[0]);
    expect(&mut world, tracer, child, EventFlags::VFORK_DONE);
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.result(world.main(child)), Ok(grandchild as usize));
}

#[test]
fn a_followed_vfork_stops_before_and_after_its_wait() {
    let (mut world, tracer, child) = traced();
    set_mask(&mut world, tracer, child, EventMask::VFORK | EventMask::FORK);
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 66, &[]);
    let wanted = EventFlags::SCX | EventFlags::FORKED | EventFlags::VFORKED;
    let info = expect(&mut world, tracer, child, wanted);
    assert_eq!(info.syscall_code, 66);
    let grandchild = info.child_pid;
    world.know(grandchild);
    assert_eq!(world.wait_stop(tracer, grandchild), SIGSTOP);
    world.resume(tracer, Request::Continue, grandchild, 0);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(!world.runs(child));
    world.call(grandchild, 1, &[0]);
    assert_eq!(world.wait_end(tracer, grandchild), WaitStatus::Exited(0));
    expect(&mut world, tracer, child, EventFlags::VFORK_DONE);
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 1, &[0]);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(0));
}

#[test]
fn the_mask_can_be_read_and_the_two_toggles_show_in_it() {
    let (mut world, tracer, child) = traced();
    let read = |world: &mut World| {
        assert_eq!(world.ptrace(tracer, Request::GetEventMask, child, BUFFER, 4), Ok(0));
        EventMask::from_bits_retain(world.peek_int(tracer, BUFFER) as u32)
    };
    assert_eq!(read(&mut world), EventMask::EXEC, "what an attach gives");
    assert_eq!(world.ptrace(tracer, Request::FollowFork, child, 0, 1), Ok(0));
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    assert_eq!(read(&mut world), EventMask::EXEC | EventMask::FORK | EventMask::LWP);
    assert_eq!(world.ptrace(tracer, Request::FollowFork, child, 0, 0), Ok(0));
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 0), Ok(0));
    assert_eq!(read(&mut world), EventMask::EXEC);
}

#[test]
fn a_signal_given_at_an_entry_stop_is_taken_after_the_call() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Detach, child, 0);
    world.dispose(child, proc_abi::signal::SIGUSR1, 0x5000, 0);
    world.attach(tracer, child);
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, 20, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE);
    world.resume(tracer, Request::Continue, child, proc_abi::signal::SIGUSR1.number());
    expect(&mut world, tracer, child, EventFlags::SCX);
    let main = world.main(child);
    assert_ne!(world.model.threads[&main].registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
    world.resume(tracer, Request::Continue, child, proc_abi::signal::SIGUSR1.number());
    assert_eq!(world.model.threads[&main].registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
    let process = world.table.get(proc_abi::id::Pid::new(child).expect("a pid")).expect("alive");
    assert_eq!(process.threads[0].queue.counted(), 1, "the second waits: it is blocked in the handler of the first");
}

#[test]
fn sigtrap_given_at_an_entry_stop_kills() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::ToSce, child, 0);
    world.call(child, 20, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE);
    world.resume(tracer, Request::Continue, child, SIGTRAP.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGTRAP));
}
