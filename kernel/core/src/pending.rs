//! The pending call as an object: queued, taken, answered, abandoned; docs/pending-calls.md is its table of states and verbs.
//!
//! Decides what a waiting call is and how an outcome reaches the frame. Main types: [`Pending`], [`Wait`], [`After`],
//! [`Outcome`], [`Note`]. Neighbours: `reply` (answers), `suspend` (interrupt), `file` (waits on kernel objects).

use kernel_abi::redox::schemev2::Opcode;

use crate::file::DescriptionKey;
use crate::scheme::SchemeKey;

/// A call that waits.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    /// Names this call for answers, copies and waiter lists; never used twice.
    pub(crate) tag: u64,
    /// For what.
    pub(crate) wait: Wait,
    /// The process server asked for its end: with a restart (true) or EINTR, if the call has done nothing.
    pub(crate) interrupted: Option<Interruption>,
}

impl Pending {
    /// Making the call anew could do twice what it does: it runs a target, or a server works on a request of its own kind.
    pub(crate) const fn has_begun(&self) -> bool {
        match self.wait {
            Wait::Run => true,
            Wait::Scheme(SchemeWait { taken, ask: Ask::Request { opcode: Opcode::Call, .. }, .. }) => taken,
            Wait::Scheme(_) | Wait::Inbox | Wait::Object | Wait::Sleep { .. } | Wait::Futex | Wait::Change => false,
        }
    }
}

/// How an interrupted call ends if it has done nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// EINTR.
    Error,
    /// Made again with the same arguments.
    Restart,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// An answer of a scheme server.
    Scheme(SchemeWait),
    /// A message in the caller's own inbox; its batch is done.
    Inbox,
    /// A kernel object: tried again when woken.
    Object,
    /// A time (nanoseconds since boot): the call is over then.
    Sleep { deadline: u64 },
    /// A futex wake or its deadline.
    Futex,
    /// The stop that ends a delegated run.
    Run,
    /// The end of a long change of the map, which a job of the kernel makes.
    Change,
}

/// A call that a server answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SchemeWait {
    pub(crate) scheme: SchemeKey,
    /// The server has received it.
    pub(crate) taken: bool,
    pub(crate) ask: Ask,
    /// The caller's buffer: address and length; (0, 0) if the call has none.
    pub(crate) buffer: (u64, u64),
    pub(crate) direction: Direction,
    pub(crate) after: After,
}

/// What is asked of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// A request on an open file of the scheme.
    Request { opcode: Opcode, handle: u64 },
    /// A process call, by its shown number.
    Process { number: u32 },
}

/// Which copies the server may make through the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The server reads the buffer.
    In,
    /// The server fills the buffer.
    Out,
    /// Both.
    Both,
    /// Any address of the caller (process calls).
    Anywhere,
}

/// What the kernel does with the answer before the caller sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    /// Nothing.
    Plain,
    /// The new open file goes to this descriptor.
    Open { target: usize, flags: usize },
    /// The file offset moves by the result.
    Advance(DescriptionKey),
    /// The memory object is mapped into the caller.
    Map { request: crate::map::Request },
    /// The result is the file's size: the file offset becomes that plus the displacement (SEEK_END).
    Seek { description: DescriptionKey, displacement: i64 },
    /// The result is the ready flags of a new subscription.
    Subscribe { queue: DescriptionKey, source: DescriptionKey },
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// This raw value goes to rax.
    Result(usize),
    /// RIP goes back over SYSCALL, rax holds the number again.
    Restart,
    /// The server set the frame.
    Frame,
}

/// What becomes of a waiting call whose frame a debugger moved away: it applies to a frame with exactly these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// RIP, RSP and RAX as the debugger read them.
    pub(crate) frame: (u64, u64, u64),
    /// How the call ended: its kept result, or a restart or EINTR if it had not ended.
    pub(crate) outcome: Outcome,
    /// The tag of a change that goes on without its call: its result becomes the outcome.
    pub(crate) change: Option<u64>,
}
