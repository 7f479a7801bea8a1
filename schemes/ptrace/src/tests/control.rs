//! Tracing begins, stops are seen once, tracing ends: TRACE_ME, ATTACH, DETACH and both halves of an exit.
//!
//! Decides nothing. Neighbours: FreeBSD's suite has these as parent_wait_after_*, parent_sees_exit_*, getppid and so on;
//! these are our own, written from what they show.

use proc_abi::event::PL_EVENT_SIGNAL;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGSTOP, SIGTERM, SIGUSR1};
use proc_abi::wait::WaitStatus;

use super::world::World;
use crate::process::Flags;
use crate::{Arguments, Caller, Errno, RequestArguments, Tag};

const NOHANG: u64 = 1;

/// A child of init's child, so that it may ask to be traced.
fn family() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    (world, pids[0], child)
}

#[test]
fn a_child_that_asked_to_be_traced_reports_its_stop_once_and_its_exit_once() {
    let (mut world, parent, child) = family();
    assert_eq!(world.ptrace(child, Request::TraceMe, 0, 0, 0), Ok(0));
    world.raise(child, SIGSTOP);
    assert_eq!(world.wait_stop(parent, child), SIGSTOP);
    assert_eq!(world.wait(parent, child, NOHANG).map(|told| told.0), Ok(0), "not told twice");
    world.resume(parent, Request::Continue, child, 0);
    world.call(child, 1, &[1]);
    assert_eq!(world.wait_end(parent, child), WaitStatus::Exited(1));
    assert_eq!(world.wait(parent, child, NOHANG), Err(Errno::ECHILD));
    assert!(world.gone(child));
}

#[test]
fn a_parent_that_attaches_sees_the_stop_and_the_exit_once() {
    let (mut world, parent, child) = family();
    world.attach(parent, child);
    world.resume(parent, Request::Continue, child, 0);
    world.call(child, 1, &[1]);
    assert_eq!(world.wait_end(parent, child), WaitStatus::Exited(1));
    assert_eq!(world.wait(parent, child, NOHANG), Err(Errno::ECHILD));
}

#[test]
fn the_debugger_reaps_first_and_the_real_parent_after_it() {
    let (mut world, pids) = World::with_children(2);
    let (parent, debugger) = (pids[0], pids[1]);
    let child = world.fork(parent);
    world.attach(debugger, child);
    world.resume(debugger, Request::Continue, child, 0);
    world.call(child, 1, &[9]);
    assert_eq!(world.wait(parent, child, NOHANG).map(|told| told.0), Ok(0), "it exists, no more is told");
    assert_eq!(world.wait_end(debugger, child), WaitStatus::Exited(9));
    assert_eq!(world.wait(debugger, child, NOHANG), Err(Errno::ECHILD));
    assert_eq!(world.wait_end(parent, child), WaitStatus::Exited(9));
    assert_eq!(world.wait(parent, child, NOHANG), Err(Errno::ECHILD));
}

#[test]
fn a_parent_that_waits_is_woken_once_the_debugger_has_reaped() {
    let (mut world, pids) = World::with_children(2);
    let (parent, debugger) = (pids[0], pids[1]);
    let child = world.fork(parent);
    world.attach(debugger, child);
    world.resume(debugger, Request::Continue, child, 0);
    world.call(parent, 7, &[child as u64, 0, 0, 0]);
    world.call(child, 1, &[0]);
    assert!(world.waits(world.main(parent)));
    world.wait_end(debugger, child);
    assert_eq!(world.result(world.main(parent)), Ok(child as usize));
}

#[test]
fn a_traced_process_keeps_its_real_parent() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[1], child);
    world.resume(pids[1], Request::Continue, child, 0);
    assert_eq!(world.value(child, 39, &[]), Ok(pids[0] as usize));
}

#[test]
fn requests_need_a_stop_that_was_collected() {
    let (mut world, parent, child) = family();
    assert_eq!(world.ptrace(parent, Request::Continue, child, 1, 0), Err(Errno::EPERM), "untraced");
    assert_eq!(world.ptrace(parent, Request::Attach, child, 0, 0), Ok(0));
    assert_eq!(world.ptrace(parent, Request::Continue, child, 1, 0), Err(Errno::EBUSY), "not waited for");
    let kept = world.value(parent, 532, &[0, child as u64, 0, 32 | 8 | 1, 0, 0]);
    assert_eq!(kept, Ok(child as usize), "told without being collected");
    assert_eq!(world.ptrace(parent, Request::Continue, child, 1, 0), Err(Errno::EBUSY), "WNOWAIT does not count");
    world.wait_stop(parent, child);
    assert_eq!(world.ptrace(parent, Request::Continue, child, 1, 0), Ok(0));
    assert_eq!(world.ptrace(parent, Request::Continue, child, 1, 0), Err(Errno::EBUSY), "running");
    assert_eq!(world.ptrace(1, Request::Continue, child, 1, 0), Err(Errno::EBUSY), "somebody else's");
}

#[test]
fn attach_shows_a_sigstop_and_leaves_a_sleep_alone() {
    let (mut world, parent, child) = family();
    let main = world.main(child);
    world.call(child, 240, &[0, 0]);
    world.attach(parent, child);
    let info = world.lwpinfo(parent, child);
    assert_eq!((info.event, info.siginfo.signo), (PL_EVENT_SIGNAL, SIGSTOP.number()));
    world.resume(parent, Request::Detach, child, 0);
    assert!(world.waits(main), "still asleep");
    world.end_call(main, 0);
    assert_eq!(world.result(main), Ok(0));
    assert!(world.runs(child));
}

