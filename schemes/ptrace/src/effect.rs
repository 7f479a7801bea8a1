//! What the state machine orders of the kernel, one value for each verb of the batch that it uses, and what it tells the
//! server itself.
//!
//! Decides the order in which things happen: the kernel performs the list from front to back. An order becomes a record for
//! the batch where it is given, so nobody goes over the list again. Main types: [`Effect`], [`Notice`], [`Effects`].
//! Neighbours: `kernel` (what can fail and therefore comes before), `kernel_abi::effect` (the wire).

use alloc::vec::Vec;

use kernel_abi::call_set::CallStops;
use kernel_abi::effect::{Effect as Wire, EffectVerb, EntryOutcome, StopNews};
use kernel_abi::stop::{Causes, LastClose, PostCall, Reasons};
use proc_abi::event_record::EventRecord;
use proc_abi::id::{Pid, Tid};

use crate::errno::Errno;
use crate::id::{KernelGroup, KernelThread, SessionId, Tag};

/// How an interrupted call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interruption {
    /// With EINTR.
    Fail,
    /// Made again, if it is restartable and has done nothing; with EINTR otherwise.
    Restart,
}

/// Whether the trap flag is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stepping {
    /// One instruction, then a report.
    Armed,
    /// No step.
    Off,
}

/// Whether a killed thread tells about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Farewell {
    /// It dies at once.
    Silent,
    /// It reports ThreadExit first if that is armed.
    Report,
}

/// Bytes that an answer to a process call stores in its caller's memory first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// Where.
    pub address: u64,
    /// What.
    pub value: i32,
}

/// One order; the fields are those of the verb of the same name in `kernel_abi::effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "kernel_abi::effect documents each verb and its words")]
pub enum Effect {
    Reply { tag: Tag, result: usize, post: PostCall, word: u64 },
    ReplyStore { tag: Tag, result: usize, post: PostCall, store: Store },
    ReplyRestart { tag: Tag },
    ReplyFrame { tag: Tag, post: PostCall },
    Timer { cookie: u64, deadline: u64 },
    Resume { thread: KernelThread, outcome: EntryOutcome, result: usize },
    Hold { thread: KernelThread, reasons: Reasons },
    Release { thread: KernelThread, reasons: Reasons },
    Stop { group: KernelGroup, reasons: Reasons, news: StopNews },
    Continue { group: KernelGroup, reasons: Reasons },
    Post { thread: KernelThread },
    Interrupt { thread: KernelThread, ending: Interruption },
    Step { thread: KernelThread, stepping: Stepping },
    Arm { group: KernelGroup, causes: Causes, calls: CallStops },
    Kill { thread: KernelThread, farewell: Farewell },
    KillGroup { group: KernelGroup },
    Identity { group: KernelGroup, badge: u64, flags: u64, pid: u64, parent: u64, incarnation: u64 },
    SessionOpen { group: KernelGroup, session: SessionId, tracer: KernelGroup, last_close: LastClose },
    SessionEnd { session: SessionId },
    SessionCollect { session: SessionId },
    SessionPolicy { session: SessionId, last_close: LastClose },
    Epoch { group: KernelGroup },
    Wake { group: KernelGroup, address: u64 },
    ExecCommit { thread: KernelThread, loader: KernelGroup, entry: u64, stack: u64, hidden: (u64, u64) },
    Delegate { session: SessionId, thread: Option<(Tid, KernelThread)> },
}

/// What the server is told beside its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// This happened; observers of the process read it.
    Happened(EventRecord),
    /// A process's new image begins with its initial stack here.
    Image(Pid, u64),
    /// The process is reaped on both sides; its pid may be used again.
    Gone(Pid),
    /// The first program cannot be run.
    NotRun(Errno),
}

