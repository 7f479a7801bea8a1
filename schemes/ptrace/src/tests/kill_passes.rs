//! SIGKILL to a traced process: whatever keeps its threads, its tracer is shown the signal at once.
//!
//! Decides nothing. Neighbours: `kill` (PT_KILL, untraced processes), `super::kill` (the rule), `tokens`.

use kernel_abi::stop::Reasons;
use proc_abi::event::{EventFlags, EventMask, PL_EVENT_SIGNAL};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGUSR1, SigSet};
use proc_abi::stop_event::StopCauses;
use proc_abi::text::parse;
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::world::{BUFFER, World, reasons};
use crate::{CauseChange, Sharing};

const EXIT: u32 = 1;
const EXECVE: u32 = 59;
const VFORK: u32 = 66;
const NANOSLEEP: u32 = 240;
const READ: u32 = 3;
const THR_KILL2: u32 = 481;

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}

/// A debugger, its tracee, which runs, and somebody who kills.
fn traced() -> (World, i32, i32, i32) {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    world.resume(pids[0], Request::Continue, child, 0);
    (world, pids[0], child, pids[1])
}

/// Another debugger has a control file and orders this.
fn text(world: &mut World, opener: i32, target: i32, line: &str) {
    let verb = parse(line).expect("a verb");
    assert_eq!(world.turn(|turn| turn.text(pid(opener), pid(target), verb)), Ok(()));
    world.run();
}

fn open(world: &mut World, opener: i32, target: i32) {
    world.turn(|turn| turn.open_control(pid(opener), pid(target), Sharing::Shared)).expect("allowed");
}

fn stands(world: &World, target: i32) -> bool {
    reasons(world, world.main(target)).contains(Reasons::OPERATOR)
}

fn stop_again(world: &mut World, tracer: i32, target: i32) {
    world.kill(tracer, target, SIGSTOP);
    assert_eq!(world.wait_stop(tracer, target), SIGSTOP);
}

/// The tracer is shown the kill, as a signal that nobody is said to have sent.
fn shown(world: &mut World, tracer: i32, target: i32) {
    assert_eq!(world.wait_stop(tracer, target), SIGKILL);
    let info = world.lwpinfo(tracer, target);
    assert_eq!(info.event, PL_EVENT_SIGNAL);
    assert!(EventFlags::from_bits_retain(info.flags).contains(EventFlags::SI));
    assert_eq!((info.siginfo.signo, info.siginfo.code, info.siginfo.pid), (SIGKILL.number(), 0, 0));
}

fn passed_on(world: &mut World, tracer: i32, target: i32) {
    world.resume(tracer, Request::Continue, target, SIGKILL.number());
    assert_eq!(world.wait_end(tracer, target), WaitStatus::Killed(SIGKILL));
}

#[test]
fn stop_tokens_hold_up_no_kill() {
    for line in ["stop", "hold"] {
        let (mut world, tracer, child, other) = traced();
        open(&mut world, other, child);
        text(&mut world, other, child, line);
        world.kill(other, child, SIGKILL);
        shown(&mut world, tracer, child);
        world.resume(tracer, Request::Continue, child, 0);
        assert!(stands(&world, child), "{line}: a discarded kill leaves the token");
        world.kill(other, child, SIGKILL);
        shown(&mut world, tracer, child);
        passed_on(&mut world, tracer, child);
    }
}

#[test]
fn a_token_that_comes_with_a_kill_in_a_stop_does_not_hold_it_up() {
    for request in [Request::Continue, Request::Detach] {
        let (mut world, tracer, child, other) = traced();
        stop_again(&mut world, tracer, child);
        world.kill(other, child, SIGKILL);
        text(&mut world, other, child, "stop");
        assert!(world.wait(tracer, child, 1).is_ok_and(|told| told.0 == 0), "a trace stop is the tracer's");
        world.resume(tracer, request, child, 0);
        if request == Request::Continue {
            shown(&mut world, tracer, child);
            passed_on(&mut world, tracer, child);
        } else {
            assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL));
        }
    }
}

