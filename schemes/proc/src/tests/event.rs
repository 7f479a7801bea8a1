//! `event`: who is given which record, reads that wait, and readiness.
//!
//! When a stop is published is tested in `ptrace`; here it is which handle reads it and who has collected it then.
//! Neighbours: `node::event`, `ring`, `world`.

use kernel_abi::effect::EffectVerb;
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::error::{EAGAIN, EINTR, EINVAL};
use kernel_abi::redox::flag::O_NONBLOCK;
use kernel_abi::redox::schemev2::Opcode;
use proc_abi::event_record::{EventKind, EventRecord, Events};
use proc_abi::request::Request;
use runtime::file::OpenFlags;

use super::world::{Program, Reply, World};

const BOTH: OpenFlags = OpenFlags::READ_WRITE;
const PTRACE: u32 = 26;
const RECORD: usize = size_of::<EventRecord>();

/// Process 2 debugs process 3, its own child.
fn family() -> (World, Program, Program) {
    let mut world = World::new();
    let init = world.init();
    let debugger = world.fork(init);
    let target = world.fork(debugger);
    (world, debugger, target)
}

fn ptrace(world: &mut World, debugger: Program, request: Request, words: [u64; 2]) -> Option<Reply> {
    let tag = world.call(debugger, PTRACE, &[request.raw() as u64, 3, words[0], words[1]]);
    world.reply(tag)
}

fn read(world: &mut World, event: u64, records: usize) -> u64 {
    world.request(2, Opcode::Read, event, (&[], records * RECORD), &[0, 0])
}

fn given(world: &mut World, tag: u64) -> Option<Vec<(EventKind, i32)>> {
    match world.reply(tag)? {
        Reply::Value(count) => {
            let bytes = world.model().buffers[&tag][..count].to_vec();
            let read = Events::new(&bytes).map(|record| record.expect("a record"));
            Some(read.map(|record| (record.kind().expect("a kind"), record.signal)).collect())
        }
        other => panic!("a read is answered with {other:?}"),
    }
}

#[test]
fn a_stop_from_before_the_file_was_opened_is_given_once() {
    let (mut world, debugger, _) = family();
    assert_eq!(ptrace(&mut world, debugger, Request::Attach, [0, 0]), Some(Reply::Value(0)));
    let event = world.opened(2, "3/event", BOTH);
    let busy = ptrace(&mut world, debugger, Request::GetNumLwps, [0, 0]);
    assert_eq!(busy, Some(Reply::Error(16)), "EBUSY until the stop is collected");
    let tag = read(&mut world, event, 4);
    assert_eq!(given(&mut world, tag), Some(vec![(EventKind::TraceStop, 17)]));
    assert_eq!(ptrace(&mut world, debugger, Request::GetNumLwps, [0, 0]), Some(Reply::Value(1)));
    let tag = read(&mut world, event, 4);
    assert_eq!(given(&mut world, tag), None, "there is no other stop");
    assert_eq!(world.ordered(EffectVerb::SessionCollect, 1), 1);
}

#[test]
fn a_read_waits_for_the_next_stop() {
    let (mut world, debugger, _) = family();
    let event = world.opened(2, "3/event", BOTH);
    let tag = read(&mut world, event, 1);
    assert_eq!(world.reply(tag), None);
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    assert_eq!(given(&mut world, tag).expect("a record").len(), 1);
}

