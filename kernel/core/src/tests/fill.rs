//! Answers that bring bytes and registers: what arrives, and that a refused one changes nothing.
//!
//! Decides nothing. Neighbours: `request` (other answers), `fill`, `order`.

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::flag::O_RDWR;
use kernel_abi::redox::number::{SYS_CALL, SYS_OPENAT_INTO2, SYS_WRITE};
use kernel_abi::registers::Registers;
use kernel_abi::stop::{Cause, Causes};
use kernel_abi::{LOWEST_FREE, NAMESPACE};
use zerocopy::FromBytes;

use super::case::Case;
use super::world::{DATA, HOLE, Server, World, effect};
use crate::errno::Errno;
use crate::thread::ThreadKey;

/// Where the client's buffer begins.
const BUFFER: u64 = DATA + 0x2000;
const LENGTH: u64 = 400;

/// A file of the process server's scheme, as a descriptor of the client's.
fn opened(case: &mut Case) -> u64 {
    case.world.poke(case.client, DATA, b"proc:x");
    let arguments = [NAMESPACE as u64, DATA, 6, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(case.world.call(case.client, SYS_OPENAT_INTO2, &arguments), None);
    let tag = case.world.only(&case.server, Kind::Request).tag;
    case.world.order(&case.server, &[effect(V::ReplyOpen, tag, &[9])]);
    case.world.result(case.client).expect("it is open") as u64
}

/// The client calls on its file with this buffer; the tag.
fn asking(case: &mut Case, file: u64, buffer: u64) -> u64 {
    assert_eq!(case.world.call(case.client, SYS_CALL, &[file, buffer, LENGTH, 0, 0]), None);
    case.world.only(&case.server, Kind::Request).tag
}

/// Another program, parked at the entry of a call.
fn parked(world: &mut World, server: &Server) -> ThreadKey {
    let other = world.client(server);
    let group = world.group_of(other).raw();
    world.order(server, &[effect(V::Arm, group, &[Causes::CALL_ENTRY.bits(), 0, 0, 0, 0])]);
    assert_eq!(world.call(other, SYS_WRITE, &[77, 88, 99]), None);
    let report = world.only(server, Kind::Report);
    assert_eq!((report.thread, report.number), (other.raw(), Cause::CallEntry as u32));
    other
}

#[test]
fn an_answer_brings_its_bytes_and_the_registers_of_a_thread_that_stands() {
    let mut case = Case::new();
    let file = opened(&mut case);
    let Case { world, server, .. } = &mut case;
    let other = parked(world, server);
    let tag = asking(&mut case, file, BUFFER);
    let sent: Vec<u8> = (0..LENGTH as usize).map(|index| index as u8).collect();
    case.world.poke(case.server.thread, DATA + 4096 - 16, &sent);
    let fill = effect(V::ReplyFill, tag, &[300, 4096 - 16, other.raw(), 100]);
    case.world.order(&case.server, &[fill]);
    assert_eq!(case.world.result(case.client), Some(300));
    let filled = case.world.peek(case.client, BUFFER, LENGTH as usize);
    assert_eq!((&filled[..100], &filled[276..300]), (&sent[..100], &sent[276..300]));
    assert_eq!(filled[300..], [0; 100], "no byte more");
    let (registers, _) = Registers::read_from_prefix(&filled[100..]).expect("registers");
    assert_eq!((registers.rdi, registers.rsi, registers.rdx), (77, 88, 99));
    case.world.audit();
}

#[test]
fn what_cannot_be_filled_refuses_the_batch_and_the_call_waits_on() {
    let mut case = Case::new();
    let file = opened(&mut case);
    let Case { world, server, .. } = &mut case;
    let other = parked(world, server).raw();
    let tag = asking(&mut case, file, HOLE - 4096 - 300);
    let wrong = [
        (vec![LENGTH, 0], Errno::EFAULT),
        (vec![LENGTH + 1, 0], Errno::EINVAL),
        (vec![8, u64::MAX], Errno::EFAULT),
        (vec![8, HOLE - DATA], Errno::EFAULT),
        (vec![40, 0, other, 0], Errno::EINVAL),
        (vec![40, 0, other, u64::MAX], Errno::EINVAL),
        (vec![40, 0, other + 1, 0], Errno::ESRCH),
    ];
    for (words, errno) in wrong {
        let batch = [effect(V::ReplyFill, tag, &words), effect(V::Reply, tag, &[1])];
        assert_eq!(case.world.batch(&case.server, &batch, 0), Some(Err(errno.0)), "{words:?}");
        assert_eq!(case.world.result(case.client), None);
    }
    case.world.order(&case.server, &[effect(V::ReplyFill, tag + 1, &[8, 0])]);
    assert_eq!(case.world.result(case.client), None, "another call is an abandoned one");
    case.world.order(&case.server, &[effect(V::ReplyFill, tag, &[64, 0])]);
    assert_eq!(case.world.result(case.client), Some(64));
}

#[test]
fn calls_that_take_no_bytes_get_none_and_other_servers_read_no_registers() {
    let mut case = Case::new();
    assert_eq!(case.world.process_call(case.client, 7, &[]), None);
    let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
    let fill = effect(V::ReplyFill, tag, &[8, 0]);
    assert_eq!(case.world.batch(&case.server, &[fill], 0), Some(Err(Errno::EINVAL.0)));
    let files = case.world.server("files");
    case.world.order(&case.server, &[effect(V::Reply, tag, &[0])]);
    case.world.poke(case.client, DATA, b"files:x");
    let arguments = [NAMESPACE as u64, DATA, 7, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(case.world.call(case.client, SYS_OPENAT_INTO2, &arguments), None);
    let tag = case.world.only(&files, Kind::Request).tag;
    case.world.order(&files, &[effect(V::ReplyOpen, tag, &[9])]);
    let file = case.world.result(case.client).expect("it is open") as u64;
    assert_eq!(case.world.call(case.client, SYS_CALL, &[file, BUFFER, LENGTH, 0, 0]), None);
    let tag = case.world.only(&files, Kind::Request).tag;
    let fill = effect(V::ReplyFill, tag, &[300, 0, case.client.raw(), 0]);
    assert_eq!(case.world.batch(&files, &[fill], 0), Some(Err(Errno::EPERM.0)));
}

#[test]
fn one_entry_fills_no_more_than_its_budget() {
    const PAGES: u64 = 33;
    let mut case = Case::new();
    let file = opened(&mut case);
    let length = PAGES * 4096;
    let arguments = [file, DATA, length, 0, 0];
    assert_eq!(case.world.call(case.client, SYS_CALL, &arguments), None);
    let tag = case.world.only(&case.server, Kind::Request).tag;
    // The same call filled over and over is as much work as many calls.
    let fills: Vec<_> = (0..10).map(|_| effect(V::ReplyFill, tag, &[length, 0])).collect();
    assert_eq!(case.world.batch(&case.server, &fills, 0), Some(Err(Errno::EAGAIN.0)));
    assert_eq!(case.world.result(case.client), None);
    case.world.order(&case.server, &fills[..1]);
    assert_eq!(case.world.result(case.client), Some(length as usize));
}
