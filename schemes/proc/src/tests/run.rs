//! `run`: who may open it, and that observers of any kind take its leave away.
//!
//! The other conditions are tested in `ptrace`, what the kernel does with the leave in `kernel-core`. Neighbours:
//! `node::event::is_observed`, `open`, `world`.

use kernel_abi::effect::{EffectVerb, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::error::{EACCES, EPERM};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::stop::Cause;
use proc_abi::event_record::EventRecord;
use proc_abi::request::Request;
use runtime::file::OpenFlags;

use super::world::{Program, Reply, World};

const BOTH: OpenFlags = OpenFlags::READ_WRITE;
const PTRACE: u32 = 26;
const WAIT4: u32 = 7;
const LWPINFO_SIZE: u64 = 160;

/// Process 2 debugs process 3, its child, which stands at a breakpoint and may be run; 2 has `event` open, the number given.
fn delegated() -> (World, Program, Program, u64) {
    let mut world = World::new();
    let init = world.init();
    let debugger = world.fork(init);
    let target = world.fork(debugger);
    let event = world.opened(2, "3/event", BOTH);
    assert!(matches!(world.open(2, "3/run", BOTH), Reply::Object(_)));
    ask(&mut world, debugger, Request::Attach, [0, 0]);
    assert!(!is_granted(&mut world), "not collected");
    collect(&mut world, debugger);
    assert!(is_granted(&mut world), "the stop of the attach");
    ask(&mut world, debugger, Request::Continue, [1, 0]);
    world.report(target, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
    assert!(!is_granted(&mut world), "the next one is not collected");
    collect(&mut world, debugger);
    assert_eq!(leave(&mut world), Some([1, 100_002]), "the leave names the thread");
    (world, debugger, target, event)
}

fn ask(world: &mut World, debugger: Program, request: Request, words: [u64; 2]) {
    let tag = world.call(debugger, PTRACE, &[request.raw() as u64, 3, words[0], words[1]]);
    assert_eq!(world.reply(tag), Some(Reply::Value(0)), "{request:?}");
}

fn collect(world: &mut World, debugger: Program) {
    let tag = world.call(debugger, WAIT4, &[3, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Value(3)));
}

/// The words of the latest order about leave.
fn leave(world: &mut World) -> Option<[u64; 2]> {
    let mut orders = world.model().performed.iter();
    let last = orders.rfind(|effect| effect.verb == EffectVerb::Delegate as u32)?;
    Some([last.words[0], last.words[1]])
}

fn is_granted(world: &mut World) -> bool {
    leave(world).is_some_and(|words| words[0] == 1)
}

#[test]
fn it_is_a_handle_of_the_openers_session_for_both_ways() {
    let mut world = World::new();
    let init = world.init();
    let debugger = world.fork(init);
    let target = world.fork(debugger);
    world.opened(2, "3/ctl", BOTH);
    let session = world.model().sessions[0];
    let kind = ObjectKind::Run as u64;
    assert_eq!(world.open(2, "3/run", BOTH), Reply::Object([kind, target.group, session, RIGHT_READ | RIGHT_WRITE]));
    for flags in [OpenFlags::READ, OpenFlags::WRITE] {
        assert_eq!(world.open(2, "3/run", flags), Reply::Error(EACCES.unsigned_abs()));
    }
    assert_eq!(world.open(2, "1/run", BOTH), Reply::Error(EPERM.unsigned_abs()));
    assert_eq!(world.open(0, "3/run", BOTH), Reply::Error(EPERM.unsigned_abs()));
}

#[test]
fn a_collected_stop_gives_leave_and_a_resume_takes_it() {
    let (mut world, debugger, _, _) = delegated();
    ask(&mut world, debugger, Request::Continue, [1, 0]);
    assert!(!is_granted(&mut world));
}

#[test]
fn what_the_kernel_tells_of_runs_is_what_requests_find() {
    let (mut world, debugger, target, _) = delegated();
    let words = [1 << 14, 0x5001, 0, 0, 0, 0, 0, 0];
    let (kind, number) = (Kind::Delegated as u32, Cause::Step as u32);
    let Program { thread, group, .. } = target;
    let news = Message { kind, number, thread, group, words, length: 9, ..Message::default() };
    world.send(news);
    assert!(is_granted(&mut world), "stopped again");
    let tag = world.call(debugger, PTRACE, &[Request::LwpInfo.raw() as u64, 3, 0x1000, LWPINFO_SIZE]);
    assert_eq!(world.reply(tag), Some(Reply::Value(0)));
    world.send(Message { number: u32::MAX, handle: 1, length: 10, ..news });
    assert!(!is_granted(&mut world), "it runs");
    let tag = world.call(debugger, PTRACE, &[Request::Continue.raw() as u64, 3, 1, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Error(16)), "EBUSY");
}

#[test]
fn an_observer_takes_leave_away_while_it_looks() {
    let (mut world, ..) = delegated();
    let observer = world.opened(1, "3/event", OpenFlags::READ);
    assert!(!is_granted(&mut world));
    world.close(observer);
    assert!(is_granted(&mut world));
}

#[test]
fn a_waiting_read_takes_leave_away_and_the_tracers_watch_does_not() {
    let (mut world, debugger, _, event) = delegated();
    // What lies in the ring from before is read first: the attach and the stops are told.
    let mut waiting = None;
    for _ in 0..8 {
        let tag = world.request(2, Opcode::Read, event, (&[], size_of::<EventRecord>()), &[0, 0]);
        waiting = Some(tag).filter(|_| world.reply(tag).is_none());
        if waiting.is_some() {
            break;
        }
    }
    let tag = waiting.expect("nothing is left to read");
    assert!(!is_granted(&mut world));
    world.send(Message { kind: Kind::Cancel as u32, tag, thread: debugger.thread, ..Message::default() });
    assert!(is_granted(&mut world));
    world.request(2, Opcode::Fevent, event, (&[], 0), &[1]);
    assert!(is_granted(&mut world));
}
