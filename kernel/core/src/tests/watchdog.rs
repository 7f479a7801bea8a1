//! Servers that keep the processor: one that hangs is ended, one that works and a program that computes are not.
//!
//! Decides nothing. Neighbours: `core::clock::watchdog`, `scheduling` (ticks and turns), `report` (other ends of servers).

use kernel_abi::message::{Kind, NATIVE_HUNG};
use kernel_abi::verb::BATCH_WAIT;

use super::case::{Case, WAIT4};
use super::world::Server;
use crate::clock::watchdog::HUNG_TICKS;
use crate::scheduler::SLICE;
use crate::seam::{Exit, Interrupt};

/// Whoever is first in turn runs through so many ticks.
fn compute(case: &mut Case, ticks: u32) {
    for _ in 0..ticks {
        assert!(case.world.core.schedule().is_some());
        case.world.core.machine.advance(SLICE);
        case.world.core.handle(Exit::Interrupt(Interrupt::Timer));
    }
}

/// A case whose own server waits, and another server that wants to run.
fn case() -> (Case, Server) {
    let mut case = Case::new();
    let busy = case.world.server("busy");
    case.world.core.groups.get_mut(busy.group).unwrap().server = case.server.scheme;
    assert!(case.world.batch(&case.server, &[], BATCH_WAIT).is_none());
    (case, busy)
}

#[test]
fn a_server_that_never_waits_is_ended_and_its_maker_hears_of_it() {
    let (mut case, busy) = case();
    compute(&mut case, HUNG_TICKS - 1);
    assert_eq!(case.world.core.scheduler.current, Some(busy.thread));
    compute(&mut case, 1);
    assert!(case.world.core.threads.get(busy.thread).is_none());
    while case.world.core.jobs.is_pending() {
        case.world.core.run_job();
    }
    let messages = case.world.order(&case.server, &[]);
    let dead = messages.iter().find(|message| message.kind == Kind::GroupDead as u32).unwrap();
    assert_eq!((dead.group, dead.words[0]), (busy.group.raw(), NATIVE_HUNG));
    case.world.audit();
}

#[test]
fn a_server_that_waits_in_between_goes_on() {
    let (mut case, busy) = case();
    for _ in 0..3 {
        compute(&mut case, HUNG_TICKS - 1);
        assert!(case.world.batch(&busy, &[], BATCH_WAIT).is_none());
        let client = case.world.client(&busy);
        assert!(case.world.process_call(client, WAIT4, &[]).is_none());
        assert!(case.world.core.is_runnable(busy.thread));
    }
    assert!(case.world.core.threads.get(busy.thread).is_some());
}

#[test]
fn a_program_may_compute_for_ever() {
    let (mut case, busy) = case();
    assert!(case.world.batch(&busy, &[], BATCH_WAIT).is_none());
    compute(&mut case, 2 * HUNG_TICKS);
    assert!(case.world.core.threads.get(case.client).is_some());
}