impl Effect {
    /// The record for the kernel's batch. Always inlined: where the verb is known, nothing of the choice is left.
    #[must_use]
    #[inline(always)]
    pub fn wire(&self) -> Wire {
        use EffectVerb as V;
        match *self {
            Self::Reply { tag, result, post, word } => wire(V::Reply, tag.0, post, [result as u64, word, 0, 0, 0]),
            Self::ReplyStore { tag, result, post, store } => {
                let words = [result as u64, 0, store.address, u64::from(store.value.cast_unsigned()), 0];
                wire(V::ReplyStore, tag.0, post, words)
            }
            Self::ReplyRestart { tag } => plain(V::ReplyRestart, tag.0, [0; 5]),
            Self::ReplyFrame { tag, post } => wire(V::ReplyFrame, tag.0, post, [0; 5]),
            Self::Timer { cookie, deadline } => single(V::Timer, cookie, deadline),
            Self::Resume { thread, outcome, result } => {
                plain(V::Resume, thread.0, [outcome as u64, result as u64, 0, 0, 0])
            }
            Self::Hold { thread, reasons } => single(V::Hold, thread.0, reasons.bits()),
            Self::Release { thread, reasons } => single(V::Release, thread.0, reasons.bits()),
            Self::Stop { group, reasons, news } => plain(V::Stop, group.0, [reasons.bits(), news as u64, 0, 0, 0]),
            Self::Continue { group, reasons } => plain(V::Continue, group.0, [reasons.bits(), 1, 0, 0, 0]),
            Self::Post { thread } => plain(V::Post, thread.0, [0; 5]),
            Self::Interrupt { thread, ending } => single(V::Interrupt, thread.0, ending as u64),
            Self::Step { thread, stepping } => single(V::Step, thread.0, u64::from(stepping == Stepping::Armed)),
            Self::Arm { group, causes, calls } => {
                let ([a, b], [c, d]) = (calls.entry.complement().words(), calls.exit.complement().words());
                plain(V::Arm, group.0, [causes.bits(), a, b, c, d])
            }
            Self::Kill { thread, farewell } => single(V::Kill, thread.0, farewell as u64),
            Self::KillGroup { group } => plain(V::KillGroup, group.0, [0; 5]),
            Self::Identity { group, badge, flags, pid, parent, incarnation } => {
                plain(V::Identity, group.0, [badge, flags, pid, parent, incarnation])
            }
            Self::SessionOpen { group, session, tracer, last_close } => {
                plain(V::SessionOpen, group.0, [session.0, tracer.0, last_close as u64, 0, 0])
            }
            Self::ExecCommit { thread, loader, entry, stack, hidden } => {
                plain(V::ExecCommit, thread.0, [loader.0, entry, stack, hidden.0, hidden.1])
            }
            Self::Delegate { session, thread } => {
                let name = |(label, kernel): (Tid, KernelThread)| (u64::from(label.raw().unsigned_abs()), kernel.0);
                let (label, kernel) = thread.map_or((0, 0), name);
                plain(V::Delegate, session.0, [u64::from(thread.is_some()), label, kernel, 0, 0])
            }
            Self::SessionEnd { session } => plain(V::SessionEnd, session.0, [0; 5]),
            Self::SessionCollect { session } => plain(V::SessionCollect, session.0, [0; 5]),
            Self::SessionPolicy { session, last_close } => single(V::SessionPolicy, session.0, last_close as u64),
            Self::Epoch { group } => plain(V::Epoch, group.0, [0; 5]),
            Self::Wake { group, address } => single(V::Wake, group.0, address),
        }
    }
}

fn single(verb: EffectVerb, target: u64, word: u64) -> Wire {
    plain(verb, target, [word, 0, 0, 0, 0])
}

fn plain(verb: EffectVerb, target: u64, words: [u64; 5]) -> Wire {
    wire(verb, target, PostCall::empty(), words)
}

fn wire(verb: EffectVerb, target: u64, post: PostCall, words: [u64; 5]) -> Wire {
    let [first, second, third, fourth, fifth] = words;
    Wire { verb: verb as u32, flags: post.bits(), target, words: [first, second, third, fourth, fifth, 0] }
}

/// The orders since the kernel last performed some, and the notices of one turn. Room is reserved when processes and threads
/// are made, so that a turn that was granted never fails for want of memory in its middle.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    orders: Vec<Wire>,
    notices: Vec<Notice>,
}

/// Orders per thread that one turn can give at most: hold, release, step, post, interrupt, kill, resume, reply, some spare.
const PER_THREAD: usize = 12;
/// Orders of a turn that do not grow with threads.
const BASE: usize = 64;

impl Effects {
    /// Makes room for a turn over this many threads and processes in all.
    pub(crate) fn reserve_for(&mut self, threads: usize, processes: usize) -> crate::errno::Result<()> {
        let wanted = threads.saturating_add(processes).saturating_mul(PER_THREAD).saturating_add(BASE);
        self.orders.try_reserve(wanted.saturating_sub(self.orders.len())).map_err(|_| Errno::ENOMEM)?;
        self.notices.try_reserve(wanted.saturating_sub(self.notices.len())).map_err(|_| Errno::ENOMEM)
    }

    /// Gives an order.
    #[inline(always)]
    pub(crate) fn push(&mut self, effect: Effect) {
        self.push_wire(effect.wire());
    }

    /// Gives an order that is no business of the state machine's.
    pub fn push_wire(&mut self, effect: Wire) {
        debug_assert!(self.orders.len() < self.orders.capacity(), "room was reserved for every turn");
        if self.orders.try_reserve(1).is_ok() {
            self.orders.push(effect);
        }
    }

    /// Tells the server.
    pub(crate) fn tell(&mut self, notice: Notice) {
        debug_assert!(self.notices.len() < self.notices.capacity(), "room was reserved for every turn");
        if self.notices.try_reserve(1).is_ok() {
            self.notices.push(notice);
        }
    }

    /// The orders so far, oldest first; whoever performs them takes them off.
    pub const fn orders_mut(&mut self) -> &mut Vec<Wire> {
        &mut self.orders
    }

    /// The notices so far, oldest first.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Forgets them; the server has heeded them.
    pub fn clear_notices(&mut self) {
        self.notices.clear();
    }
}
