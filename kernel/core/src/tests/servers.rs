//! Servers that answer late, twice, to nobody, with what is not theirs, or that end while they wait.
//!
//! Decides nothing. Neighbours: `request` (ordinary answers), `batch`, `reply`, `socket`.

use kernel_abi::effect::{EffectVerb as V, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::message::Kind;
use kernel_abi::redox::flag::O_RDWR;
use kernel_abi::redox::number::{SYS_CLOSE, SYS_OPENAT_INTO2, SYS_READ};
use kernel_abi::verb::{BATCH_EFFECTS, BATCH_WAIT, SocketVerb};
use kernel_abi::{LOWEST_FREE, NAMESPACE};
use zerocopy::IntoBytes;

use super::case::{Case, WAIT4, kinds};
use super::world::{DATA, HOLE, INBOX, Server, World, effect, error};
use crate::errno::Errno;
use crate::memory::Protection;
use crate::pending::Interruption;
use crate::thread::ThreadKey;

/// `client` asks for a file of the scheme `files`; the tag of its call.
fn opening(world: &mut World, files: &Server, client: ThreadKey) -> u64 {
    world.poke(client, DATA, b"files:x");
    let arguments = [NAMESPACE as u64, DATA, 7, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(world.call(client, SYS_OPENAT_INTO2, &arguments), None);
    world.only(files, Kind::Request).tag
}

#[test]
fn a_file_opened_for_a_caller_that_is_gone_is_closed() {
    let mut case = Case::new();
    let files = case.world.server("files");
    let tag = opening(&mut case.world, &files, case.client);
    let before = case.world.core.descriptions.len();
    case.world.core.kill_thread(case.client);
    let messages = case.world.order(&files, &[effect(V::ReplyOpen, tag, &[31])]);
    assert_eq!(kinds(&messages), [Kind::Cancel as u32, Kind::Closed as u32]);
    assert_eq!(messages[1].handle, 31);
    assert_eq!(case.world.core.descriptions.len(), before);
    case.world.audit();
}

#[test]
fn a_file_without_room_in_the_callers_table_is_closed_and_the_caller_goes_on() {
    let mut case = Case::new();
    let files = case.world.server("files");
    case.world.poke(case.client, DATA, b"files:x");
    let arguments = [NAMESPACE as u64, DATA, 7, 0, 5];
    assert_eq!(case.world.call(case.client, SYS_OPENAT_INTO2, &arguments), None);
    let tag = case.world.only(&files, Kind::Request).tag;
    let group = case.world.group_of(case.client);
    case.world.core.install(group, 5, crate::file::Object::Log, 0).unwrap();
    case.world.inbox_count = 0;
    case.world.order(&files, &[effect(V::ReplyOpen, tag, &[32])]);
    case.world.inbox_count = 8;
    assert_eq!(case.world.result(case.client), Some(error(Errno::EBUSY)));
    assert_eq!(
        case.world.process_call(case.client, WAIT4, &[]),
        None,
        "the news do not stand in the way of its next call"
    );
    assert_eq!(case.world.only(&files, Kind::Closed).handle, 32);
    case.world.only(&case.server, Kind::ProcessCall);
    case.world.audit();
}

#[test]
fn a_handle_on_a_target_needs_authority_over_it() {
    let mut case = Case::new();
    let files = case.world.server("files");
    let victim = case.world.group_of(case.client).raw();
    let words = [ObjectKind::Memory as u64, victim, 0, RIGHT_READ | RIGHT_WRITE];
    let tag = opening(&mut case.world, &files, case.client);
    case.world.order(&files, &[effect(V::ReplyObject, tag, &words)]);
    assert_eq!(case.world.result(case.client), Some(error(Errno::EPERM)), "somebody else's group");
    case.world.core.schemes.get_mut(files.scheme).unwrap().authority = false;
    let tag = opening(&mut case.world, &files, case.client);
    let refused = case.world.batch(&files, &[effect(V::ReplyObject, tag, &words)], 0);
    assert_eq!(refused, Some(Err(Errno::EPERM.0)), "no authority at all");
}

#[test]
fn a_handle_with_rights_that_are_not_known_is_refused() {
    let mut case = Case::new();
    let files = case.world.server("files");
    let victim = case.world.group_of(case.client).raw();
    let tag = opening(&mut case.world, &files, case.client);
    for (kind, rights) in [(ObjectKind::Memory as u64, 1 << 4), (ObjectKind::Run as u64, u64::MAX), (99, RIGHT_READ)] {
        let words = [kind, victim, 0, rights];
        let refused = case.world.batch(&files, &[effect(V::ReplyObject, tag, &words)], 0);
        assert_eq!(refused, Some(Err(Errno::EINVAL.0)));
        case.world.poke(case.server.thread, DATA, words.as_bytes());
        let raw = case.world.verb(&case.server, SocketVerb::GrantObject, [victim, 3], (DATA, 32));
        assert_eq!(raw, Some(error(Errno::EINVAL)), "{kind} {rights:#x}");
    }
    case.world.audit();
}

#[test]
fn a_granted_handle_needs_authority_over_its_target() {
    let mut case = Case::new();
    let rival = case.world.server("rival");
    let stranger = case.world.client(&rival);
    let victim = case.world.group_of(stranger).raw();
    let words: Vec<u8> =
        [ObjectKind::Memory as u64, victim, 0, RIGHT_READ].iter().flat_map(|word| word.to_le_bytes()).collect();
    case.world.poke(case.server.thread, DATA, &words);
    let group = case.world.group_of(case.client).raw();
    let granted = case.world.verb(&case.server, SocketVerb::GrantObject, [group, 7], (DATA, 32));
    assert_eq!(granted, Some(error(Errno::EPERM)));
}

#[test]
fn only_process_servers_order_stops_and_set_frames() {
    let mut case = Case::new();
    let files = case.world.server("files");
    let tag = opening(&mut case.world, &files, case.client);
    let mut reply = effect(V::Reply, tag, &[error(Errno::ENOENT) as u64]);
    reply.flags = 1;
    case.world.order(&files, &[reply]);
    assert_eq!(case.world.result(case.client), Some(error(Errno::ENOENT)));
    assert!(case.world.order(&case.server, &[]).is_empty(), "no report");
    let tag = opening(&mut case.world, &files, case.client);
    case.world.order(&files, &[effect(V::ReplyFrame, tag, &[])]);
    assert_eq!(case.world.result(case.client), Some(error(Errno::EIO)));
    let tag = opening(&mut case.world, &files, case.client);
    reply = effect(V::Reply, tag, &[0]);
    reply.flags = 1 << 31;
    assert_eq!(case.world.batch(&files, &[reply], 0), Some(Err(Errno::EINVAL.0)));
}

#[test]
fn a_receiver_that_dies_leaves_its_place_to_another() {
    let mut world = World::new();
    let server = world.server("proc");
    let second = Server { thread: world.thread(server.group), ..server };
    world.sleep(&server);
    assert_eq!(world.batch(&second, &[], BATCH_WAIT), Some(Err(Errno::EBUSY.0)), "one at a time");
    world.core.kill_thread(server.thread);
    assert_eq!(kinds(&world.order(&second, &[])), [Kind::ThreadDead as u32]);
    assert!(world.batch(&second, &[], BATCH_WAIT).is_none(), "waits");
    let client = world.client(&second);
    world.process_call(client, WAIT4, &[]);
    let raw = world.result(second.thread).expect("was woken");
    assert_eq!(world.received(&second, raw).unwrap().len(), 1);
}

#[test]
fn a_batch_that_may_not_wait_does_nothing() {
    let mut world = World::new();
    let server = world.server("proc");
    let second = Server { thread: world.thread(server.group), ..server };
    let client = world.client(&server);
    world.process_call(client, WAIT4, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    world.sleep(&server);
    let refused = world.batch(&second, &[effect(V::Reply, tag, &[1])], BATCH_WAIT);
    assert_eq!(refused, Some(Err(Errno::EBUSY.0)));
    assert_eq!(world.result(client), None);
}

#[test]
fn a_receiver_is_woken_when_its_socket_is_closed() {
    let mut world = World::new();
    let server = world.server("proc");
    let second = world.thread(server.group);
    world.sleep(&server);
    assert_eq!(world.call(second, SYS_CLOSE, &[server.socket as u64]), Some(0));
    assert_eq!(world.result(server.thread), Some(error(Errno::EBADF)));
    world.audit();
}

#[test]
fn an_interrupted_receiver_orders_its_next_batch() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    world.process_call(client, WAIT4, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    world.sleep(&server);
    world.core.interrupt(server.thread, Interruption::Restart);
    assert_eq!(world.result(server.thread), Some(error(Errno::EINTR)));
    world.order(&server, &[effect(V::Reply, tag, &[6])]);
    assert_eq!(world.result(client), Some(6));
}

#[test]
fn a_bad_inbox_address_loses_no_message() {
    let mut case = Case::queued(WAIT4);
    case.world.inbox = HOLE;
    assert_eq!(case.world.batch(&case.server, &[], 0), Some(Err(Errno::EFAULT.0)));
    case.world.inbox = u64::MAX - 64;
    assert_eq!(case.world.batch(&case.server, &[], 0), Some(Err(Errno::EFAULT.0)));
    case.world.inbox = INBOX;
    case.world.only(&case.server, Kind::ProcessCall);
}

#[test]
fn an_inbox_that_ends_in_a_hole_takes_what_fits() {
    let mut case = Case::queued(WAIT4);
    let second = case.world.client(&case.server);
    case.world.process_call(second, WAIT4, &[]);
    case.world.inbox = HOLE - 4096 - 384;
    assert_eq!(case.world.batch(&case.server, &[], 0).unwrap().unwrap().len(), 1);
    case.world.inbox = INBOX;
    assert_eq!(case.world.only(&case.server, Kind::ProcessCall).thread, second.raw());
}

#[test]
fn a_request_whose_buffer_cannot_be_read_never_arrives() {
    let mut case = Case::new();
    let files = case.world.server("files");
    let arguments = [NAMESPACE as u64, DATA, 7, O_RDWR as u64, LOWEST_FREE as u64];
    case.world.poke(case.client, DATA, b"files:x");
    assert_eq!(case.world.call(case.client, SYS_OPENAT_INTO2, &arguments), None);
    let space = case.world.core.space_of(case.client).unwrap();
    let range = crate::memory::PageRange::new(DATA, 4096).unwrap();
    case.world.core.memory.discard(&mut case.world.core.machine, space, range);
    assert!(case.world.order(&files, &[]).is_empty());
    assert_eq!(case.world.result(case.client), Some(error(Errno::EFAULT)));
}

#[test]
fn a_server_that_orders_its_own_end_takes_no_messages_with_it() {
    let mut case = Case::queued(WAIT4);
    let second = Server { thread: case.world.thread(case.server.group), ..case.server };
    assert_eq!(case.world.batch(&case.server, &[effect(V::Kill, case.server.thread.raw(), &[])], 0), None);
    let messages = case.world.order(&second, &[]);
    assert_eq!(kinds(&messages), [Kind::ProcessCall as u32, Kind::ThreadDead as u32]);
}

#[test]
fn a_long_copy_between_unlike_offsets_is_short_and_no_fault() {
    const PLACE: u64 = 0x4000_0000;
    const LENGTH: u64 = 1 << 20;
    let (mut case, tag) = Case::taken(WAIT4);
    for thread in [case.client, case.server.thread] {
        let space = case.world.core.space_of(thread).unwrap();
        case.world.map(space, PLACE, LENGTH, Protection::READ | Protection::WRITE);
    }
    let mut copy = |place, length| case.world.verb(&case.server, SocketVerb::CopyIn, [tag, place], (PLACE, length));
    for length in [1, 64, 65, 5000] {
        assert_eq!(copy(PLACE + 7, length), Some(length as usize));
    }
    let count = kernel_abi::decode_result(copy(PLACE + 7, LENGTH - 7).unwrap()).expect("no fault");
    assert!(count > 1 << 18 && (count as u64) < LENGTH - 7, "{count} bytes in one entry");
    assert_eq!(copy(PLACE + 7, LENGTH), Some(count), "as far as the budget goes");
    for length in [64, 5000] {
        assert_eq!(copy(PLACE + LENGTH - 10, length), Some(error(Errno::EFAULT)), "the end is not there");
    }
}

#[test]
fn too_many_effects_and_effects_in_a_hole_are_refused() {
    let (mut case, tag) = Case::taken(WAIT4);
    let replies = vec![effect(V::Reply, tag, &[1]); BATCH_EFFECTS + 1];
    assert_eq!(case.world.batch(&case.server, &replies, 0), Some(Err(Errno::EINVAL.0)));
    assert_eq!(case.world.result(case.client), None);
    case.world.batch(&case.server, &replies[1..], 0).unwrap().unwrap();
    assert_eq!(case.world.result(case.client), Some(1));
}

#[test]
fn a_dead_server_is_an_error_for_every_caller_and_leaves_nothing() {
    let mut case = Case::new();
    case.world.touch(case.client);
    case.world.touch(case.server.thread);
    let before = case.world.counts();
    let files = case.world.server("files");
    let rival = case.world.thread(case.world.group_of(case.client));
    let tag = opening(&mut case.world, &files, case.client);
    case.world.order(&files, &[effect(V::ReplyOpen, tag, &[3, kernel_abi::effect::OPEN_POSITIONED])]);
    let file = case.world.result(case.client).unwrap() as u64;
    // A read that was taken and holds the open file, an open that is queued, an interrupted one with its Cancel.
    assert_eq!(case.world.call(case.client, SYS_READ, &[file, DATA, 8]), None);
    case.world.only(&files, Kind::Request);
    case.world.core.interrupt(case.client, Interruption::Restart);
    case.world.poke(rival, DATA, b"files:x");
    let arguments = [NAMESPACE as u64, DATA, 7, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(case.world.call(rival, SYS_OPENAT_INTO2, &arguments), None);
    case.world.core.kill_group(files.group);
    case.world.finish_jobs();
    assert_eq!(case.world.result(case.client), Some(error(Errno::ENODEV)));
    assert_eq!(case.world.result(rival), Some(error(Errno::ENODEV)));
    assert_eq!(case.world.call(case.client, SYS_READ, &[file, DATA, 8]), Some(error(Errno::ENODEV)));
    assert_eq!(case.world.call(case.client, SYS_CLOSE, &[file]), Some(0));
    case.world.core.kill_thread(rival);
    case.world.order(&case.server, &[]);
    case.world.audit();
    assert_eq!(case.world.counts(), before);
}
