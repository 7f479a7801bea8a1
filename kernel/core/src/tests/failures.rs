//! The n-th allocation of a frame failing, for each n, in what a process server does: an error or a whole result, no leak.
//!
//! Decides nothing. Neighbours: `memory::tests::failures` (memory alone), `files::random` (calls on files), `sequence`.

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::number::{SYS_READ2, SYS_WRITE2};
use kernel_abi::stop::{FaultKind, Reasons};
use kernel_abi::verb::{ForkFlags, SocketVerb, ThreadStart};
use zerocopy::IntoBytes;

use super::case::Case;
use super::world::{DATA, ENTRY, World, effect, error};
use crate::errno::Errno;
use crate::memory::Protection;
use crate::seam::Exit;

/// More allocations than any scenario makes.
const MOST: u64 = 40;

/// A case whose memory is all there, so that only what is under test allocates.
fn case() -> Case {
    let mut case = Case::in_world(World::with_frames(600));
    case.world.touch(case.client);
    case.world.touch(case.server.thread);
    // Page tables of a space stay until it ends.
    let space = case.world.core.space_of(case.server.thread).unwrap();
    case.world.map(space, FRESH + 65_536, 4096, Protection::READ | Protection::WRITE);
    case.world.poke(case.server.thread, FRESH + 65_536, &[0]);
    case
}

/// Runs a scenario with each of its allocations failing: `true` means that it succeeded. Afterwards `undo` takes back what
/// it made, and everything is as before. The scenario must fail for some n and succeed in the end.
fn each(scenario: fn(&mut Case) -> bool, undo: fn(&mut Case)) {
    let mut outcomes = Vec::new();
    for refused in 1..=MOST {
        let mut case = case();
        let before = case.world.counts();
        case.world.core.memory.frames.fail_after(Some(refused));
        outcomes.push(scenario(&mut case));
        case.world.core.memory.frames.fail_after(None);
        case.world.audit();
        undo(&mut case);
        case.world.finish_jobs();
        for _ in 0..8 {
            case.world.order(&case.server, &[]);
        }
        case.world.audit();
        assert_eq!(case.world.counts(), before, "after failure {refused}");
        assert!(case.world.result(case.client).is_some(), "the client goes on after failure {refused}");
    }
    assert!(!outcomes[0] && outcomes[MOST as usize - 1], "{outcomes:?}");
}

/// Everything but the cast is killed.
fn kill_others(case: &mut Case) {
    let cast = [case.world.group_of(case.client), case.server.group];
    let groups: Vec<_> = case.world.core.groups.iter().map(|(key, _)| key).filter(|key| !cast.contains(key)).collect();
    for group in groups {
        case.world.core.kill_group(group);
    }
}

#[test]
fn a_fork_is_whole_or_nothing() {
    each(
        |case| {
            let (groups, threads) = (case.world.core.groups.len(), case.world.core.threads.len());
            let Ok(forked) = case.world.core.fork(case.client, ForkFlags::empty(), 3) else {
                case.world.finish_jobs();
                let messages = case.world.order(&case.server, &[]);
                assert!(messages.is_empty(), "nobody hears of a child that never was: {messages:?}");
                assert_eq!((case.world.core.groups.len(), case.world.core.threads.len()), (groups, threads));
                return false;
            };
            case.world.finish_jobs();
            let job = case.world.only(&case.server, Kind::Job);
            let whole = job.words[..2] == [3, 0];
            assert!(whole || job.words[1] == u64::from(Errno::ENOMEM.0), "{job:?}");
            assert!(case.world.core.is_runnable(case.client), "the parent goes on");
            let child = crate::thread::ThreadKey::from_raw(forked.thread);
            case.world.core.release(child, Reasons::NOT_STARTED);
            assert_eq!(case.world.core.is_runnable(child), whole, "a child with half a space never runs");
            whole
        },
        kill_others,
    );
}

#[test]
fn a_group_and_its_thread_are_made_or_not() {
    each(
        |case| {
            let made = case.world.verb(&case.server, SocketVerb::CreateGroup, [0, 4], (DATA, 0)).unwrap();
            let Ok(group) = kernel_abi::decode_result(made) else {
                assert_eq!(made, error(Errno::ENOMEM));
                return false;
            };
            let start = ThreadStart { entry: ENTRY, stack: DATA + 4096, arguments: [1, 2, 3] };
            case.world.poke(case.server.thread, DATA, start.as_bytes());
            let thread =
                case.world.verb(&case.server, SocketVerb::CreateThread, [group as u64, 0], (DATA, 40)).unwrap();
            assert!(kernel_abi::decode_result(thread).is_ok() || thread == error(Errno::ENOMEM));
            kernel_abi::decode_result(thread).is_ok()
        },
        kill_others,
    );
}

