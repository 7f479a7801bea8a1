//! What an ending process and an ending thread leave behind: nothing of stops, holds or tracing.
//!
//! Decides nothing. Each mark is set alone, so that none is taken away by the chance of another. Neighbour: `exit`.

use kernel_abi::stop::Reasons;
use proc_abi::id::Pid;
use proc_abi::signal::SIGKILL;
use proc_abi::wait::WaitStatus;

use super::world::World;
use crate::process::Life;
use crate::thread::DebugFlags;
use crate::timer::process_cookie;
use crate::{Flags, Process};

/// A child with two threads.
fn with_child() -> (World, Pid) {
    let (mut world, pids) = World::with_children(1);
    world.thr_new(pids[0]);
    (world, Pid::new(pids[0]).expect("a pid"))
}

fn process(world: &mut World, pid: Pid) -> &mut Process {
    world.table.get_mut(pid).expect("there")
}

#[test]
fn an_ending_process_is_neither_traced_nor_stopped() {
    let marks = [
        Flags::TRACED,
        Flags::STOPPED_SIG,
        Flags::STOPPED_TRACE,
        Flags::STOP_COMPLETE,
        Flags::WAITED,
        Flags::CONTINUED,
        Flags::PPTRACE,
        Flags::SINGLE_EXIT,
    ];
    for mark in marks {
        let (mut world, pid) = with_child();
        process(&mut world, pid).flags.insert(mark);
        world.plain_turn(|turn| turn.exit_now(pid, WaitStatus::Killed(SIGKILL)));
        assert!(!process(&mut world, pid).is(mark), "{mark:?}");
    }
}

#[test]
fn an_ending_thread_has_nothing_to_answer() {
    for mark in [DebugFlags::SUSPEND, DebugFlags::XSIG, DebugFlags::SCE, DebugFlags::SCX] {
        let (mut world, pid) = with_child();
        for thread in &mut process(&mut world, pid).threads {
            thread.flags.insert(mark);
        }
        let survivor = process(&mut world, pid).threads.first().map(|thread| thread.tid);
        world.plain_turn(|turn| turn.end_threads(pid, survivor));
        let marked: Vec<bool> =
            process(&mut world, pid).threads.iter().map(|thread| thread.flags.contains(mark)).collect();
        assert_eq!(marked, [true, false], "{mark:?}");
    }
}

#[test]
fn an_ending_thread_is_held_by_nothing() {
    for reason in [Reasons::HELD, Reasons::VFORK, Reasons::SINGLE] {
        let (mut world, pid) = with_child();
        let last = world.newest_thread(pid.raw());
        world.model.thread(last).reasons = reason.bits();
        let survivor = process(&mut world, pid).threads.first().map(|thread| thread.tid);
        world.plain_turn(|turn| turn.end_threads(pid, survivor));
        assert!(world.model.threads.get(&last).is_none_or(|thread| thread.reasons & reason.bits() == 0), "{reason:?}");
    }
}

#[test]
fn the_first_end_counts() {
    let (mut world, pid) = with_child();
    process(&mut world, pid).flags.insert(Flags::SINGLE_EXIT);
    process(&mut world, pid).ending = Some(WaitStatus::Exited(3));
    world.plain_turn(|turn| turn.begin_exit(pid, None, WaitStatus::Exited(5)));
    assert_eq!(process(&mut world, pid).ending, Some(WaitStatus::Exited(3)));
    assert_eq!(process(&mut world, pid).life, Life::Normal);
}

#[test]
fn threads_whose_end_nobody_asked_for_are_not_waited_for() {
    let (mut world, pid) = with_child();
    process(&mut world, pid).flags.insert(Flags::TRACED);
    let exiter = process(&mut world, pid).threads.first().map(|thread| thread.tid);
    world.plain_turn(|turn| turn.begin_exit(pid, exiter, WaitStatus::Exited(3)));
    assert_eq!(process(&mut world, pid).life, Life::Exiting(WaitStatus::Exited(3)));
}

#[test]
fn the_interval_timer_of_an_ending_process_is_stopped() {
    let (mut world, pid) = with_child();
    process(&mut world, pid).timer.deadline = 77;
    world.plain_turn(|turn| turn.exit_now(pid, WaitStatus::Exited(0)));
    assert_eq!(world.model.timers.get(&process_cookie(pid)), Some(&0));
}
