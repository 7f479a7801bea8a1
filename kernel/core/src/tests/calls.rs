//! Calls under interruption, retirement and moved frames: what is asked of a call that is not waiting just then.
//!
//! Decides nothing. Neighbours: `pending` (the table row by row), `servers` (the other side), `suspend`, `complete`.

use kernel_abi::effect::{EffectVerb as V, StopNews};
use kernel_abi::message::Kind;
use kernel_abi::redox::number::{SYS_READ, SYS_WRITE};
use kernel_abi::registers::Registers;
use kernel_abi::stop::{Cause, Causes, PostCall, Reasons};

use super::case::{Case, SIGPROCMASK, WAIT4, kinds};
use super::files;
use super::world::{DATA, ENTRY, effect, error};
use crate::errno::Errno;
use crate::pending::Interruption;

#[test]
fn an_interruption_between_a_wake_and_the_next_wait_counts() {
    let mut case = Case::new();
    let (reader, writer) = files::pipe(&mut case.world, case.client);
    let group = case.world.group_of(case.client);
    let rival = case.world.thread(group);
    for thread in [case.client, rival] {
        assert_eq!(case.world.call(thread, SYS_READ, &[reader, DATA, 1]), None);
    }
    let third = case.world.thread(group);
    case.world.poke(third, DATA + 64, b"x");
    case.world.focus(third);
    assert_eq!(case.world.call(third, SYS_WRITE, &[writer, DATA + 64, 1]), Some(1));
    // Both were woken; the first to look takes the byte, the other will wait again. Whoever that is, it ends.
    case.world.core.interrupt(case.client, Interruption::Restart);
    case.world.core.interrupt(rival, Interruption::Restart);
    let results = [case.client, rival].map(|thread| case.world.result(thread));
    assert!(results.contains(&Some(1)), "{results:?}");
    assert!(results.iter().all(Option::is_some), "nobody sleeps on: {results:?}");
    case.world.audit();
}

#[test]
fn an_interruption_at_the_entry_stop_ends_the_body_if_it_waits() {
    let mut case = Case::new();
    let (reader, _) = files::pipe(&mut case.world, case.client);
    case.group(V::Arm, &[Causes::CALL_ENTRY.bits()]);
    case.world.call(case.client, SYS_READ, &[reader, DATA, 1]);
    assert_eq!(case.world.only(&case.server, Kind::Report).number, Cause::CallEntry as u32);
    let client = case.client.raw();
    let effects = [effect(V::Resume, client, &[]), effect(V::Post, client, &[]), effect(V::Interrupt, client, &[0])];
    case.world.order(&case.server, &effects);
    assert_eq!(case.world.result(case.client), None);
    assert_eq!(case.world.only(&case.server, Kind::Report).number, Cause::Boundary as u32);
    case.thread(V::Resume, &[]);
    assert_eq!(case.world.result(case.client), Some(error(Errno::EINTR)));
}

#[test]
fn an_interruption_of_a_call_that_does_not_wait_is_forgotten_with_it() {
    let mut case = Case::new();
    let (reader, writer) = files::pipe(&mut case.world, case.client);
    case.group(V::Arm, &[Causes::CALL_ENTRY.bits()]);
    case.world.call(case.client, SYS_WRITE, &[writer, DATA, 1]);
    let client = case.client.raw();
    case.group(V::Arm, &[0]);
    case.world.order(&case.server, &[effect(V::Interrupt, client, &[0]), effect(V::Resume, client, &[])]);
    assert_eq!(case.world.result(case.client), Some(1));
    assert_eq!(case.world.call(case.client, SYS_READ, &[reader, DATA, 1]), Some(1));
    assert_eq!(case.world.call(case.client, SYS_READ, &[reader, DATA, 1]), None, "the next call waits as ever");
}

#[test]
fn a_queued_call_that_never_waits_is_not_interrupted() {
    let mut case = Case::queued(SIGPROCMASK);
    case.world.core.interrupt(case.client, Interruption::Error);
    case.world.core.post(case.client);
    let message = case.world.only(&case.server, Kind::ProcessCall);
    case.world.core.interrupt(case.client, Interruption::Error);
    assert!(case.reply(message.tag, 0).is_empty(), "no Cancel either");
    case.world.result(case.client);
    assert_eq!(case.world.only(&case.server, Kind::Report).number, Cause::Boundary as u32);
    case.thread(V::Resume, &[]);
    assert_eq!(case.world.result(case.client), Some(0));
}

#[test]
fn a_cancel_that_was_not_received_ends_with_its_call() {
    let (mut case, tag) = Case::taken(WAIT4);
    case.world.core.interrupt(case.client, Interruption::Error);
    let order = effect(V::Reply, tag, &[5]);
    assert!(case.world.order(&case.server, &[order]).is_empty(), "the answer made it pointless");
    assert_eq!(case.world.result(case.client), Some(5));
}

