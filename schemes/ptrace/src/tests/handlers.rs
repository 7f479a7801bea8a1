//! Signals: queues, handlers, masks, injection and its quirks.
//!
//! Decides nothing. Neighbours: specification section 5.3; FreeBSD's suite has siginfo, killed_with_sigmask,
//! PT_CONTINUE_with_sigmask, PT_CONTINUE_with_signal_masked_full_sigqueue, PT_LWPINFO_stale_siginfo, step_siginfo.

use kernel_abi::stop::Cause;
use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::sigaction::{SIG_BLOCK, SIG_UNBLOCK};
use proc_abi::siginfo::{SEGV_MAPERR, SI_LWP, SI_USER, TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{
    SIGINFO, SIGINT, SIGKILL, SIGSEGV, SIGSTOP, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SigSet, Signal,
};
use proc_abi::signal_frame::{SIGNAL_TRAMPOLINE, SignalFrame};
use proc_abi::wait::WaitStatus;
use zerocopy::{FromBytes, IntoBytes};

use super::world::{BUFFER, World};
use crate::{Errno, Kernel, KernelGroup};

const NOHANG: u64 = 1;

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.dispose(child, SIGUSR1, 0x5000, 0);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn mask(world: &mut World, pid: i32, how: i32, signal: Signal) {
    world.poke(pid, BUFFER, SigSet::of(signal).as_bytes());
    assert_eq!(world.value(pid, 340, &[how as u64, BUFFER, 0]), Ok(0));
}

/// Masks without expecting to get past it.
fn unmask(world: &mut World, pid: i32, signal: Signal) {
    world.poke(pid, BUFFER, SigSet::of(signal).as_bytes());
    world.call(pid, 340, &[SIG_UNBLOCK as u64, BUFFER, 0]);
}

/// The frame of the handler that a process has just entered.
fn frame(world: &mut World, pid: i32) -> SignalFrame {
    let registers = world.model.threads[&world.main(pid)].registers;
    assert_eq!(registers.rip, SIGNAL_TRAMPOLINE, "in a handler");
    let mut bytes = [0; size_of::<SignalFrame>()];
    let group = KernelGroup(world.group(pid));
    world.model.read_memory(group, registers.rsp, &mut bytes).expect("mapped");
    SignalFrame::read_from_bytes(&bytes).expect("whole")
}

fn sigreturn(world: &mut World, pid: i32) {
    let context = world.model.threads[&world.main(pid)].registers.rsp + 16;
    world.call(pid, 417, &[context]);
}

#[test]
fn a_signal_stop_tells_who_sent_it() {
    let (mut world, tracer, child) = traced();
    world.dispose_traced(tracer, child, SIGINFO, 0x6000);
    world.raise(child, SIGINFO);
    assert_eq!(world.wait_stop(tracer, child), SIGINFO);
    let info = world.lwpinfo(tracer, child);
    assert_eq!(EventFlags::from_bits_retain(info.flags), EventFlags::SI);
    assert_eq!((info.siginfo.code, info.siginfo.pid), (SI_LWP, child));
    world.resume(tracer, Request::Continue, child, SIGINFO.number());
    assert_eq!(frame(&mut world, child).info.code, SI_LWP, "passed on unchanged");
}

#[test]
fn a_system_call_stop_after_a_signal_stop_shows_no_stale_siginfo() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    assert_eq!(world.lwpinfo(tracer, child).siginfo.code, SI_USER);
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, 20, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    let info = world.lwpinfo(tracer, child);
    assert_eq!(info.siginfo, proc_abi::siginfo::SigInfo::default());
    assert!(!EventFlags::from_bits_retain(info.flags).contains(EventFlags::SI));
}

#[test]
fn the_debugger_discards_passes_on_and_replaces() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    world.kill(tracer, child, SIGTERM);
    assert_eq!(world.wait_stop(tracer, child), SIGTERM);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child), "discarded");
    world.kill(tracer, child, SIGUSR1);
    assert_eq!(world.wait_stop(tracer, child), SIGUSR1);
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    assert_eq!(frame(&mut world, child).handler, 0x5000, "passed on");
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    world.resume(tracer, Request::Continue, child, SIGTERM.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGTERM), "replaced; it does not stop again");
}

#[test]
fn lower_numbers_are_seen_first_and_equal_ones_one_by_one() {
    let (mut world, tracer, child) = traced();
    for signal in [SIGUSR2, SIGINT, SIGUSR2] {
        world.kill(tracer, child, signal);
    }
    for expected in [SIGINT, SIGUSR2, SIGUSR2] {
        world.resume(tracer, Request::Continue, child, 0);
        assert_eq!(world.wait_stop(tracer, child), expected);
    }
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child));
}

#[test]
fn a_sigkill_of_a_traced_process_can_be_discarded() {
    let (mut world, tracer, child) = traced();
    world.kill(tracer, child, SIGSTOP);
    world.kill(tracer, child, SIGKILL);
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGKILL);
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGSTOP);
    world.resume(tracer, Request::Continue, child, SIGSTOP.number());
    assert!(world.runs(child), "a stop signal that is passed on does nothing");
}

