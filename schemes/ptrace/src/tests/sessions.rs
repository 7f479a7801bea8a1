//! Sessions of several pairs at once: what is done to one leaves the others alone.
//!
//! Decides nothing. Neighbours: `session`, `files` (one pair at a time), `delegate` (leave to run).

use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::SIGTERM;

use super::world::World;
use crate::credentials::{Credentials, Ids};
use crate::{SessionId, Sharing};

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}

fn open(world: &mut World, opener: i32, target: i32) -> SessionId {
    world.turn(|turn| turn.open_control(pid(opener), pid(target), Sharing::Shared)).expect("allowed")
}

fn close(world: &mut World, opener: i32, target: i32) {
    world.turn(|turn| turn.close_control(pid(opener), pid(target)));
    world.run();
}

fn session(world: &mut World, opener: i32, target: i32) -> Option<SessionId> {
    world.turn(|turn| turn.session(pid(opener), pid(target)))
}

fn is_known(world: &World, id: SessionId) -> bool {
    world.model.sessions.contains_key(&id.0)
}

#[test]
fn closing_one_of_two_leaves_the_other() {
    let (mut world, pids) = World::with_children(4);
    let [one, other, first, second] = pids[..] else { panic!("four") };
    let kept = [open(&mut world, one, first), open(&mut world, other, second)];
    let closed = open(&mut world, one, second);
    close(&mut world, one, second);
    assert!(!is_known(&world, closed) && session(&mut world, one, second).is_none());
    assert!(kept.iter().all(|id| is_known(&world, *id)));
    // Closing what is closed is nothing.
    close(&mut world, one, second);
    assert_eq!((session(&mut world, one, first), session(&mut world, other, second)), (Some(kept[0]), Some(kept[1])));
}

#[test]
fn a_detach_ends_the_handles_that_were_opened_for_it() {
    for files in [false, true] {
        let (mut world, pids) = World::with_children(2);
        let (debugger, target) = (pids[0], pids[1]);
        let opened = files.then(|| open(&mut world, debugger, target));
        world.attach(debugger, target);
        let traced = session(&mut world, debugger, target).expect("traced with");
        assert!(opened.is_none_or(|opened| opened == traced));
        world.resume(debugger, Request::Detach, target, 0);
        assert!(!is_known(&world, traced), "what was opened before is void");
        let left = session(&mut world, debugger, target);
        assert_eq!(left.is_some(), files, "an open control file has a new one");
        assert!(left.is_none_or(|left| left != traced && is_known(&world, left)));
    }
}

#[test]
fn a_tracer_by_call_keeps_its_target_when_its_files_are_closed() {
    let (mut world, pids) = World::with_children(2);
    let (debugger, target) = (pids[0], pids[1]);
    world.attach(debugger, target);
    let id = open(&mut world, debugger, target);
    close(&mut world, debugger, target);
    assert!(is_known(&world, id), "it is traced with");
    world.resume(debugger, Request::Detach, target, 0);
    assert!(!is_known(&world, id) && world.model.sessions.is_empty());
}

#[test]
fn changed_users_lose_only_the_sessions_that_they_could_not_open_now() {
    let (mut world, pids) = World::with_children(4);
    let [root, target, user, bystander] = pids[..] else { panic!("four") };
    for person in [target, user, bystander] {
        let process = world.table.get_mut(pid(person)).expect("there");
        process.credentials = Credentials { user: Ids { saved: 6, ..Ids::all(5) }, ..Credentials::root() };
        process.credentials.user.saved = 5;
    }
    let by_user = open(&mut world, user, target);
    let by_root = open(&mut world, root, target);
    let held = open(&mut world, target, bystander);
    let elsewhere = open(&mut world, user, bystander);
    // It stays the same user, but its ids have changed since its last exec.
    let process = world.table.get_mut(pid(target)).expect("there");
    process.credentials.user.saved = 6;
    process.credentials.user.real = 6;
    assert_eq!(world.value(target, 126, &[u64::MAX, 6]), Ok(0));
    assert!(!is_known(&world, by_user) && session(&mut world, user, target).is_none());
    assert!(is_known(&world, by_root) && is_known(&world, elsewhere));
    assert!(!is_known(&world, held), "it is another user than whom it looks at");
}

#[test]
fn a_lost_session_is_forgotten() {
    let (mut world, pids) = World::with_children(2);
    let id = open(&mut world, pids[0], pids[1]);
    world.model.sessions.remove(&id.0);
    world.turn(|turn| turn.session_lost(id, kernel_abi::stop::LastClose::Run));
    assert_eq!(session(&mut world, pids[0], pids[1]), None);
}

#[test]
fn the_table_knows_whether_anybody_may_ask_for_runs() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    assert!(!world.table.has_runs());
    world.attach(pids[0], child);
    world.turn(|_| ());
    assert!(!world.table.has_runs(), "a session alone asks for nothing");
    world.plain_turn(|turn| turn.open_run(pid(pids[0]), pid(child))).expect("a session");
    assert!(world.table.has_runs(), "before anybody judges");
    world.turn(|_| ());
    assert!(world.table.has_runs());
    world.resume(pids[0], Request::Detach, child, 0);
    world.turn(|_| ());
    assert!(!world.table.has_runs(), "the session is gone");
}

#[test]
fn records_that_are_read_are_numbered() {
    let (mut world, pids) = World::with_children(2);
    let (debugger, target) = (pids[0], pids[1]);
    assert_eq!(world.ptrace(debugger, Request::Attach, target, 0, 0), Ok(0));
    let first = world.event_of(debugger, target).expect("a stop").sequence;
    world.resume(debugger, Request::Continue, target, 0);
    world.kill(1, target, SIGTERM);
    let second = world.event_of(debugger, target).expect("a stop").sequence;
    world.resume(debugger, Request::Kill, target, 0);
    let end = world.event_of(debugger, target).expect("its end").sequence;
    assert!(0 < first && first < second && second < end, "{first} {second} {end}");
}
