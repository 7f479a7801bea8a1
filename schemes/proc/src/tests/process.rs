//! Messages about processes: calls, reports, deaths, cancels, and effects that the kernel refuses.
//!
//! These tests see that a message reaches the state machine and its orders reach the kernel, whatever either says.
//! Neighbours: `server`, `outbox`, `world`.

use kernel_abi::effect::EffectVerb;
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::error::{ECHILD, EFAULT, EINTR, ENOMEM, ENOSYS};
use kernel_abi::stop::{Cause, FaultKind};
use ptrace::Errno;

use super::world::{DATA, Reply, World};

const FORK: u32 = 2;
const WAIT4: u32 = 7;
const PTRACE: u32 = 26;
const ANY: u64 = u64::MAX;

fn number(errno: i32) -> u32 {
    errno.unsigned_abs()
}

#[test]
fn a_parent_is_told_of_its_childs_exit() {
    let mut world = World::new();
    let init = world.init();
    let parent = world.fork(init);
    let child = world.fork(parent);
    let tag = world.call(parent, WAIT4, &[ANY, DATA, 0, 0]);
    assert_eq!(world.reply(tag), None);
    world.exit(child, 7);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
    assert_eq!(world.model().memory[&(parent.group, DATA)][..4], [0, 7, 0, 0]);
    let tag = world.call(parent, WAIT4, &[ANY, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ECHILD))));
}

#[test]
fn a_fork_without_memory_fails_and_leaves_nothing() {
    let mut world = World::new();
    let init = world.init();
    world.model().failure = Some(Errno::ENOMEM);
    let tag = world.call(init, FORK, &[]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOMEM))));
    assert_eq!(world.server.processes().count(), 1);
}

#[test]
fn a_copy_that_fails_later_ends_the_child_and_fails_the_fork() {
    let mut world = World::new();
    let init = world.init();
    world.model().copy_errno = number(ENOMEM);
    let tag = world.call(init, FORK, &[]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOMEM))));
    assert_eq!((world.server.processes().count(), world.model().groups.len()), (1, 1));
    world.model().copy_errno = 0;
    let tag = world.call(init, FORK, &[]);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
    // The news of a copy for a child that runs already is nobody's business.
    let words = [3, number(ENOMEM).into(), 0, 0, 0, 0, 0, 0];
    world.send(Message { kind: Kind::Job as u32, words, ..Message::default() });
    assert_eq!(world.server.processes().count(), 2);
}

#[test]
fn a_result_that_cannot_be_written_is_the_callers_fault() {
    let mut world = World::new();
    let init = world.init();
    let parent = world.fork(init);
    let child = world.fork(parent);
    world.exit(child, 0);
    let tag = world.call(parent, WAIT4, &[ANY, 0xdead_0000, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(EFAULT))));
}

#[test]
fn calls_that_do_not_exist_are_refused() {
    let mut world = World::new();
    let init = world.init();
    for unknown in [0, 3, 9999, u32::MAX] {
        let tag = world.call(init, unknown, &[]);
        assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOSYS))), "{unknown}");
    }
}

#[test]
fn a_cancelled_wait_ends_with_eintr() {
    let mut world = World::new();
    let init = world.init();
    let parent = world.fork(init);
    world.fork(parent);
    let tag = world.call(parent, WAIT4, &[ANY, 0, 0, 0]);
    world.send(Message { kind: Kind::Cancel as u32, tag, thread: parent.thread, ..Message::default() });
    assert_eq!(world.reply(tag), Some(Reply::Error(number(EINTR))));
}

#[test]
fn a_fault_that_nobody_handles_kills() {
    let mut world = World::new();
    let init = world.init();
    let parent = world.fork(init);
    let child = world.fork(parent);
    let tag = world.call(parent, WAIT4, &[ANY, DATA, 0, 0]);
    world.report(child, Cause::Fault, [14, 6, 0xdead, FaultKind::Unmapped as u64, 0, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
    assert_eq!(world.model().memory[&(parent.group, DATA)][..4], [11, 0, 0, 0], "SIGSEGV");
}

#[test]
fn orders_for_the_dead_are_dropped_and_the_others_performed() {
    let mut world = World::new();
    let init = world.init();
    let parent = world.fork(init);
    let child = world.fork(parent);
    let tag = world.call(parent, WAIT4, &[ANY, 0, 0, 0]);
    // The kernel has ended the child already; the server's own KillGroup comes too late.
    world.model().groups.remove(&child.group);
    world.exit(child, 0);
    assert_eq!(world.ordered(EffectVerb::KillGroup, child.group), 0);
    world.send(Message { kind: Kind::GroupDead as u32, group: child.group, ..Message::default() });
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
    assert!(world.model().log.is_empty(), "the dead are no news");
}

#[test]
fn messages_of_no_known_kind_or_about_nobody_change_nothing() {
    let mut world = World::new();
    let before = world.effects().len();
    for kind in 0..40 {
        if kind == Kind::Request as u32 || kind == Kind::ProcessCall as u32 {
            continue;
        }
        for group in [0, 999_999] {
            let words = [u64::MAX; 8];
            world.send(Message { kind, number: 99, tag: 5, thread: group, group, words, ..Message::default() });
        }
    }
    let after: Vec<_> = world.effects().split_off(before);
    assert!(after.is_empty(), "{after:?}");
    assert_eq!(world.server.processes().count(), 1);
}

#[test]
fn ptrace_finds_its_arguments_in_three_phases() {
    let mut world = World::new();
    let init = world.init();
    let debugger = world.fork(init);
    let request = |world: &mut World, words: [u64; 4]| {
        let tag = world.call(debugger, PTRACE, &words);
        world.reply(tag)
    };
    // SETREGS copies in before it looks for the process; CONTINUE has nothing to copy.
    assert_eq!(request(&mut world, [34, 4242, 0xdead_0000, 0]), Some(Reply::Error(number(EFAULT))));
    assert_eq!(request(&mut world, [34, 4242, DATA, 0]), Some(Reply::Error(3)), "ESRCH");
    assert_eq!(request(&mut world, [7, 4242, 1, 0]), Some(Reply::Error(3)));
    assert_eq!(request(&mut world, [7, 1, 1, 0]), Some(Reply::Error(1)), "init is protected");
}
