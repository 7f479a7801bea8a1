//! Calls whose answer the kernel keeps: getpid and getppid.
//!
//! Decides that the short way gives the same answers and stops as the ordinary one, and is left when anything is owed or
//! armed. Neighbours: `call` (what is tested), `report` (the ordinary way).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::stop::{Cause, Causes};

use super::world::{World, effect};

const GETPID: u32 = 20;
const GETPPID: u32 = 39;

#[test]
fn a_kept_answer_needs_no_server_and_an_unknown_one_does() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let group = world.group_of(client).raw();
    assert_eq!(world.process_call(client, GETPID, &[]), None);
    let tag = world.only(&server, Kind::ProcessCall).tag;
    world.order(&server, &[effect(V::Reply, tag, &[7])]);
    assert_eq!(world.result(client), Some(7));
    world.order(&server, &[effect(V::Identity, group, &[0, 0, 12, 0])]);
    assert_eq!(world.process_call(client, GETPID, &[]), Some(12));
    assert_eq!(world.process_call(client, GETPPID, &[]), None, "0 is not kept");
}

#[test]
fn a_traced_or_posted_thread_takes_the_ordinary_way() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let group = world.group_of(client).raw();
    world.order(&server, &[effect(V::Identity, group, &[0, 0, 12, 3])]);
    world.order(&server, &[effect(V::Arm, group, &[Causes::CALL_EXIT.bits()])]);
    assert_eq!(world.process_call(client, GETPPID, &[]), None);
    let exit = world.only(&server, Kind::Report);
    assert_eq!((exit.number, exit.words[2]), (Cause::CallExit as u32, 3));
    world.order(&server, &[effect(V::Resume, client.raw(), &[]), effect(V::Arm, group, &[0])]);
    assert_eq!(world.process_call(client, GETPPID, &[]), Some(3));
}
