//! The harness: a table, a model of the kernel, and messages going back and forth until nothing happens any more.
//!
//! Decides how a test drives the two. Main type: [`World`]. Neighbours: `model` (the kernel), the scenario files (users).

use std::collections::BTreeMap;

use kernel_abi::stop::{Cause, Reasons};
use proc_abi::event_record::EventRecord;
use proc_abi::id::{Pid, Tid};
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::request::Request;
use proc_abi::signal::Signal;
use proc_abi::wait::WaitStatus;
use zerocopy::{FromBytes, IntoBytes};

use super::ledger::Ledger;
use super::model::{Message, Model, Outcome};
use super::wire::order_of;
use crate::{
    Arguments, Caller, Errno, KernelGroup, KernelThread, Loader, Notice, ProcessCall, Processes, Record,
    RequestArguments, Result, Tag, Turn,
};

/// Where a test's program keeps its arguments.
pub(super) const BUFFER: u64 = 0x1_0000;

pub(super) struct World {
    pub(super) table: Processes,
    pub(super) model: Model,
    pub(super) published: Vec<EventRecord>,
    /// What an outsider remembers of the acts.
    pub(super) ledger: Ledger,
    /// Kernel threads by pid, for the first thread of each process.
    mains: BTreeMap<i32, u64>,
}

impl Clone for World {
    fn clone(&self) -> Self {
        let mut table = self.table.clone();
        // A cloned list has no more room than it needs.
        let (threads, processes) = (table.thread_count(), table.count());
        table.effects_mut().reserve_for(threads, processes).expect("room");
        Self {
            table,
            model: self.model.clone(),
            published: Vec::new(),
            ledger: self.ledger.clone(),
            mains: self.mains.clone(),
        }
    }
}

impl World {
    /// Init alone, running.
    pub(super) fn new() -> Self {
        let mut world = Self {
            table: Processes::new().expect("room"),
            model: Model::default(),
            published: Vec::new(),
            ledger: Ledger::default(),
            mains: BTreeMap::new(),
        };
        let group = world.model.new_group();
        let thread = world.model.new_thread(group);
        let loader = world.loader();
        let first = world.turn(|turn| turn.first_process(KernelGroup(group), KernelThread(thread), loader));
        assert_eq!(first, Ok(Pid::INIT));
        world.loaded(loader.thread.0);
        world.mains.insert(1, thread);
        world
    }

    /// Init and some of its children.
    pub(super) fn with_children(count: usize) -> (Self, Vec<i32>) {
        let mut world = Self::new();
        let children = (0..count).map(|_| world.fork(1)).collect();
        (world, children)
    }

    fn loader(&mut self) -> Loader {
        let group = self.model.new_group();
        let thread = self.model.new_thread(group);
        Loader { group: KernelGroup(group), thread: KernelThread(thread), range: (0x7ff0_0000_0000, 0x10_0000) }
    }

    /// The loader has done its work.
    pub(super) fn loaded(&mut self, loader: u64) {
        self.call_raw(loader, kernel_abi::calls::EXEC_READY, [3, 0x1000, 0x2000, 0, 0, 0]);
    }

