//! Stops by cause: where a thread stands, who is told, and what lets it go on.
//!
//! Decides nothing. Neighbours: `stop_event`; in `proc` the requests as a client makes them, waits and the last close.

use kernel_abi::stop::Cause;
use proc_abi::event::EventFlags;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGINT, SIGKILL, SIGSEGV, SIGSTOP, SIGTRAP, SIGUSR1};
use proc_abi::signal_frame::SIGNAL_TRAMPOLINE;
use proc_abi::stop_event::{StopCauses, StopFlags};
use proc_abi::wait::WaitStatus;

use super::world::World;
use crate::{CauseChange, Errno, Image, Process};

const EXIT: u32 = 1;
const FORK: u32 = 2;
const GETPID: u32 = 20;
const SETUID: u32 = 23;
const NOHANG: u64 = 1;
const UNTRACED: u64 = 2;

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}

/// A watcher, its child, which is watched for these causes by nobody's tracer.
fn watched(causes: StopCauses) -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    add(&mut world, pids[0], child, causes).expect("the right");
    (world, pids[0], child)
}

fn add(world: &mut World, watcher: i32, target: i32, causes: StopCauses) -> crate::Result<()> {
    world.turn(|turn| turn.watch(pid(watcher), pid(target), CauseChange::Add(causes.bits())))
}

fn flags(world: &mut World, watcher: i32, target: i32, flags: StopFlags) -> crate::Result<()> {
    world.turn(|turn| turn.set_stop_flags(pid(watcher), pid(target), flags.bits()))
}

fn go_on(world: &mut World, watcher: i32, target: i32, signal: i32) -> crate::Result<()> {
    let result = world.turn(|turn| turn.continue_cause_stop(pid(watcher), pid(target), signal));
    world.run();
    result
}

/// Cause and value of the present stop.
fn stands(world: &World, target: i32) -> Option<(StopCauses, u64)> {
    let status = world.table.get(pid(target))?.stop_status();
    (status.state == 0).then(|| (StopCauses::from_bits_retain(status.why.cast_unsigned()), status.value))
}

/// It stands so, and goes on.
fn passes(world: &mut World, watcher: i32, target: i32, cause: StopCauses, value: u64) {
    assert_eq!(stands(world, target), Some((cause, value)));
    assert!(world.wait(watcher, target, NOHANG).is_ok_and(|told| told.0 == 0), "wait is not told");
    assert_eq!(go_on(world, watcher, target, 0), Ok(()));
}

#[test]
fn calls_stop_at_both_ends_and_tell_their_numbers() {
    let (mut world, watcher, child) = watched(StopCauses::SCE | StopCauses::SCX);
    world.call(child, SETUID, &[0]);
    passes(&mut world, watcher, child, StopCauses::SCE, 1);
    passes(&mut world, watcher, child, StopCauses::SCX, SETUID.into());
    assert!(world.runs(child));
    let remove = CauseChange::Remove(StopCauses::all().bits());
    world.turn(|turn| turn.watch(pid(watcher), pid(child), remove)).expect("the right");
    assert!(world.value(child, GETPID, &[]).is_ok(), "nothing is reported any more");
}

#[test]
fn a_signal_stops_before_it_is_taken_whatever_it_does() {
    let (mut world, watcher, child) = watched(StopCauses::SIG);
    world.dispose(child, SIGUSR1, 0x5000, 0);
    world.kill(watcher, child, SIGUSR1);
    passes(&mut world, watcher, child, StopCauses::SIG, 30);
    assert_eq!(world.model.threads[&world.main(child)].registers.rip, SIGNAL_TRAMPOLINE);
    world.kill(watcher, child, SIGSTOP);
    passes(&mut world, watcher, child, StopCauses::SIG, 17);
    assert_eq!(world.wait(watcher, child, UNTRACED), Ok((child, WaitStatus::Stopped(SIGSTOP).encode())));
    world.kill(watcher, child, SIGCONT);
    world.kill(watcher, child, SIGINT);
    passes(&mut world, watcher, child, StopCauses::SIG, 2);
    assert_eq!(world.wait_end(watcher, child), WaitStatus::Killed(SIGINT));
}

#[test]
fn a_signal_that_dumps_core_and_the_exit_stop_one_after_the_other() {
    let (mut world, watcher, child) = watched(StopCauses::SIG | StopCauses::CORE | StopCauses::EXIT);
    world.trap(child, Cause::Fault, [14, 4, 0xdead, 1, 0, 0, 0, 0]);
    passes(&mut world, watcher, child, StopCauses::SIG, 11);
    passes(&mut world, watcher, child, StopCauses::CORE, 11);
    passes(&mut world, watcher, child, StopCauses::EXIT, 11);
    assert_eq!(world.wait_end(watcher, child), WaitStatus::Killed(SIGSEGV));
}

#[test]
fn an_exit_waits_to_be_acknowledged() {
    let (mut world, watcher, child) = watched(StopCauses::EXIT);
    world.call(child, EXIT, &[5]);
    passes(&mut world, watcher, child, StopCauses::EXIT, 0x500);
    assert_eq!(world.wait_end(watcher, child), WaitStatus::Exited(5));
}

