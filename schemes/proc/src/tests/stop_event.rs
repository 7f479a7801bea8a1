//! Stops by cause as requests on `event`: who may order, who waits, and the last close.
//!
//! Where threads stop is tested in `ptrace`. Neighbours: `node::stop_event`, `world`.

use kernel_abi::effect::EffectVerb;
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::error::{EAGAIN, EBADF, EFAULT, EINTR, EINVAL, ENOTTY, ESRCH};
use kernel_abi::redox::flag::O_NONBLOCK;
use kernel_abi::redox::schemev2::Opcode;
use proc_abi::event_record::{EventKind, EventRecord, Events};
use proc_abi::stop_event::{StopCauses, StopFlags, StopRequest, StopStatus};
use runtime::file::OpenFlags;
use zerocopy::FromBytes;

use super::world::{Program, Reply, World};

const BOTH: OpenFlags = OpenFlags::READ_WRITE;
const EXIT: u32 = 1;
const WAIT4: u32 = 7;
const SIZE: usize = size_of::<StopStatus>();

/// Process 2 watches process 3, its child, by this open `event`.
fn family() -> (World, Program, Program, u64) {
    let mut world = World::new();
    let init = world.init();
    let watcher = world.fork(init);
    let target = world.fork(watcher);
    let event = world.opened(2, "3/event", BOTH);
    (world, watcher, target, event)
}

fn ask(world: &mut World, event: u64, request: StopRequest, argument: u64) -> u64 {
    world.request(2, Opcode::Call, event, (&[], SIZE), &[request as u64, argument, 0, 3, 0])
}

fn order(world: &mut World, event: u64, request: StopRequest, argument: u64) -> Option<Reply> {
    let tag = ask(world, event, request, argument);
    world.reply(tag)
}

fn told(world: &mut World, tag: u64) -> Option<StopStatus> {
    match world.reply(tag)? {
        Reply::Value(SIZE) => {
            Some(StopStatus::read_from_bytes(&world.model().buffers[&tag][..SIZE]).expect("a status"))
        }
        other => panic!("answered with {other:?}"),
    }
}

fn watch_exit(world: &mut World, event: u64) {
    assert_eq!(order(world, event, StopRequest::Set, StopCauses::EXIT.bits().into()), Some(Reply::Value(0)));
}

fn error(errno: i32) -> Option<Reply> {
    Some(Reply::Error(errno.unsigned_abs()))
}

fn ended(world: &mut World, watcher: Program) -> bool {
    let tag = world.call(watcher, WAIT4, &[3, 0, 1, 0]);
    world.reply(tag) == Some(Reply::Value(3))
}

#[test]
fn who_waits_is_told_when_a_thread_stands_and_it_goes_on_by_order() {
    let (mut world, watcher, target, event) = family();
    watch_exit(&mut world, event);
    let observer = world.opened(1, "3/event", OpenFlags::READ);
    let waiting = [ask(&mut world, event, StopRequest::Wait, 0), ask(&mut world, observer, StopRequest::Wait, 0)];
    assert_eq!(waiting.map(|tag| world.reply(tag)), [None, None]);
    world.call(target, EXIT, &[5]);
    for tag in waiting {
        let status = told(&mut world, tag).expect("everybody is told");
        assert_eq!((status.state, status.why, status.value, status.events), (0, 0x20, 0x500, 0x20));
    }
    assert!(!ended(&mut world, watcher));
    let tag = ask(&mut world, observer, StopRequest::Wait, 0);
    assert!(told(&mut world, tag).is_some(), "it still stands");
    assert_eq!(order(&mut world, event, StopRequest::Continue, 0), Some(Reply::Value(0)));
    assert!(ended(&mut world, watcher));
    for request in [StopRequest::Wait, StopRequest::Status, StopRequest::GetFlags] {
        assert_eq!(order(&mut world, event, request, 0), error(ESRCH));
    }
}

#[test]
fn the_end_of_the_target_ends_a_wait() {
    let (mut world, _, target, event) = family();
    let tag = ask(&mut world, event, StopRequest::Wait, 0);
    world.exit(target, 0);
    assert_eq!(told(&mut world, tag), Some(StopStatus { state: 1, ..StopStatus::default() }));
}

