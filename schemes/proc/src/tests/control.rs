//! `ctl`: records, verbs, replies, and bytes that are neither.
//!
//! What each request does is tested in `ptrace`; here it is the order of records, the length of writes and reads, and that no
//! bytes whatever get no answer. Neighbours: `node::control`, `world`.

use kernel_abi::effect::EffectVerb;
use kernel_abi::redox::error::{EBADF, EINVAL, ENOBUFS, EPERM, ESRCH};
use kernel_abi::stop::Reasons;
use proc_abi::command::{CommandHeader, Lengths, Replies, ReplyHeader};
use proc_abi::request::Request;
use proptest::prelude::*;
use runtime::file::OpenFlags;
use zerocopy::IntoBytes;

use super::world::{Program, Reply, World};

const BOTH: OpenFlags = OpenFlags::READ_WRITE;

fn error(errno: i32) -> Reply {
    Reply::Error(errno.unsigned_abs())
}

/// Process 2 debugs process 3 by this open `ctl`.
pub(super) fn debugger() -> (World, Program, u64) {
    let mut world = World::new();
    let init = world.init();
    world.fork(init);
    let target = world.fork(init);
    let control = world.opened(2, "3/ctl", BOTH);
    (world, target, control)
}

pub(super) fn record(request: i32, id: i32, address: u64, data: i64, payload: &[u8]) -> Vec<u8> {
    let lengths = Lengths { payload: payload.len(), room: payload.len() };
    let header = CommandHeader::new(request, id, address, data, lengths).expect("a record");
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(payload);
    bytes.resize(header.size as usize, 0);
    bytes
}

pub(super) fn simple(request: Request, data: i64) -> Vec<u8> {
    record(request.raw(), 0, 1, data, &[])
}

/// Result and payload of each reply that waits.
pub(super) fn replies(world: &mut World, control: u64) -> Vec<(Result<i64, u32>, Vec<u8>)> {
    let bytes = world.read(control, 0, 65536).expect("replies");
    parsed(&bytes)
}

/// The same of bytes.
pub(super) fn parsed(bytes: &[u8]) -> Vec<(Result<i64, u32>, Vec<u8>)> {
    Replies::new(bytes)
        .map(|reply| {
            let reply = reply.expect("a reply");
            let ReplyHeader { errno, value, .. } = reply.header;
            (if errno == 0 { Ok(value) } else { Err(errno) }, reply.payload.to_vec())
        })
        .collect()
}

/// Attaches and collects the stop.
fn attach(world: &mut World, control: u64) -> u64 {
    assert_eq!(world.write(control, &simple(Request::Attach, 0)), Reply::Value(40));
    assert_eq!(replies(world, control), [(Ok(0), vec![])]);
    let event = world.opened(2, "3/event", BOTH);
    assert_eq!(world.read(event, 0, 160).expect("a stop").len(), 160);
    event
}

#[test]
fn records_run_in_order_up_to_the_first_that_fails() {
    let (mut world, _, control) = debugger();
    attach(&mut world, control);
    let mask = 1_u32.to_le_bytes();
    let records = [
        record(Request::GetNumLwps.raw(), 0, 0, 0, &[]),
        record(Request::GetEventMask.raw(), 0, 0, 4, &[0; 4]),
        record(Request::Continue.raw(), 0, 1, 4242, &[]),
        record(Request::Continue.raw(), 0, 1, 0, &[]),
    ];
    let ran = records[..3].iter().map(Vec::len).sum();
    assert_eq!(world.write(control, &records.concat()), Reply::Value(ran));
    let expected = [(Ok(1), vec![]), (Ok(0), mask.to_vec()), (Err(EINVAL.unsigned_abs()), vec![])];
    assert_eq!(replies(&mut world, control), expected);
    assert_eq!(replies(&mut world, control), [], "replies are read once");
}

#[test]
fn replies_are_read_in_pieces_of_any_length() {
    let (mut world, _, control) = debugger();
    attach(&mut world, control);
    let records = [simple(Request::GetNumLwps, 0), simple(Request::VmTimestamp, 0)].concat();
    assert_eq!(world.write(control, &records), Reply::Value(80));
    let mut bytes = Vec::new();
    loop {
        let piece = world.read(control, 0, 7).expect("a piece");
        if piece.is_empty() {
            break;
        }
        bytes.extend(piece);
    }
    assert_eq!(Replies::new(&bytes).filter(Result::is_ok).count(), 2);
}

#[test]
fn a_record_names_the_process_or_one_of_its_threads() {
    let (mut world, _, control) = debugger();
    attach(&mut world, control);
    for (id, expected) in [(0, 0), (3, 0), (100_002, 0), (2, ESRCH), (100_001, ESRCH), (-1, ESRCH), (99, ESRCH)] {
        world.write(control, &record(Request::GetNumLwps.raw(), id, 0, 0, &[]));
        let result = replies(&mut world, control).remove(0).0;
        assert_eq!(result.err().unwrap_or(0), expected.unsigned_abs(), "{id}");
    }
}

