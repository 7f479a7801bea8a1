//! Every order of acts, breadth first: a debugger and a target with two threads, one message and one thread at a time.
//!
//! Decides how states are told apart (ids and counters that only grow are left out) and what holds in each: brought to rest,
//! the invariants; brought to its end, everyone is reaped on both sides and nothing is left. Neighbours: `script`.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use proc_abi::event::EventMask;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::stop_event::StopCauses;
use zerocopy::IntoBytes;

use super::alphabet::{ACTS, Act, Order};
use super::invariants::check;
use super::script::Cast;
use super::world::{BUFFER, World};
use crate::credentials::{Credentials, Ids};
use crate::thread::{DebugFlags, Latched, Stage};

/// States that a plain test run looks at, for each beginning and grain.
const STATES: usize = 250;
/// States of the long run, if EXPLORER_STATES does not say otherwise.
const MANY_STATES: usize = 20_000;

/// Nobody here is the superuser, so that a set-id image makes the target somebody else.
fn plain_users((mut world, cast): (World, Cast)) -> (World, Cast) {
    for pid in [cast.debugger, cast.target] {
        let process = world.table.get_mut(Pid::new(pid).expect("a pid")).expect("there");
        process.credentials = Credentials { user: Ids::all(5), ..Credentials::root() };
    }
    (world, cast)
}

/// The target is the debugger's child.
pub(super) fn parent() -> (World, Cast) {
    let (mut world, pids) = World::with_children(1);
    let target = world.fork(pids[0]);
    world.thr_new(target);
    plain_users((world, Cast { debugger: pids[0], target }))
}

/// The target is another's child.
pub(super) fn stranger() -> (World, Cast) {
    let (mut world, pids) = World::with_children(2);
    world.thr_new(pids[1]);
    plain_users((world, Cast { debugger: pids[0], target: pids[1] }))
}

/// The same in a stop that was collected, with every event wanted.
fn stopped((mut world, cast): (World, Cast)) -> (World, Cast) {
    world.attach(cast.debugger, cast.target);
    world.poke(cast.debugger, BUFFER, EventMask::all().bits().as_bytes());
    assert_eq!(world.ptrace(cast.debugger, Request::SetEventMask, cast.target, BUFFER, 4), Ok(0));
    (world, cast)
}

/// One thread waits for a loader, its sibling is parked.
fn in_exec((mut world, cast): (World, Cast)) -> (World, Cast) {
    world.resume(cast.debugger, Request::Continue, cast.target, 0);
    world.call(cast.target, 59, &[1, 2, 3]);
    while world.wait(cast.debugger, cast.target, 1).is_ok_and(|told| told.0 != 0) {
        world.resume(cast.debugger, Request::Continue, cast.target, 0);
    }
    (world, cast)
}

/// The target is the debugger's child and has one thread, is stopped and may be run without the server.
fn delegated() -> (World, Cast) {
    let (mut world, pids) = World::with_children(1);
    let target = world.fork(pids[0]);
    runnable(world, Cast { debugger: pids[0], target })
}

/// The same with two threads.
fn delegated_pair() -> (World, Cast) {
    let (mut world, pids) = World::with_children(1);
    let target = world.fork(pids[0]);
    world.thr_new(target);
    runnable(world, Cast { debugger: pids[0], target })
}

fn runnable(mut world: World, cast: Cast) -> (World, Cast) {
    world.attach(cast.debugger, cast.target);
    world.open_run(cast.debugger, cast.target);
    (world, cast)
}

/// The target is another's child and is watched for every cause.
fn watched() -> (World, Cast) {
    let (mut world, cast) = stranger();
    for act in [Act::OpenControl, Act::Causes(Order::Add(StopCauses::all()))] {
        assert!(world.act(cast, act), "{act:?}");
    }
    (world, cast)
}

