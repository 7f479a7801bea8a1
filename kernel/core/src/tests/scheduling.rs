//! Who runs next: priorities, turns, wakes, and what the kernel's own jobs take from user code.
//!
//! Decides nothing. Neighbours: `core::scheduler`, `core::clock` (slices), `core::teardown` (jobs).

use kernel_abi::redox::number::{SYS_READ, SYS_WRITE, SYS_YIELD};
use kernel_abi::stop::Reasons;
use kernel_abi::verb::BATCH_WAIT;

use super::case::{Case, WAIT4};
use super::files;
use super::world::{DATA, World};
use crate::scheduler::SLICE;
use crate::seam::{Exit, Interrupt};
use crate::thread::ThreadKey;

/// Who is picked next, as the loop in `main` would.
fn next(world: &mut World) -> Option<ThreadKey> {
    world.core.schedule().is_some().then(|| world.core.scheduler.current.expect("somebody runs"))
}

/// A tick passes while user code runs.
fn tick(world: &mut World) {
    world.core.machine.advance(SLICE);
    world.core.handle(Exit::Interrupt(Interrupt::Timer));
}

/// A case whose server sleeps, and threads of one priority that all want to run.
fn rivals(count: usize) -> (Case, Vec<ThreadKey>) {
    let mut case = Case::new();
    let group = case.world.group_of(case.client);
    let mut threads = vec![case.client];
    threads.extend((1..count).map(|_| case.world.thread(group)));
    assert!(case.world.batch(&case.server, &[], BATCH_WAIT).is_none());
    (case, threads)
}

#[test]
fn a_thread_keeps_the_processor_until_its_slice_ends_and_turns_go_round() {
    let (mut case, threads) = rivals(3);
    let world = &mut case.world;
    let mut order = Vec::new();
    for _ in 0..12 {
        let running = next(world).unwrap();
        assert_eq!(next(world), Some(running), "nothing has happened");
        if order.last() != Some(&running) {
            order.push(running);
        }
        tick(world);
    }
    assert_eq!(order[..3].iter().collect::<std::collections::HashSet<_>>().len(), 3, "all had their turn: {order:?}");
    assert_eq!(order[3..], order[..order.len() - 3], "always in the same order");
    assert_eq!(threads.len(), 3);
}

#[test]
fn alone_in_its_priority_a_thread_is_not_disturbed() {
    let (mut case, _) = rivals(1);
    for _ in 0..5 {
        assert_eq!(next(&mut case.world), Some(case.client));
        tick(&mut case.world);
    }
}

#[test]
fn yielding_lets_every_equal_run_first() {
    let (mut case, threads) = rivals(3);
    let first = next(&mut case.world).unwrap();
    case.world.enter(first, SYS_YIELD, &[]);
    let mut seen = vec![];
    for _ in 0..2 {
        let running = next(&mut case.world).unwrap();
        assert_ne!(running, first);
        seen.push(running);
        // Out of the way, so that the next one is seen.
        case.world.core.hold(running, Reasons::HELD);
    }
    assert_eq!(next(&mut case.world), Some(first));
    assert_eq!(seen.len() + 1, threads.len());
}

#[test]
fn a_server_runs_as_soon_as_it_has_a_message_and_its_client_goes_on_before_its_equals() {
    let (mut case, threads) = rivals(3);
    let caller = next(&mut case.world).unwrap();
    case.world.enter(caller, kernel_abi::calls::PROCESS_CALL | WAIT4 as usize, &[]);
    assert_eq!(next(&mut case.world), Some(case.server.thread), "the more important one was woken");
    let tag = case.world.core.threads.get(caller).unwrap().pending.unwrap().tag;
    let server = case.server;
    let reply = super::world::effect(kernel_abi::effect::EffectVerb::Reply, tag, &[0]);
    case.world.order(&server, &[]);
    assert!(case.world.batch(&server, &[reply], BATCH_WAIT).is_none());
    assert_eq!(next(&mut case.world), Some(caller));
    assert_eq!(threads.len(), 3);
}

#[test]
fn threads_that_wake_each_other_do_not_starve_a_third() {
    for period in 1..6 {
        let turns = turns_of_a_third(period);
        assert!(turns > 40, "{turns} turns of 200 for the third of three, a tick every {period} turns");
    }
}

/// Two threads answer each other through a pipe, at most `period` times between two ticks: how often a third one runs.
fn turns_of_a_third(period: usize) -> usize {
    let (mut case, threads) = rivals(3);
    let (near, far) = files::pipe(&mut case.world, threads[0]);
    let ends = [near, far];
    let mut turns = 0;
    for round in 0..200 {
        if round % period == 0 {
            next(&mut case.world);
            tick(&mut case.world);
        }
        let running = next(&mut case.world).unwrap();
        match threads[..2].iter().position(|thread| *thread == running) {
            // One of the pair answers the other and waits for the next word.
            Some(place) => {
                case.world.enter(running, SYS_WRITE, &[ends[place], DATA, 1]);
                case.world.enter(running, SYS_READ, &[ends[place], DATA, 1]);
            }
            None => turns += 1,
        }
    }
    turns
}

#[test]
fn the_dead_leave_no_room_taken_in_the_queues() {
    let (mut case, _) = rivals(1);
    let group = case.world.group_of(case.client);
    for _ in 0..2000 {
        let thread = case.world.thread(group);
        case.world.core.kill_thread(thread);
        // Their deaths are news for the server; it does not run here, and the first one's inbox is emptied for it.
        while case
            .world
            .core
            .schemes
            .get(case.server.scheme)
            .is_some_and(|s| case.world.core.nodes.peek(&s.queue).is_some())
        {
            let scheme = case.world.core.schemes.get_mut(case.server.scheme).unwrap();
            case.world.core.nodes.pop(&mut scheme.queue);
        }
    }
    assert!(case.world.core.scheduler.ready.entries().count() < 64, "entries of dead threads pile up");
    case.world.audit();
}

#[test]
fn jobs_run_between_threads_and_not_instead_of_them() {
    let (mut case, threads) = rivals(2);
    for _ in 0..3 {
        let doomed = case.world.client(&case.server);
        case.world.touch(doomed);
        case.world.core.kill_thread(doomed);
    }
    let mut picks = 0;
    while case.world.core.jobs.is_pending() {
        assert!(next(&mut case.world).is_some());
        picks += 1;
    }
    assert!(picks > 1, "one step at a time");
    assert_eq!(threads.len(), 2);
}

#[test]
fn when_every_thread_waits_the_jobs_end_and_nobody_is_picked() {
    let (mut case, _) = rivals(1);
    let doomed = case.world.client(&case.server);
    case.world.core.kill_thread(doomed);
    case.world.core.hold(case.client, Reasons::HELD);
    case.world.core.hold(case.server.thread, Reasons::HELD);
    assert_eq!(next(&mut case.world), None);
    while case.world.core.has_work() {
        assert_eq!(next(&mut case.world), None);
    }
    assert_eq!(case.world.core.machine.deadline(), None, "and no tick is wanted");
}

#[test]
fn time_spent_running_is_counted_by_ticks() {
    let (mut case, _) = rivals(1);
    next(&mut case.world);
    for _ in 0..3 {
        tick(&mut case.world);
        next(&mut case.world);
    }
    let thread = case.world.core.threads.get(case.client).unwrap();
    assert_eq!(thread.run_time, 3 * SLICE);
    assert_eq!(case.world.core.groups.get(thread.group).unwrap().run_time, 3 * SLICE);
}