#[test]
fn a_wait_can_be_cancelled_and_goes_with_its_file() {
    let (mut world, _, target, event) = family();
    let tag = ask(&mut world, event, StopRequest::Wait, 0);
    world.send(Message { kind: Kind::Cancel as u32, tag, ..Message::default() });
    assert_eq!(world.reply(tag), error(EINTR));
    let tag = ask(&mut world, event, StopRequest::Wait, 0);
    world.close(event);
    assert_eq!(world.reply(tag), error(EBADF));
    let event = world.opened(2, "3/event", BOTH);
    let tag = ask(&mut world, event, StopRequest::Wait, 0);
    world.model().buffers.insert(tag, vec![0; 4]);
    world.exit(target, 0);
    assert_eq!(world.reply(tag), error(EFAULT));
}

#[test]
fn the_last_file_for_control_takes_the_causes_along() {
    for linger in [false, true] {
        let (mut world, watcher, target, event) = family();
        watch_exit(&mut world, event);
        let flags = if linger { StopFlags::LINGER } else { StopFlags::empty() };
        assert_eq!(order(&mut world, event, StopRequest::SetFlags, flags.bits().into()), Some(Reply::Value(0)));
        let control = world.opened(2, "3/ctl", BOTH);
        world.opened(1, "3/event", OpenFlags::READ);
        world.call(target, EXIT, &[0]);
        world.close(event);
        assert!(!ended(&mut world, watcher), "ctl is open");
        world.close(control);
        assert_eq!(ended(&mut world, watcher), !linger);
    }
}

#[test]
fn orders_need_a_handle_for_control_and_numbers_that_mean_something() {
    let (mut world, _, _, event) = family();
    let observer = world.opened(1, "3/event", OpenFlags::READ);
    for request in [StopRequest::Set, StopRequest::Clear, StopRequest::SetFlags, StopRequest::Continue] {
        assert_eq!(order(&mut world, observer, request, 0), error(EBADF));
        assert_eq!(order(&mut world, event, request, 0), Some(Reply::Value(0)));
        assert_eq!(order(&mut world, event, request, u64::MAX), error(EINVAL));
    }
    for request in [StopRequest::Set, StopRequest::Clear, StopRequest::SetFlags] {
        assert_eq!(order(&mut world, event, request, 0x40), error(EINVAL));
    }
    for request in [StopRequest::Wait, StopRequest::Status, StopRequest::GetFlags] {
        let tag = world.request(2, Opcode::Call, event, (&[], 3), &[request as u64, 0, 0, 3, 0]);
        assert_eq!(world.reply(tag), error(EINVAL));
    }
    let tag = world.request(2, Opcode::Call, event, (&[], SIZE), &[1, 0, 0, 3, 0]);
    assert_eq!(world.reply(tag), error(ENOTTY));
}

fn ready(world: &mut World, event: u64) -> bool {
    let tag = world.request(2, Opcode::Fevent, event, (&[], 0), &[1]);
    world.reply(tag) == Some(Reply::Value(1))
}

/// What a read that does not wait gives.
fn read(world: &mut World, event: u64) -> Vec<EventRecord> {
    let tag = world.request(2, Opcode::Read, event, (&[], 8 * size_of::<EventRecord>()), &[0, O_NONBLOCK as u64]);
    match world.reply(tag) {
        Some(Reply::Value(count)) => {
            let bytes = world.model().buffers[&tag][..count].to_vec();
            Events::new(&bytes).map(|record| record.expect("a record")).collect()
        }
        other => {
            assert_eq!(other, error(EAGAIN));
            Vec::new()
        }
    }
}

fn kinds(records: &[EventRecord]) -> Vec<EventKind> {
    records.iter().map(|record| record.kind().expect("a kind")).collect()
}

