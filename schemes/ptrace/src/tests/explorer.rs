//! Every order of acts, breadth first: a debugger and a target with two threads, one message and one thread at a time.
//!
//! Decides how states are told apart (ids and counters that only grow are left out) and what holds in each: brought to rest,
//! the invariants; brought to its end, everyone is reaped on both sides and nothing is left. Neighbours: `script`.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::invariants::check;
use super::script::{ACTS, Act, Cast};
use super::world::World;
use crate::thread::Stage;

/// States that a plain test run looks at, for each cast.
const STATES: usize = 1_000;
/// States of the long run.
const MANY_STATES: usize = 60_000;

/// The target is the debugger's child.
fn parent() -> (World, Cast) {
    let (mut world, pids) = World::with_children(1);
    let target = world.fork(pids[0]);
    world.thr_new(target);
    (world, Cast { debugger: pids[0], target })
}

/// The target is another's child.
fn stranger() -> (World, Cast) {
    let (mut world, pids) = World::with_children(2);
    world.thr_new(pids[1]);
    (world, Cast { debugger: pids[0], target: pids[1] })
}

/// The target is the debugger's child and has one thread, is stopped and may be run without the server.
fn delegated() -> (World, Cast) {
    let (mut world, pids) = World::with_children(1);
    let target = world.fork(pids[0]);
    world.attach(pids[0], target);
    world.open_run(pids[0], target);
    (world, Cast { debugger: pids[0], target })
}

/// What two worlds have in common if everything that can still happen is the same.
fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    for pid in world.table.pids() {
        let mut process = world.table.get(*pid).expect("listed").clone();
        (process.epoch, process.sequence, process.tracing) = (0, 0, None);
        let mut places: Vec<u64> = process.threads.iter().filter_map(|thread| place(&thread.stage)).collect();
        places.sort_unstable();
        for thread in &mut process.threads {
            let rank = place(&thread.stage).and_then(|own| places.iter().position(|other| *other == own));
            thread.stage = match thread.stage {
                Stage::Pending(point, _) => Stage::Pending(point, rank.unwrap_or(0) as u64),
                Stage::Stopped(stop, _) => Stage::Stopped(stop, rank.unwrap_or(0) as u64),
                other => other,
            };
            if let Some(blocked) = &mut thread.blocked {
                blocked.tag = crate::Tag(0);
            }
            if let Some(deferred) = &mut thread.deferred {
                deferred.tag = crate::Tag(0);
            }
            if let Some(again) = world.model.threads.get(&thread.kernel.0) {
                let mut state = again.clone();
                if let Some(call) = &mut state.call {
                    call.tag = 0;
                }
                std::format!("{state:?}").hash(&mut hasher);
            }
        }
        if let Some(exec) = &mut process.exec {
            exec.tag = None;
            exec.loader.group = crate::KernelGroup(0);
            exec.loader.thread = crate::KernelThread(0);
        }
        process.hash(&mut hasher);
        world.model.groups.get(&process.group.0).map(|group| (group.reasons, group.armed)).hash(&mut hasher);
    }
    for (session, leave) in
        (0..).map_while(|index| world.table.sessions.at(index)).map(|session| (session, session.leave))
    {
        (session.opener, session.target, leave, session.files).hash(&mut hasher);
    }
    world
        .model
        .news
        .map(|news| (std::format!("{:?}", news.stop), news.motion == crate::Motion::Running))
        .hash(&mut hasher);
    for message in &world.model.inbox {
        std::mem::discriminant(message).hash(&mut hasher);
    }
    hasher.finish()
}

const fn place(stage: &Stage) -> Option<u64> {
    match stage {
        Stage::Pending(_, place) | Stage::Stopped(_, place) => Some(*place),
        Stage::Away | Stage::Dying => None,
    }
}

/// The state itself, at rest and at its end.
fn examine(world: &World) {
    let mut rest = world.clone();
    rest.run();
    check(&rest);
    rest.end_of_the_world();
}

struct Visit {
    world: World,
    path: Vec<Act>,
}

/// How much happens between two acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grain {
    /// Nothing: every order of messages is tried.
    Message,
    /// Everything: acts of users only, so histories are longer.
    Rest,
}

impl World {
    fn act_in(&mut self, grain: Grain, cast: Cast, act: Act) -> bool {
        let scheduling = matches!(act, Act::Message | Act::Settle(_) | Act::SettleDebugger);
        match grain {
            Grain::Message => self.act(cast, act),
            Grain::Rest if scheduling => false,
            Grain::Rest => {
                let done = self.act(cast, act);
                if done {
                    self.run();
                }
                done
            }
        }
    }
}

fn explore(name: &str, grain: Grain, (world, cast): (World, Cast), limit: usize) -> usize {
    let mut seen = BTreeSet::from([fingerprint(&world)]);
    let mut queue = VecDeque::from([Visit { world, path: Vec::new() }]);
    let mut depth = 0;
    let mut steps = 0_usize;
    while let Some(visit) = queue.pop_front() {
        depth = depth.max(visit.path.len());
        for act in ACTS {
            let mut next = visit.world.clone();
            let mut path = visit.path.clone();
            path.push(act);
            let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let done = next.act_in(grain, cast, act);
                if done && seen.len() < limit && seen.insert(fingerprint(&next)) {
                    examine(&next);
                    return Some(next);
                }
                None
            }));
            steps += 1;
            match tried {
                Ok(Some(world)) => queue.push_back(Visit { world, path }),
                Ok(None) => {}
                Err(_) => panic!("{name}: after {path:?}"),
            }
        }
    }
    println!("{name}, {grain:?}: {} states, {steps} acts tried, {depth} deep", seen.len());
    seen.len()
}

#[test]
fn all_short_histories_of_a_parent_that_debugs_keep_the_invariants() {
    assert_eq!(explore("parent", Grain::Message, parent(), STATES), STATES);
    assert_eq!(explore("parent", Grain::Rest, parent(), STATES), STATES);
}

#[test]
fn all_short_histories_of_a_stranger_that_debugs_keep_the_invariants() {
    assert_eq!(explore("stranger", Grain::Message, stranger(), STATES), STATES);
    assert_eq!(explore("stranger", Grain::Rest, stranger(), STATES), STATES);
}

#[test]
fn all_short_histories_with_delegated_runs_keep_the_invariants() {
    assert_eq!(explore("delegated", Grain::Message, delegated(), STATES), STATES);
    assert_eq!(explore("delegated", Grain::Rest, delegated(), STATES), STATES);
}

#[test]
#[ignore = "minutes long: cargo test --release -p ptrace -- --ignored --nocapture"]
fn all_long_histories_keep_the_invariants() {
    for grain in [Grain::Rest, Grain::Message] {
        explore("parent", grain, parent(), MANY_STATES);
        explore("stranger", grain, stranger(), MANY_STATES);
        explore("delegated", grain, delegated(), MANY_STATES);
    }
}
