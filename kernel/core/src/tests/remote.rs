//! Calls made for a stopped thread: what they change, what they leave alone, and which are refused.
//!
//! Decides nothing. Neighbours: `socket::remote`, `kernel_abi::calls::REMOTE`, `pending` (the calls of the thread itself).

use kernel_abi::calls::{self, PROCESS_CALL, Served, TABLE};
use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::number as n;
use kernel_abi::stop::{Causes, Reasons};
use kernel_abi::verb::{RemoteCall, SocketVerb};
use zerocopy::{FromBytes, IntoBytes};

use super::case::{Case, WAIT4};
use super::change::{PAGES, PLACE};
use super::world::{DATA, SCRATCH, World, error};
use crate::errno::Errno;

/// A program's own numbers.
const PROTECTION_READ_WRITE: u64 = 0x0006_0000;
const PRIVATE: u64 = 2;

/// Makes a call for the client; its raw result.
fn make(case: &mut Case, number: u64, arguments: [u64; 6]) -> Result<usize, u32> {
    let call = RemoteCall { number, arguments, result: 77 };
    case.world.poke(case.server.thread, DATA, call.as_bytes());
    let payload = (DATA, size_of::<RemoteCall>() as u64);
    let raw = case.world.verb(&case.server, SocketVerb::Remote, [case.client.raw(), 0], payload);
    kernel_abi::decode_result(raw.expect("it never waits"))?;
    let bytes = case.world.peek(case.server.thread, DATA, size_of::<RemoteCall>());
    let told = RemoteCall::read_from_bytes(&bytes).unwrap();
    assert_eq!((told.number, told.arguments), (number, arguments));
    Ok(told.result as usize)
}

/// The client is in user code and its group is stopped.
fn stopped() -> Case {
    let mut case = Case::new();
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    case
}

/// Fresh memory for the client.
fn map(case: &mut Case) -> usize {
    let words = [0_u64, 8192, PROTECTION_READ_WRITE | PRIVATE, 0];
    case.world.poke(case.client, SCRATCH, words.as_bytes());
    make(case, n::SYS_FMAP as u64, [u64::MAX, SCRATCH, 32, 0, 0, 0]).expect("made")
}

#[test]
fn memory_is_mapped_and_unmapped_for_a_stopped_thread() {
    let mut case = stopped();
    let before = case.registers();
    let address = map(&mut case) as u64;
    case.world.poke(case.client, address, b"theirs");
    assert_eq!(case.world.peek(case.client, address, 6), b"theirs");
    assert_eq!(make(&mut case, n::SYS_FUNMAP as u64, [address, 8192, 0, 0, 0, 0]), Ok(0));
    assert_eq!(case.registers(), before);
    case.group(V::Continue, &[Reasons::TRACE.bits()]);
    // The next call of its own is like any other.
    assert_eq!(case.world.call(case.client, n::SYS_CLOSE, &[99]), Some(error(Errno::EBADF)));
}

#[test]
fn errors_of_the_call_are_its_result() {
    let mut case = stopped();
    assert_eq!(make(&mut case, n::SYS_CLOSE as u64, [99, 0, 0, 0, 0, 0]), Ok(error(Errno::EBADF)));
    let unmapped = [u64::MAX, 8, 32, 0, 0, 0];
    assert_eq!(make(&mut case, n::SYS_FMAP as u64, unmapped), Ok(error(Errno::EFAULT)));
}

#[test]
fn a_long_change_is_made_in_as_many_calls_as_it_has_steps() {
    let mut case = Case::in_world(World::with_frames(2048));
    super::change::populate(&mut case, PAGES);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    let arguments = [PLACE, PAGES * 4096, 0, 0, 0, 0];
    let mut calls = 1;
    while make(&mut case, n::SYS_FUNMAP as u64, arguments) == Ok(error(Errno::EAGAIN)) {
        calls += 1;
    }
    assert_eq!(calls, PAGES / 256 + 1);
    assert_eq!(make(&mut case, n::SYS_FUNMAP as u64, arguments), Ok(0));
    case.world.audit();
}

#[test]
fn an_entry_stop_goes_on_as_if_nothing_had_happened() {
    let mut case = Case::new();
    case.group(V::Arm, &[(Causes::CALL_ENTRY | Causes::CALL_EXIT).bits()]);
    case.world.process_call(case.client, WAIT4, &[1, 2, 3, 4]);
    let entry = case.world.only(&case.server, Kind::Report);
    map(&mut case);
    assert_eq!(make(&mut case, n::SYS_CLOSE as u64, [99, 0, 0, 0, 0, 0]), Ok(error(Errno::EBADF)));
    case.thread(V::Resume, &[0, 0]);
    assert_eq!(case.world.result(case.client), None, "it waits for the answer");
    let call = case.world.only(&case.server, Kind::ProcessCall);
    assert_eq!((call.number, &call.words[..4]), (WAIT4, &entry.words[2..6]));
}

#[test]
fn threads_that_run_or_wait_in_a_call_are_busy() {
    let mut case = Case::new();
    let close = [99, 0, 0, 0, 0, 0];
    assert_eq!(make(&mut case, n::SYS_CLOSE as u64, close), Err(Errno::EBUSY.0), "it can run");
    let (mut case, tag) = Case::taken(WAIT4);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    assert_eq!(make(&mut case, n::SYS_CLOSE as u64, close), Err(Errno::EBUSY.0), "it waits");
    case.reply(tag, 5);
    assert_eq!(make(&mut case, n::SYS_CLOSE as u64, close), Ok(error(Errno::EBADF)), "its call is answered");
    case.group(V::Continue, &[Reasons::TRACE.bits()]);
    assert_eq!(case.world.result(case.client), Some(5), "and keeps its answer");
}

#[test]
fn only_calls_of_the_table_can_be_made() {
    let mut case = stopped();
    for row in TABLE.iter().filter(|row| !(calls::is_remote(row) && row.served == Served::Kernel)) {
        assert_eq!(make(&mut case, row.number as u64, [0; 6]), Err(Errno::EINVAL.0), "{}", row.name);
    }
    let close = n::SYS_CLOSE as u64;
    for number in [u64::MAX, 0, close | 1 << 32, close | 1 << 63, PROCESS_CALL as u64, PROCESS_CALL as u64 | close] {
        assert_eq!(make(&mut case, number, [0; 6]), Err(Errno::EINVAL.0), "{number:#x}");
    }
}

#[test]
fn a_call_that_would_wait_is_taken_back() {
    let mut case = stopped();
    let group = case.world.group_of(case.client);
    let object = crate::file::Object::Scheme { scheme: case.server.scheme, handle: 5, positioned: true };
    let descriptor = case.world.core.install(group, kernel_abi::LOWEST_FREE, object, 0).unwrap();
    let seek = [descriptor as u64, 0, 2, 0, 0, 0];
    assert_eq!(make(&mut case, n::SYS_LSEEK as u64, seek), Ok(error(Errno::EAGAIN)));
    assert_eq!(case.world.order(&case.server, &[]), [], "the server never hears of it");
    case.group(V::Continue, &[Reasons::TRACE.bits()]);
    assert_eq!(case.world.call(case.client, n::SYS_CLOSE, &[99]), Some(error(Errno::EBADF)), "the thread runs on");
}
