//! The combined call of `ctl`: what runs, what is told, and who is told when several wait.
//!
//! What each record does is tested in `ptrace`. Neighbours: `node::combined`, `control` (records without the wait), `world`.

use kernel_abi::effect::EffectVerb;
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::error::{EBADF, EBUSY, EFAULT, EINTR, EINVAL, ENOBUFS, EOPNOTSUPP, ESRCH, ESTALE};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::registers::{RegisterSet, Registers};
use kernel_abi::stop::Cause;
use proc_abi::combined::{COMBINED_HEAD, CombinedEnd, CombinedHead, ControlVerb};
use proc_abi::command::{CommandHeader, Lengths};
use proc_abi::event_record::EventKind;
use proc_abi::request::Request;
use runtime::file::OpenFlags;
use zerocopy::{FromBytes, IntoBytes};

use super::control::{debugger, parsed, record, replies, simple};
use super::world::{DATA, Program, Reply, World};

const BOTH: OpenFlags = OpenFlags::READ_WRITE;
const VERB: u64 = ControlVerb::RunAndWait as u64;
const ROOM: usize = 4096;
const BREAKPOINT: [u64; 8] = [0x4000, 0, 0, 0, 0, 0, 0, 0];
const WAIT4: u32 = 7;
const SETUID: u32 = 23;
const EXECVE: u32 = 59;

fn error(errno: i32) -> Reply {
    Reply::Error(errno.unsigned_abs())
}

fn ask(world: &mut World, control: u64, records: &[u8]) -> u64 {
    let length = records.len() as u64;
    world.request(2, Opcode::Call, control, (records, ROOM), &[VERB, length, 0, 3, 0])
}

type Told = (CombinedEnd, Vec<(Result<i64, u32>, Vec<u8>)>, CombinedHead);

/// What a call was answered; none while it waits.
fn told(world: &mut World, tag: u64) -> Option<Told> {
    let Reply::Value(count) = world.reply(tag)? else { panic!("refused: {:?}", world.reply(tag)) };
    let bytes = world.model().buffers[&tag][..count].to_vec();
    let (head, replies) = CombinedHead::read_from_prefix(&bytes).expect("a head");
    assert_eq!(head.replies as usize, replies.len());
    Some((CombinedEnd::from_raw(head.end).expect("an end"), parsed(replies), head))
}

/// Its event, of which this is all that counts.
fn event(head: &CombinedHead) -> (EventKind, i32) {
    (head.event.kind().expect("an event"), head.event.signal)
}

/// Process 2 has attached to 3 by one combined call, which told the stop.
fn attached() -> (World, Program, u64) {
    let (mut world, target, control) = debugger();
    let tag = ask(&mut world, control, &simple(Request::Attach, 0));
    let (end, replies, head) = told(&mut world, tag).expect("the stop is there at once");
    assert_eq!((end, replies), (CombinedEnd::Event, vec![(Ok(0), vec![])]));
    assert_eq!(event(&head), (EventKind::TraceStop, 17));
    (world, target, control)
}

fn go(world: &mut World, control: u64) -> u64 {
    let tag = ask(world, control, &simple(Request::Continue, 0));
    assert_eq!(world.reply(tag), None, "it runs");
    tag
}

/// A record without payload that may fill this much.
fn with_room(room: usize) -> Vec<u8> {
    let header = CommandHeader::new(Request::Io.raw(), 0, 0, 0, Lengths { payload: 0, room }).expect("a record");
    header.as_bytes().to_vec()
}

fn cancel(world: &mut World, tag: u64) {
    world.send(Message { kind: Kind::Cancel as u32, tag, ..Message::default() });
}

#[test]
fn records_run_and_the_next_stop_comes_with_its_registers() {
    let (mut world, target, control) = attached();
    let tag = go(&mut world, control);
    let place = Registers { rip: 0x4001, rsp: 0x8000, ..Registers::default() };
    let key = (target.thread, RegisterSet::General as u64);
    world.model().registers.insert(key, place.as_bytes().to_vec());
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    let (end, replies, head) = told(&mut world, tag).expect("a stop");
    assert_eq!((end, replies), (CombinedEnd::Event, vec![(Ok(0), vec![])]));
    assert_eq!((event(&head), head.registers, head.registers_size), ((EventKind::TraceStop, 5), place, 176));
    let tag = ask(&mut world, control, &[simple(Request::GetNumLwps, 0), simple(Request::Continue, 0)].concat());
    assert_eq!(world.reply(tag), None, "the stop was collected: both ran");
}

