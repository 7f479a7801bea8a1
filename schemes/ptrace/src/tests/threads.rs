//! Threads: birth and death as events, one reporting thread, held threads, choice of the thread for a signal.
//!
//! Decides nothing. Neighbours: specification sections 5 and 6; FreeBSD's suite has lwp_events and
//! new_child_pl_syscall_code_thread.

use kernel_abi::stop::{Cause, Reasons};
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::sigaction::SIG_BLOCK;
use proc_abi::signal::{SIGTRAP, SIGUSR1, SigSet};
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::world::{BUFFER, World, reasons};
use crate::Errno;

const BREAK: [u64; 8] = [0x4000, 0, 0, 0, 0, 0, 0, 0];

/// A debugger and a tracee with two threads, running.
fn two_threads() -> (World, i32, i32, u64) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    let second = world.thr_new(child);
    world.attach(pids[0], child);
    world.resume(pids[0], Request::Continue, child, 0);
    (world, pids[0], child, second)
}

fn event(world: &mut World, tracer: i32, target: i32) -> (EventFlags, i32, u32) {
    assert_eq!(world.wait_stop(tracer, target), SIGTRAP);
    let info = world.lwpinfo(tracer, target);
    (EventFlags::from_bits_retain(info.flags), info.lwpid, info.syscall_code)
}

#[test]
fn a_thread_reports_its_birth_and_its_death() {
    let (mut world, pids) = World::with_children(1);
    let (tracer, child) = (pids[0], world.fork(pids[0]));
    world.attach(tracer, child);
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 455, &[BUFFER, 104]);
    let thread = world.newest_thread(child);
    let tid = world.tid(thread);
    assert_eq!(event(&mut world, tracer, child), (EventFlags::BORN | EventFlags::SCX, tid, 455));
    assert_eq!(world.ptrace(tracer, Request::GetNumLwps, child, 0, 0), Ok(2));
    world.resume(tracer, Request::Continue, child, 0);
    world.call_thread(thread, 431, &[0]);
    assert_eq!(event(&mut world, tracer, child), (EventFlags::EXITED | EventFlags::SCE, tid, 431));
    world.resume(tracer, Request::Continue, child, 0);
    assert!(!world.model.threads.contains_key(&thread));
    world.call(child, 1, &[1]);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(1), "the last thread reports no end of its own");
}

#[test]
fn exit_of_a_traced_process_reports_the_end_of_its_other_threads() {
    let (mut world, tracer, child, second) = two_threads();
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    let tid = world.tid(second);
    world.call(child, 1, &[4]);
    assert_eq!(event(&mut world, tracer, child), (EventFlags::EXITED, tid, 0));
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(4));
}

#[test]
fn a_thread_that_is_being_ended_cannot_be_held() {
    let (mut world, tracer, child, second) = two_threads();
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    let tid = world.tid(second);
    world.call(child, 1, &[4]);
    assert_eq!(event(&mut world, tracer, child), (EventFlags::EXITED, tid, 0));
    assert_eq!(world.ptrace(tracer, Request::Suspend, tid, 0, 0), Ok(0), "accepted, for nothing");
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(4));
}

#[test]
fn an_end_that_nobody_wants_to_see_any_more_is_no_stop() {
    let (mut world, tracer, child, second) = two_threads();
    let main = world.main(child);
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.model.trap(main, Cause::Breakpoint, BREAK);
    world.model.prepare(main);
    world.model.enter(second, 431, [0; 6]);
    // The trap's stop comes while the end is on its way.
    world.step();
    world.model.prepare(second);
    world.run();
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 0), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait(tracer, child, 1).map(|told| told.0), Ok(0));
    assert!(world.runs(child));
}

#[test]
fn the_first_thread_to_stop_reports_and_the_second_follows_at_the_next_resume() {
    let (mut world, tracer, child, second) = two_threads();
    let main = world.main(child);
    world.model.trap(main, Cause::Breakpoint, BREAK);
    world.model.trap(second, Cause::Breakpoint, BREAK);
    world.run();
    let (first, later) = (world.tid(main), world.tid(second));
    assert_eq!(event(&mut world, tracer, child).1, first);
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(event(&mut world, tracer, child).1, later, "nothing is lost");
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.model.in_user(main) && world.model.in_user(second));
}

#[test]
fn a_stop_of_one_thread_stops_all() {
    let (mut world, tracer, child, second) = two_threads();
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    assert!(reasons(&world, second).contains(Reasons::TRACE));
    assert!(!world.model.in_user(second));
}

#[test]
fn a_held_thread_stays_while_the_others_run() {
    let (mut world, tracer, child, second) = two_threads();
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    let tid = world.tid(second);
    assert_eq!(world.ptrace(tracer, Request::Suspend, tid, 0, 0), Ok(0));
    assert_eq!(world.ptrace(tracer, Request::Suspend, tid, 0, 0), Ok(0), "twice is once");
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child) && !world.model.in_user(second));
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::Resume, tid, 0, 0), Ok(0));
    assert!(!world.model.in_user(second), "it runs at the next resume");
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.model.in_user(second));
}

