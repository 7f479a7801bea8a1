//! Ends, passes and wakes that are long: how much of them one entry does, and what is seen meanwhile.
//!
//! Decides nothing. Neighbours: `teardown`, `exec`, `futex`; `change` (long changes of a map).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::flag::{FUTEX_WAIT, FUTEX_WAKE};
use kernel_abi::redox::number::SYS_FUTEX;
use kernel_abi::stop::Reasons;

use super::case::{Case, WAIT4, kinds};
use super::world::{DATA, USER_PRIORITY, World, effect};
use crate::file::{Descriptor, Object};
use crate::thread::ThreadKey;

/// Threads of a group that is long to end.
const MANY: usize = 200;
/// Most of what one entry ends or closes.
const RELEASES: usize = 64;
/// Descriptors that one entry of exec looks at.
const LOOKS: usize = 256;

/// Siblings of the client, the last of them in a call that the server has taken.
fn siblings(case: &mut Case) -> Vec<ThreadKey> {
    let group = case.world.group_of(case.client);
    let threads: Vec<_> = (1..MANY).map(|_| case.world.thread(group)).collect();
    let last = threads[MANY - 2];
    assert_eq!(case.world.process_call(last, WAIT4, &[]), None);
    case.world.only(&case.server, Kind::ProcessCall);
    threads
}

fn living(world: &World) -> usize {
    world.core.threads.len()
}

/// What is left behind by `act`; the first time also the pages that everybody uses.
fn leaves_nothing(act: fn(&mut Case)) {
    let mut case = Case::new();
    act(&mut case);
    let before = case.world.counts();
    act(&mut case);
    case.world.audit();
    assert_eq!(case.world.counts(), before);
}

#[test]
fn a_group_of_many_threads_ends_in_steps_and_none_of_them_runs_again() {
    leaves_nothing(end_many);
}

fn end_many(case: &mut Case) {
    case.client = case.world.client(&case.server);
    let threads = siblings(case);
    let group = case.world.group_of(case.client);
    case.world.inbox_count = 0;
    let all = living(&case.world);
    case.world.order(&case.server, &[effect(V::KillGroup, group.raw(), &[])]);
    // The entry goes on with a step of the release before user code.
    assert_eq!(all - living(&case.world), 2 * RELEASES, "one entry's worth");
    assert!(case.world.core.groups.get(group).unwrap().dying);
    let mut steps = 0;
    while case.world.core.jobs.is_pending() {
        let before = living(&case.world);
        for thread in threads.iter().chain([&case.client]) {
            assert!(!case.world.core.is_runnable(*thread), "step {steps}");
        }
        case.world.core.run_job();
        case.world.audit();
        assert!(before - living(&case.world) <= RELEASES);
        steps += 1;
    }
    assert!(steps >= (MANY - 2 * RELEASES) / RELEASES);
    case.world.inbox_count = 8;
    let mut told = Vec::new();
    loop {
        let messages = case.world.order(&case.server, &[]);
        if messages.is_empty() {
            break;
        }
        told.extend(kinds(&messages));
    }
    let deaths = told.iter().filter(|kind| **kind == Kind::ThreadDead as u32).count();
    assert_eq!((deaths, told.last()), (MANY, Some(&(Kind::GroupDead as u32))), "the group's end is the last news");
}

#[test]
fn what_a_dying_group_is_still_told_to_do_is_not_done() {
    let mut case = Case::new();
    let threads = siblings(&mut case);
    let (group, oldest) = (case.world.group_of(case.client), case.client);
    case.world.core.kill_group(group);
    assert!(case.world.core.threads.get(oldest).is_some() && case.world.core.threads.get(threads[0]).is_some());
    let orders = [
        effect(V::Continue, group.raw(), &[Reasons::TRACE.bits(), 1]),
        effect(V::Release, oldest.raw(), &[Reasons::HELD.bits()]),
        effect(V::Kill, threads[0].raw(), &[1]),
        effect(V::KillGroup, group.raw(), &[]),
    ];
    case.world.order(&case.server, &orders);
    assert!(!case.world.core.is_runnable(oldest) && !case.world.core.is_runnable(threads[0]));
    case.world.finish_jobs();
    case.world.audit();
    assert!(case.world.core.groups.get(group).is_none());
}