#[test]
fn a_blocked_signal_stops_only_when_it_is_unblocked() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    mask(&mut world, child, SIG_BLOCK, SIGUSR1);
    world.kill(tracer, child, SIGUSR1);
    assert_eq!(world.wait(tracer, child, NOHANG).map(|told| told.0), Ok(0));
    unmask(&mut world, child, SIGUSR1);
    assert_eq!(world.wait_stop(tracer, child), SIGUSR1);
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    assert_eq!(frame(&mut world, child).info.code, SI_USER);
    sigreturn(&mut world, child);
    assert!(world.runs(child), "one run");
}

#[test]
fn an_injected_signal_that_is_blocked_runs_once_and_stops_once() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    mask(&mut world, child, SIG_BLOCK, SIGUSR1);
    world.kill(tracer, child, SIGUSR2);
    assert_eq!(world.wait_stop(tracer, child), SIGUSR2);
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    assert!(world.runs(child), "it is blocked");
    unmask(&mut world, child, SIGUSR1);
    let first = frame(&mut world, child);
    assert_eq!(first.handler, 0x5000, "the injected one runs without a stop");
    sigreturn(&mut world, child);
    assert_eq!(world.wait_stop(tracer, child), SIGUSR1, "the other one stops");
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child));
}

#[test]
fn an_injected_signal_is_not_lost_when_the_queue_is_full() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    mask(&mut world, child, SIG_BLOCK, SIGUSR1);
    mask(&mut world, child, SIG_BLOCK, SIGUSR2);
    for _ in 0..128 {
        world.kill(tracer, child, SIGUSR2);
    }
    assert_eq!(world.value(tracer, 456, &[child as u64, 31, 0]), Err(Errno::EAGAIN), "sigqueue is refused");
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT, "kept as a bit");
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    unmask(&mut world, child, SIGUSR1);
    assert_eq!(frame(&mut world, child).handler, 0x5000);
    sigreturn(&mut world, child);
    let stop = world.wait_stop(tracer, child);
    assert_eq!(stop, SIGUSR1, "the other half of the injection");
    world.resume(tracer, Request::Continue, child, 0);
    unmask(&mut world, child, SIGUSR2);
    for _ in 0..128 {
        assert_eq!(world.wait_stop(tracer, child), SIGUSR2);
        world.resume(tracer, Request::Continue, child, 0);
    }
    assert!(world.runs(child));
}

#[test]
fn what_sigqueue_sent_is_not_refused_when_it_is_passed_on_to_a_full_queue() {
    const SIGQUEUE: u32 = 456;
    for sent in [SIGUSR1, SIGINT] {
        let (mut world, tracer, child) = traced();
        world.resume(tracer, Request::Continue, child, 0);
        mask(&mut world, child, SIG_BLOCK, SIGUSR2);
        if sent != SIGUSR1 {
            mask(&mut world, child, SIG_BLOCK, SIGUSR1);
        }
        assert_eq!(world.value(tracer, SIGQUEUE, &[child as u64, sent.number() as u64, 0]), Ok(0));
        assert_eq!(world.wait_stop(tracer, child), sent);
        for _ in 0..128 {
            world.kill(tracer, child, SIGUSR2);
        }
        world.resume(tracer, Request::Continue, child, SIGUSR1.number());
        if sent != SIGUSR1 {
            unmask(&mut world, child, SIGUSR1);
        }
        assert_eq!(frame(&mut world, child).handler, 0x5000);
        sigreturn(&mut world, child);
        if sent != SIGUSR1 {
            assert_eq!(world.wait_stop(tracer, child), SIGUSR1, "what it was made into");
        }
    }
}

#[test]
fn traps_carry_their_codes() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Breakpoint, [0x1234, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    let info = world.lwpinfo(tracer, child).siginfo;
    assert_eq!((info.code, info.addr), (TRAP_BRKPT, 0x1234));
    world.resume(tracer, Request::Step, child, 0);
    let main = world.main(child);
    world.model.run_step(main);
    world.run();
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(world.lwpinfo(tracer, child).siginfo.code, TRAP_TRACE);
    world.resume(tracer, Request::Continue, child, 0);
    world.trap(child, Cause::Fault, [14, 4, 0xdead, 1, 0, 0, 0, 0]);
    assert_eq!(world.wait_stop(tracer, child), SIGSEGV);
    let info = world.lwpinfo(tracer, child).siginfo;
    assert_eq!((info.code, info.addr), (SEGV_MAPERR, 0xdead));
    world.resume(tracer, Request::Continue, child, SIGSEGV.number());
    assert_eq!(world.wait_end(tracer, child), WaitStatus::Killed(SIGSEGV));
}

#[test]
fn a_step_over_a_system_call_is_told_after_the_exit_stop() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::ToScx, child, 0);
    world.call(child, 20, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    world.resume(tracer, Request::Step, child, 0);
    world.call(child, 20, &[]);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(EventFlags::from_bits_retain(world.lwpinfo(tracer, child).flags), EventFlags::SCX);
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    assert_eq!(world.lwpinfo(tracer, child).siginfo.code, TRAP_TRACE);
}

