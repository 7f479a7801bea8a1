//! Kills, stops and answers in every order: short histories of verbs over a thread in each state of a call.
//!
//! Decides nothing. After each step the rules of `audit` hold, and at the end, once everything that was asked for is taken
//! back, the thread runs again or is gone. Neighbours: `pending` (the table's rows one by one), `audit`.

use kernel_abi::effect::{EffectVerb as V, StopNews};
use kernel_abi::message::Kind;
use kernel_abi::redox::number::{SYS_FUNMAP, SYS_FUTEX, SYS_NANOSLEEP, SYS_READ, SYS_WRITE};
use kernel_abi::stop::{Causes, Reasons};

use super::case::{Case, WAIT4};
use super::world::{DATA, ENTRY, World, effect};
use super::{change, files};
use crate::pending::Interruption;
use crate::thread::ThreadKey;

/// Where the thread is when the history begins.
const STATES: [State; 9] = [
    State::User,
    State::Queued,
    State::Taken,
    State::Object,
    State::Sleep,
    State::Futex,
    State::Parked,
    State::Entry,
    State::Change,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    User,
    Queued,
    Taken,
    Object,
    Sleep,
    Futex,
    Parked,
    Entry,
    Change,
}

/// Pages of a change of two steps.
const LONG: u64 = 260;

/// What can happen to it.
const STEPS: [Step; 12] = [
    Step::Stop,
    Step::Continue,
    Step::Hold,
    Step::Release,
    Step::Kill,
    Step::Retire,
    Step::Answer,
    Step::Interrupt,
    Step::Post,
    Step::Move,
    Step::Wake,
    Step::Resume,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Stop,
    Continue,
    Hold,
    Release,
    Kill,
    Retire,
    Answer,
    Interrupt,
    Post,
    Move,
    Wake,
    Resume,
}

/// A thread under all of it.
struct History {
    case: Case,
    tag: u64,
    /// Writes here wake the thread that reads in [`State::Object`].
    writer: u64,
    helper: ThreadKey,
    stopped: bool,
    held: bool,
    killed: bool,
}