#[test]
fn a_sleeper_that_is_resumed_with_a_signal_wakes_for_it() {
    let (mut world, parent, child) = family();
    world.call(child, 240, &[0, 0]);
    world.attach(parent, child);
    world.resume(parent, Request::Continue, child, SIGTERM.number());
    assert_eq!(world.wait_end(parent, child), WaitStatus::Killed(SIGTERM), "it does not stop again for it");
}

#[test]
fn a_job_stopped_process_stops_again_for_its_debugger_and_runs_after_detach() {
    let (mut world, parent, child) = family();
    world.kill(parent, child, SIGSTOP);
    assert_eq!(world.wait(parent, child, NOHANG).map(|told| told.0), Ok(0), "not asked for");
    assert_eq!(world.wait(parent, child, NOHANG | 2), Ok((child, 0x117f)));
    world.attach(parent, child);
    world.resume(parent, Request::Detach, child, 0);
    assert!(world.runs(child));
}

#[test]
fn the_death_of_the_debugger_kills_its_tracees_and_gives_them_back() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[1], child);
    world.call(pids[1], 1, &[0]);
    assert_eq!(world.wait_end(pids[0], child), WaitStatus::Killed(proc_abi::signal::SIGKILL));
}

#[test]
fn the_death_of_the_real_parent_leaves_the_debugger_its_tracee() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[1], child);
    world.call(pids[0], 1, &[0]);
    world.resume(pids[1], Request::Continue, child, 0);
    assert_eq!(world.value(child, 39, &[]), Ok(1), "init is its parent now");
    world.call(child, 1, &[3]);
    assert_eq!(world.wait_end(pids[1], child), WaitStatus::Exited(3));
    assert_eq!(world.wait_end(1, child), WaitStatus::Exited(3));
    assert!(world.gone(child));
}

#[test]
fn detach_delivers_its_signal_once_and_forgets_the_debugger() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.dispose(child, SIGUSR1, 0x5000, 0);
    world.attach(pids[1], child);
    world.resume(pids[1], Request::Detach, child, SIGUSR1.number());
    let registers = world.model.threads[&world.main(child)].registers;
    assert_eq!(registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
    assert_eq!(world.wait(pids[1], child, NOHANG), Err(Errno::ECHILD));
    world.kill(pids[0], child, SIGCONT);
    assert!(world.runs(child));
}

#[test]
fn nobody_attaches_to_itself_to_a_tracee_or_in_a_circle() {
    let (mut world, pids) = World::with_children(2);
    let (first, second) = (pids[0], pids[1]);
    assert_eq!(world.ptrace(first, Request::Attach, first, 0, 0), Err(Errno::EINVAL));
    world.attach(first, second);
    assert_eq!(world.ptrace(1, Request::Attach, second, 0, 0), Err(Errno::EBUSY));
    world.resume(first, Request::Continue, second, 0);
    assert_eq!(world.ptrace(second, Request::Attach, first, 0, 0), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(first, Request::Attach, 1, 0, 0), Err(Errno::EPERM), "init is protected");
    assert_eq!(world.ptrace(first, Request::TraceMe, 0, 0, 0), Err(Errno::EPERM), "its parent is init");
}

#[test]
fn who_asks_to_be_traced_while_job_control_stops_it_is_traced_when_it_goes_on() {
    let (mut world, parent, child) = family();
    let main = world.main(child);
    world.model.enter(main, 26, [0; 6]);
    // The stop overtakes the call.
    let queued = crate::queue::Queued::new(SIGSTOP, proc_abi::siginfo::SI_USER);
    world.turn(|turn| turn.send(Pid::new(child).expect("a pid"), queued)).expect("sent");
    world.run();
    assert_eq!(world.wait(parent, child, NOHANG | 2).map(|told| told.0), Ok(child), "a job stop");
    world.kill(parent, child, SIGCONT);
    assert_eq!(world.result(main), Ok(0));
    world.raise(child, SIGUSR1);
    assert_eq!(world.wait_stop(parent, child), SIGUSR1);
    world.resume(parent, Request::Continue, child, 0);
    assert!(world.runs(child));
}

#[test]
fn the_stop_of_an_attach_is_complete_at_once_where_no_other_message_waits() {
    for is_alone in [true, false] {
        let (mut world, parent, child) = family();
        let caller = Caller { pid: Pid::new(parent).unwrap(), tid: None };
        let asked = RequestArguments { number: Request::Attach.raw(), id: child, address: 0, data: 0 };
        world.table.note_alone(is_alone);
        let asked = world.plain_turn(|turn| turn.request(caller, asked, &mut Arguments::Call(Tag(0))));
        world.table.note_alone(false);
        assert_eq!(asked.map(drop), Ok(()));
        let is_complete = |world: &World| world.table.get(Pid::new(child).unwrap()).unwrap().is(Flags::STOP_COMPLETE);
        assert_eq!(is_complete(&world), is_alone);
        assert_eq!(world.step(), !is_alone, "only a stop that is awaited is told of by the kernel");
        assert!(is_complete(&world));
        assert_eq!(world.wait_stop(parent, child), SIGSTOP);
    }
}
