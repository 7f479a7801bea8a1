//! Attaching to a process, waiting for its stop, and letting it go again.
//!
//! Decides that a target is one that runs or one that sleeps, and that it gets some time between rounds to do so again.
//! Main function: [`measure`]. Neighbour: `target`.

use crate::bench::Bench;
use crate::failure::Verdict;
use crate::rounds::{ORDINARY, Rounds, SHARED};
use crate::target::{HERE, Target, sleep, spin};
use core::time::Duration;
use proc_abi::request::Request;
use proc_abi::signal::SIGSTOP;
use runtime::time;

/// Long enough to come to sleep, or to run.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const PAUSE: Duration = Duration::from_micros(50);

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    measure_one(bench, "attach_detach_sleeping", ORDINARY, sleep)?;
    measure_one(bench, "attach_detach_running", SHARED, spin)
}

fn measure_one(bench: &mut Bench, name: &str, rounds: Rounds, work: fn()) -> Verdict {
    let target = Target::untraced(work)?;
    time::sleep_fully(FIRST_PAUSE);
    let cycle = || {
        target.request(Request::Attach, 0, 0)?;
        target.wait(SIGSTOP)?;
        target.request(Request::Detach, HERE, 0).map(drop)
    };
    let pause = || {
        time::sleep_fully(PAUSE);
        Ok(())
    };
    bench.measure_with_pauses(name, rounds, cycle, pause)?;
    target.finish()
}