#[test]
fn what_wait_has_told_is_no_news_to_the_tracer() {
    let (mut world, debugger, _) = family();
    let event = world.opened(2, "3/event", BOTH);
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    const WAIT4: u32 = 7;
    let tag = world.call(debugger, WAIT4, &[3, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
    let tag = read(&mut world, event, 8);
    let kinds = given(&mut world, tag).unwrap_or_default();
    assert!(kinds.iter().all(|(kind, _)| *kind != EventKind::TraceStop), "{kinds:?}");
}

#[test]
fn observers_see_everything_and_collect_nothing() {
    let (mut world, debugger, _) = family();
    let observer = world.opened(1, "3/event", OpenFlags::READ);
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    let tag = read(&mut world, observer, 8);
    let kinds: Vec<_> = given(&mut world, tag).expect("records").into_iter().map(|(kind, _)| kind).collect();
    assert!(kinds.contains(&EventKind::TraceStop), "{kinds:?}");
    assert_eq!(ptrace(&mut world, debugger, Request::GetNumLwps, [0, 0]), Some(Reply::Error(16)));
}

#[test]
fn the_end_is_told_and_then_the_file_ends() {
    let (mut world, _, target) = family();
    let event = world.opened(2, "3/event", BOTH);
    world.exit(target, 5);
    let tag = read(&mut world, event, 1);
    assert_eq!(given(&mut world, tag), Some(vec![(EventKind::Exited, 0)]));
    let waiting = read(&mut world, event, 1);
    assert_eq!(world.reply(waiting), None, "it is not reaped yet");
    let debugger = world.program(2);
    let tag = world.call(debugger, 7, &[3, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)), "its parent still waits for it");
    assert_eq!(world.reply(waiting), Some(Reply::Value(0)));
    world.close(event);
}

/// The stops and ends among what a handle has to read.
fn collectable(world: &mut World, event: u64) -> Vec<EventKind> {
    let tag = read(world, event, 16);
    let kinds = given(world, tag).unwrap_or_default().into_iter().map(|(kind, _)| kind);
    kinds.filter(|kind| matches!(kind, EventKind::TraceStop | EventKind::Exited)).collect()
}

#[test]
fn a_handle_that_is_behind_is_given_the_end_and_not_the_stop_before() {
    let (mut world, debugger, target) = family();
    let (first, second) = (world.opened(2, "3/event", BOTH), world.opened(2, "3/event", BOTH));
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    assert_eq!(collectable(&mut world, first), [EventKind::TraceStop]);
    assert_eq!(ptrace(&mut world, debugger, Request::Continue, [1, 0]), Some(Reply::Value(0)));
    world.exit(target, 5);
    assert_eq!(collectable(&mut world, second), [EventKind::Exited]);
    assert_eq!(collectable(&mut world, first), [], "the end is told once");
}

#[test]
fn the_end_after_a_stop_that_wait_told_is_given_as_itself() {
    let (mut world, debugger, target) = family();
    let event = world.opened(2, "3/event", BOTH);
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    let tag = world.call(debugger, 7, &[3, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
    assert_eq!(ptrace(&mut world, debugger, Request::Continue, [1, 0]), Some(Reply::Value(0)));
    world.exit(target, 5);
    assert_eq!(collectable(&mut world, event), [EventKind::Exited]);
}

#[test]
fn a_read_that_is_not_to_wait_or_too_short_says_so() {
    let (mut world, _, _) = family();
    let event = world.opened(2, "3/event", BOTH);
    let tag = world.request(2, Opcode::Read, event, (&[], RECORD), &[0, O_NONBLOCK as u64]);
    assert_eq!(world.reply(tag), Some(Reply::Error(EAGAIN.unsigned_abs())));
    for room in [0, 1, RECORD - 1] {
        assert_eq!(world.read(event, 0, room), Err(EINVAL.unsigned_abs()), "{room}");
    }
    assert_eq!(world.write(event, b"x"), Reply::Error(EINVAL.unsigned_abs()));
}

#[test]
fn a_cancelled_read_ends_and_the_next_one_gets_the_record() {
    let (mut world, debugger, _) = family();
    let event = world.opened(2, "3/event", BOTH);
    let tag = read(&mut world, event, 1);
    world.send(Message { kind: Kind::Cancel as u32, tag, thread: debugger.thread, ..Message::default() });
    assert_eq!(world.reply(tag), Some(Reply::Error(EINTR.unsigned_abs())));
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    let tag = read(&mut world, event, 1);
    assert!(given(&mut world, tag).is_some());
}

#[test]
fn watchers_are_told_when_there_is_something_to_read() {
    let (mut world, debugger, _) = family();
    let event = world.opened(2, "3/event", BOTH);
    let ready = |world: &mut World| {
        let tag = world.request(2, Opcode::Fevent, event, (&[], 0), &[1]);
        world.reply(tag)
    };
    assert_eq!(ready(&mut world), Some(Reply::Value(0)));
    assert_eq!(world.ordered(EffectVerb::Notify, event), 0);
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    assert!(world.ordered(EffectVerb::Notify, event) > 0);
    assert_eq!(ready(&mut world), Some(Reply::Value(1)));
}

#[test]
fn two_readers_of_one_file_share_its_records() {
    let (mut world, debugger, _) = family();
    let event = world.opened(2, "3/event", BOTH);
    let (first, second) = (read(&mut world, event, 1), read(&mut world, event, 8));
    ptrace(&mut world, debugger, Request::Attach, [0, 0]);
    let first = given(&mut world, first).expect("the one who asked first is served first");
    let second = given(&mut world, second).unwrap_or_default();
    let kinds: Vec<_> = first.iter().chain(&second).map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [EventKind::Attached, EventKind::TraceStop]);
}
