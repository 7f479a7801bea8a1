//! Sessions and bonds: whose handles live how long, and what the death of a debugger does to its target.
//!
//! Decides nothing. Neighbours: `core::session`, `target` (what handles do while they live).

use kernel_abi::effect::{
    EffectVerb as V, NEED_COLLECTED, NEED_STOPPED, ObjectKind, RIGHT_READ, RIGHT_WRITE, StopNews,
};
use kernel_abi::message::Kind;
use kernel_abi::redox::number::{SYS_READ2, SYS_WRITE2};
use kernel_abi::stop::{Causes, LastClose, Reasons};
use kernel_abi::verb::SocketVerb;
use zerocopy::IntoBytes;

use super::case::{Case, WAIT4, kinds};
use super::world::{DATA, effect, error};
use crate::errno::Errno;
use crate::thread::ThreadKey;

/// The number of the session under test.
const SESSION: u64 = 40;
/// The debugger's descriptor.
const HANDLE: u64 = 3;

/// A client under debugging, and its debugger.
struct Debugged {
    case: Case,
    debugger: ThreadKey,
}

impl Debugged {
    fn new(policy: LastClose) -> Self {
        let mut case = Case::new();
        let debugger = case.world.client(&case.server);
        let mut debugged = Self { case, debugger };
        debugged.open(SESSION, policy);
        debugged
    }

    fn target(&self) -> u64 {
        self.case.world.group_of(self.case.client).raw()
    }

    fn open(&mut self, number: u64, policy: LastClose) {
        let tracer = self.case.world.group_of(self.debugger).raw();
        let open = effect(V::SessionOpen, self.target(), &[number, tracer, policy as u64]);
        self.case.world.order(&self.case.server, &[open]);
    }

    /// A handle on the target's memory with these rights and restrictions, in the debugger's table.
    fn grant(&mut self, rights: u64) {
        let words = [ObjectKind::Memory as u64, self.target(), SESSION, rights];
        self.case.world.poke(self.case.server.thread, DATA, words.as_bytes());
        let group = self.case.world.group_of(self.debugger).raw();
        let raw = self.case.world.verb(&self.case.server, SocketVerb::GrantObject, [group, HANDLE], (DATA, 32));
        assert_eq!(raw, Some(HANDLE as usize));
    }

    fn read(&mut self) -> Option<usize> {
        self.case.world.call(self.debugger, SYS_READ2, &[HANDLE, DATA, 8, DATA])
    }

    fn write(&mut self) -> Option<usize> {
        self.case.world.call(self.debugger, SYS_WRITE2, &[HANDLE, DATA, 8, DATA])
    }

    /// The debugger is killed.
    fn die(&mut self) {
        self.case.world.core.kill_thread(self.debugger);
        self.case.world.finish_jobs();
    }

    fn order(&mut self, verb: V, target: u64, words: &[u64]) -> Vec<u32> {
        kinds(&self.case.world.order(&self.case.server, &[effect(verb, target, words)]))
    }
}

#[test]
fn a_handle_dies_with_its_session() {
    let mut debugged = Debugged::new(LastClose::Run);
    debugged.grant(RIGHT_READ | RIGHT_WRITE);
    assert_eq!((debugged.read(), debugged.write()), (Some(8), Some(8)));
    debugged.order(V::SessionEnd, SESSION, &[]);
    let stale = Some(error(Errno::ESTALE));
    assert_eq!((debugged.read(), debugged.write()), (stale, stale));
    debugged.open(SESSION + 1, LastClose::Run);
    assert_eq!(debugged.read(), stale, "another session is not this one");
}

#[test]
fn restrictions_are_those_of_the_present_stop() {
    let mut debugged = Debugged::new(LastClose::Run);
    debugged.grant(RIGHT_READ | RIGHT_WRITE | NEED_STOPPED | NEED_COLLECTED);
    let (target, trace) = (debugged.target(), Reasons::TRACE.bits());
    let busy = Some(error(Errno::EBUSY));
    assert_eq!((debugged.read(), debugged.write()), (busy, busy), "it runs");
    debugged.order(V::Stop, target, &[trace]);
    debugged.order(V::Epoch, target, &[]);
    assert_eq!((debugged.read(), debugged.write()), (Some(8), busy), "stopped, not collected");
    debugged.order(V::SessionCollect, SESSION, &[]);
    assert_eq!((debugged.read(), debugged.write()), (Some(8), Some(8)));
    debugged.order(V::Epoch, target, &[]);
    assert_eq!(debugged.write(), busy, "the stop was reported again");
    debugged.order(V::SessionCollect, SESSION, &[]);
    assert_eq!(debugged.write(), Some(8));
    debugged.order(V::Continue, target, &[trace, 1]);
    assert_eq!((debugged.read(), debugged.write()), (busy, busy));
    debugged.order(V::Stop, target, &[trace]);
    assert_eq!(debugged.write(), busy, "what was collected was another stop");
    debugged.order(V::SessionCollect, SESSION, &[]);
    debugged.order(V::Stop, target, &[trace, StopNews::Known as u64]);
    assert_eq!(debugged.write(), Some(8), "it goes on");
    debugged.order(V::Stop, target, &[trace, StopNews::Complete as u64]);
    assert_eq!(debugged.write(), busy, "one more that is complete");
    debugged.order(V::Continue, target, &[trace, 1]);
    debugged.order(V::Stop, target, &[Reasons::OPERATOR.bits()]);
    debugged.order(V::SessionCollect, SESSION, &[]);
    assert_eq!((debugged.read(), debugged.write()), (Some(8), busy), "an operator's stop is not the tracer's");
}

