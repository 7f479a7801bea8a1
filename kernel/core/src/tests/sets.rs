//! Sets of system calls: which entries and exits are reported of those that are armed.
//!
//! Decides that a call outside of the sets takes the same ways as in a group that nobody traces, and which number each set is
//! asked for. Neighbours: `group`, `exit`, `due`, `kept` (answers that the kernel keeps), `kernel_abi::call_set`.

use kernel_abi::call_set::CallSet;
use kernel_abi::calls;
use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::number::SYS_YIELD;
use kernel_abi::stop::{Cause, Causes};

use super::case::Case;
use super::world::{DATA, effect, error};
use crate::errno::Errno;

const GETPID: u32 = 20;
const GETPPID: u32 = 39;
const EVERY_CALL: Causes = Causes::CALL_ENTRY.union(Causes::CALL_EXIT);

fn set(names: &[&str]) -> CallSet {
    let mut set = CallSet::EMPTY;
    for name in names {
        set.insert_shown(calls::by_name(name).expect("a call").shown);
    }
    set
}

/// A group whose pid is 12 and whose parent's is 3, armed for entries and exits of these calls.
fn armed(entry: CallSet, exit: CallSet) -> Case {
    let mut case = Case::new();
    case.group(V::Identity, &[0, 0, 12, 3]);
    arm(&mut case, entry, exit);
    case
}

fn arm(case: &mut Case, entry: CallSet, exit: CallSet) {
    let ([a, b], [c, d]) = (entry.complement().words(), exit.complement().words());
    case.group(V::Arm, &[EVERY_CALL.bits(), a, b, c, d]);
}

/// The cause and the call of the only report.
fn reported(case: &mut Case) -> (Option<Cause>, u64) {
    let report = case.world.only(&case.server, Kind::Report);
    (Cause::from_raw(report.number), report.words[0])
}

#[test]
fn calls_outside_of_the_sets_are_not_reported() {
    let mut case = armed(set(&["getpid"]), set(&["sched_yield"]));
    assert_eq!(case.world.process_call(case.client, GETPPID, &[]), Some(3), "in neither set");
    assert_eq!(case.world.call(case.client, SYS_YIELD, &[]), None, "no stop before the body, one after it");
    assert_eq!(reported(&mut case), (Some(Cause::CallExit), 331));
    case.thread(V::Resume, &[]);
    assert_eq!(case.world.result(case.client), Some(0));
    assert_eq!(case.world.process_call(case.client, GETPID, &[]), None);
    assert_eq!(reported(&mut case), (Some(Cause::CallEntry), 20));
    case.thread(V::Resume, &[]);
    assert_eq!(case.world.result(case.client), Some(12), "no stop after the body");
}

#[test]
fn an_answer_that_comes_later_is_asked_about_like_one_that_comes_at_once() {
    for (exit, stops) in [(CallSet::EMPTY, false), (set(&["getuid"]), true)] {
        let mut case = armed(CallSet::EMPTY, exit);
        assert_eq!(case.world.process_call(case.client, 24, &[]), None);
        let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
        case.reply(tag, 5);
        assert_eq!(case.world.result(case.client), (!stops).then_some(5));
        if stops {
            assert_eq!(reported(&mut case), (Some(Cause::CallExit), 24));
        }
    }
}

#[test]
fn the_exit_is_asked_about_for_the_call_that_was_made_in_the_end() {
    for (exit, stops) in [("sched_yield", false), ("getppid", true)] {
        let mut case = armed(set(&["sched_yield"]), set(&[exit]));
        case.world.call(case.client, SYS_YIELD, &[]);
        assert_eq!(reported(&mut case), (Some(Cause::CallEntry), 331));
        let registers = &mut case.world.core.threads.get_mut(case.client).unwrap().context.registers;
        registers.rax = (calls::PROCESS_CALL | GETPPID as usize) as u64;
        let group = case.world.group_of(case.client).raw();
        let verb = kernel_abi::verb::SocketVerb::WriteMemory;
        assert_eq!(case.world.verb(&case.server, verb, [group, DATA], (DATA, 1)), Some(1), "a debugger was at work");
        case.thread(V::Resume, &[]);
        assert_eq!(case.world.result(case.client), (!stops).then_some(3));
        if stops {
            assert_eq!(reported(&mut case), (Some(Cause::CallExit), 39));
        }
    }
}

#[test]
fn calls_that_the_table_lacks_have_a_bit() {
    const NO_CALL: usize = 77;
    let mut case = armed(CallSet::EMPTY, CallSet::EMPTY);
    assert_eq!(case.world.call(case.client, NO_CALL, &[]), Some(error(Errno::ENOSYS)));
    let mut unknown = CallSet::EMPTY;
    unknown.insert_shown(u32::MAX);
    arm(&mut case, unknown, CallSet::EMPTY);
    assert_eq!(case.world.call(case.client, NO_CALL, &[]), None);
    assert_eq!(reported(&mut case).0, Some(Cause::CallEntry));
    case.world.order(&case.server, &[effect(V::Resume, case.client.raw(), &[])]);
    assert_eq!(case.world.result(case.client), Some(error(Errno::ENOSYS)));
}

#[test]
fn arming_without_sets_is_for_all_calls() {
    let mut case = armed(CallSet::EMPTY, CallSet::EMPTY);
    case.group(V::Arm, &[EVERY_CALL.bits()]);
    assert_eq!(case.world.process_call(case.client, GETPID, &[]), None);
    assert_eq!(reported(&mut case), (Some(Cause::CallEntry), 20));
}