#[test]
fn an_exec_stops_before_the_exit_of_its_call() {
    let (mut world, watcher, child) = watched(StopCauses::EXEC | StopCauses::SCX);
    exec(&mut world, child, None);
    passes(&mut world, watcher, child, StopCauses::EXEC, 0);
    passes(&mut world, watcher, child, StopCauses::SCX, 59);
    assert!(world.runs(child));
    let remove = CauseChange::Remove(StopCauses::SCX.bits());
    world.turn(|turn| turn.watch(pid(watcher), pid(child), remove)).expect("the right");
    exec(&mut world, child, None);
    passes(&mut world, watcher, child, StopCauses::EXEC, 0);
    assert!(world.runs(child));
}

fn exec(world: &mut World, target: i32, set_user: Option<u32>) {
    world.model.image = Image { set_user, ..Image::default() };
    world.call(target, 59, &[1, 2, 3]);
    let loader = *world.model.threads.keys().last().expect("a loader");
    world.loaded(loader);
}

#[test]
fn a_tracers_stop_comes_after_that_of_a_cause() {
    let (mut world, tracer, child) = watched(StopCauses::SCE | StopCauses::SIG);
    world.attach(tracer, child);
    world.resume(tracer, Request::ToSce, child, 0);
    world.call(child, GETPID, &[]);
    passes(&mut world, tracer, child, StopCauses::SCE, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(EventFlags::from_bits_retain(world.lwpinfo(tracer, child).flags), EventFlags::SCE);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child));
    world.kill(tracer, child, SIGINT);
    passes(&mut world, tracer, child, StopCauses::SIG, 2);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    world.resume(tracer, Request::Continue, child, SIGINT.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGINT));
}

#[test]
fn a_signal_that_dumps_core_is_shown_to_the_tracer_once() {
    let (mut world, tracer, child) = watched(StopCauses::all() ^ StopCauses::EXIT);
    world.attach(tracer, child);
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Fault, [14, 4, 0xdead, 1, 0, 0, 0, 0]);
    passes(&mut world, tracer, child, StopCauses::SIG, 11);
    assert_eq!(world.wait_stop(tracer, child), SIGSEGV);
    world.resume(tracer, Request::Continue, child, SIGSEGV.number());
    passes(&mut world, tracer, child, StopCauses::CORE, 11);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGSEGV));
}

#[test]
fn attach_and_detach_leave_a_thread_that_stands_alone() {
    let (mut world, tracer, child) = watched(StopCauses::SCE);
    world.call(child, GETPID, &[]);
    assert_eq!(stands(&world, child), Some((StopCauses::SCE, 0)));
    world.attach(tracer, child);
    assert_eq!(go_on(&mut world, tracer, child, 0), Ok(()), "it goes on when both let it");
    assert_eq!(stands(&world, child), None);
    assert!(!world.runs(child));
    world.resume(tracer, Request::Detach, child, 0);
    assert!(world.runs(child));
    world.call(child, GETPID, &[]);
    passes(&mut world, tracer, child, StopCauses::SCE, 0);
}

#[test]
fn reports_of_other_threads_wait_until_it_goes_on() {
    let (mut world, watcher, child) = watched(StopCauses::empty());
    let second = world.thr_new(child);
    let first = world.main(child);
    add(&mut world, watcher, child, StopCauses::SCE).expect("the right");
    for thread in [first, second] {
        world.model.enter(thread, GETPID, [0; 6]);
    }
    world.run();
    let tid = world.table.get(pid(child)).expect("alive").stop_status().tid;
    passes(&mut world, watcher, child, StopCauses::SCE, 0);
    let other = world.table.get(pid(child)).expect("alive").stop_status().tid;
    assert!(tid != other && other != 0, "{tid} {other}");
    passes(&mut world, watcher, child, StopCauses::SCE, 0);
    assert_eq!(stands(&world, child), None);
}

#[test]
fn a_thread_that_is_ended_stands_no_more() {
    let (mut world, watcher, child) = watched(StopCauses::empty());
    let second = world.thr_new(child);
    add(&mut world, watcher, child, StopCauses::SCE).expect("the right");
    world.call_thread(second, GETPID, &[]);
    assert!(stands(&world, child).is_some());
    let remove = CauseChange::Remove(StopCauses::SCE.bits());
    world.turn(|turn| turn.watch(pid(watcher), pid(child), remove)).expect("the right");
    exec(&mut world, child, None);
    assert!(stands(&world, child).is_none() && world.runs(child));
}

#[test]
fn sigkill_ends_the_watch_and_the_process() {
    for causes in [StopCauses::SCE, StopCauses::all()] {
        let (mut world, watcher, child) = watched(causes);
        world.call(child, GETPID, &[]);
        assert!(stands(&world, child).is_some());
        world.kill(watcher, child, SIGKILL);
        assert_eq!(world.wait_end(watcher, child), WaitStatus::Killed(SIGKILL));
    }
}

