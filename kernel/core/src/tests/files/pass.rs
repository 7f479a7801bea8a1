//! Descriptors through pipes: moved or copied, received once, closed if nobody takes them.
//!
//! Decides what a sender and a receiver can rely on. Main helper: [`pass`]. Neighbours: `file/pipe/pass` (what is tested),
//! `pipe` (bytes).

use kernel_abi::redox::flag::CallFlags;
use kernel_abi::redox::number::SYS_CALL;

use super::{IN, close, open, pipe, read_bytes};
use crate::errno::Errno;
use crate::tests::world::{HOLE, Server, World, error};
use crate::thread::ThreadKey;

/// SYS_CALL on an end of a pipe with one word of payload.
fn pass(world: &mut World, thread: ThreadKey, end: u64, word: u64, flags: CallFlags) -> Option<usize> {
    world.poke(thread, IN, &word.to_le_bytes());
    world.call(thread, SYS_CALL, &[end, IN, 8, (flags | CallFlags::FD).bits() as u64, 0])
}

/// Two programs with one end each, both as descriptor 0.
fn connected() -> (World, Server, ThreadKey, ThreadKey) {
    let mut world = World::new();
    let server = world.server("proc");
    let [sender, receiver] = [world.client(&server), world.client(&server)];
    let (own, other) = pipe(&mut world, sender);
    let description = world.core.description_of(sender, other as usize).unwrap();
    let group = world.group_of(receiver);
    assert_eq!(world.core.share(group, kernel_abi::LOWEST_FREE, description, false), Ok(0));
    close(&mut world, sender, other);
    assert_eq!(own, 0);
    (world, server, sender, receiver)
}

#[test]
fn a_passed_file_leaves_its_sender_and_works_at_its_receiver() {
    let (mut world, _, sender, receiver) = connected();
    let counts = open(&mut world, sender, "sys:counts");
    assert_eq!(pass(&mut world, receiver, 0, 0, CallFlags::READ), None, "waits");
    assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE), Some(0));
    let received = world.result(receiver).expect("woken");
    assert_eq!(received, 1);
    assert!(!read_bytes(&mut world, receiver, 1, 16).is_empty());
    assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE), Some(error(Errno::EBADF)), "it is gone here");
}

#[test]
fn a_copied_file_stays() {
    let (mut world, _, sender, receiver) = connected();
    let counts = open(&mut world, sender, "sys:counts");
    assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE | CallFlags::FD_CLONE), Some(0));
    assert_eq!(pass(&mut world, receiver, 0, 0, CallFlags::READ), Some(1));
    assert!(!read_bytes(&mut world, sender, counts, 16).is_empty());
}

#[test]
fn what_nobody_received_is_closed_with_the_pipe() {
    let (mut world, _, sender, receiver) = connected();
    let before = world.core.descriptions.len();
    let counts = open(&mut world, sender, "sys:counts");
    assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE), Some(0));
    close(&mut world, receiver, 0);
    assert_eq!(world.core.descriptions.len(), before - 1, "the file and one end are gone");
    let counts = open(&mut world, sender, "sys:counts");
    assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE), Some(error(Errno::EPIPE)));
}

#[test]
fn a_full_pipe_makes_senders_wait() {
    let (mut world, _, sender, receiver) = connected();
    let counts = open(&mut world, sender, "sys:counts");
    for _ in 0..16 {
        assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE | CallFlags::FD_CLONE), Some(0));
    }
    assert_eq!(pass(&mut world, sender, 0, counts, CallFlags::WRITE), None);
    assert_eq!(pass(&mut world, receiver, 0, 0, CallFlags::READ), Some(1));
    assert_eq!(world.result(sender), Some(0));
}

#[test]
fn mistakes_have_their_errors() {
    let (mut world, _, sender, receiver) = connected();
    let (first, _) = pipe(&mut world, sender);
    let flags = (CallFlags::FD | CallFlags::WRITE).bits() as u64;
    assert_eq!(pass(&mut world, sender, 0, first, CallFlags::WRITE), Some(error(Errno::EINVAL)), "a pipe in a pipe");
    assert_eq!(pass(&mut world, sender, 0, 99, CallFlags::WRITE), Some(error(Errno::EBADF)));
    assert_eq!(pass(&mut world, sender, 0, 0, CallFlags::WRITE | CallFlags::READ), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(sender, SYS_CALL, &[0, HOLE, 8, flags, 0]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(sender, SYS_CALL, &[0, IN, 4, flags, 0]), Some(error(Errno::EINVAL)));
    close(&mut world, sender, 0);
    assert_eq!(pass(&mut world, receiver, 0, 0, CallFlags::READ), Some(error(Errno::EPIPE)));
}
