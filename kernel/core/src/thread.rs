//! Threads: a parked user frame, a run state, and apart from it the reasons not to run.
//!
//! Decides what a thread is while it does not run, and when it may. Main types: [`Thread`], [`State`], [`Latched`], [`Due`].
//! Neighbours: `pending` (the call it is in), `due` (what it owes on the way back), `suspend` (who changes the reasons).
//!
//! Wakes change only `state`, stop verbs change only `reasons`: a wake during a stop is never lost and a stop never wakes.

use kernel_abi::registers::Registers;
use kernel_abi::stop::{Cause, PostCall, Reasons};

use crate::group::GroupKey;
use crate::inbox::Node;
use crate::pending::{Interruption, Note, Outcome, Pending};
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

/// What is owed to a thread before its next user instruction, apart from `reasons`; see `due` for the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    /// Report ThreadExit, then die; word 0 of that report.
    pub(crate) retire: Option<u64>,
    /// Report a fault, breakpoint or step.
    pub(crate) trap: Option<StopRecord>,
    /// Report CallExit or ThreadStart with the server's orders.
    pub(crate) post_call: Option<PostCall>,
    /// The server's word for that report.
    pub(crate) post_word: u64,
    /// Report PostHold once the hold is over.
    pub(crate) post_hold: bool,
    /// Report Boundary.
    pub(crate) boundary: bool,
}

impl Due {
    /// Nothing is owed.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
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

    /// The thread is in a system call whose arguments are worth showing.
    pub(crate) fn in_call(&self) -> bool {
        self.phase != Phase::User
    }
}
