//! Job control, groups, wait options, limits, timers and the rest of what a shell needs.
//!
//! Decides nothing. Neighbours: specification section 7; `orphans`, `wait`, `calls`.

use proc_abi::procctl::{PROC_PROTECT, PROC_TRACE_CTL, PROC_TRACE_STATUS};
use proc_abi::request::Request;
use proc_abi::sigaction::ActionFlags;
use proc_abi::signal::{SIG_IGN, SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1};
use proc_abi::time::{IntervalTimer, TimeVal};
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::model::Message;
use super::world::{BUFFER, World};
use crate::Errno;

const NOHANG: u64 = 1;
const UNTRACED: u64 = 2;
const CONTINUED: u64 = 4;

#[test]
fn a_stop_and_a_continue_are_told_once_each() {
    let (mut world, pids) = World::with_children(1);
    world.kill(1, pids[0], SIGSTOP);
    assert!(!world.runs(pids[0]));
    assert_eq!(world.wait(1, pids[0], NOHANG | UNTRACED), Ok((pids[0], 0x117f)));
    assert_eq!(world.wait(1, pids[0], NOHANG | UNTRACED).map(|told| told.0), Ok(0));
    world.kill(1, pids[0], SIGCONT);
    assert!(world.runs(pids[0]));
    assert_eq!(world.wait(1, pids[0], NOHANG | CONTINUED), Ok((pids[0], 0x13)));
    assert_eq!(world.wait(1, pids[0], NOHANG | CONTINUED).map(|told| told.0), Ok(0));
}

#[test]
fn a_sleep_survives_stop_and_continue() {
    let (mut world, pids) = World::with_children(1);
    world.call(pids[0], 240, &[0, 0]);
    world.kill(1, pids[0], SIGSTOP);
    world.kill(1, pids[0], SIGCONT);
    let main = world.main(pids[0]);
    assert!(world.waits(main));
    world.end_call(main, 0);
    assert_eq!(world.result(main), Ok(0));
}

#[test]
fn a_stop_deletes_a_pending_continue_and_the_other_way_round() {
    let (mut world, pids) = World::with_children(1);
    let pid = pids[0];
    let process = |world: &World| world.table.get(proc_abi::id::Pid::new(pid).expect("a pid")).expect("alive").clone();
    world.dispose(pid, SIGTSTP, 0x5000, 0);
    world.dispose(pid, SIGCONT, 0x6000, 0);
    let both = proc_abi::signal::SigSet::of(SIGTSTP).union(proc_abi::signal::SigSet::of(SIGCONT));
    world.poke(pid, BUFFER, both.as_bytes());
    assert_eq!(world.value(pid, 340, &[1, BUFFER, 0]), Ok(0));
    world.kill(1, pid, SIGCONT);
    world.kill(1, pid, SIGTSTP);
    assert_eq!(process(&world).queue.pending(), proc_abi::signal::SigSet::of(SIGTSTP));
    world.kill(1, pid, SIGCONT);
    assert_eq!(process(&world).queue.pending(), proc_abi::signal::SigSet::of(SIGCONT));
}

#[test]
fn terminal_stops_do_nothing_in_an_orphaned_group() {
    let (mut world, pids) = World::with_children(1);
    world.kill(1, pids[0], SIGTSTP);
    assert!(world.runs(pids[0]), "its group is init's, which has no parent outside");
    assert_eq!(world.value(pids[0], 82, &[0, 0]), Ok(0));
    world.kill(1, pids[0], SIGTSTP);
    assert!(!world.runs(pids[0]));
}

#[test]
fn a_group_that_is_orphaned_while_stopped_is_hung_up() {
    let (mut world, pids) = World::with_children(1);
    assert_eq!(world.value(pids[0], 147, &[]), Ok(pids[0] as usize), "a session of its own");
    let child = world.fork(pids[0]);
    assert_eq!(world.value(child, 82, &[0, 0]), Ok(0));
    world.kill(pids[0], child, SIGSTOP);
    world.call(pids[0], 1, &[0]);
    assert_eq!(world.wait_end(1, child), WaitStatus::Killed(SIGHUP));
}

#[test]
fn setpgid_and_setsid_refuse_what_posix_refuses() {
    let (mut world, pids) = World::with_children(2);
    let (leader, other) = (pids[0], pids[1]);
    assert_eq!(world.value(leader, 82, &[0, 77_777]), Err(Errno::EPERM), "no such group");
    assert_eq!(world.value(leader, 82, &[other as u64, 0]), Err(Errno::ESRCH), "not its child");
    assert_eq!(world.value(leader, 82, &[0, u64::from(u32::MAX)]), Err(Errno::EINVAL));
    assert_eq!(world.value(leader, 82, &[0, 0]), Ok(0));
    assert_eq!(world.value(leader, 147, &[]), Err(Errno::EPERM), "it leads a group");
    assert_eq!(world.value(other, 147, &[]), Ok(other as usize));
    assert_eq!(world.value(other, 82, &[0, 0]), Err(Errno::EPERM), "it leads a session");
    assert_eq!(world.value(other, 310, &[0]), Ok(other as usize));
    assert_eq!(world.value(leader, 207, &[other as u64]), Ok(other as usize));
}