#[test]
fn the_last_close_lets_it_go_unless_it_is_to_linger() {
    let (mut world, watcher, child) = watched(StopCauses::SCE);
    flags(&mut world, watcher, child, StopFlags::LINGER).expect("the right");
    world.call(child, GETPID, &[]);
    world.turn(|turn| turn.stop_watching(pid(child)));
    assert!(stands(&world, child).is_some(), "it lingers");
    flags(&mut world, watcher, child, StopFlags::empty()).expect("the right");
    world.turn(|turn| turn.stop_watching(pid(child)));
    world.run();
    assert!(world.runs(child));
    assert!(world.value(child, GETPID, &[]).is_ok(), "and is watched no more");
}

#[test]
fn the_last_close_ends_a_watch_for_which_nobody_stands() {
    let (mut world, watcher, child) = watched(StopCauses::SIG);
    world.dispose(child, SIGUSR1, 0x5000, 0);
    let status = world.table.get(pid(child)).expect("alive").stop_status();
    assert_eq!((status.state, status.events), (1, u64::from(StopCauses::SIG.bits())));
    world.turn(|turn| turn.stop_watching(pid(child)));
    world.kill(watcher, child, SIGUSR1);
    assert_eq!(stands(&world, child), None);
    assert_eq!(world.model.threads[&world.main(child)].registers.rip, SIGNAL_TRAMPOLINE);
}

#[test]
fn a_child_of_a_process_that_stands_does_not_stand() {
    let (mut world, watcher, child) = watched(StopCauses::SIG);
    let second = world.thr_new(child);
    flags(&mut world, watcher, child, StopFlags::FORK).expect("the right");
    world.kill(watcher, child, SIGUSR1);
    assert_eq!(stands(&world, child), Some((StopCauses::SIG, 30)));
    world.call_thread(second, FORK, &[]);
    let grandchild = i32::try_from(world.result(second).expect("a child")).expect("a pid");
    assert_eq!(stands(&world, grandchild), None);
    assert!(world.table.get(pid(grandchild)).is_some_and(Process::is_watched));
}

#[test]
fn a_trap_of_another_thread_waits_until_the_one_that_stands_goes_on() {
    let (mut world, watcher, child) = watched(StopCauses::SIG);
    let second = world.thr_new(child);
    world.dispose(child, SIGUSR1, 0x5000, 0);
    world.kill(watcher, child, SIGUSR1);
    world.model.trap(second, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
    world.run();
    passes(&mut world, watcher, child, StopCauses::SIG, 30);
    passes(&mut world, watcher, child, StopCauses::SIG, 5);
    assert_eq!(world.wait_end(watcher, child), WaitStatus::Killed(SIGTRAP));
}

#[test]
fn a_child_is_watched_if_that_was_asked_for() {
    let (mut world, watcher, child) = watched(StopCauses::EXIT);
    let first = world.fork(child);
    assert!(world.table.get(pid(first)).is_some_and(|process| !process.is_watched()));
    flags(&mut world, watcher, child, StopFlags::FORK).expect("the right");
    let second = world.fork(child);
    world.call(second, EXIT, &[1]);
    passes(&mut world, child, second, StopCauses::EXIT, 0x100);
}

#[test]
fn a_set_id_image_ends_the_watch_unless_privilege_keeps_it() {
    for keep in [false, true] {
        let (mut world, watcher, child) = watched(StopCauses::SCX);
        if keep {
            flags(&mut world, watcher, child, StopFlags::SET_ID).expect("the superuser");
        }
        world
            .turn(|turn| turn.watch(pid(watcher), pid(child), CauseChange::Remove(StopCauses::SCX.bits())))
            .expect("yes");
        add(&mut world, watcher, child, StopCauses::EXIT).expect("the right");
        exec(&mut world, child, Some(1000));
        assert_eq!(world.table.get(pid(child)).expect("alive").is_watched(), keep);
    }
}

#[test]
fn refusals_come_in_order() {
    let (mut world, watcher, child) = watched(StopCauses::SCE);
    world.call(child, GETPID, &[]);
    let unknown = CauseChange::Add(0x40);
    assert_eq!(world.turn(|turn| turn.watch(pid(watcher), pid(99), unknown)), Err(Errno::ESRCH));
    assert_eq!(world.turn(|turn| turn.watch(pid(watcher), pid(1), unknown)), Err(Errno::EPERM));
    assert_eq!(world.turn(|turn| turn.watch(pid(watcher), pid(child), unknown)), Err(Errno::EINVAL));
    assert_eq!(go_on(&mut world, watcher, child, 4242), Err(Errno::EINVAL));
    assert!(stands(&world, child).is_some(), "a refusal changes nothing");
    assert_eq!(go_on(&mut world, watcher, child, SIGUSR1.number()), Ok(()));
    assert_eq!(world.wait_end(watcher, child), WaitStatus::Killed(SIGUSR1), "the signal was sent");
    let other = world.fork(watcher);
    world.call(watcher, SETUID, &[1000]);
    assert_eq!(flags(&mut world, watcher, other, StopFlags::LINGER), Err(Errno::EPERM));
    world.kill(1, other, SIGSTOP);
    assert_eq!(go_on(&mut world, 1, other, 4242), Ok(()), "nothing stands: not even the signal is looked at");
}