#[test]
fn what_is_wrong_with_the_first_record_is_the_writes_error() {
    let (mut world, _, control) = debugger();
    let good = simple(Request::GetNumLwps, 0);
    let mut bad_size = good.clone();
    bad_size[4] = 41;
    let mut bad_room = good.clone();
    bad_room[36..40].copy_from_slice(&u32::MAX.to_le_bytes());
    for wrong in [&good[..4], &good[..39], &bad_size, &bad_room] {
        assert_eq!(world.write(control, wrong), error(EINVAL));
    }
    let trace_me = record(Request::TraceMe.raw(), 0, 0, 0, &[]);
    assert_eq!(world.write(control, &trace_me), Reply::Value(40));
    assert_eq!(replies(&mut world, control), [(Err(EINVAL.unsigned_abs()), vec![])]);
    let partly = [good.as_slice(), &good[..20]].concat();
    assert_eq!(world.write(control, &partly), Reply::Value(40), "GETNUMLWPS of an untraced process fails");
    assert_eq!(replies(&mut world, control), [(Err(EPERM.unsigned_abs()), vec![])]);
}

#[test]
fn replies_that_nobody_reads_have_an_end() {
    let (mut world, _, control) = debugger();
    let command = simple(Request::GetNumLwps, 0);
    let refused = (0..7000).map(|_| world.write(control, &command)).find(|answer| *answer != Reply::Value(40));
    assert_eq!(refused, Some(error(ENOBUFS)));
    while !world.read(control, 0, 65536).expect("replies").is_empty() {}
    assert_eq!(world.write(control, &simple(Request::GetNumLwps, 0)), Reply::Value(40));
}

#[test]
fn verbs_of_a_shell_attach_stop_and_continue() {
    let (mut world, target, control) = debugger();
    for verb in ["", "attack", "attach now", "attach\nattach", "stop ", "signal", "signal x", "step 5", "cont \u{e9}"] {
        let expected = if verb.is_empty() { Reply::Value(0) } else { error(EINVAL) };
        assert_eq!(world.write(control, verb.as_bytes()), expected, "{verb:?}");
    }
    assert_eq!(world.write(control, b"stop\n"), Reply::Value(5));
    assert!(world.read_text(2, "3/status").contains("held by:  operator\n"));
    assert_eq!(world.write(control, b"cont"), Reply::Value(4));
    assert!(world.read_text(2, "3/status").contains("held by:  nobody\n"));
    let stops = world.effects().into_iter().filter(|effect| effect.verb == EffectVerb::Stop as u32);
    assert_eq!(stops.map(|effect| effect.words[0]).collect::<Vec<_>>(), [Reasons::OPERATOR.bits()]);
    assert_eq!(world.write(control, b"detach"), error(EPERM), "not attached");
    assert_eq!(world.write(control, b"attach"), Reply::Value(6));
    assert!(world.read_text(2, "3/status").contains("tracer:   2\n"));
    world.close(control);
    assert!(world.read_text(2, "3/status").contains("tracer:   none\n"), "a text attach ends with its handle");
    assert!(world.model().groups.contains_key(&target.group), "and lets the target run");
}

#[test]
fn a_record_attach_takes_its_target_along() {
    let (mut world, target, control) = debugger();
    let event = attach(&mut world, control);
    world.close(event);
    assert!(world.model().groups.contains_key(&target.group));
    world.close(control);
    assert!(!world.model().groups.contains_key(&target.group));
}

#[test]
fn a_handle_for_reading_gives_no_commands() {
    let (mut world, _, _) = debugger();
    let reader = world.opened(2, "3/ctl", OpenFlags::READ);
    assert_eq!(world.write(reader, b"stop"), error(EBADF));
    assert_eq!(world.read(reader, 0, 64), Ok(Vec::new()));
}

#[test]
fn commands_to_the_dead_are_answered() {
    let (mut world, target, control) = debugger();
    world.exit(target, 0);
    assert_eq!(world.write(control, &simple(Request::Continue, 0)), Reply::Value(40));
    assert_eq!(replies(&mut world, control), [(Err(ESRCH.unsigned_abs()), vec![])]);
    assert_eq!(world.write(control, b"stop"), error(ESRCH));
    let init = world.init();
    world.call(init, 7, &[3, 0, 0, 0]);
    assert_eq!(world.write(control, b"stop"), error(ESRCH), "also when it is forgotten");
    world.close(control);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written, the write is answered at once, and what can be read back is whole replies.
    #[test]
    fn any_bytes_are_answered(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        magic in any::<bool>(),
        requests in proptest::collection::vec((-3..130_i32, -1..4_i32, any::<u64>(), any::<i32>(), 0..40_usize), 0..6),
    ) {
        let (mut world, _, control) = debugger();
        let mut written = if magic { proc_abi::command::COMMAND_MAGIC.to_le_bytes().to_vec() } else { Vec::new() };
        written.extend(bytes);
        let answer = world.write(control, &written);
        prop_assert!(matches!(answer, Reply::Value(_) | Reply::Error(_)));
        for (request, id, address, data, payload) in requests {
            let answer = world.write(control, &record(request, id, address, data.into(), &vec![7; payload]));
            prop_assert!(matches!(answer, Reply::Value(_)), "{answer:?}");
        }
        let bytes = world.read(control, 0, 65536).expect("replies");
        prop_assert!(Replies::new(&bytes).all(|reply| reply.is_ok()));
    }
}
