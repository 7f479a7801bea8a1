//! Files of user schemes: what servers are asked and what happens with their answers.
//!
//! Decides nothing. Neighbours: `file::open`, `file::call`, `reply`, `files` (helpers).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::flag::{AT_REMOVEDIR, F_SETFL, O_CREAT, O_NONBLOCK, O_RDWR, SEEK_CUR, SEEK_END, SEEK_SET};
use kernel_abi::redox::number as n;
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::{LOWEST_FREE, NAMESPACE, O_CLOEXEC};

use super::super::world::{HOLE, Server, World, effect, error};
use super::{IN, OUT, PATH, close, dup, open, try_open};
use crate::errno::Errno;
use crate::pending::Outcome;
use crate::thread::ThreadKey;

const POSITIONED: u64 = 1;

/// The only request that is there.
fn request(world: &mut World, server: &Server, opcode: Opcode) -> Message {
    let message = world.only(server, Kind::Request);
    assert_eq!(message.number, opcode as u32, "{message:?}");
    message
}

/// The server's numbers in Closed messages, of which alone there are any.
fn handles_closed(messages: &[Message]) -> Vec<u64> {
    assert!(messages.iter().all(|message| message.kind == Kind::Closed as u32), "{messages:?}");
    messages.iter().map(|message| message.handle).collect()
}

/// A file with this number of the server's.
fn open_file(world: &mut World, server: &Server, client: ThreadKey, handle: u64, bits: u64) -> u64 {
    assert_eq!(try_open(world, client, "/file", O_RDWR), None);
    let tag = request(world, server, Opcode::OpenAt).tag;
    world.order(server, &[effect(V::ReplyOpen, tag, &[handle, bits])]);
    world.result(client).expect("opened") as u64
}

#[test]
fn the_server_sees_the_rest_of_the_path_and_the_flags() {
    let mut world = World::new();
    let server = world.server("ram");
    let client = world.client(&server);
    for path in ["ram:a/b", "/scheme/ram/a/b"] {
        assert_eq!(try_open(&mut world, client, path, O_RDWR | O_CLOEXEC), None);
        let message = request(&mut world, &server, Opcode::OpenAt);
        assert_eq!((message.handle, message.length, message.inline), (0, 3, 3));
        assert_eq!(message.words[0], O_RDWR as u64);
        world.order(&server, &[effect(V::Reply, message.tag, &[error(Errno::EACCES) as u64])]);
        assert_eq!(world.result(client), Some(error(Errno::EACCES)));
    }
}

#[test]
fn a_directory_of_the_server_takes_relative_paths() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let directory = open_file(&mut world, &server, client, 70, 0);
    world.poke(client, PATH, b"below:it");
    let arguments = [directory, PATH, 8, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &arguments), None);
    let message = request(&mut world, &server, Opcode::OpenAt);
    assert_eq!((message.handle, message.length), (70, 8));
}

#[test]
fn positioned_files_keep_their_offset_in_the_kernel() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 5, POSITIONED);
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 100]), None);
    let message = request(&mut world, &server, Opcode::Read);
    assert_eq!((message.handle, message.length, message.words[0]), (5, 100, 0));
    world.order(&server, &[effect(V::Reply, message.tag, &[40])]);
    assert_eq!(world.result(client), Some(40));
    assert_eq!(world.call(client, n::SYS_LSEEK, &[file, 2, SEEK_CUR as u64]), Some(42));
    assert_eq!(world.call(client, n::SYS_WRITE, &[file, OUT, 8]), None);
    let message = request(&mut world, &server, Opcode::Write);
    assert_eq!((message.words[0], message.inline), (42, 8));
    world.order(&server, &[effect(V::Reply, message.tag, &[9])]);
    assert_eq!(world.result(client), Some(error(Errno::EIO)), "more than there was");
    assert_eq!(world.call(client, n::SYS_READ2, &[file, IN, 4, 1000, 0]), None);
    let message = request(&mut world, &server, Opcode::Read);
    assert_eq!(message.words[0], 1000);
    world.order(&server, &[effect(V::Reply, message.tag, &[4])]);
    assert_eq!(world.call(client, n::SYS_LSEEK, &[file, 0, SEEK_CUR as u64]), Some(42));
    assert_eq!(world.call(client, n::SYS_LSEEK, &[file, 2_u64.wrapping_neg(), SEEK_END as u64]), None);
    let message = request(&mut world, &server, Opcode::Fsize);
    world.order(&server, &[effect(V::Reply, message.tag, &[500])]);
    assert_eq!(world.result(client), Some(498));
    assert_eq!(world.call(client, n::SYS_LSEEK, &[file, 0, SEEK_CUR as u64]), Some(498));
}