/// What two worlds have in common if everything that can still happen is the same.
pub(super) fn fingerprint(world: &World) -> u64 {
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
            if thread.stage == Stage::Away && !thread.flags.intersects(DebugFlags::SCE | DebugFlags::SCX) {
                thread.call = Latched::default();
            }
            if let Some(state) = world.model.threads.get(&thread.kernel.0) {
                std::format!("{:?}", essence(state)).hash(&mut hasher);
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
    for session in (0..).map_while(|index| world.table.sessions.at(index)) {
        crate::session::Session { id: crate::SessionId(0), ..*session }.hash(&mut hasher);
    }
    world
        .model
        .news
        .map(|news| (std::format!("{:?}", news.stop), news.motion == crate::Motion::Running))
        .hash(&mut hasher);
    let writers = world.model.dumpers.iter().filter(|dumper| world.model.threads.contains_key(&dumper.0));
    writers.count().hash(&mut hasher);
    world.remembered().hash(&mut hasher);
    for message in &world.model.inbox {
        std::mem::discriminant(message).hash(&mut hasher);
    }
    hasher.finish()
}

/// A kernel thread without what only counts, and without a result that nobody can be told any more.
fn essence(thread: &super::model::Thread) -> super::model::Thread {
    let mut state = thread.clone();
    if let Some(call) = &mut state.call {
        call.tag = 0;
    }
    if let Some((place, call)) = &mut state.again {
        (*place, call.tag) = (u64::from(*place == state.registers.rip), 0);
    }
    state.registers.rip = 0;
    if !state.in_exit && state.post_call == 0 && state.outcome.is_none() {
        (state.result, state.registers.rax, state.latest) = (0, 0, 0);
    }
    state
}

const fn place(stage: &Stage) -> Option<u64> {
    match stage {
        Stage::Pending(_, place) | Stage::Stopped(_, place) => Some(*place),
        Stage::Away | Stage::Dying => None,
    }
}

/// The state itself, at rest and at its end.
fn examine(world: &World, cast: Cast) {
    let mut rest = world.clone();
    rest.run();
    rest.close_after_death(cast);
    check(&rest);
    rest.probe(cast);
    rest.end_of_the_world();
}

struct Visit {
    world: World,
    path: Vec<Act>,
}

/// How much happens between two acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// Nothing: every order of messages is tried.
    Message,
    /// Everything: acts of users only, so histories are longer.
    Rest,
}

impl World {
    pub(super) fn act_in(&mut self, grain: Grain, cast: Cast, act: Act) -> bool {
        let scheduling = matches!(act, Act::Message | Act::Settle(_) | Act::SettleDebugger);
        match grain {
            Grain::Message => self.act(cast, act),
            Grain::Rest if scheduling => false,
            Grain::Rest => {
                let due = self.due(cast, act);
                let done = self.act(cast, act);
                if done {
                    self.run();
                    self.close_after_death(cast);
                    self.check_due(cast, due);
                    self.note(cast, act);
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
        for act in ACTS.into_iter().filter(|act| visit.world.may_act(cast, *act)) {
            let mut next = visit.world.clone();
            let mut path = visit.path.clone();
            path.push(act);
            let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let done = next.act_in(grain, cast, act);
                if done && seen.len() < limit && seen.insert(fingerprint(&next)) {
                    examine(&next, cast);
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

/// Both grains from one beginning.
fn explore_both(name: &str, world: fn() -> (World, Cast), limit: usize) {
    for grain in [Grain::Rest, Grain::Message] {
        let found = explore(name, grain, world(), limit);
        assert!(found == limit || limit > STATES, "{found} states are all");
    }
}

#[test]
fn all_short_histories_of_a_parent_that_debugs_keep_the_rules() {
    explore_both("parent", parent, STATES);
}

#[test]
fn all_short_histories_of_a_stranger_that_debugs_keep_the_rules() {
    explore_both("stranger", stranger, STATES);
}

#[test]
fn all_short_histories_from_a_stop_keep_the_rules() {
    explore_both("stopped child", || stopped(parent()), STATES);
    explore_both("stopped stranger", || stopped(stranger()), STATES);
}

#[test]
fn all_short_histories_from_an_exec_keep_the_rules() {
    explore_both("exec", || in_exec(stopped(stranger())), STATES);
}

#[test]
fn all_short_histories_with_delegated_runs_keep_the_rules() {
    explore_both("delegated", delegated, STATES);
    explore_both("delegated pair", delegated_pair, STATES);
}

#[test]
fn all_short_histories_with_stops_by_cause_keep_the_rules() {
    explore_both("watched", watched, STATES);
}

#[test]
#[ignore = "long: EXPLORER_STATES=60000 cargo test --release -p ptrace explorer -- --ignored --nocapture"]
fn all_long_histories_keep_the_rules() {
    let limit = std::env::var("EXPLORER_STATES").ok().and_then(|states| states.parse().ok()).unwrap_or(MANY_STATES);
    explore_both("stopped stranger", || stopped(stranger()), limit);
    explore_both("exec", || in_exec(stopped(stranger())), limit);
    explore_both("stopped child", || stopped(parent()), limit);
    explore_both("delegated", delegated, limit);
    explore_both("delegated pair", delegated_pair, limit);
    explore_both("watched", watched, limit);
    explore_both("parent", parent, limit);
    explore_both("stranger", stranger, limit);
}