#[test]
fn kill_reaches_groups_and_all_but_the_protected() {
    let (mut world, pids) = World::with_children(3);
    for pid in &pids[..2] {
        assert_eq!(world.value(*pid, 82, &[0, pids[0] as u64]), Ok(0));
    }
    assert_eq!(world.value(1, 37, &[-i64::from(pids[0]) as u64, 15]), Ok(0));
    for pid in &pids[..2] {
        assert_eq!(world.wait_end(1, *pid), WaitStatus::Killed(SIGTERM));
    }
    assert_eq!(world.value(1, 37, &[-55_555_i64 as u64, 15]), Err(Errno::ESRCH));
    assert_eq!(world.value(1, 37, &[-1_i64 as u64, 9]), Ok(0));
    assert_eq!(world.wait_end(1, pids[2]), WaitStatus::Killed(SIGKILL));
    assert_eq!(world.value(1, 37, &[1, 129]), Err(Errno::EINVAL));
    assert_eq!(world.value(1, 37, &[1, 9]), Err(Errno::EPERM), "init is protected, also from itself");
}

#[test]
fn wait_refuses_what_it_does_not_know_and_waits_for_what_it_does() {
    let (mut world, pids) = World::with_children(1);
    assert_eq!(world.wait(pids[0], -1, NOHANG), Err(Errno::ECHILD));
    assert_eq!(world.wait(1, -1, 64), Err(Errno::EINVAL));
    assert_eq!(world.value(1, 532, &[0, pids[0] as u64, 0, 1, 0, 0]), Err(Errno::EINVAL), "no event named");
    assert_eq!(world.value(1, 532, &[5, 0, 0, 16, 0, 0]), Err(Errno::EINVAL), "no such kind of id");
    world.call(pids[0], 7, &[-1_i64 as u64, 0, 0, 0]);
    assert_eq!(world.result(world.main(pids[0])), Err(Errno::ECHILD));
    world.call(1, 532, &[7, 0, BUFFER, 16, 0, BUFFER + 64]);
    assert!(world.waits(world.main(1)));
    world.call(pids[0], 1, &[7]);
    assert_eq!(world.result(world.main(1)), Ok(pids[0] as usize));
    assert_eq!(world.peek_int(1, BUFFER + 64), SIGCHLD.number());
    assert_eq!(world.peek_int(1, BUFFER + 64 + 20), 7, "si_status");
}

