//! Delegated runs: told to the tracer, known to the server before anything younger, ended by whatever else happens.
//!
//! Decides nothing. Main type: [`Debugged`]. Neighbours: `core::run`, `run/refusals` (when it is not possible), `session`.

use kernel_abi::effect::{EffectVerb as V, NEED_COLLECTED, NEED_STOPPED, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::number::{SYS_CALL, SYS_WRITE2};
use kernel_abi::run::{RunStop, RunVerb};
use kernel_abi::stop::{Cause, Causes, LastClose, Reasons};
use kernel_abi::verb::SocketVerb;
use zerocopy::{FromBytes, IntoBytes};

use super::case::{Case, kinds};
use super::world::{DATA, ENTRY, HOLE, effect, error};
use crate::errno::Errno;
use crate::seam::Exit;
use crate::thread::ThreadKey;

mod refusals;
mod threads;

const SESSION: u64 = 40;
const LABEL: u64 = 100_007;
/// The debugger's descriptors.
const RUN: u64 = 3;
const MEMORY: u64 = 4;
/// Where it keeps metadata.
const WORDS: u64 = DATA + 0x800;
/// Length of what a run tells.
const TOLD: u64 = size_of::<RunStop>() as u64;
const STEP: Exit = Exit::Debug { dr6: 1 << 14, system_call: false };
const BREAKPOINT: Exit = Exit::Exception { vector: 3, code: 0, address: 0 };

/// A client that stands at a breakpoint, its debugger, and a server that lets the one run the other and sleeps.
struct Debugged {
    case: Case,
    debugger: ThreadKey,
}

impl Debugged {
    fn new() -> Self {
        Self::armed(Causes::empty())
    }

    fn armed(causes: Causes) -> Self {
        let mut case = Case::new();
        let debugger = case.world.client(&case.server);
        let mut debugged = Self { case, debugger };
        let (target, tracer) = (debugged.target(), debugged.case.world.group_of(debugger).raw());
        debugged.case.world.order(
            &debugged.case.server,
            &[
                effect(V::SessionOpen, target, &[SESSION, tracer, LastClose::Run as u64]),
                effect(V::Arm, target, &[causes.bits()]),
            ],
        );
        debugged.grant(RUN, ObjectKind::Run, RIGHT_READ | RIGHT_WRITE);
        debugged.grant(MEMORY, ObjectKind::Memory, RIGHT_READ | RIGHT_WRITE | NEED_STOPPED | NEED_COLLECTED);
        debugged.user(BREAKPOINT);
        debugged.case.world.only(&debugged.case.server, Kind::Report);
        debugged.stop();
        debugged.allow();
        debugged.sleep();
        debugged
    }

    fn target(&self) -> u64 {
        self.case.world.group_of(self.case.client).raw()
    }

    fn grant(&mut self, descriptor: u64, kind: ObjectKind, rights: u64) {
        let words = [kind as u64, self.target(), SESSION, rights];
        self.case.world.poke(self.case.server.thread, DATA, words.as_bytes());
        let group = self.case.world.group_of(self.debugger).raw();
        let raw = self.case.world.verb(&self.case.server, SocketVerb::GrantObject, [group, descriptor], (DATA, 32));
        assert_eq!(raw, Some(descriptor as usize));
    }

    /// The server stops the client for its tracer, who collects the stop.
    fn stop(&mut self) {
        let target = self.target();
        let stop = effect(V::Stop, target, &[Reasons::TRACE.bits()]);
        let orders = [stop, effect(V::Epoch, target, &[]), effect(V::SessionCollect, SESSION, &[])];
        self.case.world.order(&self.case.server, &orders);
        self.case.world.order(&self.case.server, &[]);
    }

    fn order(&mut self, verb: V, target: u64, words: &[u64]) {
        let messages = self.case.world.order(&self.case.server, &[effect(verb, target, words)]);
        assert_eq!(messages, []);
    }

    /// The server lets the debugger run the client.
    fn allow(&mut self) {
        self.order(V::Delegate, SESSION, &[1, LABEL, self.case.client.raw()]);
    }

    fn sleep(&mut self) {
        self.case.world.sleep(&self.case.server);
    }

    /// The client's user code ends so.
    fn user(&mut self, exit: Exit) {
        self.case.world.focus(self.case.client);
        self.case.world.core.handle(exit);
        assert_eq!(self.case.world.result(self.case.client), None, "parked");
    }

    /// The debugger's call, which waits unless it ends at once.
    fn run(&mut self, verb: RunVerb, payload: (u64, u64)) -> Option<usize> {
        self.case.world.poke(self.debugger, WORDS, (verb as u64).as_bytes());
        self.case.world.call(self.debugger, SYS_CALL, &[RUN, payload.0, payload.1, 1, WORDS])
    }

    fn begin(&mut self, verb: RunVerb) {
        assert_eq!(self.run(verb, (DATA, TOLD)), None, "it waits");
        self.case.world.audit();
    }

    fn ended(&mut self) -> Option<usize> {
        self.case.world.result(self.debugger)
    }

    /// What the debugger was told when its call ended.
    fn told(&mut self) -> RunStop {
        assert_eq!(self.ended(), Some(TOLD as usize));
        let bytes = self.case.world.peek(self.debugger, DATA, TOLD as usize);
        self.case.world.audit();
        RunStop::read_from_bytes(&bytes).unwrap()
    }

    /// A whole run that ends in user code so.
    fn ran(&mut self, verb: RunVerb, exit: Exit) -> RunStop {
        self.begin(verb);
        self.user(exit);
        self.told()
    }

    /// The server is awake, with these messages.
    fn woken(&mut self) -> Vec<Message> {
        let raw = self.case.world.result(self.case.server.thread).expect("awake");
        let messages = self.case.world.received(&self.case.server, raw).unwrap();
        self.case.world.audit();
        messages
    }

    fn is_asleep(&mut self) -> bool {
        self.case.world.result(self.case.server.thread).is_none()
    }

    /// Somebody has something for the server.
    fn disturb(&mut self) {
        let other = self.case.world.client(&self.case.server);
        self.case.world.process_call(other, 7, &[]);
    }

    fn write(&mut self) -> Option<usize> {
        self.case.world.call(self.debugger, SYS_WRITE2, &[MEMORY, DATA, 8, DATA + 4096])
    }
}

#[test]
fn a_step_is_told_with_registers_and_is_collected() {
    let mut debugged = Debugged::new();
    for _ in 0..3 {
        let told = debugged.ran(RunVerb::Step, STEP);
        assert_eq!((told.cause, told.label), (Cause::Step as u32, LABEL));
        assert_eq!((told.words[..2].to_vec(), told.registers.rip), (vec![1 << 14, ENTRY], ENTRY));
        assert_eq!(told.registers.rflags & 0x100, 0, "the trap flag is the kernel's own");
        assert_eq!(debugged.write(), Some(8), "collected");
        assert!(debugged.is_asleep());
    }
    let told = debugged.ran(RunVerb::Resume, BREAKPOINT);
    assert_eq!(told.cause, Cause::Breakpoint as u32);
}

#[test]
fn the_server_hears_of_the_latest_stop_once_and_first() {
    let mut debugged = Debugged::new();
    debugged.ran(RunVerb::Step, STEP);
    debugged.ran(RunVerb::Resume, BREAKPOINT);
    debugged.disturb();
    let messages = debugged.woken();
    assert_eq!(kinds(&messages), [Kind::Delegated as u32, Kind::ProcessCall as u32]);
    let news = messages[0];
    assert_eq!((news.number, news.handle, news.thread), (Cause::Breakpoint as u32, 0, debugged.case.client.raw()));
    assert_eq!((news.words[0], news.length), (ENTRY, 5), "a stop by the server, two runs with a stop each");
    assert_eq!(debugged.case.world.order(&debugged.case.server, &[]), []);
    debugged.sleep();
    assert_eq!(debugged.ran(RunVerb::Step, STEP).cause, Cause::Step as u32, "and it goes on");
}

#[test]
fn a_message_to_the_server_ends_the_run_and_the_stop_is_the_servers() {
    let mut debugged = Debugged::new();
    debugged.ran(RunVerb::Step, STEP);
    debugged.begin(RunVerb::Resume);
    debugged.disturb();
    let messages = debugged.woken();
    assert_eq!(kinds(&messages), [Kind::Delegated as u32, Kind::ProcessCall as u32]);
    assert_eq!((messages[0].number, messages[0].handle), (Cause::Step as u32, 1), "the stop before, and that it runs");
    assert_eq!(debugged.ended(), Some(error(Errno::EINPROGRESS)));
    debugged.user(BREAKPOINT);
    assert_eq!(kinds(&debugged.case.world.order(&debugged.case.server, &[])), [Kind::Report as u32]);
    assert_eq!(debugged.write(), Some(error(Errno::EBUSY)), "not collected");
}

#[test]
fn a_run_that_the_server_sees_at_its_beginning_has_no_stop_to_tell() {
    let mut debugged = Debugged::new();
    debugged.begin(RunVerb::Resume);
    debugged.disturb();
    let news = debugged.woken()[0];
    assert_eq!((news.kind, news.number, news.handle), (Kind::Delegated as u32, u32::MAX, 1));
    debugged.order(V::Post, debugged.case.client.raw(), &[]);
    assert!(debugged.case.world.result(debugged.case.client).is_none());
    let boundary = debugged.case.world.only(&debugged.case.server, Kind::Report);
    assert_eq!(boundary.number, Cause::Boundary as u32, "a signal meets it as it meets any process");
}

#[test]
fn what_is_no_plain_stop_is_reported_to_the_server() {
    for exit in
        [Exit::Exception { vector: 6, code: 0, address: 0 }, Exit::Exception { vector: 14, code: 4, address: HOLE }]
    {
        let mut debugged = Debugged::new();
        debugged.begin(RunVerb::Resume);
        debugged.user(exit);
        let messages = debugged.woken();
        assert_eq!(kinds(&messages), [Kind::Delegated as u32, Kind::Report as u32]);
        assert_eq!(messages[1].number, Cause::Fault as u32);
        assert_eq!(debugged.ended(), Some(error(Errno::EINPROGRESS)));
    }
}

#[test]
fn a_traced_call_of_the_kernels_stops_at_both_ends() {
    let mut debugged = Debugged::armed(Causes::CALL_ENTRY | Causes::CALL_EXIT);
    const YIELD: usize = kernel_abi::redox::number::SYS_YIELD;
    debugged.begin(RunVerb::ToCall);
    debugged.case.world.enter(debugged.case.client, YIELD, &[1, 2]);
    let entry = debugged.told();
    assert_eq!((entry.cause, entry.registers.rax), (Cause::CallEntry as u32, YIELD as u64));
    // The body runs when the client is next picked, which is at once.
    assert_eq!(debugged.run(RunVerb::ToCall, (DATA, TOLD)), Some(TOLD as usize));
    let exit = debugged.told();
    assert_eq!((exit.cause, exit.words[0], exit.registers.rax), (Cause::CallExit as u32, entry.words[0], 0));
    assert!(debugged.is_asleep());
}

#[test]
fn traps_are_plain_with_traced_calls_but_not_behind_a_call() {
    const YIELD: usize = kernel_abi::redox::number::SYS_YIELD;
    let mut debugged = Debugged::armed(Causes::CALL_ENTRY | Causes::CALL_EXIT);
    assert_eq!(debugged.ran(RunVerb::Step, STEP).cause, Cause::Step as u32);
    assert_eq!(debugged.ran(RunVerb::Resume, BREAKPOINT).cause, Cause::Breakpoint as u32);
    debugged.begin(RunVerb::Step);
    debugged.case.world.enter(debugged.case.client, YIELD, &[]);
    assert_eq!(debugged.told().cause, Cause::CallEntry as u32);
    // The step is owed since the entry, and the exit stop comes before its signal.
    assert_eq!(debugged.run(RunVerb::Resume, (DATA, TOLD)), Some(error(Errno::EINPROGRESS)));
    let messages = debugged.woken();
    assert_eq!(kinds(&messages), [Kind::Delegated as u32, Kind::Report as u32]);
    assert_eq!(messages[1].number, Cause::Step as u32);
}

/// As after an attach: the thread has nothing to report, it was stopped where it was.
#[test]
fn a_thread_that_was_stopped_where_it_was_runs_on() {
    for waits in [false, true] {
        let mut debugged = Debugged::new();
        debugged.begin(RunVerb::Resume);
        debugged.disturb();
        debugged.woken();
        if waits {
            debugged.case.world.process_call(debugged.case.client, 7, &[]);
            debugged.case.world.only(&debugged.case.server, Kind::ProcessCall);
        }
        debugged.stop();
        debugged.sleep();
        debugged.begin(RunVerb::Step);
        let is_runnable = debugged.case.world.core.is_runnable(debugged.case.client);
        assert_eq!(is_runnable, !waits, "what it waits for goes on");
        if !waits {
            debugged.user(STEP);
            assert_eq!(debugged.told().cause, Cause::Step as u32);
        }
    }
}

#[test]
fn a_traced_call_of_the_servers_hands_the_run_back() {
    let mut debugged = Debugged::armed(Causes::CALL_ENTRY | Causes::CALL_EXIT);
    debugged.begin(RunVerb::ToCall);
    assert_eq!(debugged.case.world.process_call(debugged.case.client, 37, &[1]), None);
    assert_eq!(debugged.told().cause, Cause::CallEntry as u32);
    // The client is picked at once, and the server after it.
    assert_eq!(debugged.run(RunVerb::Resume, (DATA, TOLD)), Some(error(Errno::EINPROGRESS)));
    let messages = debugged.woken();
    assert_eq!(kinds(&messages), [Kind::Delegated as u32, Kind::ProcessCall as u32]);
    assert_eq!((messages[0].number, messages[0].handle), (Cause::CallEntry as u32, 1));
}

#[test]
fn a_bad_buffer_is_the_tracers_fault_after_the_stop() {
    let mut debugged = Debugged::new();
    assert_eq!(debugged.run(RunVerb::Step, (HOLE, TOLD)), None);
    debugged.user(STEP);
    assert_eq!(debugged.ended(), Some(error(Errno::EFAULT)));
    assert_eq!(debugged.write(), Some(8), "stopped and collected");
}

#[test]
fn who_does_not_wait_may_wait_later_or_leave_the_stop_to_the_server() {
    let mut debugged = Debugged::new();
    assert_eq!(debugged.run(RunVerb::Step, (0, 0)), Some(0));
    assert_eq!(debugged.run(RunVerb::Wait, (DATA, TOLD)), None);
    debugged.user(STEP);
    assert_eq!(debugged.told().cause, Cause::Step as u32);
    assert_eq!(debugged.run(RunVerb::Wait, (DATA, TOLD)), Some(error(Errno::EAGAIN)), "nothing is under way");
    assert_eq!(debugged.run(RunVerb::Step, (0, 0)), Some(0));
    debugged.user(STEP);
    assert_eq!(kinds(&debugged.woken()), [Kind::Delegated as u32, Kind::Report as u32]);
    assert_eq!(debugged.run(RunVerb::Wait, (DATA, TOLD)), Some(error(Errno::EAGAIN)));
}

#[test]
fn the_death_of_the_tracer_leaves_the_stop_to_the_server() {
    let mut debugged = Debugged::new();
    debugged.begin(RunVerb::Resume);
    debugged.case.world.core.kill_thread(debugged.debugger);
    debugged.case.world.finish_jobs();
    let messages = debugged.woken();
    let told = kinds(&messages);
    assert_eq!(told[0], Kind::Delegated as u32, "{told:?}");
    assert!(told.contains(&(Kind::SessionLost as u32)));
    debugged.user(BREAKPOINT);
    assert!(kinds(&debugged.case.world.order(&debugged.case.server, &[])).contains(&(Kind::Report as u32)));
}

#[test]
fn the_death_of_the_target_ends_the_call() {
    let mut debugged = Debugged::new();
    debugged.begin(RunVerb::Resume);
    debugged.case.world.core.kill_thread(debugged.case.client);
    debugged.case.world.finish_jobs();
    assert_eq!(debugged.ended(), Some(error(Errno::ESRCH)));
    assert_eq!(kinds(&debugged.woken()), [Kind::ThreadDead as u32, Kind::GroupDead as u32]);
    debugged.case.world.audit();
}

#[test]
fn a_tracer_whose_frame_is_moved_does_not_run_its_target_twice() {
    let mut debugged = Debugged::new();
    debugged.begin(RunVerb::Step);
    debugged.case.world.core.detach_call(debugged.debugger).unwrap();
    assert_eq!(debugged.ended(), Some(error(Errno::EINTR)));
    debugged.user(STEP);
    assert_eq!(kinds(&debugged.woken()), [Kind::Delegated as u32, Kind::Report as u32]);
}
