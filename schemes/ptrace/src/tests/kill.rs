//! Kills that must win: PT_KILL at every kind of stop, SIGKILL of untraced processes in every state.
//!
//! Decides nothing. Neighbours: specification section 5.5; FreeBSD's suite has PT_KILL_* and parent_terminate_*.

use kernel_abi::stop::Cause;
use proc_abi::event::EventMask;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGTRAP, SIGUSR1};
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::world::{BUFFER, World};

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn killed(world: &mut World, tracer: i32, child: i32) {
    assert_eq!(world.ptrace(tracer, Request::Kill, child, 0, 0), Ok(0));
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL));
    assert!(world.gone(child));
}

#[test]
fn kill_at_a_breakpoint() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Breakpoint, [0; 8]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    killed(&mut world, tracer, child);
}

#[test]
fn kill_at_a_system_call() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, 20, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    killed(&mut world, tracer, child);
}

#[test]
fn kill_at_the_birth_of_a_thread_tells_nothing_more() {
    let (mut world, tracer, child) = traced();
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 455, &[BUFFER, 104]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    killed(&mut world, tracer, child);
}

#[test]
fn kill_beats_signals_that_are_pending() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    world.thr_new(child);
    for _ in 0..130 {
        world.kill(tracer, child, SIGUSR1);
    }
    assert_eq!(world.wait_stop(tracer, child), SIGUSR1);
    killed(&mut world, tracer, child);
}

#[test]
fn continue_with_sigkill_is_a_kill() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, SIGKILL.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL));
}

#[test]
fn a_kill_at_a_followed_fork_leaves_the_child_to_its_tracer() {
    let (mut world, tracer, child) = traced();
    world.poke(tracer, BUFFER, (EventMask::FORK | EventMask::VFORK).bits().as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetEventMask, child, BUFFER, 4), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 66, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    let grandchild = world.lwpinfo(tracer, child).child_pid;
    world.know(grandchild);
    killed(&mut world, tracer, child);
    assert_eq!(world.wait_stop(tracer, grandchild), SIGSTOP);
    world.resume(tracer, Request::Continue, grandchild, 0);
    assert_eq!(world.value(grandchild, 39, &[]), Ok(1));
    killed_by_signal(&mut world, tracer, grandchild);
}

fn killed_by_signal(world: &mut World, tracer: i32, child: i32) {
    world.kill(tracer, child, SIGKILL);
    assert_eq!(world.wait_stop(tracer, child), SIGKILL, "an ordinary signal while traced");
    world.resume(tracer, Request::Continue, child, SIGKILL.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL));
}

#[test]
fn sigkill_ends_untraced_processes_wherever_they_are() {
    let (mut world, pids) = World::with_children(4);
    world.call(pids[0], 240, &[0, 0]);
    world.kill(1, pids[1], SIGSTOP);
    world.call(pids[2], 66, &[]);
    let vforked = pids[3] + 1;
    for pid in [pids[0], pids[1], pids[2], pids[3]] {
        world.kill(1, pid, SIGKILL);
        assert_eq!(world.wait_end(1, pid), WaitStatus::Killed(SIGKILL));
    }
    world.know(vforked);
    assert!(world.runs(vforked), "the child of a dead vfork parent lives on");
}

#[test]
fn the_death_of_a_tracer_kills_a_chain_of_tracees() {
    let (mut world, pids) = World::with_children(4);
    for pair in pids.windows(2) {
        world.attach(pair[0], pair[1]);
        world.resume(pair[0], Request::Continue, pair[1], 0);
    }
    // The first is nobody's tracee, so it dies at once, and all others with it.
    world.kill(1, pids[0], SIGKILL);
    for pid in pids {
        assert_eq!(world.wait_end(1, pid), WaitStatus::Killed(SIGKILL));
    }
}
