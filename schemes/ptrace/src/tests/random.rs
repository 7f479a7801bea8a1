//! Long random histories with shrinking: forks, execs, threads, signals and a debugger, thousands of acts.
//!
//! Decides nothing; the invariants are checked whenever a history comes to rest, and at its end nothing is left.
//! Neighbours: `script` (the acts), `invariants`.

use proptest::collection::vec;
use proptest::prelude::{Strategy, proptest};
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

use super::invariants::check;
use super::script::{ACTS, Act, Cast, MORE_ACTS};
use super::world::World;

/// The same histories in every run; another seed makes others.
const SEED: u64 = 1;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let all: Vec<Act> = ACTS.into_iter().chain(MORE_ACTS).collect();
    vec(select(all), 1..400)
}

/// After each act the kernel and the server may have done any part of what is to do, or all of it.
fn play(mut world: World, cast: Cast, history: &[Act]) {
    for (index, act) in history.iter().enumerate() {
        world.act(cast, *act);
        if index % 7 == 6 {
            world.run();
            check(&world);
        }
        if world.table.count() > 12 {
            break;
        }
    }
    world.run();
    world.end_of_the_world();
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(SEED), ..Config::default() })]

    #[test]
    fn a_parent_that_debugs_never_breaks_an_invariant(history in acts()) {
        let (mut world, pids) = World::with_children(1);
        let target = world.fork(pids[0]);
        world.thr_new(target);
        play(world, Cast { debugger: pids[0], target }, &history);
    }

    #[test]
    fn a_stranger_that_debugs_never_breaks_an_invariant(history in acts()) {
        let (mut world, pids) = World::with_children(2);
        let target = world.fork(pids[1]);
        play(world, Cast { debugger: pids[0], target }, &history);
    }
}
