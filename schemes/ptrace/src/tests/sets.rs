//! Sets of calls, of signals and of faults: what stops, and when a set is forgotten.
//!
//! Decides nothing. Neighbours: `stops`, `request::sets`, `errno` (their order of checks); kernel-core's tests of the same name
//! have the kernel's half.

use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::stop::Cause;
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::fault_set::{FaultSet, TRAP_NUMBER_BREAKPOINT, TRAP_NUMBER_PAGE_FAULT};
use proc_abi::request::Request;
use proc_abi::signal::{SIGFPE, SIGINT, SIGKILL, SIGSEGV, SIGSTOP, SIGTRAP, SIGUSR1, SigSet};
use proc_abi::signal_frame::SIGNAL_TRAMPOLINE;
use proc_abi::wait::WaitStatus;
use zerocopy::{FromZeros, IntoBytes};

use super::world::{BUFFER, World};
use crate::Errno;

const GETPID: u32 = 20;
const GETUID: u32 = 24;
const NOHANG: u64 = 1;

/// A debugger and its tracee, stopped and collected.
fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn calls(shown: &[u32]) -> CallSet {
    let mut set = CallSet::EMPTY;
    for number in shown {
        set.insert_shown(*number);
    }
    set
}

fn set_calls(world: &mut World, tracer: i32, target: i32, entry: CallSet, exit: CallSet) {
    world.poke(tracer, BUFFER, CallStops { entry, exit }.as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetCallSet, target, BUFFER, 32), Ok(0));
}

fn call_set(world: &mut World, tracer: i32, target: i32) -> CallStops {
    let mut found = CallStops::new_zeroed();
    assert_eq!(world.ptrace(tracer, Request::GetCallSet, target, BUFFER, 32), Ok(0));
    for (word, place) in found.as_mut_bytes().chunks_mut(4).zip((BUFFER..).step_by(4)) {
        word.copy_from_slice(&world.peek_int(tracer, place).to_le_bytes());
    }
    found
}

fn has_news(world: &mut World, tracer: i32, target: i32) -> bool {
    world.wait(tracer, target, NOHANG).map(|told| told.0) != Ok(0)
}

/// The tracee's stop is for an event with exactly these flags, in this call.
fn expect(world: &mut World, tracer: i32, target: i32, wanted: EventFlags, call: u32) {
    assert_eq!(world.wait_stop(tracer, target), SIGTRAP);
    let info = world.lwpinfo(tracer, target);
    assert_eq!((EventFlags::from_bits_retain(info.flags), info.syscall_code), (wanted, call));
}

#[test]
fn only_calls_of_the_set_stop() {
    let (mut world, tracer, child) = traced();
    set_calls(&mut world, tracer, child, calls(&[GETUID]), calls(&[GETUID]));
    world.resume(tracer, Request::Syscall, child, 0);
    let kept = world.model.groups[&world.group(child)].calls;
    assert_eq!(kept, CallStops { entry: calls(&[GETUID]), exit: calls(&[GETUID]) }, "the kernel holds it");
    world.call(child, GETPID, &[]);
    assert!(world.runs(child) && !has_news(&mut world, tracer, child));
    world.call(child, GETUID, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE, GETUID);
    world.resume(tracer, Request::Continue, child, 0);
    expect(&mut world, tracer, child, EventFlags::SCX, GETUID);
}

#[test]
fn entries_and_exits_have_sets_of_their_own() {
    let (mut world, tracer, child) = traced();
    set_calls(&mut world, tracer, child, calls(&[GETUID]), calls(&[GETPID]));
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, GETPID, &[]);
    expect(&mut world, tracer, child, EventFlags::SCX, GETPID);
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, GETUID, &[]);
    expect(&mut world, tracer, child, EventFlags::SCE, GETUID);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child) && !has_news(&mut world, tracer, child));
}

