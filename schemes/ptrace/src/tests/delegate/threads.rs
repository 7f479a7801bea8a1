//! Delegated runs of targets with several threads: the one that reported is the tracer's, all others are the server's.
//!
//! Decides nothing. Neighbours: `delegate` (one thread, and how runs are compared), `leave` (each reason by itself).

use kernel_abi::stop::Cause;
use proc_abi::event::EventMask;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCHLD, SIGSTOP, SIGTRAP};
use zerocopy::IntoBytes;

use super::{End, compare};
use crate::tests::world::{BUFFER, World};

const BREAK: [u64; 8] = [0x4000, 0, 0, 0, 0, 0, 0, 0];
const ENDS: [End; 6] = [End::Step, End::Break, End::Step, End::Step, End::Break, End::Break];

/// A debugger and a tracee with two threads, running, and `run` open.
fn two() -> (World, i32, i32, u64) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    let second = world.thr_new(child);
    world.dispose(pids[0], SIGCHLD, 0, 0);
    world.attach(pids[0], child);
    assert!(world.open_run(pids[0], child));
    world.resume(pids[0], Request::Continue, child, 0);
    (world, pids[0], child, second)
}

/// The thread meets a breakpoint, and the debugger hears of it.
fn hit((world, debugger, target): (&mut World, i32, i32), thread: u64) {
    world.model.trap(thread, Cause::Breakpoint, BREAK);
    world.run();
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
    assert_eq!(world.lwpinfo(debugger, target).lwpid, world.tid(thread));
}

#[test]
fn whichever_reported_runs_leave_what_turns_leave() {
    let (world, debugger, target, second) = two();
    for thread in [world.main(target), second] {
        let mut world = world.clone();
        hit((&mut world, debugger, target), thread);
        assert!(world.has_leave());
        compare(&world, (debugger, target), &ENDS);
    }
}

#[test]
fn what_the_other_thread_does_is_no_reason() {
    type Change = fn(&mut World, i32, i32, u64);
    let changes: [(&str, Change); 3] = [
        ("a call of ours that waits", |world, _, _, second| world.call_thread(second, 7, &[u64::MAX, 0, 0, 0])),
        ("a call of the kernel's that waits", |world, _, _, second| world.call_thread(second, 240, &[])),
        ("a hold", |world, debugger, target, second| {
            world.raise(target, SIGSTOP);
            assert_eq!(world.wait_stop(debugger, target), SIGSTOP);
            let tid = world.tid(second);
            assert_eq!(world.ptrace(debugger, Request::Suspend, tid, 0, 0), Ok(0));
            world.resume(debugger, Request::Continue, target, 0);
        }),
    ];
    for (what, change) in changes {
        let (mut world, debugger, target, second) = two();
        let main = world.main(target);
        world.fork(target);
        change(&mut world, debugger, target, second);
        hit((&mut world, debugger, target), main);
        assert!(world.has_leave(), "{what}");
        compare(&world, (debugger, target), &ENDS);
    }
}

#[test]
fn calls_of_the_thread_that_reported_are_the_tracers() {
    let (mut world, debugger, target, second) = two();
    hit((&mut world, debugger, target), second);
    let mask = EventMask::SCE | EventMask::SCX;
    world.poke(debugger, BUFFER, mask.bits().as_bytes());
    assert_eq!(world.ptrace(debugger, Request::SetEventMask, target, BUFFER, 4), Ok(0));
    assert!(world.has_leave());
    let call = End::Call(9_999);
    compare(&world, (debugger, target), &[End::Step, call, call, End::Break, call, call, call]);
}

#[test]
fn a_stop_of_another_is_the_servers_and_takes_the_leave_along() {
    let (mut world, debugger, target, second) = two();
    let main = world.main(target);
    hit((&mut world, debugger, target), main);
    assert!(world.has_leave());
    assert!(world.run_delegated(target, End::Step));
    assert!(world.run_delegated(target, End::Nothing));
    hit((&mut world, debugger, target), second);
    assert!(world.has_leave());
    assert!(world.run_delegated(target, End::Step));
    assert_eq!(world.lwpinfo(debugger, target).lwpid, world.tid(second));
    assert_eq!(world.wait(debugger, target, 1).map(|told| told.0), Ok(0), "it was collected");
}

#[test]
fn a_report_that_waits_behind_a_stop_withholds_it() {
    let (mut world, debugger, target, second) = two();
    let main = world.main(target);
    world.model.trap(main, Cause::Breakpoint, BREAK);
    world.model.trap(second, Cause::Breakpoint, BREAK);
    world.run();
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
    assert!(!world.has_leave());
    world.resume(debugger, Request::Continue, target, 0);
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
    assert!(world.has_leave(), "nothing is left to be told");
}

#[test]
fn the_end_of_the_thread_that_reported_withholds_it() {
    let (mut world, debugger, target, second) = two();
    hit((&mut world, debugger, target), second);
    assert!(world.has_leave());
    assert!(world.run_delegated(target, End::Nothing));
    world.call_thread(second, 431, &[0]);
    world.raise(target, SIGSTOP);
    assert_eq!(world.wait_stop(debugger, target), SIGSTOP);
    assert!(world.has_leave());
    assert!(world.run_delegated(target, End::Step));
}
