//! Shows what a tick is.
//!
//! Decides nothing: it tells how many ticks a loop of known length takes, and the reader judges whether the clock counts
//! instructions. Main function: [`check`]. Neighbours: `bench`, tests/bench.

use crate::bench::Bench;
use crate::failure::Verdict;
use runtime::time::count_down;

/// Short enough that some try meets no interrupt.
const ROUNDS: u64 = 100_000;

/// Times the loop.
pub(crate) fn check(bench: &mut Bench) -> Verdict {
    let ticks = bench.time(|| count_down(ROUNDS));
    bench.count("loop_instructions", ROUNDS.saturating_mul(2));
    bench.count("loop_ticks", ticks);
    Ok(())
}