#[test]
fn two_sessions_collect_for_themselves() {
    let mut debugged = Debugged::new(LastClose::Run);
    debugged.open(SESSION + 1, LastClose::Run);
    debugged.grant(RIGHT_WRITE | NEED_COLLECTED);
    let target = debugged.target();
    debugged.order(V::Stop, target, &[Reasons::TRACE.bits()]);
    debugged.order(V::SessionCollect, SESSION + 1, &[]);
    assert_eq!(debugged.write(), Some(error(Errno::EBUSY)));
}

#[test]
fn the_death_of_the_debugger_fires_its_bond_without_a_server() {
    for policy in [LastClose::Run, LastClose::Kill, LastClose::Stop] {
        let mut debugged = Debugged::new(policy);
        let (target, trace) = (debugged.target(), Reasons::TRACE.bits());
        debugged.order(V::Arm, target, &[Causes::CALL_ENTRY.bits()]);
        debugged.order(V::Stop, target, &[trace]);
        let world = &mut debugged.case.world;
        world.core.kill_thread(debugged.debugger);
        world.finish_jobs();
        world.audit();
        let client = world.core.threads.get(debugged.case.client).is_some();
        match policy {
            LastClose::Run => {
                assert!(world.core.is_runnable(debugged.case.client));
                assert_eq!(world.core.groups.get(world.group_of(debugged.case.client)).unwrap().armed, Causes::empty());
            }
            LastClose::Kill => assert!(!client),
            LastClose::Stop => assert!(client && !world.core.is_runnable(debugged.case.client)),
        }
        let messages = world.order(&debugged.case.server, &[]);
        let lost: Vec<_> = messages.iter().filter(|message| message.kind == Kind::SessionLost as u32).collect();
        assert_eq!(lost.len(), 1, "{messages:?}");
        assert_eq!(lost[0].words[..2], [SESSION, policy as u64]);
        assert_eq!(world.core.sessions.len(), 0);
        world.audit();
    }
}

#[test]
fn several_bonds_fire_in_the_order_of_their_sessions() {
    let mut debugged = Debugged::new(LastClose::Run);
    let order = [7_u64, 300, 12, 99, 41, 1 << 40, 13];
    for number in order {
        debugged.open(number, LastClose::Run);
    }
    debugged.case.world.core.kill_thread(debugged.debugger);
    debugged.case.world.finish_jobs();
    let mut lost = Vec::new();
    for _ in 0..4 {
        let messages = debugged.case.world.order(&debugged.case.server, &[]);
        lost.extend(messages.iter().filter(|m| m.kind == Kind::SessionLost as u32).map(|m| m.words[0]));
    }
    assert_eq!(lost, [7, 12, 13, 40, 41, 99, 300, 1 << 40]);
}

#[test]
fn the_death_of_the_target_ends_the_session_in_silence() {
    let mut debugged = Debugged::new(LastClose::Kill);
    debugged.grant(RIGHT_READ);
    debugged.case.world.core.kill_thread(debugged.case.client);
    debugged.case.world.finish_jobs();
    assert_eq!(debugged.read(), Some(error(Errno::ESRCH)));
    let messages = debugged.case.world.order(&debugged.case.server, &[]);
    assert_eq!(kinds(&messages), [Kind::ThreadDead as u32, Kind::GroupDead as u32]);
    let refused = debugged.case.world.batch(&debugged.case.server, &[effect(V::SessionEnd, SESSION, &[])], 0);
    assert_eq!(refused, Some(Err(Errno::ESRCH.0)));
    debugged.case.world.audit();
}