impl History {
    fn new(state: State) -> Self {
        let frames = if state == State::Change { 400 } else { 64 };
        let mut case = Case::in_world(World::with_frames(frames));
        let helper = case.world.thread(case.world.group_of(case.client));
        let (reader, writer) = files::pipe(&mut case.world, case.client);
        let mut tag = 0;
        match state {
            State::User => {}
            State::Queued => assert_eq!(case.world.process_call(case.client, WAIT4, &[]), None),
            State::Taken => {
                case.world.process_call(case.client, WAIT4, &[]);
                tag = case.world.only(&case.server, Kind::ProcessCall).tag;
            }
            State::Object => assert_eq!(case.world.call(case.client, SYS_READ, &[reader, DATA, 8]), None),
            State::Sleep => {
                case.world.poke(case.client, DATA, &[9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                assert_eq!(case.world.call(case.client, SYS_NANOSLEEP, &[DATA, DATA]), None);
            }
            State::Futex => assert_eq!(case.world.call(case.client, SYS_FUTEX, &[DATA + 64, 0, 0, 0]), None),
            State::Parked => {
                case.thread(V::Post, &[]);
                assert_eq!(case.world.result(case.client), None);
            }
            State::Entry => {
                case.group(V::Arm, &[Causes::CALL_ENTRY.bits()]);
                case.world.process_call(case.client, WAIT4, &[]);
                case.group(V::Arm, &[0]);
            }
            State::Change => {
                change::populate(&mut case, LONG);
                case.world.enter(case.client, SYS_FUNMAP, &[change::PLACE, LONG * 4096]);
                assert!(case.world.core.has_work());
            }
        }
        Self { case, tag, writer, helper, stopped: false, held: false, killed: false }
    }

    fn apply(&mut self, step: Step) {
        let (core, client) = (&mut self.case.world.core, self.case.client);
        let group = core.group_of(self.helper).expect("the helper lives");
        match step {
            Step::Stop => core.stop_group(group, Reasons::TRACE, StopNews::Awaited),
            Step::Continue => core.continue_group(group, Reasons::TRACE, 1),
            Step::Hold => core.hold(client, Reasons::HELD),
            Step::Release => core.release(client, Reasons::HELD),
            Step::Kill => core.kill_thread(client),
            Step::Retire => core.retire_thread(client),
            Step::Answer => {
                let reply = effect(V::Reply, self.tag, &[42]);
                core.reply(self.case.server.scheme, &reply);
            }
            Step::Interrupt => core.interrupt(client, Interruption::Restart),
            Step::Post => core.post(client),
            Step::Move => self.move_frame(),
            Step::Wake => self.wake(),
            Step::Resume => core.resume(client, None),
        }
        match step {
            Step::Stop => self.stopped = true,
            Step::Continue => self.stopped = false,
            Step::Hold => self.held = true,
            Step::Release => self.held = false,
            Step::Kill | Step::Retire => self.killed = true,
            _ => {}
        }
    }

    /// As a debugger's write of the general registers does.
    fn move_frame(&mut self) {
        let (core, client) = (&mut self.case.world.core, self.case.client);
        if core.threads.get(client).is_some() {
            core.detach_call(client).expect("there is memory");
        }
        if let Some(thread) = core.threads.get_mut(client) {
            thread.context.registers.rip = ENTRY + 0x100;
        }
    }

    fn wake(&mut self) {
        if self.case.world.core.is_runnable(self.helper) {
            self.case.world.call(self.helper, SYS_WRITE, &[self.writer, DATA + 128, 1]);
            self.case.world.call(self.helper, SYS_FUTEX, &[DATA + 64, 1, 1]);
            self.case.world.core.machine.advance(1 << 40);
            self.case.world.core.timer_interrupt();
        }
    }

    fn check(&mut self) {
        self.case.world.audit();
        let core = &self.case.world.core;
        if core.threads.get(self.case.client).is_some() {
            assert!(
                !(self.stopped || self.held) || !core.is_runnable(self.case.client),
                "it runs in spite of a reason"
            );
        }
    }

    /// Everything that keeps the thread is taken away: it reaches user code, or it is gone.
    fn drain(&mut self) {
        self.apply(Step::Continue);
        self.apply(Step::Release);
        for _ in 0..8 {
            self.case.world.finish_jobs();
            let calls = self.case.world.order(&self.case.server, &[]);
            for call in calls.iter().filter(|message| message.kind == Kind::ProcessCall as u32) {
                self.tag = call.tag;
            }
            self.apply(Step::Answer);
            self.wake();
            if self.case.world.core.threads.get(self.case.client).is_some() {
                self.apply(Step::Resume);
                let ended = self.case.world.result(self.case.client).is_some();
                self.check();
                if ended {
                    break;
                }
            }
        }
        let alive = self.case.world.core.threads.get(self.case.client);
        assert_eq!(alive.is_some(), !self.killed, "{:?}", alive.map(|thread| (thread.due, thread.pending)));
        if let Some(thread) = alive {
            assert!(thread.pending.is_none() && thread.outcome.is_none() && thread.report.is_none(), "{thread:?}");
        }
    }
}

/// Every history of this many steps from every state.
fn explore(length: u32) {
    let total = STEPS.len().pow(length);
    for state in STATES {
        for number in 0..total {
            let mut rest = number;
            let steps: Vec<Step> = (0..length)
                .map(|_| {
                    let step = STEPS[rest % STEPS.len()];
                    rest /= STEPS.len();
                    step
                })
                .collect();
            run(state, &steps);
        }
    }
}

fn run(state: State, steps: &[Step]) {
    let told = Told(state, steps);
    let mut history = History::new(state);
    for step in steps {
        history.apply(*step);
        history.check();
    }
    history.drain();
    drop(told);
}

/// Says which history failed.
struct Told<'a>(State, &'a [Step]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the history: {:?}, then {:?}", self.0, self.1);
        }
    }
}

#[test]
fn every_order_of_two_verbs_keeps_the_rules() {
    explore(1);
    explore(2);
}

#[test]
fn every_order_of_three_verbs_keeps_the_rules() {
    explore(3);
}
