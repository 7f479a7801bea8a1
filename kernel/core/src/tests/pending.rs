//! docs/pending-calls.md, row by row: each verb in each state of a call.
//!
//! Decides what is left of a call after each verb: nothing is lost, nothing is done twice. Main type: `Case`, one caller in
//! one call. Neighbours: `world` (plays user code), `complete`, `suspend` and `teardown` (what is tested).

use kernel_abi::effect::{Effect, EffectVerb as V};
use kernel_abi::message::Kind;
use kernel_abi::redox::data::TimeSpec;
use kernel_abi::redox::number::SYS_NANOSLEEP;
use kernel_abi::registers::Registers;
use kernel_abi::stop::{Cause, PostCall, Reasons};

use super::case::{Case, SIGSUSPEND, WAIT4};
use super::world::{DATA, ENTRY, effect, error};
use crate::errno::Errno;
use crate::thread::ThreadKey;

/// sigreturn: never waits.
const SIGRETURN: u32 = 417;

#[test]
fn a_stop_leaves_a_queued_call_in_the_inbox_before_its_own_message() {
    let mut case = Case::queued(WAIT4);
    let group = case.world.group_of(case.client).raw();
    let stop = effect(V::Stop, group, &[Reasons::TRACE.bits()]);
    let kinds: Vec<u32> = case.world.order(&case.server, &[stop]).iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::ProcessCall as u32, Kind::Stopped as u32]);
}

#[test]
fn a_server_that_knows_of_its_stop_is_not_told() {
    let (mut case, tag) = Case::taken(WAIT4);
    assert_eq!(case.group(V::Stop, &[Reasons::TRACE.bits(), 1]), []);
    case.world.order(&case.server, &[effect(V::Reply, tag, &[42])]);
    assert!(!case.world.core.is_runnable(case.client), "it is stopped all the same");
}

#[test]
fn an_answer_during_a_stop_waits_beside_the_frame() {
    let (mut case, tag) = Case::taken(WAIT4);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    let before = case.registers();
    case.world.order(&case.server, &[effect(V::Reply, tag, &[9])]);
    assert_eq!(case.registers(), before, "a debugger sees no change");
    assert_eq!(case.world.result(case.client), None);
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(case.world.result(case.client), Some(9));
}

#[test]
fn a_thread_does_not_run_while_any_reason_is_left() {
    let mut case = Case::queued(WAIT4);
    let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
    case.thread(V::Hold, &[Reasons::HELD.bits()]);
    case.group(V::Stop, &[(Reasons::TRACE | Reasons::OPERATOR).bits()]);
    case.world.order(&case.server, &[effect(V::Reply, tag, &[1])]);
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(case.world.result(case.client), None);
    case.thread(V::Release, &[Reasons::HELD.bits()]);
    assert_eq!(case.world.result(case.client), None);
    case.group(V::Continue, &[Reasons::OPERATOR.bits(), 0]);
    assert_eq!(case.world.result(case.client), Some(1));
}

#[test]
fn an_interrupted_queued_call_never_reaches_the_server() {
    for (number, how, expected) in [(SIGSUSPEND, 1, error(Errno::EINTR)), (WAIT4, 0, error(Errno::EINTR))] {
        let mut case = Case::queued(number);
        let client = case.client.raw();
        // The call and the interrupt in one step: the message is taken out again.
        case.world.core.interrupt(
            ThreadKey::from_raw(client),
            if how == 0 { crate::pending::Interruption::Error } else { crate::pending::Interruption::Restart },
        );
        assert!(case.world.order(&case.server, &[]).is_empty());
        assert_eq!(case.world.result(case.client), Some(expected));
    }
}

#[test]
fn a_restarted_call_stands_before_syscall_again() {
    let mut case = Case::queued(WAIT4);
    case.world.core.interrupt(case.client, crate::pending::Interruption::Restart);
    case.world.result(case.client);
    let registers = case.world.core.threads.get(case.client).unwrap().context.registers;
    assert_eq!(registers.rip, ENTRY);
    assert_eq!(registers.rax as usize, kernel_abi::calls::PROCESS_CALL | WAIT4 as usize);
}

#[test]
fn an_interrupted_taken_call_is_cancelled_and_its_answer_counts() {
    for (answer, expected) in [(7, 7), (error(Errno::EINTR), error(Errno::EINTR))] {
        let (mut case, tag) = Case::taken(SIGSUSPEND);
        case.thread(V::Interrupt, &[1]);
        let cancel = case.world.order(&case.server, &[]);
        // The cancel may have come with the order already; it names the call either way.
        for message in &cancel {
            assert_eq!((message.kind, message.tag), (Kind::Cancel as u32, tag));
        }
        case.world.order(&case.server, &[effect(V::Reply, tag, &[answer as u64])]);
        assert_eq!(case.world.result(case.client), Some(expected));
    }
}

