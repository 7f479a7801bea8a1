//! Reports: each cause, their order, and that a thread is parked exactly once for each.
//!
//! Decides that what nobody armed is not reported and what is owed comes in the order of `due`. Neighbours: `world` (plays
//! user code and the machine), `exit` and `due` (what is tested).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::{Kind, Message};
use kernel_abi::registers::RFLAGS_TF;
use kernel_abi::stop::{Cause, Causes, PostCall, Reasons};

use super::world::{ENTRY, Server, World, effect, error};
use crate::errno::Errno;
use crate::seam::Exit;
use crate::thread::ThreadKey;

fn world() -> (World, Server, ThreadKey) {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    (world, server, client)
}

fn arm(world: &mut World, server: &Server, client: ThreadKey, causes: Causes) {
    let group = world.group_of(client).raw();
    world.order(server, &[effect(V::Arm, group, &[causes.bits()])]);
}

fn report(world: &mut World, server: &Server, cause: Cause) -> Message {
    let message = world.only(server, Kind::Report);
    assert_eq!(message.number, cause as u32, "{message:?}");
    message
}

fn resume(world: &mut World, server: &Server, client: ThreadKey) {
    world.order(server, &[effect(V::Resume, client.raw(), &[])]);
}

#[test]
fn nothing_is_reported_that_nobody_armed() {
    let (mut world, server, client) = world();
    world.process_call(client, 7, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    assert!(world.order(&server, &[effect(V::Reply, tag, &[0])]).is_empty());
    assert_eq!(world.result(client), Some(0));
}

#[test]
fn entry_and_exit_of_a_call_are_reported_with_number_arguments_and_result() {
    let (mut world, server, client) = world();
    arm(&mut world, &server, client, Causes::CALL_ENTRY | Causes::CALL_EXIT);
    assert_eq!(world.process_call(client, 37, &[11, 12]), None);
    let entry = report(&mut world, &server, Cause::CallEntry);
    assert_eq!(entry.words[..4], [37, 2, 11, 12]);
    resume(&mut world, &server, client);
    world.result(client);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    world.order(&server, &[effect(V::Reply, tag, &[5])]);
    world.result(client);
    let exit = report(&mut world, &server, Cause::CallExit);
    assert_eq!(exit.words[..3], [37, 0, 5]);
    resume(&mut world, &server, client);
    assert_eq!(world.result(client), Some(5));
}

#[test]
fn an_entry_stop_can_skip_the_body() {
    let (mut world, server, client) = world();
    arm(&mut world, &server, client, Causes::CALL_ENTRY);
    world.process_call(client, 37, &[]);
    report(&mut world, &server, Cause::CallEntry);
    let skip = effect(V::Resume, client.raw(), &[1, error(Errno::EPERM) as u64]);
    assert!(world.order(&server, &[skip]).is_empty(), "the call never arrives");
    assert_eq!(world.result(client), Some(error(Errno::EPERM)));
}

#[test]
fn traps_and_faults_are_reported_once_with_their_words() {
    let (mut world, server, client) = world();
    let fault = |vector| Exit::Exception { vector, code: 0, address: 0 };
    let hole = Exit::Exception { vector: 14, code: 4, address: 0x1000 };
    let step = Exit::Debug { dr6: 1 << 14, system_call: false };
    let watch = Exit::Debug { dr6: 1, system_call: false };
    for (exit, cause) in [
        (fault(3), Cause::Breakpoint),
        (fault(6), Cause::Fault),
        (hole, Cause::Fault),
        (step, Cause::Step),
        (watch, Cause::HardwareBreak),
    ] {
        world.focus(client);
        world.core.handle(exit);
        world.result(client);
        let words = report(&mut world, &server, cause).words;
        if matches!(cause, Cause::Step | Cause::HardwareBreak) {
            assert_eq!(words[1], ENTRY, "the trap tells where");
        }
        assert!(world.order(&server, &[]).is_empty());
        resume(&mut world, &server, client);
        assert!(world.result(client).is_some());
    }
}

#[test]
fn a_step_over_a_call_is_reported_after_the_body_and_before_the_exit_stop() {
    let (mut world, server, client) = world();
    arm(&mut world, &server, client, Causes::CALL_EXIT);
    world.order(&server, &[effect(V::Step, client.raw(), &[1])]);
    world.process_call(client, 7, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    world.order(&server, &[effect(V::Reply, tag, &[4])]);
    world.result(client);
    report(&mut world, &server, Cause::Step);
    resume(&mut world, &server, client);
    world.result(client);
    report(&mut world, &server, Cause::CallExit);
    resume(&mut world, &server, client);
    assert_eq!(world.result(client), Some(4));
    let registers = world.core.threads.get(client).unwrap().context.registers;
    assert_eq!(registers.rflags & RFLAGS_TF, 0, "one step only");
}

#[test]
fn a_programs_own_trap_flag_survives_its_steps() {
    let (mut world, server, client) = world();
    world.core.threads.get_mut(client).unwrap().context.registers.rflags |= RFLAGS_TF;
    world.focus(client);
    world.core.handle(Exit::Debug { dr6: 1 << 14, system_call: false });
    world.result(client);
    report(&mut world, &server, Cause::Step);
    resume(&mut world, &server, client);
    world.result(client);
    let registers = world.core.threads.get(client).unwrap().context.registers;
    assert_eq!(registers.rflags & RFLAGS_TF, RFLAGS_TF);
}

#[test]
fn a_step_can_be_taken_back_and_taking_none_back_does_nothing() {
    let (mut world, server, client) = world();
    let before = world.core.threads.get(client).unwrap().context.registers.rflags;
    for (on, armed) in [(0, 0), (1, RFLAGS_TF), (0, 0), (0, 0)] {
        world.order(&server, &[effect(V::Step, client.raw(), &[on])]);
        let thread = world.core.threads.get(client).unwrap();
        assert_eq!(thread.context.registers.rflags, before | armed);
        assert_eq!(thread.stepping, armed != 0);
    }
}

#[test]
fn orders_with_an_answer_come_in_their_order() {
    let (mut world, server, client) = world();
    world.process_call(client, 66, &[]);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    let orders = PostCall::REPORT | PostCall::HOLD | PostCall::POST_HOLD | PostCall::BOUNDARY;
    let hold = effect(V::Hold, client.raw(), &[Reasons::VFORK.bits()]);
    let mut reply = effect(V::Reply, tag, &[8, 55]);
    reply.flags = orders.bits();
    world.order(&server, &[reply]);
    world.result(client);
    let exit = report(&mut world, &server, Cause::CallExit);
    assert_eq!(exit.words[..4], [66, u64::from(orders.bits()), 8, 55]);
    world.order(&server, &[hold, effect(V::Resume, client.raw(), &[])]);
    assert_eq!(world.result(client), None);
    assert!(world.order(&server, &[]).is_empty(), "held");
    world.order(&server, &[effect(V::Release, client.raw(), &[Reasons::VFORK.bits()])]);
    world.result(client);
    report(&mut world, &server, Cause::PostHold);
    resume(&mut world, &server, client);
    world.result(client);
    report(&mut world, &server, Cause::Boundary);
    resume(&mut world, &server, client);
    assert_eq!(world.result(client), Some(8));
}

#[test]
fn a_posted_thread_reports_a_boundary_before_user_code() {
    let (mut world, server, client) = world();
    world.order(&server, &[effect(V::Post, client.raw(), &[])]);
    assert_eq!(world.result(client), None);
    report(&mut world, &server, Cause::Boundary);
    resume(&mut world, &server, client);
    assert!(world.result(client).is_some());
}

#[test]
fn a_retired_thread_reports_its_end_if_armed_and_dies_on_resume() {
    let (mut world, server, client) = world();
    arm(&mut world, &server, client, Causes::THREAD_EXIT);
    world.order(&server, &[effect(V::Kill, client.raw(), &[1])]);
    world.result(client);
    let end = report(&mut world, &server, Cause::ThreadExit);
    assert_eq!(end.words[0], 1);
    assert!(world.core.threads.get(client).is_some(), "its frame is intact");
    resume(&mut world, &server, client);
    world.result(client);
    assert!(world.core.threads.get(client).is_none());
}

#[test]
fn a_fault_of_a_native_group_ends_it() {
    let (mut world, server, _) = world();
    let native = world.server("victim");
    world.core.groups.get_mut(native.group).unwrap().server = server.scheme;
    world.focus(native.thread);
    world.core.handle(Exit::Exception { vector: 13, code: 0, address: 0 });
    world.result(native.thread);
    while world.core.jobs.is_pending() {
        world.core.run_job();
    }
    let kinds: Vec<(u32, u64)> =
        world.order(&server, &[]).iter().map(|message| (message.kind, message.words[0])).collect();
    assert!(kinds.contains(&(Kind::GroupDead as u32, 1 << 32 | 13)), "{kinds:?}");
}
