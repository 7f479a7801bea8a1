//! Process calls and answers: order, payloads, nonsense, death of either side.
//!
//! Decides that a server can do to a caller only what the call allows, and that its death lets every caller go.
//! Neighbours: `world`, `request`, `receive`, `reply` and `batch` (what is tested).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::{ALONE_WORD, Kind};
use kernel_abi::stop::Reasons;
use kernel_abi::verb::{BATCH_WAIT, SocketVerb};

use super::world::{DATA, HOLE, World, effect, error};
use crate::errno::Errno;

#[test]
fn a_process_call_reaches_the_server_and_its_answer_comes_back() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    world.sleep(&server);
    assert_eq!(world.process_call(client, 37, &[1, 2, 3, 4, 5, 6]), None);
    // The server was woken by the message and is the more important one.
    let raw = world.result(server.thread).expect("received");
    let messages = world.received(&server, raw).unwrap();
    let message = messages[0];
    assert_eq!((message.kind, message.number), (Kind::ProcessCall as u32, 37));
    assert_eq!(message.words, [1, 2, 3, 4, 5, 6, 1, 0], "no other message waited");
    assert_eq!((message.thread, message.group), (client.raw(), world.group_of(client).raw()));
    assert_eq!(world.result(client), None);
    assert!(world.order(&server, &[effect(V::Reply, message.tag, &[77])]).is_empty());
    assert_eq!(world.result(client), Some(77));
}

#[test]
fn calls_arrive_in_the_order_they_were_made() {
    let mut world = World::new();
    let server = world.server("proc");
    let clients = [world.client(&server), world.client(&server), world.client(&server)];
    for client in clients {
        world.process_call(client, 7, &[]);
    }
    let messages = world.order(&server, &[]);
    assert!(messages.iter().all(|message| message.words[ALONE_WORD] == 0), "others wait, or may: {messages:?}");
    let order: Vec<u64> = messages.iter().map(|message| message.thread).collect();
    assert_eq!(order, clients.map(|client| client.raw()));
}

#[test]
fn an_answer_to_no_call_changes_nothing() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    world.process_call(client, 7, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    for wrong in [0, tag + 1, tag ^ (1 << 40), u64::MAX] {
        world.order(&server, &[effect(V::Reply, wrong, &[1])]);
        assert_eq!(world.result(client), None);
    }
    world.order(&server, &[effect(V::Reply, tag, &[5]), effect(V::Reply, tag, &[6])]);
    assert_eq!(world.result(client), Some(5));
}

#[test]
fn an_answer_stores_its_word_first_or_is_efault() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    for (address, expected) in [(DATA + 8, 7), (HOLE - 2, error(Errno::EFAULT)), (0, error(Errno::EFAULT))] {
        assert_eq!(world.process_call(client, 7, &[]), None);
        let tag = world.only(&server, Kind::ProcessCall).tag;
        world.order(&server, &[effect(V::ReplyStore, tag, &[7, 0, address, 0xffff_ffff_1234_5678])]);
        assert_eq!(world.result(client), Some(expected), "{address:#x}");
    }
    assert_eq!(world.peek(client, DATA + 4, 12), [0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0]);
}

#[test]
fn copies_reach_exactly_the_callers_memory() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    world.poke(client, DATA, b"argument");
    world.process_call(client, 59, &[DATA]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    assert_eq!(world.verb(&server, SocketVerb::CopyIn, [tag, DATA], (DATA, 8)), Some(8));
    assert_eq!(world.peek(server.thread, DATA, 8), b"argument");
    world.poke(server.thread, DATA, b"result!!");
    assert_eq!(world.verb(&server, SocketVerb::CopyOut, [tag, DATA + 64], (DATA, 8)), Some(8));
    assert_eq!(world.peek(client, DATA + 64, 8), b"result!!");
    for (place, errno) in [(HOLE, Errno::EFAULT), (HOLE - 4096 - 4, Errno::EFAULT), (u64::MAX, Errno::EFAULT)] {
        assert_eq!(world.verb(&server, SocketVerb::CopyIn, [tag, place], (DATA, 8)), Some(error(errno)), "{place:#x}");
    }
    assert_eq!(world.verb(&server, SocketVerb::CopyIn, [tag + 1, DATA], (DATA, 8)), Some(error(Errno::ESRCH)));
}