#[test]
fn a_fault_that_is_blocked_kills_even_if_a_handler_is_there() {
    let (mut world, pids) = World::with_children(1);
    world.dispose(pids[0], SIGSEGV, 0x5000, 0);
    world.trap(pids[0], Cause::Fault, [14, 4, 0xdead, 1, 0, 0, 0, 0]);
    assert_eq!(frame(&mut world, pids[0]).info.addr, 0xdead, "taken at once");
    world.trap(pids[0], Cause::Fault, [14, 4, 0xdead, 1, 0, 0, 0, 0]);
    assert_eq!(world.wait_end(1, pids[0]), WaitStatus::Killed(SIGSEGV), "blocked in its own handler");
}

#[test]
fn a_fault_of_the_protected_ends_it_though_no_signal_can() {
    let mut world = World::new();
    assert_eq!(world.value(1, 37, &[1, 15]), Ok(0));
    assert!(world.runs(1), "a signal does nothing");
    let main = world.main(1);
    world.model.trap(main, Cause::Fault, [14, 4, 0xdead, 1, 0, 0, 0, 0]);
    while world.model.settle() || world.step() {}
    assert!(world.gone(1), "a fault would come again for ever");
}

#[test]
fn sigreturn_restores_registers_and_mask() {
    let (mut world, pids) = World::with_children(1);
    world.dispose(pids[0], SIGUSR1, 0x5000, 0);
    let main = world.main(pids[0]);
    let before = world.model.threads[&main].registers;
    world.kill(1, pids[0], SIGUSR1);
    let entered = frame(&mut world, pids[0]);
    assert_eq!(entered.context.mcontext.rip, before.rip);
    assert_eq!(world.model.threads[&main].registers.rdi, 30);
    assert!(
        world
            .table
            .thread(world.table.find_thread(crate::KernelThread(main)).expect("alive"))
            .expect("alive")
            .mask
            .contains(SIGUSR1)
    );
    sigreturn(&mut world, pids[0]);
    assert_eq!(world.model.threads[&main].registers, before);
    assert!(
        world
            .table
            .thread(world.table.find_thread(crate::KernelThread(main)).expect("alive"))
            .expect("alive")
            .mask
            .is_empty()
    );
    assert_eq!(world.value(pids[0], 417, &[0x10]), Err(Errno::EINVAL), "not a context");
}

#[test]
fn a_stack_that_cannot_be_written_kills_with_sigill() {
    let (mut world, pids) = World::with_children(1);
    world.dispose(pids[0], SIGUSR1, 0x5000, 0);
    let main = world.main(pids[0]);
    world.model.thread(main).registers.rsp = 0x100;
    world.kill(1, pids[0], SIGUSR1);
    assert_eq!(world.wait_end(1, pids[0]), WaitStatus::Killed(proc_abi::signal::SIGILL));
}

#[test]
fn sigsuspend_returns_only_after_a_handler_has_run() {
    let (mut world, tracer, child) = traced();
    world.resume(tracer, Request::Continue, child, 0);
    mask(&mut world, child, SIG_BLOCK, SIGUSR1);
    world.poke(child, BUFFER, SigSet::EMPTY.as_bytes());
    world.call(child, 341, &[BUFFER]);
    let main = world.main(child);
    world.kill(tracer, child, SIGINT);
    assert_eq!(world.wait_stop(tracer, child), SIGINT);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.waits(main), "nothing came of that");
    world.kill(tracer, child, SIGUSR1);
    assert_eq!(world.wait_stop(tracer, child), SIGUSR1);
    world.resume(tracer, Request::Continue, child, SIGUSR1.number());
    let entered = frame(&mut world, child);
    assert!(entered.context.sigmask.contains(SIGUSR1), "the mask from before the call");
    assert_eq!(entered.context.mcontext.rax as i64, -4, "EINTR");
    sigreturn(&mut world, child);
    assert!(world.runs(child));
}

#[test]
fn sigtimedwait_takes_what_is_pending_or_waits_for_it() {
    let (mut world, pids) = World::with_children(1);
    let main = world.main(pids[0]);
    mask(&mut world, pids[0], SIG_BLOCK, SIGUSR2);
    world.poke(pids[0], BUFFER, SigSet::of(SIGUSR2).as_bytes());
    world.call(pids[0], 345, &[BUFFER, BUFFER + 64, 0]);
    assert!(world.waits(main));
    world.kill(1, pids[0], SIGUSR2);
    assert_eq!(world.result(main), Ok(31));
    assert_eq!(world.peek_int(pids[0], BUFFER + 64), 31);
    world.kill(1, pids[0], SIGUSR2);
    assert_eq!(world.value(pids[0], 345, &[BUFFER, 0, 0]), Ok(31));
    world.poke(pids[0], BUFFER + 128, [0_i64, 5].as_bytes());
    world.call(pids[0], 345, &[BUFFER, 0, BUFFER + 128]);
    world.model.now = 100;
    let cookie = *world.model.timers.keys().last().expect("a timer");
    world.model.inbox.push_back(super::model::Message::Timer(cookie));
    world.run();
    assert_eq!(world.result(main), Err(Errno::EAGAIN));
}
