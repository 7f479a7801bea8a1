//! What a scheme server receives: one ordered inbox of 128-byte messages, each with a slot for a small payload.
//!
//! Decides the wire layout of requests, process calls, reports and deaths. Main types: [`Message`], [`Slot`], [`Kind`].
//! Neighbours: `effect` (what goes back in the same kernel call), `verb::Batch`, `kernel-core::scheme`.

use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// Bytes of payload that come along with a message.
pub const INLINE_PAYLOAD: usize = 256;

/// The word of a process call that is 1 if its server waited for messages and there was no other: nobody runs while it works
/// on this one, so it need not be told of anybody's stop. 0: others may wait.
pub const ALONE_WORD: usize = 6;

/// Bit of a native group's status after an exception; the vector is below.
pub const NATIVE_FAULT: u64 = 1 << 32;

/// A native group's status after the kernel ended it because it kept the processor and took no message.
pub const NATIVE_HUNG: u64 = 1 << 33;

/// What a message is about; the value of [`Message::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// A client's request on this scheme: `number` is the redox_syscall `Opcode`, `handle` the server's number of the open
    /// file (0 for OpenAt at the root), `length` the client's buffer, words as listed at [`Message::words`]. Needs an answer.
    Request = 1,
    /// A process call: `number` is FreeBSD's, words 0 to 5 the arguments. Needs an answer.
    ProcessCall = 2,
    /// A thread is parked and waits for RESUME: `number` is the `stop::Cause`, words are the stop record.
    Report = 3,
    /// Every thread of `group` is parked or waiting under a stop that this server asked for; word 0 is the stop epoch.
    Stopped = 4,
    /// `thread` is gone; word 0 is its group's status, as in GroupDead.
    ThreadDead = 5,
    /// The last thread of `group` is gone and its space and descriptors are released; word 0 is the native exit status,
    /// [`NATIVE_FAULT`] and the vector after an exception that nobody could take, or [`NATIVE_HUNG`].
    GroupDead = 6,
    /// A deadline set with effect TIMER passed: word 0 is its cookie.
    Timer = 7,
    /// A watched descriptor of the server is ready: word 0 is the cookie, word 1 the event flags.
    Ready = 8,
    /// A kernel job ended: word 0 is its cookie, word 1 an errno or 0.
    Job = 9,
    /// The client no longer wants the call with this `tag`: answer it soon, with EINTR or with what was done so far.
    Cancel = 10,
    /// The last descriptor of `handle` was closed. Takes no answer.
    Closed = 11,
    /// The bond of a session fired, or its last control handle was closed: word 0 is the session, word 1 the policy.
    SessionLost = 12,
    /// `group` was run by its tracer without the server since its latest message: `number` is the cause of the latest stop or
    /// `u32::MAX` for none, words its record, `handle` is 1 if it runs (the server has it from now on), `length` the stop epoch.
    Delegated = 13,
}

impl Kind {
    /// The kind with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::Request,
            2 => Self::ProcessCall,
            3 => Self::Report,
            4 => Self::Stopped,
            5 => Self::ThreadDead,
            6 => Self::GroupDead,
            7 => Self::Timer,
            8 => Self::Ready,
            9 => Self::Job,
            10 => Self::Cancel,
            11 => Self::Closed,
            12 => Self::SessionLost,
            13 => Self::Delegated,
            _ => return None,
        })
    }
}

/// One message, 128 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Message {
    /// A [`Kind`].
    pub kind: u32,
    /// Opcode, process call or stop cause, by kind.
    pub number: u32,
    /// Names the pending call in answers and copies; 0 where nothing is to be answered.
    pub tag: u64,
    /// Kernel id of the calling or reported thread.
    pub thread: u64,
    /// Kernel id of its group.
    pub group: u64,
    /// What the process server set for the group (`proc_abi::badge`); 0 for native groups.
    pub badge: u64,
    /// The server's own number of the open file.
    pub handle: u64,
    /// Length of the client's buffer or path.
    pub length: u64,
    /// Bytes of the client's buffer that are in the slot already.
    pub inline: u64,
    /// By opcode: OpenAt, UnlinkAt: flags. Read, Write: offset, flags. Fevent: wanted flags. Fcntl: command, argument. Fmap (MmapPrep):
    /// offset, length, map flags. Call: metadata words 0 to 2. Process calls: their arguments, and
    /// [`ALONE_WORD`]. By kind otherwise.
    pub words: [u64; 8],
}

const _: () = assert!(size_of::<Message>() == 128);

/// A message and its payload as they lie in the server's inbox array, 384 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Slot {
    /// The message.
    pub message: Message,
    /// The first `message.inline` bytes of the payload; the rest of the slot keeps what it held.
    pub payload: [u8; INLINE_PAYLOAD],
}

const _: () = assert!(size_of::<Slot>() == 384);

impl Default for Slot {
    fn default() -> Self {
        Self::new_zeroed()
    }
}
