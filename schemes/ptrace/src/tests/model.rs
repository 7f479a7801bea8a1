//! A model of the kernel: groups, threads, what is due to them, pending calls, a few bytes of memory.
//!
//! Decides, in small, what kernel-core decides: the order of reports, when a stop is complete, what an effect may name. Main
//! type: [`Model`]. Neighbours: `world` moves messages between it and the table. Calls are the test's: a thread "in user
//! code" does what the test makes it do.

use std::collections::{BTreeMap, VecDeque};

use kernel_abi::call_set::CallStops;
use kernel_abi::calls;
use kernel_abi::registers::{Registers, SegmentBases};
use kernel_abi::stop::{Cause, Causes, PostCall, Reasons};
use proc_abi::id::Tid;

use crate::KernelThread;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) reasons: u64,
    pub(super) epoch: u64,
    pub(super) armed: u64,
    pub(super) calls: CallStops,
    pub(super) badge: u64,
    pub(super) incarnation: u64,
    pub(super) copying: bool,
    pub(super) alive: bool,
}

/// How a call ended, before its thread runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    Result(usize),
    Restart,
    Frame,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Call {
    pub(super) number: u32,
    pub(super) arguments: [u64; 6],
    pub(super) tag: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is due, as in the kernel")]
pub(super) struct Thread {
    pub(super) group: u64,
    pub(super) reasons: u64,
    pub(super) report: Option<Cause>,
    pub(super) retire: Option<u64>,
    pub(super) trap: Option<(Cause, [u64; 8])>,
    pub(super) post_call: u32,
    pub(super) post_hold: bool,
    pub(super) boundary: bool,
    pub(super) entry: bool,
    pub(super) in_exit: bool,
    pub(super) call: Option<Call>,
    pub(super) outcome: Option<Outcome>,
    pub(super) result: usize,
    pub(super) step: bool,
    pub(super) registers: Registers,
    pub(super) bases: SegmentBases,
    /// Number of the latest call.
    pub(super) latest: u32,
    /// A call that is made again when the thread is back at this address.
    pub(super) again: Option<(u64, Call)>,
}

/// What the kernel tells its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Call(u64, Call),
    Report(u64, Cause, [u64; 8]),
    Stopped(u64),
    ThreadDead(u64),
    GroupDead(u64),
    Job(u64),
    Timer(u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) groups: BTreeMap<u64, Group>,
    pub(super) threads: BTreeMap<u64, Thread>,
    pub(super) inbox: VecDeque<Message>,
    pub(super) sessions: BTreeMap<u64, (u64, bool)>,
    /// Sessions that may run their target without the server, and what they are told of its thread.
    pub(super) leaves: BTreeMap<u64, (Tid, KernelThread)>,
    /// What the server has not been told of such runs.
    pub(super) news: Option<crate::Delegated>,
    pub(super) memory: BTreeMap<(u64, u64), u8>,
    pub(super) timers: BTreeMap<u64, u64>,
    pub(super) last: u64,
    pub(super) image: crate::Image,
    pub(super) now: u64,
    /// Calls made for threads: thread, number, arguments.
    pub(super) remote: Vec<(u64, usize, [u64; 6])>,
    /// Addresses of words whose waiters were woken.
    pub(super) woken: Vec<u64>,
    /// Helpers of core dumps: thread, group, descriptor, target.
    pub(super) dumpers: Vec<(u64, u64, u32, i32)>,
    /// The machine has no XSAVE.
    pub(super) legacy: bool,
}

const ERESTART_RAW: usize = 4095_usize.wrapping_neg();
const EJUSTRETURN_RAW: usize = 4094_usize.wrapping_neg();