#[test]
fn eintr_from_the_server_becomes_a_restart_if_that_was_asked() {
    let (mut case, tag) = Case::taken(WAIT4);
    case.thread(V::Interrupt, &[1]);
    case.world.order(&case.server, &[effect(V::Reply, tag, &[error(Errno::EINTR) as u64])]);
    case.world.result(case.client);
    assert_eq!(case.world.core.threads.get(case.client).unwrap().context.registers.rip, ENTRY);
}

#[test]
fn a_killed_caller_is_gone_and_its_answer_ignored() {
    let (mut case, tag) = Case::taken(WAIT4);
    let kinds: Vec<u32> = {
        let client = case.client.raw();
        case.world.order(&case.server, &[effect(V::Kill, client, &[])]).iter().map(|message| message.kind).collect()
    };
    assert!(kinds.contains(&(Kind::Cancel as u32)) && kinds.contains(&(Kind::ThreadDead as u32)), "{kinds:?}");
    assert!(case.world.core.threads.get(case.client).is_none());
    case.world.order(&case.server, &[effect(V::Reply, tag, &[1])]);
}

#[test]
fn a_frame_moved_away_keeps_the_outcome_as_a_note() {
    let (mut case, tag) = Case::taken(WAIT4);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    case.world.order(&case.server, &[effect(V::Reply, tag, &[42])]);
    let sleeping = case.registers();
    case.write_registers(&Registers { rip: ENTRY + 0x100, rax: 0, ..sleeping });
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(case.world.result(case.client), Some(0), "the called function runs with its own registers");
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    case.write_registers(&sleeping);
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(case.world.result(case.client), Some(42));
}

#[test]
fn a_frame_moved_away_from_a_waiting_call_restarts_it_when_it_comes_back() {
    let (mut case, tag) = Case::taken(WAIT4);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    let sleeping = case.registers();
    case.write_registers(&Registers { rip: ENTRY + 0x100, ..sleeping });
    case.world.order(&case.server, &[effect(V::Reply, tag, &[42])]);
    case.write_registers(&sleeping);
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    case.world.result(case.client);
    let registers = case.world.core.threads.get(case.client).unwrap().context.registers;
    assert_eq!((registers.rip, registers.rax), (ENTRY, sleeping.rax), "made again");
}

#[test]
fn a_frame_that_is_the_answer_of_a_short_call_leaves_the_call_to_its_answer() {
    let (mut case, tag) = Case::taken(SIGRETURN);
    let calling = case.registers();
    case.write_registers(&Registers { rip: ENTRY + 0x100, rax: 7, ..calling });
    let answer = Effect { flags: PostCall::BOUNDARY.bits(), ..effect(V::ReplyFrame, tag, &[]) };
    case.world.order(&case.server, &[answer]);
    assert!(!case.world.core.prepare(case.client), "a signal waits");
    let report = case.world.only(&case.server, Kind::Report);
    assert_eq!(report.number, Cause::Boundary as u32);
    case.thread(V::Resume, &[]);
    assert_eq!(case.world.result(case.client), Some(7), "the frame is as the server set it");
}

#[test]
fn other_registers_can_change_under_a_waiting_call() {
    let (mut case, tag) = Case::taken(WAIT4);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    let sleeping = case.registers();
    case.write_registers(&Registers { rbx: 5, ..sleeping });
    case.world.order(&case.server, &[effect(V::Reply, tag, &[42])]);
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(case.world.result(case.client), Some(42));
}

#[test]
fn a_stopped_sleep_ends_in_time_and_an_interrupted_one_tells_what_was_left() {
    let mut case = Case::queued(WAIT4);
    let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
    case.world.order(&case.server, &[effect(V::Reply, tag, &[0])]);
    case.world.result(case.client);
    let time = TimeSpec { tv_sec: 1, tv_nsec: 0 };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&time.tv_sec.to_le_bytes());
    case.world.poke(case.client, DATA, &bytes);
    assert_eq!(case.world.call(case.client, SYS_NANOSLEEP, &[DATA, DATA + 64]), None);
    case.group(V::Stop, &[Reasons::TRACE.bits()]);
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(case.world.result(case.client), None, "attach and detach do not end a sleep");
    case.thread(V::Interrupt, &[1]);
    assert_eq!(case.world.result(case.client), Some(error(Errno::EINTR)));
    let rest = case.world.peek(case.client, DATA + 64, 8);
    assert_eq!(i64::from_le_bytes(rest.try_into().unwrap()), 1);
}
