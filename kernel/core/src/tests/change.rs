//! Long changes of a map: who runs between their steps, who does not, and what each verb does in the middle.
//!
//! Decides nothing. Main type: [`Long`], a process in the middle of such a call. Neighbours: `change`, `files::map` (short
//! ones), `races` (every order of verbs), `remote` (made for a stopped thread).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::flag::{MapFlags, O_RDWR};
use kernel_abi::redox::number::{SYS_FMAP, SYS_FUNMAP, SYS_MPROTECT};
use kernel_abi::registers::Registers;
use kernel_abi::stop::{Cause, Reasons};
use kernel_abi::verb::ForkFlags;
use zerocopy::IntoBytes;

use super::case::Case;
use super::files;
use super::world::{DATA, ENTRY, World, effect, error};
use crate::errno::Errno;
use crate::file::Object;
use crate::memory::Protection;
use crate::pending::Interruption;
use crate::thread::ThreadKey;

/// Where the long range is, and how many resident pages it has: three steps and a bit.
pub(super) const PLACE: u64 = 0x2000_0000;
pub(super) const PAGES: u64 = 800;
const LENGTH: u64 = PAGES * 4096;
const READ_WRITE: MapFlags = MapFlags::PROT_READ.union(MapFlags::PROT_WRITE);
const PRIVATE: MapFlags = READ_WRITE.union(MapFlags::MAP_PRIVATE);

/// A process with a sibling thread and a long range.
struct Long {
    case: Case,
    sibling: ThreadKey,
}

impl Long {
    fn new() -> Self {
        let mut case = Case::in_world(World::with_frames(4096));
        let sibling = case.world.thread(case.world.group_of(case.client));
        populate(&mut case, PAGES);
        Self { case, sibling }
    }

    /// The client is in the call, after its first step.
    fn begun(number: usize, arguments: &[u64]) -> Self {
        let mut long = Self::new();
        long.case.world.enter(long.case.client, number, arguments);
        assert!(long.case.world.core.has_work() && long.case.world.result(long.case.client).is_none());
        long
    }

    fn unmapping() -> Self {
        Self::begun(SYS_FUNMAP, &[PLACE, LENGTH])
    }

    fn resident(&self) -> u64 {
        let space = self.case.world.core.space_of(self.case.client).unwrap();
        self.case.world.core.memory.spaces.get(space).unwrap().resident()
    }

    fn changes(&self) -> u32 {
        self.case.world.core.groups.get(self.case.world.group_of(self.case.client)).unwrap().changes
    }

    /// The rest of the change is done.
    fn finish(&mut self) -> Option<usize> {
        self.case.world.finish_jobs();
        self.case.world.audit();
        self.case.world.result(self.case.client)
    }
}

/// Maps the long range for the client of a case and makes all of it resident.
pub(super) fn populate(case: &mut Case, pages: u64) {
    let space = case.world.core.space_of(case.client).unwrap();
    case.world.map(space, PLACE, pages * 4096, Protection::READ | Protection::WRITE);
    for page in 0..pages {
        case.world.poke(case.client, PLACE + page * 4096, &[7]);
    }
}

#[test]
fn other_processes_run_between_the_steps_and_siblings_after_them() {
    let mut long = Long::unmapping();
    let (client, sibling) = (long.case.client, long.sibling);
    let stranger = long.case.world.client(&long.case.server);
    let server = long.case.server.thread;
    long.case.world.core.threads.get_mut(server).unwrap().reasons = Reasons::HELD;
    let mut before = long.resident();
    let mut turns = 0;
    while long.changes() > 0 {
        assert!(!long.case.world.core.is_runnable(sibling) && !long.case.world.core.is_runnable(client));
        assert!(long.case.world.core.schedule().is_some());
        let after = long.resident();
        assert!(before - after <= 256, "{} pages in one entry", before - after);
        if long.changes() > 0 {
            assert_eq!(long.case.world.core.scheduler.current, Some(stranger));
            turns += 1;
        }
        before = after;
    }
    assert!(turns >= 2, "{turns} turns");
    assert!(long.case.world.core.is_runnable(sibling));
    assert_eq!(long.finish(), Some(0));
}

#[test]
fn while_a_step_waits_user_code_has_no_long_turns() {
    let mut long = Long::unmapping();
    let server = long.case.server.thread;
    long.case.world.core.threads.get_mut(server).unwrap().reasons = Reasons::HELD;
    let stranger = long.case.world.client(&long.case.server);
    assert!(long.case.world.core.schedule().is_some());
    assert_eq!(long.case.world.core.scheduler.current, Some(stranger));
    let deadline = long.case.world.core.machine.deadline().expect("a timer is set");
    assert!(deadline < crate::scheduler::SLICE / 10, "{deadline}");
}