#[test]
fn cancels_of_two_servers_do_not_meet() {
    let (mut case, tag) = Case::taken(WAIT4);
    let other = case.world.server("other");
    let file = files_of(&mut case, &other);
    let sleeping = case.registers();
    // The first call is abandoned, and its server does not look at its inbox.
    case.write_registers(&Registers { rip: ENTRY + 0x100, ..sleeping });
    assert_eq!(case.world.call(case.client, SYS_READ, &[file, DATA, 1]), None);
    let second = case.world.only(&other, Kind::Request).tag;
    case.world.core.interrupt(case.client, Interruption::Error);
    let cancel = case.world.only(&other, Kind::Cancel);
    assert_eq!(cancel.tag, second);
    let cancel = case.world.only(&case.server, Kind::Cancel);
    assert_eq!(cancel.tag, tag);
    case.world.audit();
}

/// A file of another server's in the client's table. The client's first call stays where it is.
fn files_of(case: &mut Case, other: &super::world::Server) -> u64 {
    let group = case.world.group_of(case.client);
    let object = crate::file::Object::Scheme { scheme: other.scheme, handle: 9, positioned: false };
    let flags = kernel_abi::redox::flag::O_RDWR;
    case.world.core.install(group, kernel_abi::LOWEST_FREE, object, flags).unwrap() as u64
}

#[test]
fn a_thread_retired_at_its_entry_stop_does_not_make_the_call() {
    let mut case = Case::new();
    case.group(V::Arm, &[(Causes::CALL_ENTRY | Causes::THREAD_EXIT).bits()]);
    case.world.process_call(case.client, WAIT4, &[]);
    case.world.only(&case.server, Kind::Report);
    case.thread(V::Kill, &[1]);
    case.world.result(case.client);
    assert_eq!(case.world.only(&case.server, Kind::Report).number, Cause::ThreadExit as u32);
    case.thread(V::Kill, &[1]);
    case.world.result(case.client);
    assert!(case.world.order(&case.server, &[]).is_empty(), "its end is reported once");
    case.thread(V::Resume, &[]);
    case.world.result(case.client);
    case.world.finish_jobs();
    let last = case.world.order(&case.server, &[]);
    assert_eq!(kinds(&last), [Kind::ThreadDead as u32, Kind::GroupDead as u32]);
    assert!(case.world.core.threads.get(case.client).is_none());
}

#[test]
fn the_servers_word_belongs_to_one_exit_stop() {
    let (mut case, tag) = Case::taken(WAIT4);
    let mut reply = effect(V::Reply, tag, &[0, 77]);
    reply.flags = PostCall::REPORT.bits();
    case.world.order(&case.server, &[reply]);
    case.world.result(case.client);
    assert_eq!(case.world.only(&case.server, Kind::Report).words[3], 77);
    case.thread(V::Resume, &[]);
    case.world.result(case.client);
    case.group(V::Arm, &[Causes::CALL_EXIT.bits()]);
    case.world.call(case.client, kernel_abi::redox::number::SYS_YIELD, &[]);
    assert_eq!(case.world.only(&case.server, Kind::Report).words[3], 0);
}

#[test]
fn news_of_a_stop_come_behind_the_calls_made_before_it() {
    let mut case = Case::new();
    let stop = Reasons::JOB.bits();
    case.world.core.stop_group(case.world.group_of(case.client), Reasons::JOB, StopNews::Awaited);
    case.world.core.continue_group(case.world.group_of(case.client), Reasons::JOB, 0);
    case.world.process_call(case.client, WAIT4, &[]);
    let messages = case.group(V::Stop, &[stop]);
    assert_eq!(kinds(&messages), [Kind::ProcessCall as u32, Kind::Stopped as u32]);
    case.world.core.stop_group(case.world.group_of(case.client), Reasons::JOB, StopNews::Awaited);
    assert!(case.group(V::Continue, &[stop, 0]).is_empty(), "a stop that ended is no news");
}

#[test]
fn news_of_a_second_stop_come_behind_what_was_ordered_in_the_first() {
    let (mut case, _) = Case::taken(WAIT4);
    let group = case.world.group_of(case.client);
    case.world.core.stop_group(group, Reasons::JOB, StopNews::Awaited);
    let interrupt = effect(V::Interrupt, case.client.raw(), &[]);
    let stop = effect(V::Stop, group.raw(), &[Reasons::TRACE.bits()]);
    let messages = case.world.order(&case.server, &[interrupt, stop]);
    assert_eq!(kinds(&messages), [Kind::Cancel as u32, Kind::Stopped as u32]);
}

#[test]
fn memory_written_at_the_entry_stop_latches_the_call_again() {
    let mut case = Case::new();
    case.group(V::Arm, &[Causes::CALL_ENTRY.bits()]);
    for wrote in [false, true] {
        case.world.process_call(case.client, 37, &[1]);
        case.world.only(&case.server, Kind::Report);
        case.world.core.threads.get_mut(case.client).unwrap().context.registers.rdi = 2;
        if wrote {
            let group = case.world.group_of(case.client).raw();
            let verb = kernel_abi::verb::SocketVerb::WriteMemory;
            assert_eq!(case.world.verb(&case.server, verb, [group, DATA], (DATA, 1)), Some(1));
        }
        case.thread(V::Resume, &[]);
        case.world.result(case.client);
        let message = case.world.only(&case.server, Kind::ProcessCall);
        assert_eq!(message.words[0], if wrote { 2 } else { 1 });
        case.reply(message.tag, 0);
        case.world.result(case.client);
    }
}