/// Where the client has memory that it has never touched.
const FRESH: u64 = 0x6000_0000;

fn with_fresh_memory(case: &mut Case) {
    let space = case.world.core.space_of(case.client).unwrap();
    case.world.map(space, FRESH, 3 * 4096, Protection::READ | Protection::WRITE);
}

fn without_fresh_memory(case: &mut Case) {
    // With its page tables: the client's group is made anew, out of the same frames.
    let core = &mut case.world.core;
    core.kill_group(core.group_of(case.client).unwrap());
    case.world.finish_jobs();
    case.client = case.world.client(&case.server);
    case.world.touch(case.client);
}

#[test]
fn a_debuggers_access_to_fresh_pages_is_short_or_fails() {
    each(
        |case| {
            with_fresh_memory(case);
            let group = case.world.group_of(case.client).raw();
            let words = [group, FRESH + 4000];
            let raw = case.world.verb(&case.server, SocketVerb::WriteMemory, words, (DATA, 5000)).unwrap();
            let count = kernel_abi::decode_result(raw);
            assert!(matches!(count, Ok(96 | 4192 | 5000)) || count == Err(Errno::ENOMEM.0), "{count:?}");
            count == Ok(5000)
        },
        without_fresh_memory,
    );
}

#[test]
fn a_copy_out_to_fresh_pages_is_whole_or_an_error() {
    each(
        |case| {
            with_fresh_memory(case);
            case.world.process_call(case.client, 7, &[]);
            let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
            let words = [tag, FRESH + 4000];
            let raw = case.world.verb(&case.server, SocketVerb::CopyOut, words, (DATA, 5000)).unwrap();
            assert!(raw == 5000 || raw == error(Errno::ENOMEM), "{raw:#x}");
            case.reply(tag, 0);
            raw == 5000
        },
        without_fresh_memory,
    );
}

#[test]
fn a_page_fault_without_memory_is_reported_as_that() {
    each(
        |case| {
            with_fresh_memory(case);
            case.world.focus(case.client);
            case.world.core.handle(Exit::Exception { vector: 14, code: 6, address: FRESH });
            case.world.result(case.client);
            let messages = case.world.order(&case.server, &[]);
            if let [report] = messages[..] {
                assert_eq!(report.words[3], FaultKind::NoMemory as u64);
                case.world.order(&case.server, &[effect(V::Resume, case.client.raw(), &[])]);
            }
            messages.is_empty()
        },
        without_fresh_memory,
    );
}

#[test]
fn messages_wait_until_there_is_memory_for_them() {
    each(
        |case| {
            let space = case.world.core.space_of(case.server.thread).unwrap();
            case.world.map(space, FRESH, 2 * 4096, Protection::READ | Protection::WRITE);
            case.world.process_call(case.client, 7, &[]);
            let usual = core::mem::replace(&mut case.world.inbox, FRESH + 4000);
            let first = case.world.batch(&case.server, &[], 0).unwrap();
            let whole = first.is_ok();
            case.world.core.memory.frames.fail_after(None);
            case.world.inbox = usual;
            let messages = first.unwrap_or_else(|errno| {
                assert_eq!(errno, Errno::EFAULT.0);
                case.world.order(&case.server, &[])
            });
            assert_eq!(messages.len(), 1, "no message is lost");
            case.reply(messages[0].tag, 0);
            whole
        },
        |case| {
            let space = case.world.core.space_of(case.server.thread).unwrap();
            let range = crate::memory::PageRange::new(FRESH, 2 * 4096).unwrap();
            case.world.core.memory.discard(&mut case.world.core.machine, space, range);
        },
    );
}

#[test]
fn handles_move_bytes_or_say_why_not() {
    each(
        |case| {
            with_fresh_memory(case);
            let object = crate::target::Target {
                incarnation: 0,
                subject: crate::target::Subject::Memory { group: case.world.group_of(case.client), image: 1 },
                session: 0,
                rights: crate::target::Rights::READ | crate::target::Rights::WRITE,
            };
            let (own, flags) = (case.server.group, kernel_abi::redox::flag::O_RDWR);
            let handle = case.world.core.install(own, 9, crate::file::Object::Target(object), flags).unwrap() as u64;
            let mut whole = true;
            for (call, length) in [(SYS_WRITE2, 8), (SYS_READ2, 8), (SYS_WRITE2, 5000), (SYS_READ2, 5000)] {
                let raw = case.world.call(case.server.thread, call, &[handle, DATA, length, FRESH]).unwrap();
                whole &= raw as u64 == length;
                assert!(raw as u64 == length || raw == 4096 || raw == error(Errno::ENOMEM), "{raw:#x}");
            }
            case.world.call(case.server.thread, kernel_abi::redox::number::SYS_CLOSE, &[handle]);
            whole
        },
        without_fresh_memory,
    );
}