#[test]
fn without_anybody_to_run_interrupts_are_looked_at_between_the_steps() {
    let mut long = Long::unmapping();
    let server = long.case.server.thread;
    long.case.world.core.threads.get_mut(server).unwrap().reasons = Reasons::HELD;
    let mut looks = 0;
    while long.case.world.core.schedule().is_none() {
        assert!(long.case.world.core.has_work(), "nothing to wait for");
        looks += 1;
    }
    assert!(looks >= 2, "{looks}");
    assert_eq!(long.finish(), Some(0));
}

#[test]
fn every_kind_of_change_is_whole_at_its_end() {
    let mut long = Long::begun(SYS_MPROTECT, &[PLACE, LENGTH, MapFlags::PROT_READ.bits() as u64]);
    assert_eq!(long.finish(), Some(0));
    let space = long.case.world.core.space_of(long.case.client).unwrap();
    for page in [0, 255, 256, 511, 512, PAGES - 1] {
        let at = PLACE + page * 4096;
        assert_eq!(long.case.world.core.copy_out(space, at, &[1]), Err(Errno::EFAULT), "{page}");
        assert_eq!(long.case.world.peek(long.case.client, at, 1), [7]);
    }
    let words = [0, LENGTH, (PRIVATE | MapFlags::MAP_FIXED).bits() as u64, PLACE];
    long.case.world.poke(long.case.client, DATA, words.as_bytes());
    long.case.world.enter(long.case.client, SYS_FMAP, &[u64::MAX, DATA, 32]);
    assert_eq!(long.case.world.result(long.case.client), None);
    assert_eq!(long.finish(), Some(PLACE as usize));
    assert_eq!(long.case.world.peek(long.case.client, PLACE + 4096, 1), [0]);
}

#[test]
fn a_replacing_map_keeps_the_object_that_it_is_to_map() {
    let mut long = Long::new();
    let (client, server) = (long.case.client, long.case.server);
    let memory = files::open(&mut long.case.world, client, "memory:anonymous/4096");
    let group = long.case.world.group_of(client);
    let flags = READ_WRITE | MapFlags::MAP_SHARED | MapFlags::MAP_FIXED;
    long.case.world.poke(client, DATA, [0, LENGTH, flags.bits() as u64, PLACE].as_bytes());
    long.case.world.enter(client, SYS_FMAP, &[memory, DATA, 32]);
    // Its last descriptor is closed in the middle, as a fork child's would be.
    let taken = long.case.world.core.groups.get_mut(group).unwrap().table.take_last().expect("it is open");
    long.case.world.core.release_description(taken.description);
    assert_eq!(long.finish(), Some(PLACE as usize));
    long.case.world.poke(client, PLACE, b"shared");
    assert_eq!(long.case.world.peek(client, PLACE, 6), b"shared");
    long.case.world.core.kill_group(group);
    long.case.world.finish_jobs();
    long.case.world.order(&server, &[]);
    long.case.world.audit();
}

#[test]
fn stops_holds_and_signals_let_the_change_end_and_keep_its_result() {
    let mut long = Long::unmapping();
    let client = long.case.client;
    long.case.group(V::Stop, &[Reasons::TRACE.bits()]);
    long.case.thread(V::Interrupt, &[1]);
    long.case.thread(V::Post, &[]);
    let before = long.case.world.core.threads.get(client).unwrap().context.registers;
    assert_eq!(long.finish(), None);
    assert_eq!(long.case.world.core.threads.get(client).unwrap().context.registers, before, "it is stopped");
    long.case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert!(!long.case.world.core.prepare(client), "the signal comes after the call");
    let report = long.case.world.order(&long.case.server, &[]);
    let report = report.iter().find(|message| message.kind == Kind::Report as u32).expect("a report");
    assert_eq!(report.number, Cause::Boundary as u32);
    long.case.thread(V::Resume, &[]);
    assert_eq!(long.case.world.result(client), Some(0));
}

#[test]
fn siblings_do_not_wait_for_a_thread_that_a_debugger_holds() {
    let mut long = Long::unmapping();
    long.case.thread(V::Hold, &[Reasons::HELD.bits()]);
    assert_eq!(long.finish(), None);
    assert!(long.case.world.core.is_runnable(long.sibling));
    assert!(!long.case.world.core.is_runnable(long.case.client));
    long.case.thread(V::Release, &[Reasons::HELD.bits()]);
    assert_eq!(long.case.world.result(long.case.client), Some(0));
}

#[test]
fn a_frame_moved_away_finds_the_result_when_it_comes_back() {
    let mut long = Long::unmapping();
    let client = long.case.client;
    let calling = long.case.world.core.threads.get(client).unwrap().context.registers;
    long.case.world.core.detach_call(client).unwrap();
    let moved = Registers { rip: ENTRY + 0x100, rax: 5, ..calling };
    long.case.world.core.threads.get_mut(client).unwrap().context.registers = moved;
    assert_eq!(long.case.world.result(client), None, "the group waits for the change");
    assert_eq!(long.finish(), Some(5), "the called function runs with its own registers");
    long.case.group(V::Stop, &[Reasons::TRACE.bits()]);
    long.case.write_registers(&calling);
    long.case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(long.case.world.result(long.case.client), Some(0), "done once, not again");
}

