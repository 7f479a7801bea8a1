//! Servers' own waiting: watches of descriptors, and subscriptions that other servers answer.
//!
//! Decides nothing. Neighbours: `file::event::watch`, `file::event::source`, `files` (helpers).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::flag::O_RDWR;
use kernel_abi::redox::number as n;
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::verb::SocketVerb;
use zerocopy::IntoBytes;

use super::super::world::{Server, World, effect, error};
use super::{IN, close, dup, open, open_nonblocking, pipe, read, read_bytes, try_open, write};
use crate::errno::Errno;
use crate::thread::ThreadKey;

const READ: u64 = 1;

fn watch(world: &mut World, server: &Server, descriptor: u64, cookie: u64) -> Option<usize> {
    world.verb(server, SocketVerb::Watch, [descriptor, cookie], (0, 0))
}

#[test]
fn a_watched_descriptor_sends_ready_to_the_inbox() {
    let mut world = World::new();
    let server = world.server("tty");
    let (first, peer) = pipe(&mut world, server.thread);
    assert_eq!(watch(&mut world, &server, peer, 42), Some(0));
    assert!(world.order(&server, &[]).is_empty());
    write(&mut world, server.thread, first, b"x");
    assert_eq!(world.only(&server, Kind::Ready).words[0], 42);
    assert_eq!(watch(&mut world, &server, peer, 43), Some(0));
    assert_eq!(world.only(&server, Kind::Ready).words[0], 43, "what can be read already is told at once");
    assert_eq!(watch(&mut world, &server, peer, u64::MAX), Some(0));
    write(&mut world, server.thread, first, b"y");
    assert!(world.order(&server, &[]).is_empty());
}

#[test]
fn a_watch_wakes_a_server_that_waits_for_messages() {
    let mut world = World::new();
    let server = world.server("tty");
    let other = world.thread(server.group);
    let (first, peer) = pipe(&mut world, server.thread);
    watch(&mut world, &server, peer, 7);
    world.sleep(&server);
    write(&mut world, other, first, b"x");
    let raw = world.result(server.thread).expect("woken");
    assert_eq!(world.received(&server, raw).unwrap()[0].words[0], 7);
}

#[test]
fn watches_of_event_queues_and_ends_of_watched_files() {
    let mut world = World::new();
    let server = world.server("tty");
    let queue = open(&mut world, server.thread, "event:");
    let (first, peer) = pipe(&mut world, server.thread);
    write(&mut world, server.thread, queue, [peer, READ, 0].as_bytes());
    watch(&mut world, &server, queue, 5);
    write(&mut world, server.thread, first, b"x");
    assert_eq!(world.only(&server, Kind::Ready).words[0], 5);
    write(&mut world, server.thread, first, b"y");
    close(&mut world, server.thread, queue);
    assert!(world.order(&server, &[]).is_empty(), "its message went with it");
    assert_eq!(watch(&mut world, &server, server.socket as u64, 1), Some(error(Errno::EINVAL)));
    assert_eq!(watch(&mut world, &server, 99, 1), Some(error(Errno::EBADF)));
}

#[test]
fn a_servers_end_ends_its_watches_and_timers() {
    let mut world = World::new();
    let server = world.server("tty");
    let other = world.server("proc");
    let client = world.client(&other);
    let (first, peer) = pipe(&mut world, client);
    let description = world.core.description_of(client, peer as usize).unwrap();
    world.core.watch(server.scheme, description, 5).unwrap();
    world.order(&server, &[effect(V::Timer, 1, &[1000])]);
    close(&mut world, server.thread, server.socket as u64);
    write(&mut world, client, first, b"x");
    super::pass(&mut world, 10_000);
    close(&mut world, client, peer);
    assert!(world.core.schemes.len() == 1);
}

/// A file of `server` for `client` and a queue of the client's.
fn watched_file(world: &mut World, server: &Server, client: ThreadKey, handle: u64) -> u64 {
    assert_eq!(try_open(world, client, "/file", O_RDWR), None);
    let tag = world.only(server, Kind::Request).tag;
    world.order(server, &[effect(V::ReplyOpen, tag, &[handle, 0])]);
    world.result(client).unwrap() as u64
}

/// The client subscribes; the server is asked and says what is ready.
fn subscribe(world: &mut World, server: &Server, (client, queue, file): (ThreadKey, u64, u64), ready: u64) -> Message {
    assert_eq!(write(world, client, queue, [file, READ, file].as_bytes()), None);
    let message = world.only(server, Kind::Request);
    assert_eq!((message.number, message.words[0]), (Opcode::Fevent as u32, READ));
    world.order(server, &[effect(V::Reply, message.tag, &[ready])]);
    message
}

#[test]
fn a_servers_file_is_asked_once_and_notified_later() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let [one, twin] = [0, 0].map(|_| watched_file(&mut world, &server, client, 8));
    subscribe(&mut world, &server, (client, queue, one), READ);
    assert_eq!(world.result(client), Some(24));
    assert_eq!(read_bytes(&mut world, client, queue, 240)[..8], one.to_le_bytes());
    subscribe(&mut world, &server, (client, queue, twin), 0);
    assert_eq!(read(&mut world, client, queue, 240), super::again());
    world.order(&server, &[effect(V::Notify, 8, &[READ]), effect(V::Notify, 9, &[READ])]);
    assert_eq!(read(&mut world, client, queue, 240), Some(48), "both files with this number");
    close(&mut world, client, one);
    world.only(&server, Kind::Closed);
    world.order(&server, &[effect(V::Notify, 8, &[READ])]);
    assert_eq!(read(&mut world, client, queue, 240), Some(24));
    assert_eq!(world.peek(client, IN, 8), twin.to_le_bytes());
}

#[test]
fn a_refused_subscription_is_none() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let queue = open_nonblocking(&mut world, client, "event:");
    let file = watched_file(&mut world, &server, client, 8);
    subscribe(&mut world, &server, (client, queue, file), error(Errno::EPERM) as u64);
    assert_eq!(world.result(client), Some(error(Errno::EPERM)));
    world.order(&server, &[effect(V::Notify, 8, &[READ])]);
    assert_eq!(read(&mut world, client, queue, 240), super::again());
    close(&mut world, client, file);
    assert_eq!(world.only(&server, Kind::Closed).handle, 8);
    close(&mut world, client, queue);
    assert!(world.core.queues.is_empty());
}

#[test]
fn a_file_whose_server_died_is_ready_to_fail() {
    let mut world = World::new();
    let server = world.server("file");
    let other = world.server("proc");
    let client = world.client(&other);
    let queue = open_nonblocking(&mut world, client, "event:");
    let file = watched_file(&mut world, &server, client, 8);
    let copy = dup(&mut world, client, file, "").unwrap();
    subscribe(&mut world, &server, (client, queue, copy), 0);
    close(&mut world, server.thread, server.socket as u64);
    assert_eq!(read(&mut world, client, queue, 24), Some(24));
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 1]), Some(error(Errno::ENODEV)));
    close(&mut world, client, file);
    close(&mut world, client, copy);
    close(&mut world, client, queue);
}
