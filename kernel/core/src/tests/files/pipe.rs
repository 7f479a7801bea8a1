//! Pipes: data both ways, waiting, atomic writes, what a closed end means.
//!
//! Decides nothing. Neighbours: `file::pipe`, FreeBSD's sys_pipe.c (the semantics), `files` (helpers).

use super::super::world::{World, error};
use super::{IN, OUT, again, close, dup, open, open_nonblocking, pipe, read, read_bytes, write};
use crate::errno::Errno;
use kernel_abi::redox::number as n;

#[test]
fn each_end_reads_what_the_other_wrote() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let (first, peer) = pipe(&mut world, client);
    assert_eq!(write(&mut world, client, first, b"hello"), Some(5));
    assert_eq!(write(&mut world, client, peer, b"back"), Some(4));
    assert_eq!(read_bytes(&mut world, client, peer, 3), b"hel");
    assert_eq!(read_bytes(&mut world, client, peer, 100), b"lo");
    assert_eq!(read_bytes(&mut world, client, first, 100), b"back");
}

#[test]
fn a_reader_waits_until_something_is_written() {
    let mut world = World::new();
    let server = world.server("proc");
    let reader = world.client(&server);
    let (first, peer) = pipe(&mut world, reader);
    let writer = world.thread(world.group_of(reader));
    assert_eq!(read(&mut world, reader, peer, 10), None);
    assert_eq!(write(&mut world, writer, first, b"now"), Some(3));
    assert_eq!(world.result(reader), Some(3));
    assert_eq!(world.peek(reader, IN, 3), b"now");
}

#[test]
fn small_writes_are_whole_and_large_ones_take_what_fits() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let first = open_nonblocking(&mut world, client, "pipe:");
    let peer = dup(&mut world, client, first, "peer").unwrap();
    let page = [7; 4096];
    for _ in 0..15 {
        assert_eq!(write(&mut world, client, first, &page), Some(4096));
    }
    assert_eq!(write(&mut world, client, first, &page[..1000]), Some(1000));
    assert_eq!(write(&mut world, client, first, &page), again(), "3096 bytes are left");
    assert_eq!(world.call(client, n::SYS_WRITE, &[first, OUT, 5000]), again(), "not even an atomic piece fits");
    assert_eq!(read_bytes(&mut world, client, peer, 1000).len(), 1000);
    assert_eq!(world.call(client, n::SYS_WRITE, &[first, OUT, 5000]), Some(4096));
}

#[test]
fn a_writer_waits_for_room() {
    let mut world = World::new();
    let server = world.server("proc");
    let writer = world.client(&server);
    let (first, peer) = pipe(&mut world, writer);
    let reader = world.thread(world.group_of(writer));
    for _ in 0..16 {
        assert_eq!(write(&mut world, writer, first, &[1; 4096]), Some(4096));
    }
    assert_eq!(write(&mut world, writer, first, b"x"), None);
    assert_eq!(read_bytes(&mut world, reader, peer, 1).len(), 1);
    assert_eq!(world.result(writer), Some(1));
}

#[test]
fn a_closed_end_is_end_of_file_and_broken_pipe() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let other = world.thread(world.group_of(client));
    let (first, peer) = pipe(&mut world, client);
    assert_eq!(write(&mut world, client, first, b"last"), Some(4));
    close(&mut world, client, first);
    assert_eq!(read_bytes(&mut world, client, peer, 10), b"last");
    assert_eq!(read(&mut world, client, peer, 10), Some(0));
    assert_eq!(write(&mut world, client, peer, b"x"), Some(error(Errno::EPIPE)));
    close(&mut world, client, peer);
    let (first, peer) = pipe(&mut world, client);
    assert_eq!(read(&mut world, client, peer, 10), None);
    close(&mut world, other, first);
    assert_eq!(world.result(client), Some(0), "the waiting reader sees the end");
    close(&mut world, other, peer);
    assert_eq!((world.core.pipes.len(), world.core.descriptions.len()), (0, 1), "only the server's socket is left");
}

#[test]
fn closing_the_end_one_reads_from_ends_the_read() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let other = world.thread(world.group_of(client));
    let (_first, peer) = pipe(&mut world, client);
    assert_eq!(read(&mut world, client, peer, 10), None);
    close(&mut world, other, peer);
    assert_eq!(world.result(client), Some(error(Errno::EBADF)));
}

#[test]
fn the_peer_exists_once() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let (first, peer) = pipe(&mut world, client);
    assert_eq!(dup(&mut world, client, first, "peer"), Err(Errno::EBUSY.0));
    assert_eq!(dup(&mut world, client, first, "other"), Err(Errno::EINVAL.0));
    close(&mut world, client, peer);
    assert_eq!(dup(&mut world, client, first, "peer"), Err(Errno::EBUSY.0));
    close(&mut world, client, first);
    let alone = open(&mut world, client, "pipe:");
    close(&mut world, client, alone);
    assert!(world.core.pipes.is_empty());
}

#[test]
fn a_bad_buffer_loses_nothing() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let (first, peer) = pipe(&mut world, client);
    let hole = super::super::world::HOLE;
    assert_eq!(write(&mut world, client, first, b"kept"), Some(4));
    assert_eq!(world.call(client, n::SYS_READ, &[peer, hole, 4]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(client, n::SYS_WRITE, &[first, hole - 4096 - 2, 4]), Some(error(Errno::EFAULT)));
    assert_eq!(read_bytes(&mut world, client, peer, 10), b"kept");
}