#[test]
fn a_wait_is_restarted_or_fails_as_the_handler_says() {
    for (flags, restarts) in [(0, false), (ActionFlags::RESTART.bits(), true)] {
        let (mut world, pids) = World::with_children(1);
        let child = world.fork(pids[0]);
        world.dispose(pids[0], SIGUSR1, 0x5000, flags);
        world.call(pids[0], 7, &[child as u64, 0, 0, 0]);
        world.kill(1, pids[0], SIGUSR1);
        let main = world.main(pids[0]);
        let registers = world.model.threads[&main].registers;
        assert_eq!(registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
        world.call(pids[0], 417, &[registers.rsp + 16]);
        assert_eq!(world.waits(main), restarts);
    }
}

#[test]
fn sigchld_tells_what_happened_unless_it_is_unwanted() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.dispose(pids[0], SIGCHLD, 0x5000, ActionFlags::NOCLDSTOP.bits());
    world.kill(pids[0], child, SIGSTOP);
    assert!(world.runs(pids[0]));
    let main = world.main(pids[0]);
    assert_ne!(world.model.threads[&main].registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
    world.kill(pids[0], child, SIGKILL);
    assert_eq!(world.model.threads[&main].registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
}

#[test]
fn children_of_one_who_ignores_sigchld_go_to_the_reaper() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.dispose(pids[0], SIGCHLD, SIG_IGN, 0);
    world.call(pids[0], 7, &[child as u64, 0, 0, 0]);
    world.call(child, 1, &[0]);
    assert_eq!(world.result(world.main(pids[0])), Err(Errno::ECHILD), "there is nothing left to wait for");
    assert_eq!(world.wait_end(1, child), WaitStatus::Exited(0));
}

#[test]
fn an_interval_timer_sends_sigalrm_and_goes_on() {
    let (mut world, pids) = World::with_children(1);
    world.dispose(pids[0], SIGALRM, 0x5000, 0);
    let second = TimeVal { sec: 1, usec: 0 };
    world.poke(pids[0], BUFFER, IntervalTimer { interval: second, value: second }.as_bytes());
    assert_eq!(world.value(pids[0], 83, &[0, BUFFER, 0]), Ok(0));
    world.model.now = 1_000_000_000;
    world.model.inbox.push_back(Message::Timer(pids[0] as u64));
    world.run();
    let main = world.main(pids[0]);
    assert_eq!(world.model.threads[&main].registers.rip, proc_abi::signal_frame::SIGNAL_TRAMPOLINE);
    assert_eq!(world.model.timers[&(pids[0] as u64)], 2_000_000_000);
    assert_eq!(world.value(pids[0], 83, &[1, 0, 0]), Err(Errno::EINVAL), "the other two do not exist");
}

#[test]
fn a_process_may_forbid_tracing() {
    let (mut world, pids) = World::with_children(2);
    for pid in &pids {
        assert_eq!(world.value(*pid, 23, &[5]), Ok(0));
        world.call(*pid, 59, &[1, 2, 3]);
        let loader = *world.model.threads.keys().last().expect("a loader");
        world.loaded(loader);
    }
    let control = |world: &mut World, value: i32| {
        world.poke(pids[0], BUFFER, value.as_bytes());
        world.value(pids[0], 544, &[0, pids[0] as u64, PROC_TRACE_CTL as u64, BUFFER])
    };
    assert_eq!(control(&mut world, 2), Ok(0));
    assert_eq!(world.ptrace(pids[1], Request::Attach, pids[0], 0, 0), Err(Errno::EPERM));
    assert_eq!(world.value(pids[0], 544, &[0, pids[0] as u64, PROC_TRACE_STATUS as u64, BUFFER]), Ok(0));
    assert_eq!(world.peek_int(pids[0], BUFFER), -1);
    assert_eq!(control(&mut world, 1), Ok(0));
    assert_eq!(control(&mut world, 9), Err(Errno::EINVAL));
    world.attach(pids[1], pids[0]);
}

#[test]
fn only_init_protects_and_only_the_process_itself() {
    let (mut world, pids) = World::with_children(2);
    let (server, other) = (pids[0], pids[1]);
    let protect =
        |world: &mut World, caller: i32| world.value(caller, 544, &[0, server as u64, PROC_PROTECT as u64, 0]);
    assert_eq!(protect(&mut world, other), Err(Errno::EPERM));
    assert_eq!(protect(&mut world, server), Err(Errno::EPERM), "nor for itself");
    assert_eq!(protect(&mut world, 1), Ok(0));
    for signal in [9, 17] {
        assert_eq!(world.value(other, 37, &[server as u64, signal]), Err(Errno::EPERM), "{signal}");
    }
    assert_eq!(world.value(other, 37, &[server as u64, 15]), Ok(0), "harmless: its default action is none");
    assert_eq!(world.ptrace(other, Request::Attach, server, 0, 0), Err(Errno::EPERM));
    let child = world.fork(server);
    assert_eq!(world.value(other, 37, &[child as u64, 9]), Ok(0), "a child is like any other");
    assert_eq!(world.value(1, 544, &[0, 77, PROC_PROTECT as u64, 0]), Err(Errno::ESRCH));
}

#[test]
fn limits_are_kept_and_inherited() {
    let (mut world, pids) = World::with_children(1);
    world.poke(pids[0], BUFFER, [0_i64, 10].as_bytes());
    assert_eq!(world.value(pids[0], 195, &[4, BUFFER]), Ok(0));
    let child = world.fork(pids[0]);
    assert_eq!(world.value(child, 194, &[4, BUFFER + 64]), Ok(0));
    assert_eq!((world.peek_int(child, BUFFER + 64), world.peek_int(child, BUFFER + 72)), (0, 10));
    assert_eq!(world.value(child, 194, &[15, BUFFER]), Err(Errno::EINVAL));
}

#[test]
fn identities_follow_posix() {
    let (mut world, pids) = World::with_children(1);
    let pid = pids[0];
    assert_eq!(world.value(pid, 311, &[5, 6, 7]), Ok(0));
    assert_eq!(world.value(pid, 24, &[]), Ok(5));
    assert_eq!(world.value(pid, 25, &[]), Ok(6));
    assert_eq!(world.value(pid, 360, &[BUFFER, BUFFER + 4, BUFFER + 8]), Ok(0));
    assert_eq!(world.peek_int(pid, BUFFER + 8), 7);
    assert_eq!(world.value(pid, 183, &[7]), Ok(0), "to the saved one");
    assert_eq!(world.value(pid, 183, &[8]), Err(Errno::EPERM));
    assert_eq!(world.value(pid, 126, &[u64::from(u32::MAX), 5]), Ok(0));
    assert_eq!(world.value(pid, 80, &[0, 0]), Err(Errno::EPERM), "groups need privilege");
    let badge = world.model.groups[&world.group(pid)].badge;
    assert_eq!(badge, pid as u64 | 5 << 32);
}
