//! Threads: a parked user frame, a run state, and apart from it the reasons not to run.
//!
//! Decides what a thread is while it does not run, and when it may. Main types: [`Thread`], [`State`], [`Latched`], [`Due`].
//! Neighbours: `pending` (the call it is in), `due` (what it owes on the way back), `suspend` (who changes the reasons).
//!
//! Wakes change only `state`, stop verbs change only `reasons`: a wake during a stop is never lost and a stop never wakes.

use kernel_abi::registers::{RFLAGS_TF, Registers};
use kernel_abi::stop::{Cause, Causes, PostCall, Reasons};

use crate::exit::DR6_BS;
use crate::group::{Group, GroupKey};
use crate::inbox::Node;
use crate::pending::{Interruption, Note, Outcome, Pending, Wait};
use crate::scheme::SchemeKey;
use crate::seam::Context;
use crate::slab::Key;

/// Names a thread; its raw value is the kernel id that servers see.
pub type ThreadKey = Key<Thread>;

/// Whether a thread has something to run, apart from all reasons not to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// User code, or the rest of a call, can go on.
    Ready,
    /// In a call that waits for an event.
    Waiting,
}

/// A system call as it was entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latched {
    /// rax at entry.
    pub number: usize,
    /// rdi, rsi, rdx, r10, r8, r9 at entry.
    pub arguments: [u64; 6],
}

impl Latched {
    /// What the registers say now.
    #[must_use]
    pub fn from_registers(registers: &Registers) -> Self {
        Self {
            number: registers.rax as usize,
            arguments: [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9],
        }
    }
}

/// Why a thread is parked, with its eight words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopRecord {
    /// The cause.
    pub cause: Cause,
    /// As `kernel_abi::stop::Cause` documents them.
    pub words: [u64; 8],
}

impl StopRecord {
    /// A record with only the first words set.
    pub(crate) fn new<const N: usize>(cause: Cause, first: [u64; N]) -> Self {
        let mut words = [0; 8];
        for (word, value) in words.iter_mut().zip(first) {
            *word = value;
        }
        Self { cause, words }
    }
}

/// What is owed to a thread before its next user instruction, apart from `reasons`; see `due` for the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    /// Report ThreadExit, then die; word 0 of that report.
    pub(crate) retire: Option<u64>,
    /// Report a fault, breakpoint or step.
    pub(crate) trap: Option<StopRecord>,
    /// Report CallExit or ThreadStart with the server's orders.
    pub(crate) post_call: Option<PostCall>,
    /// The server's word for that report; nothing without one.
    pub(crate) post_word: u64,
    /// Report PostHold once the hold is over.
    pub(crate) post_hold: bool,
    /// Report Boundary.
    pub(crate) boundary: bool,
}

impl Due {
    /// Nothing is owed.
    pub(crate) fn is_empty(&self) -> bool {
        let reports = self.retire.is_some() | self.trap.is_some() | self.post_call.is_some();
        !(reports | self.post_hold | self.boundary)
    }
}

/// How far a thread is in the system call it entered last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// In user code.
    User,
    /// Entered, body not yet run: parked at the entry stop.
    Entry {
        /// A debugger wrote registers since.
        edited: bool,
        /// The group's count of writes to its memory at the stop.
        writes: u64,
    },
    /// The body runs or waits.
    Body,
    /// The result is in the frame, the exit stop may be due.
    Exit,
}

/// The inbox nodes that a thread owns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadNodes {
    pub(crate) call: Node,
    pub(crate) cancel: Node,
    pub(crate) report: Node,
    pub(crate) death: Node,
}

/// One thread.
#[derive(Debug)]
pub struct Thread {
    pub(crate) group: GroupKey,
    pub(crate) context: Context,
    pub(crate) state: State,
    pub(crate) reasons: Reasons,
    pub(crate) report: Option<StopRecord>,
    pub(crate) due: Due,
    pub(crate) phase: Phase,
    pub(crate) latched: Latched,
    pub(crate) pending: Option<Pending>,
    /// Words of the request that waits for an answer; a process call has its arguments.
    pub(crate) words: [u64; 8],
    /// The call is over, its outcome is not in the frame yet.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) note: Option<Note>,
    /// The call is to end if it waits: asked while it was on its way into its body.
    pub(crate) interrupted: Option<Interruption>,
    /// The kernel set the trap flag for a debugger (FreeBSD TDB_STEP).
    pub(crate) stepping: bool,
    /// Result of the latest call, raw.
    pub(crate) result: usize,
    pub(crate) priority: u8,
    /// In a ready queue.
    pub(crate) queued: bool,
    /// Kernel-side work goes on in slices when the thread is picked.
    pub(crate) resume: Resume,
    /// The effects of the batch it waits in are done: it only receives.
    pub(crate) receiving: Option<Receiving>,
    pub(crate) run_time: u64,
    pub(crate) nodes: ThreadNodes,
}

/// Where the messages go that a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiving {
    /// Whose.
    pub(crate) scheme: SchemeKey,
    /// Address of the array, and how many it holds.
    pub(crate) array: u64,
    pub(crate) capacity: u32,
}

/// What picking a ready thread means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resume {
    /// Return to user code.
    User,
    /// Enter the latched call again: what it waited for may be true now.
    Retry,
}

impl Thread {
    /// Nothing of the thread itself keeps it from running; its group may.
    pub(crate) fn may_run(&self) -> bool {
        self.state == State::Ready && self.reasons.is_empty() && self.report.is_none()
    }

    /// Its call waits.
    #[inline]
    pub(crate) fn begin_wait(&mut self, tag: u64, wait: Wait) {
        self.pending = Some(Pending { tag, wait, interrupted: None });
        self.state = State::Waiting;
    }

    /// Its call has this outcome.
    #[inline]
    pub(crate) fn end_wait(&mut self, outcome: Outcome) {
        self.pending = None;
        self.outcome = Some(outcome);
        (self.state, self.resume) = (State::Ready, Resume::User);
    }

    /// The common way back to user code: the result of a call goes into the frame, if there is one, and nothing else is
    /// owed. False leaves all to the ordinary way (`due`).
    #[inline]
    pub(crate) fn returns_plainly(&mut self, group: &Group) -> bool {
        if self.resume == Resume::Retry || self.note.is_some() || !self.due.is_empty() {
            return false;
        }
        match self.outcome {
            None => self.phase == Phase::User,
            Some(Outcome::Result(raw)) if !group.armed.contains(Causes::CALL_EXIT) => {
                self.outcome = None;
                self.context.registers.rax = raw as u64;
                self.result = raw;
                self.phase = Phase::User;
                true
            }
            Some(_) => false,
        }
    }

    /// Stepping over SYSCALL: the trap is owed from here on and reported after the body, before the exit stop
    /// (FreeBSD amd64 trap.c, amd64_syscall). A trap flag that the kernel set for a debugger goes away with it.
    pub(crate) fn owe_step(&mut self) {
        let registers = &mut self.context.registers;
        if self.stepping {
            self.stepping = false;
            registers.rflags &= !RFLAGS_TF;
        }
        self.due.trap = Some(StopRecord::new(Cause::Step, [DR6_BS, registers.rip]));
    }

    /// The thread is in a system call whose arguments are worth showing.
    pub(crate) fn in_call(&self) -> bool {
        self.phase != Phase::User
    }
}