#[test]
fn held_threads_hold_up_no_kill() {
    // A stop of a thread of its own, whose answer it has not looked at, and one where it was.
    for at_rest in [false, true] {
        let (mut world, tracer, child, other) = traced();
        if at_rest {
            world.kill(other, child, SIGKILL);
            shown(&mut world, tracer, child);
        } else {
            stop_again(&mut world, tracer, child);
        }
        assert_eq!(world.ptrace(tracer, Request::Suspend, child, 0, 0), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        assert!(!world.runs(child));
        world.kill(other, child, SIGKILL);
        assert_eq!(world.wait_stop(tracer, child), SIGKILL, "{at_rest}");
        world.resume(tracer, Request::Continue, child, 0);
        world.kill(other, child, SIGKILL);
        let record = world.event_of(tracer, child).expect("a stop");
        assert_eq!((record.signal, record.tid), (SIGKILL.number(), world.tid(world.main(child))), "{at_rest}");
        assert_eq!(world.ptrace(tracer, Request::Resume, child, 0, 0), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        assert!(world.runs(child), "a discarded kill leaves the thread as it was");
        world.kill(other, child, SIGKILL);
        shown(&mut world, tracer, child);
        passed_on(&mut world, tracer, child);
    }
}

#[test]
fn a_kill_for_one_thread_is_reported_by_that_thread() {
    for index in [0, 1] {
        let (mut world, tracer, child, other) = traced();
        let threads = [world.main(child), world.thr_new(child)];
        let named = world.tid(threads[index]);
        let arguments = [child as u64, named as u64, SIGKILL.number() as u64];
        assert_eq!(world.value(other, THR_KILL2, &arguments), Ok(0));
        shown(&mut world, tracer, child);
        assert_eq!(world.lwpinfo(tracer, child).lwpid, named);
    }
}

#[test]
fn a_thread_that_can_take_it_reports_a_kill_for_one_that_is_held() {
    let (mut world, tracer, child, other) = traced();
    let second = world.thr_new(child);
    stop_again(&mut world, tracer, child);
    let (first, second) = (world.tid(world.main(child)), world.tid(second));
    let reporter = world.lwpinfo(tracer, child).lwpid;
    assert_eq!(world.ptrace(tracer, Request::Suspend, reporter, 0, 0), Ok(0));
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    world.kill(other, child, SIGKILL);
    shown(&mut world, tracer, child);
    let left = if reporter == first { second } else { first };
    assert_eq!(world.lwpinfo(tracer, child).lwpid, left, "the other's answer is not lost");
    assert_eq!(world.ptrace(tracer, Request::Resume, reporter, 0, 0), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGUSR1));
}

#[test]
fn calls_that_wait_hold_up_no_kill_and_go_on_if_it_is_discarded() {
    for call in [NANOSLEEP, READ, VFORK] {
        let (mut world, tracer, child, other) = traced();
        world.poke(child, BUFFER, &[9_u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        world.call(child, call, &[BUFFER, 0]);
        assert!(!world.runs(child), "{call}");
        world.kill(other, child, SIGKILL);
        shown(&mut world, tracer, child);
        let thread = world.main(child);
        let before = reasons(&world, thread).difference(Reasons::TRACE);
        world.resume(tracer, Request::Continue, child, 0);
        assert!(!world.runs(child) && reasons(&world, thread) == before, "{call}: it waits on");
        world.kill(other, child, SIGKILL);
        shown(&mut world, tracer, child);
        passed_on(&mut world, tracer, child);
    }
}

#[test]
fn an_exec_shows_a_kill_at_its_end_also_under_a_token() {
    for (line, sibling) in [("cont", false), ("stop", false), ("hold", false), ("stop", true), ("hold", true)] {
        let (mut world, tracer, child, other) = traced();
        open(&mut world, other, child);
        if sibling {
            world.thr_new(child);
        }
        world.call(child, EXECVE, &[1, 2, 3]);
        let loader = *world.model.threads.keys().last().expect("a loader");
        world.kill(other, child, SIGKILL);
        assert!(world.wait(tracer, child, 1).is_ok_and(|told| told.0 == 0), "between two images nobody commands");
        // A token may not be set between two images; one that was set with the call is there.
        world.turn(|turn| turn.table.set_stop_token(pid(child), crate::Flags::OPERATOR_STOP, token(line)));
        world.loaded(loader);
        shown(&mut world, tracer, child);
        passed_on(&mut world, tracer, child);
    }
}

fn token(line: &str) -> crate::token::Token {
    if line == "cont" { crate::token::Token::Clear } else { crate::token::Token::Set }
}

#[test]
fn a_stop_by_cause_holds_up_no_kill() {
    for causes in [StopCauses::SCE, StopCauses::EXIT, StopCauses::SIG] {
        let (mut world, tracer, child, other) = traced();
        let added = CauseChange::Add(causes.bits());
        assert_eq!(world.turn(|turn| turn.watch(pid(other), pid(child), added)), Ok(()));
        if causes == StopCauses::SIG {
            world.kill(other, child, SIGUSR1);
        } else {
            world.call(child, EXIT, &[3]);
        }
        assert_eq!(world.table.get(pid(child)).expect("alive").stop_status().state, 0);
        world.kill(other, child, SIGKILL);
        if causes == StopCauses::EXIT {
            assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(3), "it has ended already");
            continue;
        }
        shown(&mut world, tracer, child);
        passed_on(&mut world, tracer, child);
    }
}

/// SIGKILL outside of the set of signals, or of a vfork child that asked to be traced before exec.
#[test]
fn a_kill_that_the_tracer_does_without_is_no_stop_of_anybodys() {
    for line in ["cont", "stop"] {
        let (mut world, tracer, child, other) = traced();
        stop_again(&mut world, tracer, child);
        world.poke(tracer, BUFFER, SigSet::EMPTY.as_bytes());
        assert_eq!(world.ptrace(tracer, Request::SetSignalSet, child, BUFFER, 16), Ok(0));
        assert_eq!(world.ptrace(tracer, Request::Suspend, child, 0, 0), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        text(&mut world, other, child, line);
        world.kill(other, child, SIGKILL);
        assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL), "{line}");
    }
    let (mut world, pids) = World::with_children(2);
    world.call(pids[0], VFORK, &[]);
    let child = world.table.pids().iter().map(|pid| pid.raw()).max().expect("a child");
    world.know(child);
    assert_eq!(world.ptrace(child, Request::TraceMe, 0, 0, 0), Ok(0));
    world.call(child, EXECVE, &[1, 2, 3]);
    text(&mut world, pids[1], child, "cont");
    world.kill(pids[1], child, SIGKILL);
    assert_eq!(world.wait_end(pids[0], child), WaitStatus::Killed(SIGKILL), "as if nobody traced");
}

#[test]
fn an_exit_that_has_begun_is_held_up_by_no_token() {
    for late in [false, true] {
        let (mut world, tracer, child, other) = traced();
        let second = world.thr_new(child);
        stop_again(&mut world, tracer, child);
        world.poke(tracer, BUFFER, EventMask::LWP.bits().as_bytes());
        assert_eq!(world.ptrace(tracer, Request::SetEventMask, child, BUFFER, 4), Ok(0));
        world.resume(tracer, Request::Continue, child, 0);
        let main = world.main(child);
        world.model.enter(main, EXIT, [5, 0, 0, 0, 0, 0]);
        if !late {
            text_now(&mut world, other, child, "stop");
        }
        world.run();
        assert_eq!(world.wait_stop(tracer, child), proc_abi::signal::SIGTRAP, "{late}: its sibling tells of its end");
        assert_eq!(world.lwpinfo(tracer, child).lwpid, world.tid(second));
        if late {
            text(&mut world, other, child, "stop");
        }
        world.kill(other, child, SIGKILL);
        world.resume(tracer, Request::Continue, child, 0);
        assert_eq!(world.wait_end(tracer, child), WaitStatus::Exited(5), "{late}");
    }
}

fn text_now(world: &mut World, opener: i32, target: i32, line: &str) {
    let verb = parse(line).expect("a verb");
    assert_eq!(world.turn(|turn| turn.text(pid(opener), pid(target), verb)), Ok(()));
}

#[test]
fn exclusive_control_holds_up_no_kill() {
    let (mut world, tracer, child, other) = traced();
    world.turn(|turn| turn.open_control(pid(tracer), pid(child), Sharing::Exclusive)).expect("alone");
    world.kill(other, child, SIGKILL);
    shown(&mut world, tracer, child);
    passed_on(&mut world, tracer, child);
    let (mut world, pids) = World::with_children(3);
    world.turn(|turn| turn.open_control(pid(pids[0]), pid(pids[1]), Sharing::Exclusive)).expect("alone");
    world.kill(pids[2], pids[1], SIGKILL);
    assert_eq!(world.wait_end(1, pids[1]), WaitStatus::Killed(SIGKILL));
}

#[test]
fn an_untraced_process_dies_at_once_whatever_keeps_it() {
    for line in ["stop", "hold"] {
        for call in [EXIT, EXECVE, VFORK, READ, NANOSLEEP] {
            let (mut world, pids) = World::with_children(2);
            open(&mut world, pids[0], pids[1]);
            if call != EXIT {
                world.call(pids[1], call, &[BUFFER, 0]);
            }
            if call == READ {
                world.kill(pids[0], pids[1], SIGSTOP);
            }
            let exec = call == EXECVE;
            let set =
                |turn: &mut crate::Turn<'_, _>| turn.text(pid(pids[0]), pid(pids[1]), parse(line).expect("a verb"));
            assert_eq!(world.turn(set).is_err(), exec, "{call}");
            world.kill(pids[0], pids[1], SIGKILL);
            assert_eq!(world.wait_end(1, pids[1]), WaitStatus::Killed(SIGKILL), "{call}");
        }
    }
}

/// The exec is over with the process: its siblings are not parked for it any more, and its loader says nothing.
#[test]
fn an_exec_under_way_holds_up_no_kill_that_the_tracer_does_without() {
    let (mut world, tracer, child, other) = traced();
    let second = world.thr_new(child);
    stop_again(&mut world, tracer, child);
    world.poke(tracer, BUFFER, SigSet::EMPTY.as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetSignalSet, child, BUFFER, 16), Ok(0));
    assert_eq!(world.ptrace(tracer, Request::LwpEvents, child, 0, 1), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, EXECVE, &[1, 2, 3]);
    let loader = *world.model.threads.keys().last().expect("a loader");
    let second = world.tid(second);
    world.kill(other, child, SIGKILL);
    assert!(!world.model.threads.contains_key(&loader), "nobody waits for it");
    assert_eq!(world.wait_stop(tracer, child), proc_abi::signal::SIGTRAP, "a thread tells of its end");
    assert!([second, world.tid(world.main(child))].contains(&world.lwpinfo(tracer, child).lwpid));
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL));
}