#[test]
fn a_stop_that_was_there_before_is_told_and_collected_once() {
    let (mut world, _, control) = debugger();
    world.write(control, &simple(Request::Attach, 0));
    let tag = ask(&mut world, control, &[]);
    let (end, replies, head) = told(&mut world, tag).expect("the stop");
    assert_eq!((end, replies, event(&head)), (CombinedEnd::Event, vec![], (EventKind::TraceStop, 17)));
    assert_eq!(world.ordered(EffectVerb::SessionCollect, 1), 1);
    let tag = ask(&mut world, control, &[]);
    assert_eq!(world.reply(tag), None, "it is told once");
}

#[test]
fn a_record_that_fails_is_the_last_and_nothing_is_waited_for() {
    let (mut world, _, control) = attached();
    let records = [simple(Request::GetNumLwps, 0), simple(Request::Continue, 4242), simple(Request::Continue, 0)];
    let tag = ask(&mut world, control, &records.concat());
    let (end, replies, head) = told(&mut world, tag).expect("an answer");
    assert_eq!((end, replies), (CombinedEnd::Failed, vec![(Ok(1), vec![]), (Err(EINVAL.unsigned_abs()), vec![])]));
    assert_eq!((head.event.kind(), head.registers_size), (None, 0));
}

#[test]
fn the_end_of_the_target_is_told_without_registers_and_then_there_is_nothing() {
    let (mut world, target, control) = attached();
    let tag = go(&mut world, control);
    world.exit(target, 5);
    let (end, _, head) = told(&mut world, tag).expect("the end");
    assert_eq!((end, event(&head), head.registers_size), (CombinedEnd::Event, (EventKind::Exited, 0), 0));
    let tag = ask(&mut world, control, &[]);
    assert_eq!(told(&mut world, tag).expect("an answer").0, CombinedEnd::Nothing);
    let tag = ask(&mut world, control, &simple(Request::Continue, 0));
    let (end, replies, _) = told(&mut world, tag).expect("an answer");
    assert_eq!((end, replies), (CombinedEnd::Failed, vec![(Err(ESRCH.unsigned_abs()), vec![])]));
}

#[test]
fn a_kill_among_the_records_is_waited_for() {
    let (mut world, _, control) = attached();
    let tag = ask(&mut world, control, &simple(Request::Kill, 0));
    let (end, _, head) = told(&mut world, tag).expect("the death");
    assert_eq!((end, event(&head)), (CombinedEnd::Event, (EventKind::Killed, 9)));
}

#[test]
fn who_does_not_trace_waits_for_nothing() {
    let (mut world, _, control) = debugger();
    let tag = ask(&mut world, control, &[]);
    assert_eq!(told(&mut world, tag).expect("an answer").0, CombinedEnd::Nothing);
    let (mut world, _, control) = attached();
    let tag = ask(&mut world, control, &simple(Request::Detach, 0));
    let (end, replies, _) = told(&mut world, tag).expect("an answer");
    assert_eq!((end, replies), (CombinedEnd::Nothing, vec![(Ok(0), vec![])]));
}

#[test]
fn a_detach_by_another_thread_ends_the_wait() {
    let (mut world, _, control) = attached();
    let tag = ask(&mut world, control, &[]);
    assert_eq!(world.reply(tag), None);
    assert_eq!(world.write(control, b"detach"), Reply::Value(6));
    assert_eq!(told(&mut world, tag).expect("an answer").0, CombinedEnd::Nothing);
}

#[test]
fn one_call_waits_on_a_file_and_writes_pass_it() {
    let (mut world, target, control) = attached();
    let waiting = go(&mut world, control);
    let refused = ask(&mut world, control, &simple(Request::Kill, 0));
    assert_eq!(world.reply(refused), Some(error(EBUSY)), "and nothing ran");
    assert_eq!(world.reply(waiting), None);
    assert_eq!(world.write(control, &simple(Request::GetNumLwps, 0)), Reply::Value(40));
    assert_eq!(replies(&mut world, control), [(Err(EBUSY.unsigned_abs()), vec![])]);
    world.exit(target, 0);
    assert_eq!(event(&told(&mut world, waiting).expect("the end").2), (EventKind::Exited, 0));
}

#[test]
fn of_several_files_the_oldest_call_is_told_and_the_others_wait_on() {
    let (mut world, target, control) = attached();
    let other = world.opened(2, "3/ctl", BOTH);
    let (first, second) = (go(&mut world, control), ask(&mut world, other, &[]));
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!(told(&mut world, first).expect("the stop").0, CombinedEnd::Event);
    assert_eq!(world.reply(second), None, "a stop is told once");
    world.write(control, b"cont");
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!(told(&mut world, second).expect("the next stop").0, CombinedEnd::Event);
}