#[test]
fn who_ends_its_own_group_of_many_is_gone_at_once() {
    let mut case = Case::new();
    let group = case.world.group_of(case.client);
    siblings(&mut case);
    case.world.focus(case.client);
    case.world.core.kill_group(group);
    assert!(case.world.core.threads.get(case.client).is_none(), "it is in the middle of a call");
    case.world.finish_jobs();
    case.world.audit();
}

#[test]
fn an_exec_closes_many_descriptors_before_the_image_runs() {
    const OPEN: usize = 3 * LOOKS + 10;
    let (mut case, tag) = Case::taken(super::exec::EXECVE);
    let group = case.world.group_of(case.client);
    for index in 0..OPEN {
        let index = case.world.core.install(group, index, Object::Log, 0).unwrap();
        let kept = index.is_multiple_of(100);
        case.world.core.groups.get_mut(group).unwrap().table.set_close_on_exec(index, !kept).unwrap();
    }
    let open = |world: &World| world.core.groups.get(group).unwrap().table.len();
    let loader = super::exec::loader(&mut case);
    let effects = [super::exec::commit(&case, loader), effect(V::ReplyFrame, tag, &[])];
    case.world.order(&case.server, &effects);
    assert!(OPEN - open(&case.world) <= LOOKS, "one entry's worth");
    let mut steps = 0;
    while case.world.core.groups.get(group).unwrap().changes > 0 {
        assert!(!case.world.core.is_runnable(case.client), "step {steps}");
        let before = open(&case.world);
        case.world.core.run_job();
        case.world.audit();
        assert!(before - open(&case.world) <= LOOKS);
        steps += 1;
    }
    assert!(steps >= 3);
    let left: Vec<&Descriptor> = case.world.core.groups.get(group).unwrap().table.iter().collect();
    assert!(left.iter().all(|descriptor| !descriptor.close_on_exec));
    assert_eq!(left.len(), OPEN.div_ceil(100));
    assert!(case.world.core.is_runnable(case.client));
}

#[test]
fn a_group_that_dies_in_its_exec_leaves_nothing() {
    leaves_nothing(die_in_exec);
}

fn die_in_exec(case: &mut Case) {
    case.client = case.world.client(&case.server);
    assert_eq!(case.world.process_call(case.client, super::exec::EXECVE, &[]), None);
    case.world.only(&case.server, Kind::ProcessCall);
    let group = case.world.group_of(case.client);
    for index in 0..2 * LOOKS {
        let index = case.world.core.install(group, index, Object::Log, 0).unwrap();
        case.world.core.groups.get_mut(group).unwrap().table.set_close_on_exec(index, true).unwrap();
    }
    let loader = super::exec::loader(case);
    let commit = super::exec::commit(case, loader);
    case.world.order(&case.server, &[commit]);
    case.world.order(&case.server, &[effect(V::KillGroup, group.raw(), &[])]);
    case.world.finish_jobs();
    while !case.world.order(&case.server, &[]).is_empty() {}
}

#[test]
fn all_who_wait_for_a_word_go_on_first_come_first_and_others_wait_on() {
    let mut case = Case::new();
    let group = case.world.group(case.server.scheme, USER_PRIORITY);
    let threads: Vec<_> = (0..10).map(|_| case.world.thread(group)).collect();
    for (index, thread) in threads.iter().enumerate() {
        let word = if index == 4 { DATA + 4 } else { DATA };
        assert_eq!(case.world.call(*thread, SYS_FUTEX, &[word, FUTEX_WAIT as u64, 0, 0, 0]), None);
    }
    let waker = case.world.thread(group);
    assert_eq!(case.world.call(waker, SYS_FUTEX, &[DATA, FUTEX_WAKE as u64, 2, 0, 0]), Some(2));
    let gone: Vec<_> = threads.iter().map(|thread| case.world.result(*thread).is_some()).collect();
    assert_eq!(gone, [true, true, false, false, false, false, false, false, false, false]);
    assert_eq!(case.world.call(waker, SYS_FUTEX, &[DATA, FUTEX_WAKE as u64, u64::MAX, 0, 0]), Some(7));
    assert_eq!(case.world.call(waker, SYS_FUTEX, &[DATA, FUTEX_WAKE as u64, u64::MAX, 0, 0]), Some(0));
    assert_eq!(case.world.result(threads[4]), None, "another word");
    case.world.audit();
}