    /// Makes one turn and performs its orders: news of delegated runs come before it, leave for more is judged after it.
    pub(super) fn turn<T>(&mut self, input: impl FnOnce(&mut Turn<'_, Model>) -> T) -> T {
        if let Some(mut news) = self.model.news.take()
            && let Some(thread) = self.model.threads.get(&news.thread.0)
        {
            news.epoch = self.model.groups[&thread.group].epoch;
            self.plain_turn(|turn| turn.delegated(&news));
        }
        let result = self.plain_turn(input);
        self.plain_turn(|turn| turn.judge_runs(|_| false));
        result
    }

    /// The same without them.
    pub(super) fn plain_turn<T>(&mut self, input: impl FnOnce(&mut Turn<'_, Model>) -> T) -> T {
        let now = self.model.now;
        let result = input(&mut Turn::new(&mut self.table, &mut self.model, now));
        let effects = self.table.effects_mut();
        for notice in effects.notices() {
            if let Notice::Happened(record) = notice {
                self.published.push(*record);
            }
        }
        effects.clear_notices();
        let orders: Vec<_> = effects.orders_mut().drain(..).collect();
        for order in orders {
            self.model.perform(&order_of(&order));
        }
        result
    }

    /// One message to the server; false if there was none.
    pub(super) fn step(&mut self) -> bool {
        let Some(message) = self.model.receive() else { return false };
        match message {
            Message::Call(thread, call) => {
                let call = ProcessCall {
                    tag: Tag(call.tag),
                    thread: KernelThread(thread),
                    number: call.number,
                    arguments: call.arguments,
                };
                self.table.note_alone(self.model.inbox.is_empty());
                self.turn(|turn| turn.process_call(&call));
                self.table.note_alone(false);
            }
            Message::Report(thread, cause, words) => self.turn(|turn| turn.report(KernelThread(thread), cause, &words)),
            Message::Stopped(group) => {
                let epoch = self.model.groups.get(&group).map_or(0, |group| group.epoch);
                self.turn(|turn| turn.stopped(KernelGroup(group), epoch));
            }
            Message::ThreadDead(thread) => self.turn(|turn| turn.thread_dead(KernelThread(thread))),
            Message::GroupDead(group) => self.turn(|turn| turn.group_dead(KernelGroup(group))),
            Message::Job(cookie) => self.turn(|turn| turn.job_done(cookie, 0)),
            Message::Timer(cookie) => self.turn(|turn| turn.timer_expired(cookie)),
        }
        true
    }

    /// Until nothing happens any more.
    pub(super) fn run(&mut self) {
        for _ in 0..10_000 {
            let settled = self.model.settle();
            if !self.step() && !settled {
                self.turn(|_| ());
                super::invariants::check(self);
                return;
            }
        }
        panic!("it goes on for ever");
    }

    pub(super) fn call_raw(&mut self, thread: u64, number: u32, arguments: [u64; 6]) {
        self.run();
        self.model.enter(thread, number, arguments);
        self.run();
    }

    /// The first thread of a process makes a call.
    pub(super) fn call(&mut self, pid: i32, number: u32, arguments: &[u64]) {
        let thread = self.main(pid);
        self.call_thread(thread, number, arguments);
    }

    pub(super) fn call_thread(&mut self, thread: u64, number: u32, arguments: &[u64]) {
        let mut all = [0; 6];
        all[..arguments.len()].copy_from_slice(arguments);
        self.call_raw(thread, number, all);
    }

    /// Makes a call that returns at once.
    pub(super) fn value(&mut self, pid: i32, number: u32, arguments: &[u64]) -> Result<usize> {
        self.call(pid, number, arguments);
        self.result(self.main(pid))
    }

    /// What the latest call of a thread returned; it must have returned.
    pub(super) fn result(&self, thread: u64) -> Result<usize> {
        let state = &self.model.threads[&thread];
        assert!(state.call.is_none(), "the call waits: {state:?}");
        kernel_abi::decode_result(state.result).map_err(|errno| Errno::new(errno).expect("an errno"))
    }

    /// The thread waits in a call.
    pub(super) fn waits(&self, thread: u64) -> bool {
        self.model.threads.get(&thread).is_some_and(|thread| thread.call.is_some())
    }

    pub(super) fn main(&self, pid: i32) -> u64 {
        self.mains[&pid]
    }

    pub(super) fn tid(&self, thread: u64) -> i32 {
        self.table.find_thread(KernelThread(thread)).expect("a thread").tid.raw()
    }

    /// Whether the first thread of a process is in user code.
    pub(super) fn runs(&self, pid: i32) -> bool {
        self.model.in_user(self.main(pid))
    }

    pub(super) fn fork(&mut self, pid: i32) -> i32 {
        let child = self.value(pid, 2, &[]).expect("a child") as i32;
        self.know(child);
        child
    }

    /// Learns a new process's first thread.
    pub(super) fn know(&mut self, pid: i32) {
        let process = self.table.get(Pid::new(pid).expect("a pid")).expect("a process");
        self.mains.insert(pid, process.threads[0].kernel.0);
    }

    /// A new thread of a process.
    pub(super) fn thr_new(&mut self, pid: i32) -> u64 {
        self.value(pid, 455, &[BUFFER, 104]).expect("a thread");
        self.newest_thread(pid)
    }

    pub(super) fn newest_thread(&self, pid: i32) -> u64 {
        let process = self.table.get(Pid::new(pid).expect("a pid")).expect("a process");
        process.threads.last().expect("threads").kernel.0
    }

    /// wait4 with these options: pid and status.
    pub(super) fn wait(&mut self, waiter: i32, target: i32, options: u64) -> Result<(i32, i32)> {
        let pid = self.value(waiter, 7, &[target as u64, BUFFER, options, 0])?;
        Ok((pid as i32, self.peek_int(waiter, BUFFER)))
    }

    /// wait4 for a stop of this process: the signal.
    pub(super) fn wait_stop(&mut self, waiter: i32, target: i32) -> Signal {
        let (pid, status) = self.wait(waiter, target, 1).expect("a child");
        assert_eq!(pid, target, "no news of {target}");
        match WaitStatus::decode(status) {
            Some(WaitStatus::Stopped(signal)) => signal,
            other => panic!("not a stop: {other:?}"),
        }
    }

    /// wait4 for the end of this process.
    pub(super) fn wait_end(&mut self, waiter: i32, target: i32) -> WaitStatus {
        let (pid, status) = self.wait(waiter, target, 1).expect("a child");
        assert_eq!(pid, target, "no news of {target}");
        WaitStatus::decode(status).expect("a status")
    }

    /// ptrace(2).
    pub(super) fn ptrace(&mut self, tracer: i32, request: Request, id: i32, address: u64, data: i32) -> Result<i32> {
        let arguments = [request.raw() as u64, id as u64, address, data as u32 as u64];
        self.value(tracer, 26, &arguments).map(|value| value as u32 as i32)
    }

    /// The same by a record, so that nothing of the tracer's memory is needed.
    pub(super) fn record(&mut self, tracer: i32, asked: RequestArguments, payload: &[u8]) -> (Result<i32>, Vec<u8>) {
        let mut record = Record::new(payload, 4096).expect("room");
        let caller = Caller { pid: Pid::new(tracer).expect("a pid"), tid: None };
        let result = self.turn(|turn| turn.request(caller, asked, &mut Arguments::Record(&mut record)));
        self.run();
        (result, record.written().to_vec())
    }

    pub(super) fn lwpinfo(&mut self, tracer: i32, id: i32) -> LwpInfo {
        let asked = RequestArguments { number: Request::LwpInfo.raw(), id, address: 0, data: 160 };
        let (result, bytes) = self.record(tracer, asked, &[]);
        assert_eq!(result, Ok(0));
        LwpInfo::read_from_bytes(&bytes).expect("160 bytes")
    }

    pub(super) fn resume(&mut self, tracer: i32, request: Request, target: i32, data: i32) {
        assert_eq!(self.ptrace(tracer, request, target, 1, data), Ok(0), "{request:?}");
    }

    pub(super) fn kill(&mut self, sender: i32, target: i32, signal: Signal) {
        assert_eq!(self.value(sender, 37, &[target as u64, signal.number() as u64]), Ok(0));
    }

    /// kill() of the caller itself; it may not return.
    pub(super) fn raise(&mut self, pid: i32, signal: Signal) {
        let tid = self.tid(self.main(pid));
        self.call(pid, 433, &[tid as u64, signal.number() as u64]);
    }

    pub(super) fn attach(&mut self, tracer: i32, target: i32) {
        assert_eq!(self.ptrace(tracer, Request::Attach, target, 0, 0), Ok(0));
        assert_eq!(self.wait_stop(tracer, target), proc_abi::signal::SIGSTOP);
    }

    pub(super) fn poke(&mut self, pid: i32, address: u64, bytes: &[u8]) {
        let group = self.group(pid);
        for (offset, byte) in bytes.iter().enumerate() {
            self.model.memory.insert((group, address + offset as u64), *byte);
        }
    }

    pub(super) fn peek_int(&self, pid: i32, address: u64) -> i32 {
        let group = self.group(pid);
        let byte = |offset| self.model.memory.get(&(group, address + offset)).copied().unwrap_or(0);
        i32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
    }

    pub(super) fn group(&self, pid: i32) -> u64 {
        self.table.get(Pid::new(pid).expect("a pid")).expect("a process").group.0
    }

    /// sigaction for a handler or SIG_IGN.
    pub(super) fn dispose(&mut self, pid: i32, signal: Signal, handler: u64, flags: u32) {
        let action = proc_abi::sigaction::SigAction { handler, flags, ..Default::default() };
        self.poke(pid, BUFFER, action.as_bytes());
        assert_eq!(self.value(pid, 416, &[signal.number() as u64, BUFFER, 0]), Ok(0));
    }

    /// The same for a process in a stop, which ends by it.
    pub(super) fn dispose_traced(&mut self, tracer: i32, target: i32, signal: Signal, handler: u64) {
        self.resume(tracer, Request::Continue, target, 0);
        self.dispose(target, signal, handler, 0);
    }

    /// A call that the kernel serves has come to its end.
    pub(super) fn end_call(&mut self, thread: u64, value: usize) {
        self.model.finish(thread, Outcome::Result(value));
        self.run();
    }

    pub(super) fn trap(&mut self, pid: i32, cause: Cause, words: [u64; 8]) {
        let thread = self.main(pid);
        self.model.trap(thread, cause, words);
        self.run();
    }

    /// True once nobody knows the process any more.
    pub(super) fn gone(&self, pid: i32) -> bool {
        Pid::new(pid).is_none_or(|pid| self.table.get(pid).is_none())
    }

    pub(super) fn event_of(&mut self, reader: i32, target: i32) -> Option<EventRecord> {
        let (reader, target) = (Pid::new(reader).expect("a pid"), Pid::new(target).expect("a pid"));
        self.turn(|turn| turn.take_event(reader, target)).expect("allowed")
    }
}

pub(super) fn tid(raw: i32) -> Tid {
    Tid::new(raw).expect("a tid")
}

/// The reasons that the model's thread and group have not to run.
pub(super) fn reasons(world: &World, thread: u64) -> Reasons {
    let state = &world.model.threads[&thread];
    Reasons::from_bits_truncate(state.reasons | world.model.groups[&state.group].reasons)
}