#[test]
fn a_stop_can_be_polled_for_and_is_read_once() {
    let (mut world, watcher, target, event) = family();
    let observer = world.opened(1, "3/event", OpenFlags::READ);
    watch_exit(&mut world, event);
    for file in [event, observer] {
        assert!(!ready(&mut world, file));
    }
    world.call(target, EXIT, &[5]);
    for file in [event, observer] {
        assert_eq!(world.ordered(EffectVerb::Notify, file), 1);
        assert!(ready(&mut world, file));
        let records = read(&mut world, file);
        assert_eq!(kinds(&records), [EventKind::CauseStop]);
        assert_eq!((records[0].cause, records[0].value), (StopCauses::EXIT.bits(), 0x500));
        assert!(records[0].tid > 0 && records[0].wait_status == 0);
        assert!(!ready(&mut world, file), "though it still stands");
        assert!(read(&mut world, file).is_empty());
    }
    let tag = ask(&mut world, event, StopRequest::Status, 0);
    assert_eq!(told(&mut world, tag).map(|status| status.state), Some(0), "a read lets nothing go on");
    assert_eq!(order(&mut world, event, StopRequest::Continue, 0), Some(Reply::Value(0)));
    assert!(ready(&mut world, event));
    assert_eq!(kinds(&read(&mut world, observer)), [EventKind::Exited]);
    assert!(ended(&mut world, watcher));
}

#[test]
fn a_file_that_is_opened_in_a_stop_is_told_of_it_once() {
    let (mut world, _, target, event) = family();
    watch_exit(&mut world, event);
    world.call(target, EXIT, &[0]);
    let late = [world.opened(1, "3/event", OpenFlags::READ), world.opened(2, "3/event", BOTH)];
    for file in late {
        assert!(ready(&mut world, file));
        assert_eq!(kinds(&read(&mut world, file)), [EventKind::CauseStop]);
        assert!(!ready(&mut world, file));
    }
    let late = world.opened(1, "3/event", OpenFlags::READ);
    assert_eq!(order(&mut world, event, StopRequest::Continue, 0), Some(Reply::Value(0)));
    assert_eq!(kinds(&read(&mut world, late)), [EventKind::Exited], "that stop is over");
}

#[test]
fn one_stop_of_two_is_not_told_twice() {
    let (mut world, _, target, event) = family();
    let causes = StopCauses::SCE | StopCauses::SCX;
    assert_eq!(order(&mut world, event, StopRequest::Set, causes.bits().into()), Some(Reply::Value(0)));
    let words = [20, 0, 0, 0, 0, 0, 0, 0];
    world.report(target, kernel_abi::stop::Cause::CallEntry, words);
    let late = world.opened(1, "3/event", OpenFlags::READ);
    assert_eq!(order(&mut world, event, StopRequest::Continue, 0), Some(Reply::Value(0)));
    world.report(target, kernel_abi::stop::Cause::CallExit, words);
    let records = read(&mut world, late);
    assert_eq!(kinds(&records), [EventKind::CauseStop]);
    assert_eq!(records[0].cause, StopCauses::SCX.bits());
    let records = read(&mut world, event);
    assert_eq!(records.iter().map(|record| record.cause).collect::<Vec<_>>(), [4, 8]);
}

/// Records are lost when nobody reads; the stop that is present is not.
#[test]
fn the_present_stop_is_told_after_an_overrun() {
    let (mut world, _, target, event) = family();
    let causes = StopCauses::SCE | StopCauses::EXIT;
    assert_eq!(order(&mut world, event, StopRequest::Set, causes.bits().into()), Some(Reply::Value(0)));
    world.report(target, kernel_abi::stop::Cause::CallEntry, [20, 0, 0, 0, 0, 0, 0, 0]);
    for _ in 0..crate::ring::KEPT {
        world.server.rings.publish(&EventRecord::new(EventKind::ThreadBorn, 3));
    }
    let mut records = Vec::new();
    while ready(&mut world, event) {
        records.extend(kinds(&read(&mut world, event)));
    }
    let count = |kind| records.iter().filter(|other| **other == kind).count();
    assert_eq!((count(EventKind::Overrun), count(EventKind::CauseStop)), (1, 1), "{records:?}");
}