#[test]
fn other_files_have_none() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 5, 0);
    assert_eq!(world.call(client, n::SYS_LSEEK, &[file, 0, SEEK_SET as u64]), Some(error(Errno::ESPIPE)));
    assert_eq!(world.call(client, n::SYS_READ2, &[file, IN, 4, 0, 0]), Some(error(Errno::ESPIPE)));
    world.call(client, n::SYS_FCNTL, &[file, F_SETFL as u64, O_NONBLOCK as u64]);
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 4]), None);
    let message = request(&mut world, &server, Opcode::Read);
    assert_eq!(message.words[..2], [0, (O_RDWR | O_NONBLOCK) as u64], "the server hears of O_NONBLOCK");
}

#[test]
fn the_last_close_reaches_the_server_once() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 31, POSITIONED);
    let copy = dup(&mut world, client, file, "").unwrap();
    close(&mut world, client, file);
    assert!(world.order(&server, &[]).is_empty());
    close(&mut world, client, copy);
    let message = world.only(&server, Kind::Closed);
    assert_eq!((message.handle, message.tag), (31, 0));
    assert!(world.order(&server, &[]).is_empty());
}

#[test]
fn a_close_during_a_read_waits_for_its_end() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let other = world.thread(world.group_of(client));
    let file = open_file(&mut world, &server, client, 31, POSITIONED);
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 4]), None);
    let tag = request(&mut world, &server, Opcode::Read).tag;
    close(&mut world, other, file);
    assert!(world.order(&server, &[]).is_empty());
    let messages = world.order(&server, &[effect(V::Reply, tag, &[4])]);
    assert_eq!(world.result(client), Some(4));
    assert_eq!(handles_closed(&messages), [31]);
}

#[test]
fn killing_the_caller_of_a_read_closes_its_file() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 31, POSITIONED);
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 4]), None);
    request(&mut world, &server, Opcode::Read);
    let group = world.group_of(client);
    world.core.kill_group(group);
    while world.core.jobs.is_pending() {
        world.core.run_job();
    }
    let kinds: Vec<u32> = world.order(&server, &[]).iter().map(|message| message.kind).collect();
    assert!(kinds.contains(&(Kind::Closed as u32)), "{kinds:?}");
    assert_eq!(world.core.descriptions.len(), 1);
}

#[test]
fn an_open_whose_slot_was_taken_meanwhile_is_closed_again() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let other = world.thread(world.group_of(client));
    world.poke(client, PATH, b"/file");
    let arguments = [NAMESPACE as u64, PATH, 5, O_RDWR as u64, 3];
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &arguments), None);
    let tag = request(&mut world, &server, Opcode::OpenAt).tag;
    let stream = open(&mut world, other, "pipe:");
    assert_eq!(world.call(other, n::SYS_DUP_INTO, &[stream, 3, 0, 0]), Some(3));
    let messages = world.order(&server, &[effect(V::ReplyOpen, tag, &[77, 0])]);
    assert_eq!(world.result(client), Some(error(Errno::EBUSY)));
    assert_eq!(handles_closed(&messages), [77]);
}

#[test]
fn answers_of_the_wrong_kind_are_errors_and_keep_nothing() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 5, POSITIONED);
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 4]), None);
    let tag = request(&mut world, &server, Opcode::Read).tag;
    let messages = world.order(&server, &[effect(V::ReplyOpen, tag, &[9, 0])]);
    assert_eq!(world.result(client), Some(error(Errno::EIO)));
    assert_eq!(handles_closed(&messages), [9]);
    assert_eq!(world.call(client, n::SYS_READ, &[file, IN, 4]), None);
    let tag = request(&mut world, &server, Opcode::Read).tag;
    world.order(&server, &[effect(V::ReplyDescriptor, tag, &[server.socket as u64])]);
    assert_eq!(world.result(client), Some(error(Errno::EIO)));
    close(&mut world, client, file);
    assert_eq!(world.only(&server, Kind::Closed).handle, 5, "no reference was left behind");
}

#[test]
fn a_bad_buffer_never_reaches_the_server() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 5, POSITIONED);
    assert_eq!(world.call(client, n::SYS_WRITE, &[file, HOLE, 4]), None);
    assert!(world.order(&server, &[]).is_empty());
    assert_eq!(world.result(client), Some(error(Errno::EFAULT)));
    close(&mut world, client, file);
    world.only(&server, Kind::Closed);
}