#[test]
fn a_wait_and_a_read_of_event_come_first() {
    let (mut world, target, control) = attached();
    let file = world.opened(2, "3/event", BOTH);
    let tag = go(&mut world, control);
    let reader = world.request(2, Opcode::Read, file, (&[], 160), &[0, 0]);
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!(world.reply(reader), Some(Reply::Value(160)));
    assert_eq!(world.reply(tag), None);
    world.write(control, b"cont");
    let debugger = world.program(2);
    let waiter = world.call(debugger, WAIT4, &[3, 0, 0, 0]);
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!((world.reply(waiter), world.reply(tag)), (Some(Reply::Value(3)), None));
    world.write(control, b"cont");
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!(told(&mut world, tag).expect("a stop").0, CombinedEnd::Event);
    let reader = world.request(2, Opcode::Read, file, (&[], 160), &[0, 0]);
    assert_eq!(world.reply(reader), None, "what was told here is no news to the file");
}

#[test]
fn an_interrupted_call_tells_what_ran_and_the_stop_stays() {
    let (mut world, target, control) = attached();
    let tag = go(&mut world, control);
    cancel(&mut world, tag);
    let (end, replies, _) = told(&mut world, tag).expect("not EINTR, which would be made again");
    assert_eq!((end, replies), (CombinedEnd::Interrupted, vec![(Ok(0), vec![])]));
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    let tag = ask(&mut world, control, &[]);
    assert_eq!(told(&mut world, tag).expect("the stop").0, CombinedEnd::Event);
    let tag = ask(&mut world, control, &[]);
    cancel(&mut world, tag);
    assert_eq!(world.reply(tag), Some(error(EINTR)), "nothing ran: it may be made again");
}

#[test]
fn replies_that_cannot_be_written_are_read_from_the_file() {
    let (mut world, target, control) = attached();
    let tag = go(&mut world, control);
    world.model().buffers.insert(tag, vec![0; 100]);
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!(world.reply(tag), Some(error(EFAULT)));
    assert_eq!(replies(&mut world, control), [(Ok(0), vec![])]);
    let tag = ask(&mut world, control, &simple(Request::GetNumLwps, 0));
    assert_eq!(world.reply(tag), None, "the stop was collected");
}

#[test]
fn replies_of_writes_stay_where_they_are() {
    let (mut world, _, control) = attached();
    world.write(control, &simple(Request::GetNumLwps, 0));
    let tag = ask(&mut world, control, &simple(Request::Continue, 4242));
    assert_eq!(told(&mut world, tag).expect("an answer").1.len(), 1);
    assert_eq!(replies(&mut world, control), [(Ok(1), vec![])]);
}

#[test]
fn what_is_wrong_with_the_call_is_said_before_anything_runs() {
    let (mut world, _, control) = attached();
    let run = simple(Request::Continue, 0);
    let partly = [run.as_slice(), &run[..20]].concat();
    let size = run.len() as u64;
    let wrong: [(&[u8], usize, [u64; 3]); 8] = [
        (&run, ROOM, [0, size, 0]),
        (&run, ROOM, [2, size, 0]),
        (&run, ROOM, [VERB, size, 1]),
        (&run, ROOM, [VERB, u64::MAX, 0]),
        (&run, ROOM, [VERB, ROOM as u64 + 1, 0]),
        (&partly, ROOM, [VERB, partly.len() as u64, 0]),
        (&run, COMBINED_HEAD + 39, [VERB, size, 0]),
        (&[], COMBINED_HEAD - 1, [VERB, 0, 0]),
    ];
    for (records, room, words) in wrong {
        let tag = world.request(2, Opcode::Call, control, (records, room), &words);
        assert_eq!(world.reply(tag), Some(error(EINVAL)), "{room} {words:?}");
    }
    let long = record(Request::Io.raw(), 0, 0, 0, &[0; 60_000]).repeat(5);
    let words = [VERB, long.len() as u64, 0];
    let tag = world.request(2, Opcode::Call, control, (&long, 1 << 19), &words);
    assert_eq!(world.reply(tag), Some(error(EINVAL)), "as a write");
    let long = with_room(60_000).repeat(5);
    let words = [VERB, long.len() as u64, 0];
    let tag = world.request(2, Opcode::Call, control, (&long, 1 << 19), &words);
    assert_eq!(world.reply(tag), Some(error(ENOBUFS)));
    let reader = world.opened(2, "3/ctl", OpenFlags::READ);
    let tag = ask(&mut world, reader, &run);
    assert_eq!(world.reply(tag), Some(error(EBADF)));
    let status = world.opened(2, "3/status", OpenFlags::READ);
    let tag = ask(&mut world, status, &run);
    assert_eq!(world.reply(tag), Some(error(EOPNOTSUPP)));
    let waiting = ask(&mut world, control, &[]);
    assert_eq!(world.reply(waiting), None, "it still stands");
}

