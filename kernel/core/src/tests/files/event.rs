//! Event queues: initial state, edges, waiting, ends of sources and of the queue.
//!
//! Decides nothing. Neighbours: `file::event`, `files` (helpers), `scheme` (sources that servers have).

use kernel_abi::redox::number as n;
use zerocopy::IntoBytes;

use super::super::world::{HOLE, World, error};
use super::{IN, again, close, dup, open, open_nonblocking, pass, pipe, read, read_bytes, write};
use crate::errno::Errno;
use crate::thread::ThreadKey;

const READ: u64 = 1;
const WRITE: u64 = 2;

fn subscribe(world: &mut World, thread: ThreadKey, queue: u64, source: u64, flags: u64) -> Option<usize> {
    write(world, thread, queue, [source, flags, source.wrapping_add(1000)].as_bytes())
}

/// The events that are there now.
fn events(world: &mut World, thread: ThreadKey, queue: u64) -> Vec<(u64, u64)> {
    let raw = read(world, thread, queue, 24 * 16).expect("the queue does not wait");
    if raw == error(Errno::EAGAIN) {
        return Vec::new();
    }
    let bytes = world.peek(thread, IN, raw);
    let word = |at: &[u8]| u64::from_le_bytes(at.try_into().unwrap());
    let event = |bytes: &[u8]| {
        assert_eq!(word(&bytes[16..]), word(&bytes[..8]) + 1000, "the program's word comes back");
        (word(&bytes[..8]), word(&bytes[8..16]))
    };
    bytes.chunks(24).map(event).collect()
}

#[test]
fn a_subscription_tells_what_is_true_and_then_what_changes() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let (first, peer) = pipe(&mut world, client);
    assert_eq!(subscribe(&mut world, client, queue, peer, READ | WRITE), Some(24));
    assert_eq!(events(&mut world, client, queue), [(peer, WRITE)]);
    assert_eq!(events(&mut world, client, queue), []);
    write(&mut world, client, first, b"a");
    write(&mut world, client, first, b"b");
    assert_eq!(events(&mut world, client, queue), [(peer, READ)], "two edges before a read are one event");
    assert_eq!(events(&mut world, client, queue), [], "edges only: the bytes are still there");
    close(&mut world, client, first);
    assert_eq!(events(&mut world, client, queue), [(peer, READ | WRITE)], "the end of the other side");
}

#[test]
fn a_full_pipe_tells_when_it_has_room() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let (first, peer) = pipe(&mut world, client);
    for _ in 0..16 {
        write(&mut world, client, first, &[0; 4096]);
    }
    subscribe(&mut world, client, queue, first, WRITE);
    assert_eq!(events(&mut world, client, queue), []);
    read_bytes(&mut world, client, peer, 4095);
    assert_eq!(events(&mut world, client, queue), [], "a whole write does not fit yet");
    read_bytes(&mut world, client, peer, 1);
    assert_eq!(events(&mut world, client, queue), [(first, WRITE)]);
}

#[test]
fn a_reader_of_the_queue_waits_for_an_event() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let other = world.thread(world.group_of(client));
    let queue = open(&mut world, client, "event:");
    let (first, peer) = pipe(&mut world, client);
    subscribe(&mut world, client, queue, peer, READ);
    assert_eq!(read(&mut world, client, queue, 24), None);
    write(&mut world, other, first, b"x");
    assert_eq!(world.result(client), Some(24));
    assert_eq!(read(&mut world, client, queue, 24), None);
    close(&mut world, other, queue);
    assert_eq!(world.result(client), Some(error(Errno::EBADF)), "the queue is gone");
}

