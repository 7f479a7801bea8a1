//! wait4 and wait6 in full: every result, every option, and what is left for the next call.
//!
//! Decides nothing. Neighbours: `wait`, `calls::waiting`; specification section 7.

use proc_abi::id::Pid;
use proc_abi::siginfo::{CLD_EXITED, SigInfo};
use proc_abi::signal::SIGCHLD;
use proc_abi::wait::{IdType, WRUSAGE_SIZE, WaitOptions, WaitStatus};
use zerocopy::FromBytes;

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::{Errno, Result};

const USAGE: u64 = BUFFER + 0x100;
const INFO: u64 = BUFFER + 0x400;
const WAIT6: u32 = 532;

/// wait6 of children of this kind with all results.
fn wait6(world: &mut World, waiter: i32, (kind, id): (IdType, i32), options: WaitOptions) -> Result<usize> {
    world.poke(waiter, USAGE, &[0xee; WRUSAGE_SIZE + 1]);
    world.poke(waiter, INFO, &[0xee; size_of::<SigInfo>()]);
    let arguments = [kind as u64, id as u64, BUFFER, u64::from(options.bits()), USAGE, INFO];
    world.value(waiter, WAIT6, &arguments)
}

fn byte(world: &World, pid: i32, at: u64) -> u8 {
    world.peek_int(pid, at) as u8
}

fn info(world: &World, pid: i32) -> SigInfo {
    let bytes: Vec<u8> = (0..size_of::<SigInfo>() as u64).map(|at| byte(world, pid, INFO + at)).collect();
    SigInfo::read_from_bytes(&bytes).expect("a siginfo")
}

/// A parent with a child that has exited.
fn exited() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.call(child, 1, &[7]);
    (world, pids[0], child)
}

const EXITED: WaitOptions = WaitOptions::EXITED;

#[test]
fn wait6_tells_status_usage_and_information() {
    let (mut world, parent, child) = exited();
    assert_eq!(wait6(&mut world, parent, (IdType::Pid, child), EXITED), Ok(child as usize));
    assert_eq!(WaitStatus::decode(world.peek_int(parent, BUFFER)), Some(WaitStatus::Exited(7)));
    assert!((0..WRUSAGE_SIZE as u64).all(|at| byte(&world, parent, USAGE + at) == 0), "no times are kept");
    assert_eq!(byte(&world, parent, USAGE + WRUSAGE_SIZE as u64), 0xee, "and no more than that is written");
    let told = info(&world, parent);
    assert_eq!((told.signo, told.code, told.pid, told.status), (SIGCHLD.number(), CLD_EXITED, child, 7));
    assert_eq!(wait6(&mut world, parent, (IdType::Pid, child), EXITED), Err(Errno::ECHILD));
}

#[test]
fn a_wait_without_news_clears_the_information() {
    let (mut world, pids) = World::with_children(1);
    world.fork(pids[0]);
    assert_eq!(wait6(&mut world, pids[0], (IdType::All, 0), EXITED | WaitOptions::NOHANG), Ok(0));
    assert_eq!(info(&world, pids[0]), SigInfo::default());
    assert_eq!(byte(&world, pids[0], USAGE), 0xee, "nothing else is written");
    let arguments = [7, 0, 0, u64::from((EXITED | WaitOptions::NOHANG).bits()), 0, UNMAPPED];
    assert_eq!(world.value(pids[0], WAIT6, &arguments), Err(Errno::EFAULT));
}

#[test]
fn a_look_leaves_the_dead_and_wait4_of_nothing_writes_nothing() {
    let (mut world, parent, child) = exited();
    let look = EXITED | WaitOptions::NOWAIT;
    assert_eq!(wait6(&mut world, parent, (IdType::Pid, child), look), Ok(child as usize));
    assert_eq!(wait6(&mut world, parent, (IdType::Pid, child), look), Ok(child as usize), "still there");
    assert_eq!(world.value(parent, 7, &[child as u64, 0, 0, 0]), Ok(child as usize));
    assert_eq!(world.peek_int(parent, 0), 0, "no status was asked for");
    assert!(world.gone(child));
}

#[test]
fn the_dead_are_no_children_for_who_does_not_ask_for_them() {
    let (mut world, parent, child) = exited();
    let stops = WaitOptions::STOPPED | WaitOptions::NOHANG;
    assert_eq!(wait6(&mut world, parent, (IdType::All, 0), stops), Err(Errno::ECHILD));
    let living = world.fork(parent);
    assert_eq!(wait6(&mut world, parent, (IdType::All, 0), stops), Ok(0), "the living are");
    assert_eq!(wait6(&mut world, parent, (IdType::Pid, living), stops), Ok(0));
    assert_eq!(wait6(&mut world, parent, (IdType::Pid, child), EXITED), Ok(child as usize));
}

#[test]
fn a_group_is_waited_for_by_its_number() {
    let (mut world, parent, child) = exited();
    let group = world.table.get(Pid::new(child).expect("a pid")).expect("a zombie").process_group;
    let other = (IdType::ProcessGroup, group + 1);
    assert_eq!(wait6(&mut world, parent, other, EXITED), Err(Errno::ECHILD));
    assert_eq!(wait6(&mut world, parent, (IdType::ProcessGroup, group), EXITED), Ok(child as usize));
}

#[test]
fn a_wait_that_the_kernel_cancels_ends_with_eintr() {
    let (mut world, pids) = World::with_children(1);
    world.fork(pids[0]);
    world.call(pids[0], 7, &[u64::MAX, BUFFER, 0, 0]);
    let main = world.main(pids[0]);
    assert!(world.waits(main));
    world.turn(|turn| turn.cancel(crate::KernelThread(main)));
    world.run();
    assert_eq!(world.result(main), Err(Errno::EINTR));
}
