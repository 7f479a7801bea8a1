//! Delegated runs of groups with several threads: one of them is the tracer's business, the others are the server's.
//!
//! Decides nothing. Neighbours: `run` (one thread), `core::run::stop_for_tracer`.

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::run::RunVerb;
use kernel_abi::stop::{Cause, Reasons};

use super::{BREAKPOINT, DATA, Debugged, STEP, TOLD};
use crate::errno::Errno;
use crate::seam::Exit;
use crate::tests::case::kinds;
use crate::tests::world::error;
use crate::thread::ThreadKey;

/// A debugger that may run a client with two threads.
fn with_two() -> (Debugged, ThreadKey) {
    let mut debugged = Debugged::new();
    let other = debugged.case.world.thread(debugged.case.world.group_of(debugged.case.client));
    (debugged, other)
}

impl Debugged {
    fn is_runnable(&self, thread: ThreadKey) -> bool {
        self.case.world.core.is_runnable(thread)
    }

    fn user_of(&mut self, thread: ThreadKey, exit: Exit) {
        self.case.world.focus(thread);
        self.case.world.core.handle(exit);
        assert_eq!(self.case.world.result(thread), None, "parked");
    }
}

#[test]
fn all_run_and_the_stop_of_the_one_stops_all() {
    let (mut debugged, other) = with_two();
    for (verb, exit) in [(RunVerb::Step, STEP), (RunVerb::Resume, BREAKPOINT), (RunVerb::Step, STEP)] {
        assert!(!debugged.is_runnable(other));
        debugged.begin(verb);
        assert!(debugged.is_runnable(other));
        debugged.user(exit);
        debugged.told();
        assert!(!debugged.is_runnable(other) && debugged.is_asleep());
        assert_eq!(debugged.write(), Some(8), "collected");
    }
    debugged.disturb();
    let news = debugged.woken()[0];
    assert_eq!((news.number, news.thread), (Cause::Step as u32, debugged.case.client.raw()));
}

#[test]
fn the_stop_of_another_is_the_servers() {
    let (mut debugged, other) = with_two();
    debugged.begin(RunVerb::Resume);
    debugged.user_of(other, BREAKPOINT);
    let messages = debugged.woken();
    assert_eq!(kinds(&messages), [Kind::Delegated as u32, Kind::Report as u32]);
    assert_eq!([&messages[0], &messages[1]].map(|it| it.thread), [debugged.case.client, other].map(ThreadKey::raw));
    assert_eq!(debugged.ended(), Some(error(Errno::EINPROGRESS)));
}

#[test]
fn a_thread_that_is_held_stays() {
    let (debugged, other) = with_two();
    let mut debugged = debugged.changed(V::Hold, other.raw(), &[Reasons::HELD.bits()]);
    for verb in [RunVerb::Step, RunVerb::StepAlone] {
        debugged.begin(verb);
        assert!(!debugged.is_runnable(other) && debugged.is_runnable(debugged.case.client));
        debugged.user(STEP);
        debugged.told();
    }
}

#[test]
fn a_step_alone_is_refused_while_another_thread_would_run() {
    let (mut debugged, other) = with_two();
    assert_eq!(debugged.run(RunVerb::StepAlone, (DATA, TOLD)), Some(error(Errno::EAGAIN)));
    assert!(!debugged.is_runnable(other), "nothing has happened");
    let mut single = Debugged::new();
    single.begin(RunVerb::StepAlone);
    single.user(STEP);
    single.told();
}

/// The server has been woken and has not looked yet: what it is about to see happened before the stop.
#[test]
fn a_stop_behind_the_call_of_another_is_the_servers() {
    let (mut debugged, other) = with_two();
    assert_eq!(debugged.run(RunVerb::Resume, (DATA, TOLD)), None);
    debugged.case.world.process_call(other, 7, &[]);
    debugged.user(BREAKPOINT);
    let mut messages = debugged.woken();
    messages.extend(debugged.case.world.order(&debugged.case.server, &[]));
    let expected = [Kind::Delegated as u32, Kind::ProcessCall as u32, Kind::Report as u32];
    assert_eq!(kinds(&messages), expected);
    assert_eq!(messages[0].handle, 1, "it runs");
    assert_eq!(debugged.ended(), Some(error(Errno::EINPROGRESS)));
}

#[test]
fn the_death_of_another_hands_the_run_back() {
    let (mut debugged, other) = with_two();
    debugged.begin(RunVerb::Resume);
    debugged.case.world.core.kill_thread(other);
    debugged.case.world.finish_jobs();
    assert_eq!(kinds(&debugged.woken()), [Kind::Delegated as u32, Kind::ThreadDead as u32]);
    assert_eq!(debugged.ended(), Some(error(Errno::EINPROGRESS)));
}