#[test]
fn a_number_names_one_session() {
    let mut debugged = Debugged::new(LastClose::Run);
    let (target, tracer) = (debugged.target(), debugged.case.world.group_of(debugged.debugger).raw());
    let world = &mut debugged.case.world;
    let open = |number, policy| effect(V::SessionOpen, target, &[number, tracer, policy]);
    for (bad, errno) in [
        (open(SESSION, 0), Errno::EEXIST),
        (open(0, 0), Errno::EEXIST),
        (open(50, 3), Errno::EINVAL),
        (effect(V::SessionOpen, target, &[50, 1, 0]), Errno::ESRCH),
        (effect(V::SessionOpen, 1, &[50, tracer, 0]), Errno::ESRCH),
    ] {
        assert_eq!(world.batch(&debugged.case.server, &[bad], 0), Some(Err(errno.0)), "{bad:x?}");
    }
    world.order(&debugged.case.server, &[open(50, 0), open(50, 1), open(51, 2)]);
    assert_eq!(world.core.sessions.len(), 3);
    world.audit();
}

#[test]
fn sessions_over_groups_of_another_server_are_not_ones_own() {
    let mut debugged = Debugged::new(LastClose::Run);
    let rival = debugged.case.world.server("rival");
    for verb in [V::SessionEnd, V::SessionCollect, V::SessionPolicy] {
        let refused = debugged.case.world.batch(&rival, &[effect(verb, SESSION, &[])], 0);
        assert_eq!(refused, Some(Err(Errno::EPERM.0)), "{verb:?}");
    }
    assert_eq!(debugged.case.world.core.sessions.len(), 1);
}

/// What a set-id exec orders: nobody's handle outlives it, with a session or without.
#[test]
fn a_handle_dies_with_the_incarnation_of_its_target() {
    for kind in [ObjectKind::Memory, ObjectKind::General, ObjectKind::Float, ObjectKind::Debug, ObjectKind::Bases] {
        let mut debugged = Debugged::new(LastClose::Run);
        let group = debugged.target();
        let subject = if kind == ObjectKind::Memory { group } else { debugged.case.client.raw() };
        let words = [kind as u64, subject, 0, RIGHT_READ];
        debugged.case.world.poke(debugged.case.server.thread, DATA, words.as_bytes());
        let own = debugged.case.world.group_of(debugged.debugger).raw();
        let granted =
            debugged.case.world.verb(&debugged.case.server, SocketVerb::GrantObject, [own, HANDLE], (DATA, 32));
        assert_eq!(granted, Some(HANDLE as usize));
        let offset = if kind == ObjectKind::Memory { DATA } else { 0 };
        let read = |debugged: &mut Debugged| {
            debugged.case.world.call(debugged.debugger, SYS_READ2, &[HANDLE, DATA, 8, offset])
        };
        assert_eq!(read(&mut debugged), Some(8), "{kind:?}");
        debugged.order(V::Identity, group, &[7, 1, 12, 1, 0]);
        assert_eq!(read(&mut debugged), Some(8), "{kind:?}: a new parent changes nothing");
        debugged.order(V::Identity, group, &[7, 1, 12, 1, 1]);
        assert_eq!(read(&mut debugged), Some(error(Errno::ESTALE)), "{kind:?}");
    }
}

#[test]
fn the_policy_of_a_bond_can_be_chosen_anew() {
    for (chosen, lives) in [(LastClose::Run, true), (LastClose::Stop, true), (LastClose::Kill, false)] {
        let first = if chosen == LastClose::Kill { LastClose::Run } else { LastClose::Kill };
        let mut debugged = Debugged::new(first);
        debugged.order(V::Stop, debugged.target(), &[Reasons::TRACE.bits()]);
        debugged.order(V::SessionPolicy, SESSION, &[chosen as u64]);
        let refused = debugged.case.world.batch(&debugged.case.server, &[effect(V::SessionPolicy, SESSION, &[3])], 0);
        assert_eq!(refused, Some(Err(Errno::EINVAL.0)));
        debugged.die();
        assert_eq!(debugged.case.world.core.threads.get(debugged.case.client).is_some(), lives, "{chosen:?}");
        assert_eq!(debugged.case.world.core.is_runnable(debugged.case.client), chosen == LastClose::Run);
        debugged.case.world.audit();
    }
}

#[test]
fn a_bond_that_stops_stops_a_target_that_runs_or_waits_in_a_call() {
    for waits in [false, true] {
        let mut debugged = Debugged::new(LastClose::Stop);
        let client = debugged.case.client;
        if waits {
            assert_eq!(debugged.case.world.process_call(client, WAIT4, &[]), None);
        }
        debugged.die();
        assert!(!debugged.case.world.core.is_runnable(client), "no server was asked");
        let target = debugged.target();
        debugged.order(V::Continue, target, &[Reasons::OPERATOR.bits()]);
        assert_eq!(debugged.case.world.core.is_runnable(client), !waits);
        debugged.case.world.audit();
    }
}
