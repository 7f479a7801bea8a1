//! One turn: an input, worked off to its end against the table and the kernel.
//!
//! Decides who may call what: the public methods of [`Turn`] are all inputs of the state machine. Main types: [`Turn`],
//! [`ProcessCall`]. Neighbours: `report` (the kernel's reports), `calls` (process calls), `files` (what `proc:` asks).
//! After each turn the server heeds the notices in [`Processes::effects`]; the orders there are the kernel's.

use kernel_abi::stop::PostCall;
use proc_abi::id::{Pid, Tid};

use crate::effect::{Effect, Store};
use crate::errno::{Errno, Result};
use crate::id::{KernelThread, Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::process::Process;
use crate::table::Processes;
use crate::thread::Thread;

/// The table, the kernel and the time, for one input.
#[derive(Debug)]
pub struct Turn<'a, K> {
    pub(crate) table: &'a mut Processes,
    pub(crate) kernel: &'a mut K,
    /// Nanoseconds since boot.
    pub(crate) now: u64,
}

/// A system call that came to the process server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessCall {
    /// The pending call.
    pub tag: Tag,
    /// Who called.
    pub thread: KernelThread,
    /// FreeBSD's number.
    pub number: u32,
    /// Arguments as in registers.
    pub arguments: [u64; 6],
}

impl<'a, K: Kernel> Turn<'a, K> {
    /// Begins a turn.
    pub const fn new(table: &'a mut Processes, kernel: &'a mut K, now: u64) -> Self {
        Self { table, kernel, now }
    }

    pub(crate) fn process(&self, pid: Pid) -> Option<&Process> {
        self.table.get(pid)
    }

    pub(crate) fn process_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.table.get_mut(pid)
    }

    pub(crate) fn thread(&self, at: ThreadRef) -> Option<&Thread> {
        self.table.thread(at)
    }

    pub(crate) fn thread_mut(&mut self, at: ThreadRef) -> Option<&mut Thread> {
        self.table.thread_mut(at)
    }

    pub(crate) fn live(&self, pid: Pid) -> Result<&Process> {
        self.process(pid).filter(|process| process.is_alive()).ok_or(Errno::ESRCH)
    }

    /// Orders it of the kernel.
    #[inline(always)]
    pub(crate) fn order(&mut self, effect: Effect) {
        self.table.effects.push(effect);
    }

    /// The thread of a process after this one, oldest first; dying ones are left out.
    pub(crate) fn next_thread(&self, pid: Pid, after: Option<Tid>) -> Option<ThreadRef> {
        let process = self.process(pid)?;
        let start = match after {
            None => 0,
            Some(tid) => process.threads.iter().position(|thread| thread.tid == tid)?.saturating_add(1),
        };
        let thread = process.threads.get(start..)?.iter().find(|thread| !thread.is_dying())?;
        Some(ThreadRef { pid, tid: thread.tid })
    }

    /// Answers a call. A signal that the thread could take is looked at before it runs on.
    pub(crate) fn answer(&mut self, at: ThreadRef, tag: Tag, result: Result<u64>) {
        self.answer_with(at, tag, result, PostCall::empty());
    }

    pub(crate) fn answer_with(&mut self, at: ThreadRef, tag: Tag, result: Result<u64>, post: PostCall) {
        let post = post.union(self.boundary(at));
        self.order(Effect::Reply { tag, result: raw_result(result), post, word: 0 });
    }

    /// As [`Self::answer`], after `store` was put into the caller's memory; EFAULT if that is not possible.
    pub(crate) fn answer_storing(&mut self, at: ThreadRef, tag: Tag, value: u64, store: Store) {
        let post = self.boundary(at);
        self.order(Effect::ReplyStore { tag, result: raw_result(Ok(value)), post, store });
    }

    /// BOUNDARY if the thread has a signal that it could take.
    pub(crate) fn boundary(&self, at: ThreadRef) -> PostCall {
        let Some(process) = self.process(at.pid) else { return PostCall::empty() };
        let Some(thread) = process.thread(at.tid) else { return PostCall::empty() };
        if process.deliverable(thread).is_empty() { PostCall::empty() } else { PostCall::BOUNDARY }
    }
}

fn raw_result(result: Result<u64>) -> usize {
    kernel_abi::encode_result(result.map(|value| value as usize).map_err(Errno::number))
}