#[test]
fn a_server_that_dies_lets_its_callers_go() {
    let mut world = World::new();
    let server = world.server("proc");
    let [queued, taken] = [world.client(&server), world.client(&server)];
    world.process_call(taken, 7, &[]);
    world.only(&server, Kind::ProcessCall);
    world.process_call(queued, 7, &[]);
    world.core.kill_group(server.group);
    while world.core.jobs.is_pending() {
        world.core.run_job();
    }
    for client in [queued, taken] {
        assert_eq!(world.result(client), Some(error(Errno::ENODEV)));
        assert_eq!(world.process_call(client, 7, &[]), Some(error(Errno::ENODEV)));
    }
}

#[test]
fn the_only_thread_of_a_server_cannot_wait_for_itself() {
    let mut world = World::new();
    let server = world.server("proc");
    world.core.groups.get_mut(server.group).unwrap().process = true;
    assert_eq!(world.process_call(server.thread, 7, &[]), Some(error(Errno::EDEADLK)));
}

#[test]
fn a_refused_effect_undoes_the_whole_batch() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    world.process_call(client, 7, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    let bad = [effect(V::Reply, tag, &[1]), effect(V::Resume, client.raw(), &[])];
    assert_eq!(world.batch(&server, &bad, 0), Some(Err(Errno::EBUSY.0)));
    assert_eq!(world.result(client), None);
    let unknown = [effect(V::Reply, tag, &[1]), kernel_abi::effect::Effect { verb: 999, ..Default::default() }];
    assert_eq!(world.batch(&server, &unknown, 0), Some(Err(Errno::EINVAL.0)));
    let group = world.group_of(client).raw();
    let strange = [effect(V::Reply, tag, &[1]), effect(V::Stop, group, &[Reasons::TRACE.bits(), 3])];
    assert_eq!(world.batch(&server, &strange, 0), Some(Err(Errno::EINVAL.0)));
    assert_eq!(world.result(client), None);
}

#[test]
fn effects_are_not_repeated_when_a_waiting_batch_goes_on() {
    let mut world = World::new();
    let server = world.server("proc");
    let [first, second] = [world.client(&server), world.client(&server)];
    world.process_call(first, 7, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    assert!(world.batch(&server, &[effect(V::Reply, tag, &[3])], BATCH_WAIT).is_none());
    assert_eq!(world.result(first), Some(3));
    world.process_call(first, 7, &[]);
    let raw = world.result(server.thread).unwrap();
    assert_eq!(world.received(&server, raw).unwrap().len(), 1);
    assert_eq!(world.result(first), None, "the old reply was not sent again");
    world.process_call(second, 7, &[]);
}

#[test]
fn unknown_numbers_are_refused_by_the_kernel() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    for number in [0_usize, 1, 0x3fff_ffff, 0x5000_0001, 0x1_4000_0007, usize::MAX, 1 << 63] {
        assert_eq!(world.call(client, number, &[]), Some(error(Errno::ENOSYS)), "{number:#x}");
    }
    assert!(world.order(&server, &[]).is_empty());
}

#[test]
fn a_server_without_authority_orders_nothing_about_threads() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    world.core.schemes.get_mut(server.scheme).unwrap().authority = false;
    for verb in [V::Kill, V::KillGroup, V::Stop, V::Post, V::Identity, V::ExecCommit, V::SessionOpen] {
        let target = if matches!(verb, V::Kill | V::Post) { client.raw() } else { world.group_of(client).raw() };
        assert_eq!(world.batch(&server, &[effect(verb, target, &[])], 0), Some(Err(Errno::EPERM.0)), "{verb:?}");
    }
    for verb in [SocketVerb::ReadMemory, SocketVerb::CreateGroup, SocketVerb::Fork, SocketVerb::CreateScheme] {
        assert_eq!(world.verb(&server, verb, [client.raw(), DATA], (DATA, 16)), Some(error(Errno::EPERM)), "{verb:?}");
    }
}

#[test]
fn authority_ends_at_the_groups_of_ones_own_scheme() {
    let mut world = World::new();
    let [server, other] = [world.server("proc"), world.server("rival")];
    let client = world.client(&server);
    assert_eq!(world.batch(&other, &[effect(V::Kill, client.raw(), &[])], 0), Some(Err(Errno::EPERM.0)));
    assert_eq!(world.batch(&other, &[effect(V::Kill, 12345, &[])], 0), Some(Err(Errno::ESRCH.0)));
}
