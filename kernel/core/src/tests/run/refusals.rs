//! When a delegated run is refused, and that a refusal changes nothing.
//!
//! Decides nothing. Neighbours: `run` (what happens otherwise), `core::run::check_run` (the conditions).

use kernel_abi::effect::{EffectVerb as V, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::redox::number::{SYS_CALL, SYS_CLOSE, SYS_READ2, SYS_WRITE2};
use kernel_abi::run::RunVerb;
use kernel_abi::stop::{Causes, LastClose, Reasons};

use super::{DATA, Debugged, LABEL, RUN, SESSION, STEP, TOLD, WORDS};
use crate::errno::Errno;
use crate::tests::world::{effect, error};

const AGAIN: Option<usize> = Some(error(Errno::EAGAIN));
const BUSY: Option<usize> = Some(error(Errno::EBUSY));

impl Debugged {
    /// The server does this, and sleeps again.
    pub(super) fn changed(mut self, verb: V, target: u64, words: &[u64]) -> Self {
        self.disturb();
        self.woken();
        self.case.world.order(&self.case.server, &[effect(verb, target, words)]);
        self.case.world.order(&self.case.server, &[]);
        self.sleep();
        self
    }

    pub(super) fn refused(&mut self, verb: RunVerb) -> Option<usize> {
        let thread = |debugged: &Self| {
            let thread = debugged.case.world.core.threads.get(debugged.case.client).unwrap();
            (thread.report, thread.context.registers)
        };
        let before = thread(self);
        let result = self.run(verb, (DATA, TOLD));
        assert_eq!(thread(self), before);
        self.case.world.audit();
        result
    }
}

#[test]
fn without_leave_of_the_server_it_is_refused() {
    let mut debugged = Debugged::new().changed(V::Delegate, SESSION, &[0]);
    assert_eq!(debugged.refused(RunVerb::Step), AGAIN);
    let client = debugged.case.client.raw();
    let mut debugged = debugged.changed(V::Delegate, SESSION, &[1, 5, client]);
    assert_eq!(debugged.ran(RunVerb::Step, STEP).label, 5);
}

#[test]
fn a_server_that_is_at_work_is_asked() {
    let mut debugged = Debugged::new();
    debugged.disturb();
    assert_eq!(debugged.refused(RunVerb::Step), AGAIN);
    debugged.woken();
    assert_eq!(debugged.refused(RunVerb::Step), AGAIN);
    debugged.sleep();
    debugged.ran(RunVerb::Step, STEP);
}

#[test]
fn other_reasons_and_other_threads_are_the_servers_business() {
    let new = Debugged::new();
    let target = new.target();
    let mut stopped = new.changed(V::Stop, target, &[Reasons::OPERATOR.bits()]);
    assert_eq!(stopped.refused(RunVerb::Resume), AGAIN);
    let new = Debugged::new();
    let client = new.case.client.raw();
    let mut held = new.changed(V::Hold, client, &[Reasons::HELD.bits()]);
    assert_eq!(held.refused(RunVerb::Resume), AGAIN);
    for thread in [0, Debugged::new().debugger.raw()] {
        let mut stray = Debugged::new().changed(V::Delegate, SESSION, &[1, LABEL, thread]);
        assert_eq!(stray.refused(RunVerb::Resume), AGAIN, "not a thread of the target");
    }
}

#[test]
fn only_a_collected_stop_is_left() {
    let new = Debugged::new();
    let target = new.target();
    let mut again = new.changed(V::Epoch, target, &[]);
    assert_eq!(again.refused(RunVerb::Step), BUSY, "reported again");
    let new = Debugged::new();
    let target = new.target();
    let mut running = new.changed(V::Continue, target, &[Reasons::TRACE.bits(), 1]);
    assert_eq!(running.refused(RunVerb::Step), BUSY);
    let mut under_way = Debugged::new();
    assert_eq!(under_way.run(RunVerb::Step, (0, 0)), Some(0));
    assert_eq!(under_way.run(RunVerb::Step, (DATA, TOLD)), BUSY);
}

#[test]
fn runs_to_calls_need_both_ends_traced() {
    for armed in [Causes::empty(), Causes::CALL_ENTRY, Causes::CALL_EXIT] {
        let mut debugged = Debugged::armed(armed);
        assert_eq!(debugged.refused(RunVerb::ToCall), AGAIN, "{armed:?}");
        debugged.begin(RunVerb::Resume);
    }
    Debugged::armed(Causes::CALL_ENTRY | Causes::CALL_EXIT).begin(RunVerb::ToCall);
}

#[test]
fn a_handle_is_checked_as_every_handle() {
    let mut debugged = Debugged::new();
    for (payload, verb) in [((DATA, TOLD - 1), 1), ((DATA, TOLD + 1), 2), ((DATA, TOLD), 0), ((DATA, TOLD), 6)] {
        debugged.case.world.poke(debugged.debugger, WORDS, &u64::to_le_bytes(verb));
        let arguments = [RUN, payload.0, payload.1, 1, WORDS];
        let raw = debugged.case.world.call(debugged.debugger, SYS_CALL, &arguments);
        assert_eq!(raw, Some(error(Errno::EINVAL)));
    }
    for call in [SYS_READ2, SYS_WRITE2] {
        let raw = debugged.case.world.call(debugged.debugger, call, &[RUN, DATA, 8, 0]);
        assert_eq!(raw, Some(error(Errno::EINVAL)), "it has no bytes");
    }
    let target = debugged.target();
    let tracer = debugged.case.world.group_of(debugged.debugger).raw();
    let mut debugged = debugged.changed(V::SessionEnd, SESSION, &[]);
    assert_eq!(debugged.refused(RunVerb::Step), Some(error(Errno::ESTALE)));
    let open = [SESSION + 1, tracer, LastClose::Run as u64];
    let mut debugged = debugged.changed(V::SessionOpen, target, &open);
    assert_eq!(debugged.refused(RunVerb::Step), Some(error(Errno::ESTALE)), "another session is not this one");
    assert_eq!(debugged.case.world.call(debugged.debugger, SYS_CLOSE, &[RUN]), Some(0));
    assert_eq!(debugged.refused(RunVerb::Step), Some(error(Errno::EBADF)));
}

#[test]
fn a_handle_needs_both_rights() {
    for rights in [RIGHT_READ, RIGHT_WRITE] {
        let mut debugged = Debugged::new();
        assert_eq!(debugged.case.world.call(debugged.debugger, SYS_CLOSE, &[RUN]), Some(0));
        debugged.disturb();
        debugged.woken();
        debugged.grant(RUN, ObjectKind::Run, rights);
        debugged.sleep();
        assert_eq!(debugged.refused(RunVerb::Step), Some(error(Errno::EBADF)));
    }
}

#[test]
fn a_server_that_is_gone_allows_nothing() {
    let mut debugged = Debugged::new();
    debugged.begin(RunVerb::Resume);
    debugged.case.world.core.close_scheme(debugged.case.server.scheme);
    assert_eq!(debugged.ended(), Some(error(Errno::ENODEV)));
    let session = debugged.case.world.core.sessions.get(&SESSION).unwrap();
    assert_eq!(session.leave, None);
}