#[test]
fn a_caller_or_its_whole_process_can_die_in_the_middle() {
    for whole in [false, true] {
        let mut long = Long::unmapping();
        let client = long.case.client;
        let group = long.case.world.group_of(client);
        if whole {
            long.case.world.core.kill_group(group);
        } else {
            long.case.world.core.kill_thread(client);
        }
        long.case.world.audit();
        long.case.world.finish_jobs();
        long.case.world.audit();
        assert_eq!(long.case.world.core.groups.get(group).is_some(), !whole);
        if !whole {
            assert!(long.case.world.core.is_runnable(long.sibling));
            let space = long.case.world.core.space_of(long.sibling).unwrap();
            let last = PLACE + (PAGES - 1) * 4096;
            assert_eq!(long.case.world.core.copy_in(space, last, &mut [0]), Err(Errno::EFAULT), "done to its end");
        }
    }
}

#[test]
fn a_fork_in_the_middle_has_whole_pages_and_ends() {
    let mut long = Long::unmapping();
    let sibling = long.sibling;
    long.case.world.core.fork(sibling, ForkFlags::empty(), 3).unwrap();
    long.case.world.audit();
    assert_eq!(long.finish(), Some(0));
    let messages = long.case.world.order(&long.case.server, &[]);
    assert!(messages.iter().any(|message| message.kind == Kind::Job as u32), "{messages:?}");
}

/// `thread` asks the server for its file to be mapped over the long range; the tag, and the object of the server's to answer with.
fn ask_server(long: &mut Long, thread: ThreadKey) -> (u64, u64) {
    let server = long.case.server;
    let memory = files::open(&mut long.case.world, server.thread, "memory:anonymous/8192");
    let group = long.case.world.group_of(thread);
    let object = Object::Scheme { scheme: server.scheme, handle: 4, positioned: true };
    let file = long.case.world.core.install(group, kernel_abi::LOWEST_FREE, object, O_RDWR).unwrap();
    let flags = READ_WRITE | MapFlags::MAP_SHARED | MapFlags::MAP_FIXED;
    long.case.world.poke(thread, DATA, [0, LENGTH, flags.bits() as u64, PLACE].as_bytes());
    assert_eq!(long.case.world.call(thread, SYS_FMAP, &[file as u64, DATA, 32]), None);
    (long.case.world.only(&server, Kind::Request).tag, memory)
}

#[test]
fn a_servers_answer_can_begin_one_although_the_call_was_interrupted() {
    let mut long = Long::new();
    let client = long.case.client;
    let (tag, memory) = ask_server(&mut long, client);
    long.case.world.core.interrupt(long.case.client, Interruption::Restart);
    long.case.world.core.reply_descriptor(
        long.case.server.scheme,
        &effect(V::ReplyDescriptor, tag, &[memory, 0]),
        source(&long, memory),
    );
    long.case.world.audit();
    assert!(long.case.world.core.has_work());
    assert_eq!(long.finish(), Some(PLACE as usize));
    assert_eq!(
        long.case.world.order(&long.case.server, &[]),
        [],
        "the server need not hear of an interruption that is over"
    );
}

/// The open file behind a descriptor of the server's.
fn source(long: &Long, descriptor: u64) -> crate::file::DescriptionKey {
    let group = long.case.world.core.groups.get(long.case.server.group).unwrap();
    group.table.get(descriptor as usize).unwrap().description
}

#[test]
fn two_changes_of_one_process_both_end() {
    let mut long = Long::new();
    let (client, sibling) = (long.case.client, long.sibling);
    let (tag, memory) = ask_server(&mut long, sibling);
    long.case.world.enter(client, SYS_FUNMAP, &[PLACE + 4096, LENGTH - 4096]);
    let (source, answer) = (source(&long, memory), effect(V::ReplyDescriptor, tag, &[memory, 0]));
    long.case.world.core.reply_descriptor(long.case.server.scheme, &answer, source);
    assert_eq!(long.changes(), 2);
    assert_eq!(long.finish(), Some(0));
    assert_eq!(long.case.world.result(sibling), Some(PLACE as usize));
}

#[test]
fn frames_that_run_out_in_the_middle_make_no_half_state() {
    for refused in 1..6 {
        let mut long = Long::new();
        let words = [0, LENGTH, (PRIVATE | MapFlags::MAP_FIXED).bits() as u64, PLACE];
        long.case.world.poke(long.case.client, DATA, words.as_bytes());
        long.case.world.enter(long.case.client, SYS_FMAP, &[u64::MAX, DATA, 32]);
        long.case.world.core.memory.frames.fail_after(Some(refused));
        let raw = long.finish();
        long.case.world.core.memory.frames.fail_after(None);
        assert!(raw == Some(PLACE as usize) || raw == Some(error(Errno::ENOMEM)), "{raw:?}");
    }
}