#[test]
fn a_timer_that_passes_is_an_event() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let timer = open(&mut world, client, "time:4");
    subscribe(&mut world, client, queue, timer, READ);
    let at = |seconds: u64| [seconds, 0];
    assert_eq!(write(&mut world, client, timer, at(5).as_bytes()), Some(16));
    pass(&mut world, 4_999_999_999);
    assert_eq!(events(&mut world, client, queue), []);
    pass(&mut world, 1);
    assert_eq!(events(&mut world, client, queue), [(timer, READ)]);
    write(&mut world, client, timer, at(7).as_bytes());
    write(&mut world, client, timer, at(9).as_bytes());
    pass(&mut world, 3_000_000_000);
    assert_eq!(events(&mut world, client, queue), [], "the deadline was replaced");
    pass(&mut world, 1_000_000_000);
    assert_eq!(events(&mut world, client, queue), [(timer, READ)]);
    write(&mut world, client, timer, at(1).as_bytes());
    assert_eq!(events(&mut world, client, queue), [(timer, READ)], "a time that is over is an event at once");
}

#[test]
fn subscriptions_end_with_flags_of_zero_with_the_source_and_with_the_queue() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let (first, peer) = pipe(&mut world, client);
    subscribe(&mut world, client, queue, peer, READ);
    write(&mut world, client, first, b"x");
    assert_eq!(subscribe(&mut world, client, queue, peer, 0), Some(24));
    assert_eq!(events(&mut world, client, queue), [], "its event went with it");
    subscribe(&mut world, client, queue, peer, READ);
    close(&mut world, client, peer);
    assert_eq!(events(&mut world, client, queue), [], "a closed source disappears");
    subscribe(&mut world, client, queue, first, READ);
    close(&mut world, client, queue);
    close(&mut world, client, first);
    assert!(world.core.queues.is_empty() && world.core.pipes.is_empty());
}

#[test]
fn several_records_go_in_and_out_at_once() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let (first, peer) = pipe(&mut world, client);
    let records = [[first, WRITE, first + 1000], [peer, WRITE, peer + 1000], [99, WRITE, 0]];
    assert_eq!(write(&mut world, client, queue, records.as_bytes()), Some(48), "short at the wrong one");
    assert_eq!(read(&mut world, client, queue, 40), Some(24), "only whole records");
    assert_eq!(events(&mut world, client, queue), [(peer, WRITE)]);
}

#[test]
fn copies_of_a_descriptor_are_one_source() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let (first, _peer) = pipe(&mut world, client);
    let copy = dup(&mut world, client, first, "").unwrap();
    subscribe(&mut world, client, queue, first, WRITE);
    subscribe(&mut world, client, queue, copy, WRITE);
    assert_eq!(events(&mut world, client, queue), [(copy, WRITE)], "the later subscription replaces the earlier");
}

#[test]
fn nonsense_is_refused() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let other = open(&mut world, client, "event:");
    let (first, _peer) = pipe(&mut world, client);
    assert_eq!(subscribe(&mut world, client, queue, other, READ), Some(error(Errno::EINVAL)), "no queues of queues");
    assert_eq!(subscribe(&mut world, client, queue, queue, READ), Some(error(Errno::EINVAL)));
    assert_eq!(subscribe(&mut world, client, queue, first, 4), Some(error(Errno::EINVAL)));
    assert_eq!(subscribe(&mut world, client, queue, u64::MAX - 7, READ), Some(error(Errno::EBADF)));
    assert_eq!(write(&mut world, client, queue, &[0; 23]), Some(error(Errno::EINVAL)));
    assert_eq!(write(&mut world, client, queue, &[]), Some(error(Errno::EINVAL)));
    assert_eq!(read(&mut world, client, queue, 23), Some(error(Errno::EINVAL)));
    assert_eq!(read(&mut world, client, queue, 24), again());
    subscribe(&mut world, client, queue, first, WRITE);
    assert_eq!(world.call(client, n::SYS_READ, &[queue, HOLE, 24]), Some(error(Errno::EFAULT)));
    assert_eq!(events(&mut world, client, queue), [(first, WRITE)], "the event was not lost");
}