impl Model {
    pub(super) fn fresh(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn new_group(&mut self) -> u64 {
        let id = self.fresh();
        self.groups.insert(id, Group { alive: true, ..Group::default() });
        id
    }

    pub(super) fn new_thread(&mut self, group: u64) -> u64 {
        let id = self.fresh();
        let reasons = Reasons::NOT_STARTED.bits();
        let registers = Registers { rip: 0x1000 * id, rsp: 0x20_0000, cs: 0x2b, ss: 0x23, ..Registers::default() };
        self.threads.insert(id, Thread { group, reasons, registers, ..Thread::default() });
        id
    }

    pub(super) fn thread(&mut self, id: u64) -> &mut Thread {
        self.threads.get_mut(&id).unwrap_or_else(|| panic!("thread {id} is dead"))
    }

    fn may_run(&self, thread: &Thread) -> bool {
        let group = &self.groups[&thread.group];
        thread.reasons == 0 && thread.report.is_none() && group.reasons == 0 && !group.copying
    }

    /// The thread would run user code now.
    pub(super) fn in_user(&self, id: u64) -> bool {
        self.threads.get(&id).is_some_and(|thread| {
            let idle = thread.retire.is_none() && thread.trap.is_none() && thread.post_call == 0;
            let settled = !thread.post_hold && !thread.boundary && !thread.in_exit && thread.outcome.is_none();
            idle && settled && thread.call.is_none() && self.may_run(thread)
        })
    }

    /// User code makes a system call.
    pub(super) fn enter(&mut self, id: u64, number: u32, arguments: [u64; 6]) {
        assert!(self.in_user(id), "thread {id} is not in user code: {:?}", self.threads.get(&id));
        let tag = self.fresh();
        let armed = self.armed(id, Causes::CALL_ENTRY) && self.calls(id).entry.contains_shown(number);
        let thread = self.thread(id);
        thread.call = Some(Call { number, arguments, tag });
        if thread.step {
            thread.step = false;
            thread.trap = Some((Cause::Step, [1 << 14, 0, 0, 0, 0, 0, 0, 0]));
        }
        if armed {
            thread.entry = true;
            let [a, b, c, d, e, f] = arguments;
            let count = calls::by_shown(number).map_or(0, |call| u64::from(call.arguments));
            self.report(id, Cause::CallEntry, [u64::from(number), count, a, b, c, d, e, f]);
        } else {
            self.body(id);
        }
    }

    /// User code meets an exception.
    pub(super) fn trap(&mut self, id: u64, cause: Cause, words: [u64; 8]) {
        assert!(self.in_user(id), "thread {id} is not in user code");
        self.thread(id).trap = Some((cause, words));
    }

    /// User code runs one instruction, if the trap flag is set.
    pub(super) fn run_step(&mut self, id: u64) {
        if self.in_user(id) && self.thread(id).step {
            self.thread(id).step = false;
            self.trap(id, Cause::Step, [1 << 14, 0, 0, 0, 0, 0, 0, 0]);
        }
    }

    fn armed(&self, id: u64, cause: Causes) -> bool {
        let group = self.threads.get(&id).map(|thread| thread.group);
        group.is_some_and(|group| self.groups[&group].armed & cause.bits() != 0)
    }

    fn calls(&self, id: u64) -> CallStops {
        self.threads.get(&id).map(|thread| self.groups[&thread.group].calls).unwrap_or_default()
    }

    fn report(&mut self, id: u64, cause: Cause, words: [u64; 8]) {
        self.thread(id).report = Some(cause);
        self.inbox.push_back(Message::Report(id, cause, words));
    }

    pub(super) fn body(&mut self, id: u64) {
        let Some(call) = self.thread(id).call else { return };
        let row = calls::by_shown(call.number);
        match row.map(|row| row.served) {
            Some(calls::Served::ProcessServer) => self.inbox.push_back(Message::Call(id, call)),
            // Calls that the kernel serves wait until the test ends them.
            Some(calls::Served::Kernel) => {}
            None => self.finish(id, Outcome::Result(kernel_abi::encode_result(Err(38)))),
        }
    }

    /// A waiting call ends.
    pub(super) fn finish(&mut self, id: u64, outcome: Outcome) {
        let thread = self.thread(id);
        if thread.call.is_some() {
            thread.outcome = Some(outcome);
        }
    }

    /// Lets every thread settle what it owes; true if anything happened.
    pub(super) fn settle(&mut self) -> bool {
        let ids: Vec<u64> = self.threads.keys().copied().collect();
        ids.into_iter().filter(|id| self.prepare(*id)).count() > 0
    }

    /// One thread settles the first thing it owes; true if there was any.
    pub(super) fn prepare(&mut self, id: u64) -> bool {
        if !self.threads.get(&id).is_some_and(|thread| self.may_run(thread)) {
            return false;
        }
        if let Some(word) = self.thread(id).retire.take() {
            if word == u64::MAX || !self.armed(id, Causes::THREAD_EXIT) {
                self.kill(id);
            } else {
                self.thread(id).retire = Some(u64::MAX);
                self.report(id, Cause::ThreadExit, [word, 0, 0, 0, 0, 0, 0, 0]);
            }
            return true;
        }
        let thread = self.thread(id);
        if let Some(outcome) = thread.outcome.take() {
            apply(thread, outcome);
            return true;
        }
        if thread.call.is_some() {
            return false;
        }
        if self.make_again(id) {
            return true;
        }
        let thread = self.thread(id);
        if let Some((cause, words)) = thread.trap.take() {
            self.report(id, cause, words);
            return true;
        }
        self.after_call(id)
    }

    /// Back at the SYSCALL of a call that is to be made again.
    fn make_again(&mut self, id: u64) -> bool {
        if !self.in_user(id) {
            return false;
        }
        let thread = self.thread(id);
        let Some((place, call)) = thread.again.filter(|(place, _)| *place == thread.registers.rip) else {
            return false;
        };
        thread.again = None;
        thread.registers.rip = place.wrapping_add(2);
        self.enter(id, call.number, call.arguments);
        true
    }

    fn after_call(&mut self, id: u64) -> bool {
        let latest = self.thread(id).latest;
        let armed = self.armed(id, Causes::CALL_EXIT) && self.calls(id).exit.contains_shown(latest);
        let thread = self.thread(id);
        let orders = PostCall::from_bits_truncate(std::mem::take(&mut thread.post_call));
        thread.post_hold |= orders.contains(PostCall::POST_HOLD);
        thread.boundary |= orders.contains(PostCall::BOUNDARY);
        let was_in_exit = std::mem::take(&mut thread.in_exit);
        if (was_in_exit && armed) || orders.contains(PostCall::REPORT) {
            let number = u64::from(thread.latest);
            let words = [number, u64::from(orders.bits()), thread.result as u64, 0, 0, 0, 0, 0];
            self.report(id, Cause::CallExit, words);
        } else if std::mem::take(&mut thread.post_hold) {
            self.report(id, Cause::PostHold, [0; 8]);
        } else if std::mem::take(&mut thread.boundary) {
            self.report(id, Cause::Boundary, [0; 8]);
        } else {
            return !orders.is_empty() || was_in_exit;
        }
        true
    }

    pub(super) fn kill(&mut self, id: u64) {
        let Some(thread) = self.threads.remove(&id) else { return };
        self.inbox
            .retain(|message| !matches!(message, Message::Report(other, ..) | Message::Call(other, _) if *other == id));
        let group = thread.group;
        if self.groups[&group].alive {
            self.inbox.push_back(Message::ThreadDead(id));
        }
        if !self.threads.values().any(|thread| thread.group == group) {
            self.groups.remove(&group);
            self.inbox.push_back(Message::GroupDead(group));
        }
    }

    pub(super) fn kill_group(&mut self, group: u64) {
        let ids: Vec<u64> =
            self.threads.iter().filter(|(_, thread)| thread.group == group).map(|(id, _)| *id).collect();
        ids.into_iter().for_each(|id| self.kill(id));
    }

    /// The message that the server receives next.
    pub(super) fn receive(&mut self) -> Option<Message> {
        self.inbox.pop_front()
    }
}

fn apply(thread: &mut Thread, outcome: Outcome) {
    let Some(call) = thread.call.take() else { return };
    thread.in_exit = true;
    thread.latest = call.number;
    thread.result = match outcome {
        Outcome::Result(raw) => raw,
        Outcome::Restart => ERESTART_RAW,
        Outcome::Frame => EJUSTRETURN_RAW,
    };
    match outcome {
        Outcome::Result(raw) => thread.registers.rax = raw as u64,
        Outcome::Restart => {
            thread.registers.rip = thread.registers.rip.wrapping_sub(2);
            thread.again = Some((thread.registers.rip, call));
        }
        Outcome::Frame => {}
    }
}