#[test]
fn a_set_narrows_and_asks_for_nothing() {
    let (mut world, tracer, child) = traced();
    set_calls(&mut world, tracer, child, CallSet::ALL, CallSet::ALL);
    world.resume(tracer, Request::ToScx, child, 0);
    world.call(child, GETPID, &[]);
    expect(&mut world, tracer, child, EventFlags::SCX, GETPID);
}

#[test]
fn sets_are_read_back_and_end_with_the_tracing() {
    let (mut world, tracer, child) = traced();
    assert_eq!(call_set(&mut world, tracer, child), CallStops::ALL, "all there is, to begin with");
    let (entry, exit) = (calls(&[GETPID]), calls(&[GETUID, u32::MAX]));
    set_calls(&mut world, tracer, child, entry, exit);
    assert_eq!(call_set(&mut world, tracer, child), CallStops { entry, exit });
    world.poke(tracer, BUFFER, SigSet::of(SIGINT).as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetSignalSet, child, BUFFER, 16), Ok(0));
    world.resume(tracer, Request::Detach, child, 0);
    world.attach(tracer, child);
    assert_eq!(call_set(&mut world, tracer, child), CallStops::ALL);
    assert_eq!(world.ptrace(tracer, Request::GetSignalSet, child, BUFFER, 16), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER), -1, "every signal");
    set_faults(&mut world, tracer, child, FaultSet::EMPTY);
    assert_eq!(world.ptrace(tracer, Request::GetFaultSet, child, BUFFER, 8), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER), 0);
    world.resume(tracer, Request::Detach, child, 0);
    world.attach(tracer, child);
    assert_eq!(world.ptrace(tracer, Request::GetFaultSet, child, BUFFER, 8), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER), -1, "every fault");
}

#[test]
fn sizes_are_checked_where_those_of_the_event_mask_are() {
    let (mut world, tracer, child) = traced();
    for (get, set, size) in [
        (Request::GetCallSet, Request::SetCallSet, 32),
        (Request::GetSignalSet, Request::SetSignalSet, 16),
        (Request::GetFaultSet, Request::SetFaultSet, 8),
    ] {
        for wrong in [size - 1, size + 1, 0, -1] {
            assert_eq!(world.ptrace(tracer, set, 99_999, BUFFER, wrong), Err(Errno::EINVAL), "before the target");
            assert_eq!(world.ptrace(tracer, get, 99_999, BUFFER, wrong), Err(Errno::ESRCH), "behind it");
            assert_eq!(world.ptrace(tracer, get, child, BUFFER, wrong), Err(Errno::EINVAL));
        }
    }
}

#[test]
fn a_followed_child_begins_with_everything() {
    let (mut world, tracer, child) = traced();
    set_calls(&mut world, tracer, child, CallSet::EMPTY, CallSet::EMPTY);
    world.poke(tracer, BUFFER, (EventMask::FORK | EventMask::SCX).bits().as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetEventMask, child, BUFFER, 4), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    let grandchild = world.fork(child);
    expect(&mut world, tracer, child, EventFlags::SCX | EventFlags::FORKED, 2);
    assert_eq!(world.wait_stop(tracer, grandchild), SIGSTOP);
    assert_eq!(call_set(&mut world, tracer, grandchild), CallStops::ALL);
    world.resume(tracer, Request::Syscall, grandchild, 0);
    world.call(grandchild, GETPID, &[]);
    expect(&mut world, tracer, grandchild, EventFlags::SCE, GETPID);
}

#[test]
fn a_report_that_is_older_than_the_set_is_no_stop() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    let second = world.thr_new(child);
    let first = world.main(child);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    world.resume(tracer, Request::Syscall, child, 0);
    for thread in [first, second] {
        world.model.enter(thread, GETPID, [0; 6]);
    }
    world.run();
    expect(&mut world, tracer, child, EventFlags::SCE, GETPID);
    set_calls(&mut world, tracer, child, CallSet::EMPTY, CallSet::EMPTY);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child) && !has_news(&mut world, tracer, child), "the second thread's report was pending");
}