#[test]
fn a_held_reporter_keeps_its_answer_until_it_is_released() {
    let (mut world, tracer, child, second) = two_threads();
    world.kill(tracer, child, SIGUSR1);
    assert_eq!(world.wait_stop(tracer, child), SIGUSR1);
    let reporter = world.lwpinfo(tracer, child).lwpid;
    assert_eq!(world.ptrace(tracer, Request::Suspend, reporter, 0, 0), Ok(0));
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    assert_eq!(world.wait(tracer, child, 1).map(|told| told.0), Ok(0), "it has not taken the signal yet");
    world.model.trap(second, Cause::Breakpoint, BREAK);
    world.run();
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::Resume, reporter, 0, 0), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGUSR1));
}

#[test]
fn detach_frees_held_threads_and_runs_what_was_pending() {
    let (mut world, tracer, child, second) = two_threads();
    world.dispose(child, SIGTRAP, 0x5000, 0);
    let main = world.main(child);
    world.model.trap(main, Cause::Breakpoint, BREAK);
    world.model.trap(second, Cause::Breakpoint, BREAK);
    world.run();
    event(&mut world, tracer, child);
    let tid = world.tid(second);
    assert_eq!(world.ptrace(tracer, Request::Suspend, tid, 0, 0), Ok(0));
    world.resume(tracer, Request::Detach, child, 0);
    assert!(world.runs(child));
    let registers = world.model.threads[&second].registers;
    assert_eq!(registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE, "its own trap is its own");
}

#[test]
fn threads_are_listed_oldest_first_and_cut_to_the_room() {
    let (mut world, tracer, child, second) = two_threads();
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    assert_eq!(world.ptrace(tracer, Request::GetLwpList, child, BUFFER, 8), Ok(2));
    assert_eq!(world.peek_int(tracer, BUFFER), world.tid(world.main(child)));
    assert_eq!(world.peek_int(tracer, BUFFER + 4), world.tid(second));
    world.poke(tracer, BUFFER + 4, &[0; 4]);
    assert_eq!(world.ptrace(tracer, Request::GetLwpList, child, BUFFER, 1), Ok(1));
    assert_eq!(world.peek_int(tracer, BUFFER + 4), 0);
    assert_eq!(world.ptrace(tracer, Request::GetLwpList, child, BUFFER, 0), Err(Errno::EINVAL));
}

#[test]
fn a_process_signal_goes_to_a_thread_that_takes_it() {
    let (mut world, pids) = World::with_children(1);
    let pid = pids[0];
    world.dispose(pid, SIGUSR1, 0x5000, 0);
    let second = world.thr_new(pid);
    world.poke(pid, BUFFER, SigSet::of(SIGUSR1).as_bytes());
    assert_eq!(world.value(pid, 340, &[SIG_BLOCK as u64, BUFFER, 0]), Ok(0));
    world.kill(1, pid, SIGUSR1);
    let trampoline = proc_abi::signal_frame::SIGNAL_TRAMPOLINE;
    assert_eq!(world.model.threads[&second].registers.rip, trampoline);
    assert_ne!(world.model.threads[&world.main(pid)].registers.rip, trampoline);
}

