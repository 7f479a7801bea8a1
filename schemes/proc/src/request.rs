//! One request on the scheme as the server sees it, and what it may be answered.
//!
//! Decides how the words of a message are named and which effect an answer becomes. Main types: [`Request`], [`Answer`].
//! Neighbours: `server` makes requests out of messages, `serve` answers them, `kernel_abi::message` has the layout.

use kernel_abi::effect::{Effect, EffectVerb, OPEN_POSITIONED, ObjectKind};
use kernel_abi::encode_result;
use kernel_abi::message::{Message, Slot};
use kernel_abi::redox::flag::O_NONBLOCK;
use kernel_abi::redox::schemev2::Opcode;
use proc_abi::badge::Badge;
use proc_abi::id::Pid;
use ptrace::{Errno, Result};
use runtime::file::OpenFlags;

use crate::verbs::Verbs;

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    message: &'a Message,
    inline: &'a [u8],
}

/// Who keeps the offset of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The kernel.
    Kept,
    /// Nobody: the file is a stream.
    None,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This value.
    Value(usize),
    /// A new open file with our number for it.
    Opened(u64, Position),
    /// The kernel's own handle: kind, thread or group, session (0 for none), rights.
    Object(ObjectKind, u64, u64, u64),
    /// This many bytes of those that go out, which the kernel puts into the caller's buffer.
    Filled(Fill),
    /// Not yet.
    Later,
}

/// Bytes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    /// How many.
    pub(crate) length: usize,
    /// Where they begin among those that go out.
    pub(crate) offset: usize,
    /// The thread whose registers the kernel puts over them, and where; 0 for none.
    pub(crate) registers: (u64, usize),
    /// The open file that asked.
    pub(crate) number: u64,
}

/// The effect that answers `tag`; none if the answer comes later.
#[must_use]
pub(crate) fn effect(tag: u64, answer: Result<Answer>) -> Option<Effect> {
    let record = |verb, first: u64, rest: [u64; 3]| {
        let [second, third, fourth] = rest;
        Some(Effect { verb: verb as u32, flags: 0, target: tag, words: [first, second, third, fourth, 0, 0] })
    };
    match answer {
        Ok(Answer::Value(value)) => record(EffectVerb::Reply, value as u64, [0; 3]),
        Ok(Answer::Opened(number, position)) => {
            let bits = if position == Position::Kept { OPEN_POSITIONED } else { 0 };
            record(EffectVerb::ReplyOpen, number, [bits, 0, 0])
        }
        Ok(Answer::Object(kind, target, session, rights)) => {
            record(EffectVerb::ReplyObject, kind as u64, [target, session, rights])
        }
        Ok(Answer::Filled(Fill { length, offset, registers: (thread, place), number })) => {
            let words = [length as u64, offset as u64, thread, place as u64, number, 0];
            Some(Effect { verb: EffectVerb::ReplyFill as u32, flags: 0, target: tag, words })
        }
        Ok(Answer::Later) => None,
        Err(errno) => record(EffectVerb::Reply, encode_result(Err(errno.number())) as u64, [0; 3]),
    }
}

impl<'a> Request<'a> {
    /// The request in a slot of the inbox.
    #[must_use]
    pub(crate) fn new(slot: &'a Slot) -> Self {
        let length = usize::try_from(slot.message.inline).unwrap_or(usize::MAX).min(slot.payload.len());
        Self { message: &slot.message, inline: slot.payload.get(..length).unwrap_or_default() }
    }

    /// What is asked.
    #[must_use]
    pub(crate) fn opcode(&self) -> Option<Opcode> {
        u8::try_from(self.message.number).ok().and_then(Opcode::try_from_raw)
    }

    /// Names the call in the answer.
    #[must_use]
    pub(crate) const fn tag(&self) -> u64 {
        self.message.tag
    }

    /// Our number of the open file; 0 for the scheme's root.
    #[must_use]
    pub(crate) const fn handle(&self) -> u64 {
        self.message.handle
    }

    /// Length of the client's buffer.
    #[must_use]
    pub(crate) fn length(&self) -> usize {
        usize::try_from(self.message.length).unwrap_or(usize::MAX)
    }

    /// The calling process; none for a native group.
    #[must_use]
    pub(crate) fn caller(&self) -> Option<Pid> {
        Badge::from_raw(self.message.badge).pid()
    }

    /// One of the words.
    #[must_use]
    pub(crate) fn word(&self, index: usize) -> u64 {
        self.message.words.get(index).copied().unwrap_or(0)
    }

    /// How a file is to be opened.
    #[must_use]
    pub(crate) fn open_flags(&self) -> OpenFlags {
        OpenFlags::from_bits_truncate(usize::try_from(self.word(0)).unwrap_or(0))
    }

    /// The client wants EAGAIN instead of waiting.
    #[must_use]
    pub(crate) fn is_nonblocking(&self) -> bool {
        self.word(1) & O_NONBLOCK as u64 != 0
    }

    /// The first bytes of the caller's buffer, if they came with the message.
    #[must_use]
    pub(crate) fn inline(&self, length: usize) -> Option<&'a [u8]> {
        self.inline.get(..length)
    }

    /// Fills `into` from the start of the client's buffer; what came with the message costs no kernel call.
    ///
    /// # Errors
    /// EFAULT.
    pub(crate) fn copy_in(&self, verbs: &mut impl Verbs, into: &mut [u8]) -> Result<()> {
        if let Some(bytes) = self.inline(into.len()) {
            into.copy_from_slice(bytes);
            return Ok(());
        }
        let wanted = into.len();
        let count = verbs.copy_in(self.tag(), 0, into)?;
        if count == wanted { Ok(()) } else { Err(Errno::EFAULT) }
    }

    /// Answers with `bytes`, cut to the client's buffer.
    ///
    /// # Errors
    /// EFAULT.
    pub(crate) fn answer_bytes(&self, verbs: &mut impl Verbs, bytes: &[u8]) -> Result<Answer> {
        let length = self.length().min(bytes.len());
        let Some(bytes) = bytes.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(Answer::Value(0)) };
        verbs.copy_out(self.tag(), 0, bytes)?;
        Ok(Answer::Value(length))
    }
}