#[test]
fn a_file_that_is_closed_under_a_call_ends_it() {
    let (mut world, _, control) = attached();
    let other = world.opened(2, "3/ctl", BOTH);
    let tag = go(&mut world, other);
    world.close(other);
    assert_eq!(told(&mut world, tag).expect("an answer").0, CombinedEnd::Nothing);
    let tag = ask(&mut world, other, &[]);
    assert_eq!(world.reply(tag), Some(error(EBADF)));
    let waiting = ask(&mut world, control, &[]);
    assert_eq!(world.reply(waiting), None);
}

#[test]
fn the_end_of_the_tracer_leaves_nothing_behind() {
    let (mut world, _, control) = attached();
    let tag = go(&mut world, control);
    let debugger = world.program(2);
    cancel(&mut world, tag);
    world.exit(debugger, 0);
    let init = world.init();
    for pid in [2, 3] {
        let tag = world.call(init, WAIT4, &[pid, 0, 0, 0]);
        assert_eq!(world.reply(tag), Some(Reply::Value(pid as usize)), "the target dies with its tracer");
    }
}

#[test]
fn a_set_id_exec_of_the_opener_ends_the_wait_and_shows_nothing() {
    let mut world = World::new();
    let init = world.init();
    let tracer = world.fork(init);
    world.call(tracer, SETUID, &[1000]);
    world.call(tracer, EXECVE, &[DATA, DATA + 8, DATA + 16]);
    world.finish_exec("/bin/sh");
    let target = world.fork(tracer);
    let control = world.opened(2, "3/ctl", BOTH);
    let tag = ask(&mut world, control, &simple(Request::Attach, 0));
    assert_eq!(told(&mut world, tag).expect("the stop").0, CombinedEnd::Event);
    let tag = go(&mut world, control);
    world.call(tracer, EXECVE, &[DATA, DATA + 8, DATA + 16]);
    world.finish_exec("/bin/su");
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    let (end, replies, head) = told(&mut world, tag).expect("an answer");
    assert_eq!((end, replies), (CombinedEnd::Nothing, vec![(Ok(0), vec![])]));
    assert_eq!((head.event.kind(), head.registers_size), (None, 0));
    let tag = ask(&mut world, control, &[]);
    assert_eq!(world.reply(tag), Some(error(ESTALE)));
}

#[test]
fn a_call_that_waits_takes_the_leave_to_run_away() {
    let (mut world, target, control) = attached();
    assert!(matches!(world.open(2, "3/run", BOTH), Reply::Object(_)));
    let tag = go(&mut world, control);
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    assert_eq!(told(&mut world, tag).expect("the stop").0, CombinedEnd::Event);
    assert_eq!(leave(&mut world), Some(1), "a stop that was told here is collected");
    let tag = ask(&mut world, control, &[]);
    assert_eq!(leave(&mut world), Some(0));
    cancel(&mut world, tag);
    assert_eq!(leave(&mut world), Some(1));
}

/// The latest order about leave.
fn leave(world: &mut World) -> Option<u64> {
    let mut orders = world.model().performed.iter();
    Some(orders.rfind(|effect| effect.verb == EffectVerb::Delegate as u32)?.words[0])
}

#[test]
fn a_token_among_the_records_keeps_the_target_until_it_is_taken_back() {
    let (mut world, target, control) = attached();
    let records = [simple(Request::Hold, 0), simple(Request::Continue, 0)].concat();
    let tag = ask(&mut world, control, &records);
    assert_eq!(world.reply(tag), None, "it stands by the token");
    let group = target.group;
    world.write(control, &simple(Request::Release, 0));
    assert!(world.ordered(EffectVerb::Continue, group) >= 2, "from the stop, and from the token");
    world.report(target, Cause::Breakpoint, BREAKPOINT);
    let (end, replies, _) = told(&mut world, tag).expect("a stop");
    assert_eq!((end, replies.len()), (CombinedEnd::Event, 2));
}

/// A stop that no thread reports is one of the process: the oldest thread stands for it, as in ptrace(2).
#[test]
fn a_kill_that_finds_the_only_thread_held_is_told_with_registers() {
    let (mut world, _, control) = attached();
    let killer = world.program(1);
    for _ in 0..2 {
        let records = [simple(Request::Suspend, 0), simple(Request::Continue, 0)].concat();
        let tag = ask(&mut world, control, &records);
        world.call(killer, 37, &[3, 9]);
        let (end, _, head) = told(&mut world, tag).expect("the kill");
        assert_eq!((end, event(&head)), (CombinedEnd::Event, (EventKind::TraceStop, 9)));
        assert_eq!(head.registers_size, 176);
    }
}