#[test]
fn a_new_thread_stops_for_the_call_that_made_it_only_if_that_is_in_the_set() {
    let (mut world, tracer, child) = traced();
    set_calls(&mut world, tracer, child, CallSet::EMPTY, calls(&[GETPID]));
    world.resume(tracer, Request::ToScx, child, 0);
    world.thr_new(child);
    assert!(world.runs(child) && !has_news(&mut world, tracer, child));
}

#[test]
fn only_signals_of_the_set_stop() {
    let (mut world, tracer, child) = traced();
    world.dispose_traced(tracer, child, SIGUSR1, 0x5000);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    world.poke(tracer, BUFFER, SigSet::of(SIGINT).as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetSignalSet, child, BUFFER, 16), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.kill(tracer, child, SIGUSR1);
    assert!(world.runs(child) && !has_news(&mut world, tracer, child));
    let registers = world.model.threads[&world.main(child)].registers;
    assert_eq!(registers.rip, SIGNAL_TRAMPOLINE, "delivered as if nobody traced");
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    world.resume(tracer, Request::Continue, child, 0);
    world.kill(tracer, child, SIGKILL);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGKILL));
}

const PAGE_FAULT: [u64; 8] = [14, 4, 0xdead, 1, 0, 0, 0, 0];
const DIVISION: [u64; 8] = [0; 8];
const BREAKPOINT: [u64; 8] = [0x1234, 0, 0, 0, 0, 0, 0, 0];

fn set_faults(world: &mut World, tracer: i32, target: i32, faults: FaultSet) {
    world.poke(tracer, BUFFER, faults.as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetFaultSet, target, BUFFER, 8), Ok(0));
}

#[test]
fn a_fault_outside_the_set_goes_to_its_handler_and_the_signal_still_stops() {
    let (mut world, tracer, child) = traced();
    world.dispose_traced(tracer, child, SIGSEGV, 0x5000);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    set_faults(&mut world, tracer, child, FaultSet::all_but(TRAP_NUMBER_PAGE_FAULT));
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Fault, PAGE_FAULT);
    assert!(world.runs(child) && !has_news(&mut world, tracer, child));
    let registers = world.model.threads[&world.main(child)].registers;
    assert_eq!(registers.rip, SIGNAL_TRAMPOLINE, "taken at once, as if nobody traced");
    world.trap(child, Cause::Fault, DIVISION);
    assert_eq!(world.wait_stop(tracer, child), SIGFPE, "other faults stop");
    world.resume(tracer, Request::Continue, child, 0);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT, "and signals do");
}

#[test]
fn a_fault_outside_the_set_kills_as_if_nobody_traced() {
    for (cause, words, trap, signal) in [
        (Cause::Fault, PAGE_FAULT, TRAP_NUMBER_PAGE_FAULT, SIGSEGV),
        (Cause::Breakpoint, BREAKPOINT, TRAP_NUMBER_BREAKPOINT, SIGTRAP),
    ] {
        let (mut world, tracer, child) = traced();
        set_faults(&mut world, tracer, child, FaultSet::all_but(trap));
        world.resume(tracer, Request::Continue, child, 0);
        world.trap(child, cause, words);
        assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(signal));
    }
}

#[test]
fn a_fault_in_its_own_handler_kills_though_its_signal_is_pending() {
    let (mut world, tracer, child) = traced();
    world.dispose_traced(tracer, child, SIGSEGV, 0x5000);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    set_faults(&mut world, tracer, child, FaultSet::EMPTY);
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Fault, PAGE_FAULT);
    world.kill(tracer, child, SIGSEGV);
    assert!(!has_news(&mut world, tracer, child), "blocked in its own handler");
    world.trap(child, Cause::Fault, PAGE_FAULT);
    // What a thread itself has done comes before what was sent to its process, which would stop.
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGSEGV));
}

#[test]
fn a_fault_stops_only_if_its_signal_is_wanted_too() {
    let (mut world, tracer, child) = traced();
    world.poke(tracer, BUFFER, SigSet::of(SIGINT).as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetSignalSet, child, BUFFER, 16), Ok(0));
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Fault, PAGE_FAULT);
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGSEGV));
}