#[test]
fn a_signal_finds_another_thread_when_its_own_blocks_it() {
    let (mut world, pids) = World::with_children(1);
    let pid = pids[0];
    world.dispose(pid, SIGUSR1, 0x5000, 0);
    world.poke(pid, BUFFER, SigSet::of(SIGUSR1).as_bytes());
    assert_eq!(world.value(pid, 340, &[SIG_BLOCK as u64, BUFFER, 0]), Ok(0));
    let second = world.thr_new(pid);
    world.kill(1, pid, SIGUSR1);
    let process = world.table.get(Pid::new(pid).expect("a pid")).expect("alive");
    assert!(process.queue.pending().contains(SIGUSR1), "both block it: a thread inherits its creator's mask");
    world.poke(pid, BUFFER, SigSet::EMPTY.as_bytes());
    world.call_thread(second, 340, &[3, BUFFER, 0]);
    assert_eq!(world.model.threads[&second].registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
}

#[test]
fn the_exit_of_the_last_thread_is_the_exit_of_the_process() {
    let (mut world, pids) = World::with_children(1);
    let second = world.thr_new(pids[0]);
    world.call(pids[0], 431, &[BUFFER]);
    assert!(!world.gone(pids[0]) && world.model.in_user(second));
    assert_eq!(world.model.woken, [BUFFER], "whoever waits for the word");
    world.call_thread(second, 431, &[0]);
    assert_eq!(world.wait_end(1, pids[0]), WaitStatus::Exited(0));
}

#[test]
fn thr_wake_ends_a_suspension_also_one_that_comes_later() {
    let (mut world, pids) = World::with_children(1);
    let second = world.thr_new(pids[0]);
    let tid = world.tid(second) as u64;
    world.call_thread(second, 442, &[0]);
    assert!(world.waits(second));
    assert_eq!(world.value(pids[0], 443, &[tid]), Ok(0));
    assert_eq!(world.result(second), Ok(0));
    assert_eq!(world.value(pids[0], 443, &[tid]), Ok(0));
    world.call_thread(second, 442, &[0]);
    assert_eq!(world.result(second), Ok(0));
    assert_eq!(world.value(pids[0], 443, &[7]), Err(Errno::ESRCH));
}

#[test]
fn a_thread_that_is_born_suspended_waits_for_its_first_wake() {
    let (mut world, pids) = World::with_children(1);
    let parameters = proc_abi::thread::ThreadParameters { flags: 1, child_tid: BUFFER + 256, ..Default::default() };
    world.poke(pids[0], BUFFER, parameters.as_bytes());
    let thread = world.thr_new(pids[0]);
    let tid = world.tid(thread);
    assert_eq!(world.peek_int(pids[0], BUFFER + 256), tid);
    assert!(!world.model.in_user(thread));
    assert_eq!(world.value(pids[0], 443, &[tid as u64]), Ok(0));
    assert!(world.model.in_user(thread));
}

#[test]
fn the_event_mask_of_a_born_thread_is_that_of_its_birth() {
    let (mut world, tracer, child, _) = two_threads();
    world.trap(child, Cause::Breakpoint, BREAK);
    event(&mut world, tracer, child);
    world.poke(tracer, BUFFER, EventMask::SCX.bits().as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetEventMask, child, BUFFER, 4), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 455, &[BUFFER, 104]);
    let flags = [event(&mut world, tracer, child).0, {
        world.resume(tracer, Request::Continue, child, 0);
        event(&mut world, tracer, child).0
    }];
    assert_eq!(flags, [EventFlags::SCX; 2], "without LWP a birth is a plain exit stop");
}

#[test]
fn sysarch_moves_the_segments_of_the_calling_thread_alone() {
    const GET_FS: u64 = 128;
    const SET_FS: u64 = 129;
    const SET_GS: u64 = 131;
    let (mut world, pids) = World::with_children(1);
    let pid = pids[0];
    let (main, second) = (world.main(pid), world.thr_new(pid));
    let bases =
        |world: &World, thread: u64| (world.model.threads[&thread].bases.fs, world.model.threads[&thread].bases.gs);
    let others = bases(&world, second);
    world.poke(pid, BUFFER, &0x7000_u64.to_le_bytes());
    assert_eq!(world.value(pid, 165, &[SET_FS, BUFFER]), Ok(0));
    world.poke(pid, BUFFER, &0x8000_u64.to_le_bytes());
    assert_eq!(world.value(pid, 165, &[SET_GS, BUFFER]), Ok(0));
    assert_eq!(bases(&world, main), (0x7000, 0x8000));
    assert_eq!(bases(&world, second), others);
    assert_eq!(world.value(pid, 165, &[GET_FS, BUFFER]), Ok(0));
    assert_eq!(world.peek_int(pid, BUFFER), 0x7000);
    assert_eq!(world.value(pid, 165, &[GET_FS, u64::MAX]), Err(Errno::EFAULT));
    assert_eq!(world.value(pid, 165, &[7, BUFFER]), Err(Errno::EINVAL));
}

#[test]
fn a_signal_goes_to_the_process_when_its_reporter_is_gone() {
    let (mut world, tracer, child, second) = two_threads();
    world.model.trap(second, Cause::Breakpoint, BREAK);
    world.run();
    assert_eq!(event(&mut world, tracer, child).1, world.tid(second));
    world.model.kill(second);
    world.run();
    assert_eq!(world.lwpinfo(tracer, child).lwpid, world.tid(world.main(child)), "the oldest, now");
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGUSR1));
}

#[test]
fn a_newborn_that_is_held_ends_with_its_process() {
    for call in [1, 59] {
        let (mut world, pids) = World::with_children(1);
        let (tracer, child) = (pids[0], world.fork(pids[0]));
        world.attach(tracer, child);
        assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        world.call(child, 455, &[BUFFER, 104]);
        let newborn = world.newest_thread(child);
        let tid = world.tid(newborn);
        assert_eq!(event(&mut world, tracer, child).1, tid);
        assert_eq!(world.ptrace(tracer, Request::Suspend, tid, 0, 0), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        world.call(child, call, &[4]);
        if call == 59 {
            let loader = *world.model.threads.keys().last().expect("a loader");
            world.loaded(loader);
            let survivor = world.tid(world.main(child));
            assert_eq!(event(&mut world, tracer, child).1, survivor, "it never ran, so it has nothing to tell");
            assert!(!world.model.threads.contains_key(&newborn));
        } else {
            assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(4));
        }
    }
}