#[test]
fn a_bad_buffer_ends_the_call_though_the_server_waits() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let file = open_file(&mut world, &server, client, 5, POSITIONED);
    world.sleep(&server);
    world.enter(client, n::SYS_WRITE, &[file, HOLE, 4]);
    world.settle();
    assert_eq!(world.core.scheduler.current, Some(client), "it goes on");
    assert_eq!(world.result(client), Some(error(Errno::EFAULT)));
    assert_eq!(
        world.call(client, n::SYS_WRITE, &[file, crate::tests::world::DATA, 4]),
        None,
        "the server waits as before"
    );
}

#[test]
fn a_privileged_program_makes_a_scheme_of_its_own() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let flags = O_RDWR | O_CREAT;
    assert_eq!(try_open(&mut world, client, "scheme:tmp", flags), Some(error(Errno::EPERM)));
    let native = server.thread;
    assert_eq!(try_open(&mut world, native, "scheme:tmp", O_RDWR), Some(error(Errno::ENOENT)));
    let socket = try_open(&mut world, native, "scheme:tmp", flags).unwrap();
    for taken in ["scheme:tmp", "scheme:proc", "scheme:pipe"] {
        assert_eq!(try_open(&mut world, native, taken, flags), Some(error(Errno::EEXIST)), "{taken}");
    }
    assert_eq!(try_open(&mut world, native, "scheme:not a name", flags), Some(error(Errno::EINVAL)));
    assert_eq!(try_open(&mut world, client, "tmp:x", O_RDWR), None, "it is asked");
    close(&mut world, native, socket as u64);
    assert_eq!(world.result(client), Some(error(Errno::ENODEV)));
    assert_eq!(try_open(&mut world, client, "tmp:x", O_RDWR), Some(error(Errno::ENODEV)), "the name is free again");
}

#[test]
fn the_server_changes_names_and_the_kernels_own_are_fixed() {
    let mut world = World::new();
    let (server, other) = (world.server("file"), world.server("other"));
    let client = world.client(&server);
    let unlink = |world: &mut World, path: &[u8], flags: usize| {
        world.poke(client, PATH, path);
        world.call(client, n::SYS_UNLINKAT, &[NAMESPACE as u64, PATH, path.len() as u64, flags as u64])
    };
    assert_eq!(unlink(&mut world, b"sys:counts", 0), Some(error(Errno::EROFS)));
    assert_eq!(unlink(&mut world, b"/a", 1), Some(error(Errno::EINVAL)));
    assert_eq!(unlink(&mut world, b"/a", AT_REMOVEDIR), None);
    let message = request(&mut world, &server, Opcode::UnlinkAt);
    assert_eq!((message.handle, message.length, message.words[0]), (0, 2, AT_REMOVEDIR as u64));
    world.order(&server, &[effect(V::Reply, message.tag, &[0])]);
    assert_eq!(world.result(client), Some(0));
    let file = open_file(&mut world, &server, client, 5, 0);
    let rename = |world: &mut World, path: &[u8]| {
        world.poke(client, PATH, path);
        world.call(client, n::SYS_FRENAME, &[file, PATH, path.len() as u64])
    };
    assert_eq!(rename(&mut world, b"other:b"), Some(error(Errno::EXDEV)));
    assert_eq!(rename(&mut world, b"pipe:"), Some(error(Errno::EROFS)));
    assert_eq!(rename(&mut world, b"below"), Some(error(Errno::ENOENT)), "it has to be absolute");
    assert_eq!(rename(&mut world, b"/b"), None);
    let message = request(&mut world, &server, Opcode::Frename);
    assert_eq!((message.handle, message.length), (5, 2));
    assert_eq!(world.order(&other, &[]).len(), 0);
}

#[test]
fn a_request_of_the_servers_own_is_not_made_again_once_it_has_begun() {
    for (taken, again) in [(false, true), (true, false)] {
        let mut world = World::new();
        let server = world.server("file");
        let client = world.client(&server);
        let file = open_file(&mut world, &server, client, 70, 0);
        assert_eq!(world.call(client, n::SYS_CALL, &[file, IN, 8, 0, 0]), None);
        if taken {
            request(&mut world, &server, Opcode::Call);
        }
        // A debugger moves the caller's frame away, and back.
        world.core.detach_call(client).expect("there is memory");
        let note = world.core.threads.get(client).and_then(|thread| thread.note).expect("a note");
        let made_again = note.outcome == Outcome::Restart;
        assert_eq!(made_again, again, "{note:?}");
    }
}
