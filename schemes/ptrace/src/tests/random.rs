//! Long random histories with shrinking: forks, execs, threads, signals and a debugger, hundreds of acts each.
//!
//! Decides where a history is looked at: the invariants whenever it comes to rest, the ledger after each act of those that
//! rest between acts, the probes now and then, and at its end nothing is left. A failure prints the shortest history that
//! proptest finds, and the seed. Neighbours: `alphabet` (the acts), `script`, `ledger`, `probes`, `invariants`.

use proptest::collection::vec;
use proptest::prelude::{Strategy, proptest};
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

use super::alphabet::{ACTS, Act, MORE_ACTS};
use super::explorer::{Grain, parent, stranger};
use super::invariants::check;
use super::script::Cast;
use super::world::World;

/// The same histories in every run; HISTORY_SEED makes others, HISTORY_CASES more.
const SEED: u64 = 1;
const CASES: u32 = 100;
/// Acts between two looks at a state by asking.
const PROBES: usize = 25;
/// Processes that a history may make before it is long enough.
const CROWD: usize = 12;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let all: Vec<Act> = ACTS.into_iter().chain(MORE_ACTS).collect();
    vec(select(all), 1..400)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

fn config() -> Config {
    let seed = setting("HISTORY_SEED").unwrap_or(SEED);
    let cases = setting("HISTORY_CASES").and_then(|cases| u32::try_from(cases).ok()).unwrap_or(CASES);
    println!("HISTORY_SEED={seed} HISTORY_CASES={cases}");
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..Config::default() }
}

/// After each act the kernel and the server may have done any part of what is to do, or all of it.
fn play(grain: Grain, (mut world, cast): (World, Cast), history: &[Act]) {
    for (index, act) in history.iter().enumerate() {
        world.act_in(grain, cast, *act);
        let rests = grain == Grain::Rest || index % 7 == 6;
        if rests {
            world.run();
            world.close_after_death(cast);
            check(&world);
        }
        if rests && index % PROBES == PROBES - 1 {
            world.probe(cast);
        }
        if world.table.count() > CROWD {
            break;
        }
    }
    world.run();
    world.close_after_death(cast);
    world.probe(cast);
    world.end_of_the_world();
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_parent_that_debugs_never_breaks_a_rule(history in acts()) {
        play(Grain::Message, parent(), &history);
    }

    #[test]
    fn a_stranger_that_debugs_never_breaks_a_rule(history in acts()) {
        play(Grain::Message, stranger(), &history);
    }

    #[test]
    fn a_parent_that_acts_at_rest_never_breaks_a_rule(history in acts()) {
        play(Grain::Rest, parent(), &history);
    }

    #[test]
    fn a_stranger_that_acts_at_rest_never_breaks_a_rule(history in acts()) {
        play(Grain::Rest, stranger(), &history);
    }
}
