//! One event among many stopped targets.
//!
//! Decides that the targets take turns: one runs onto its breakpoint while all others are stopped, and the wait is for any.
//! Main function: [`measure`]. Neighbour: `target`.

use crate::bench::Bench;
use crate::failure::{Failure, Verdict, expect};
use crate::rounds::{ORDINARY, Rounds};
use crate::target::{HERE, Target, meet_breakpoints};
use alloc::vec::Vec;
use proc_abi::request::Request;
use proc_abi::signal::SIGTRAP;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::wait::{Who, wait};

/// The rows and how many targets each has.
const ROWS: [(&str, usize); 4] =
    [("event_one_of_1", 1), ("event_one_of_8", 8), ("event_one_of_64", 64), ("event_one_of_512", 512)];

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    ROWS.into_iter().try_for_each(|(name, count)| measure_one(bench, name, count))
}

fn measure_one(bench: &mut Bench, name: &str, count: usize) -> Verdict {
    let mut targets = Vec::with_capacity(count);
    for _ in 0..count {
        let target = Target::traced(meet_breakpoints)?;
        target.run(Request::Continue)?;
        targets.push(target);
    }
    let mut turn = targets.iter().cycle();
    let rounds = Rounds { warm: ORDINARY.warm.max(count), ..ORDINARY };
    bench.measure(name, rounds, || {
        let target = turn.next().ok_or(Failure::new("a target", 0))?;
        target.request(Request::Continue, HERE, 0)?;
        let waited = wait(Who::Any, WaitOptions::empty())?.ok_or(Failure::new("a wait's result", 0))?;
        expect("who stopped", waited.pid.raw() as u64, target.pid().raw() as u64)?;
        match waited.status {
            WaitStatus::Stopped(SIGTRAP) => Ok(()),
            other => Err(Failure::new("a wait status", other.encode() as u64)),
        }
    })?;
    targets.into_iter().try_for_each(Target::finish)
}
