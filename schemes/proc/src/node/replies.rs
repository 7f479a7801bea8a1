//! Replies to command records, in order, until somebody takes them.
//!
//! Decides how much waits at most, and that a reply that has room cannot fail. Main type: [`Replies`]. Neighbours: `control`
//! keeps those that nobody has read yet, `combined` those of a call that waits; `proc_abi::command` has the layout.

use alloc::vec::Vec;

use proc_abi::command::{Command, ReplyHeader};
use ptrace::{Errno, Result};
use zerocopy::IntoBytes;

use crate::errno::ENOBUFS;

/// Most bytes of replies that wait to be read.
const REPLIES_MAX: usize = 256 * 1024;
/// Replies are padded to this.
const ALIGNMENT: usize = 8;

/// Replies in the order of their records.
#[derive(Debug, Default)]
pub(crate) struct Replies(Vec<u8>);

impl Replies {
    /// None yet.
    #[must_use]
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// None yet, with room for this many bytes.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn with_room(room: usize) -> Result<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(room).map_err(|_| Errno::ENOMEM)?;
        Ok(Self(bytes))
    }

    /// As they are read.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes replies that were read.
    pub(crate) fn consume(&mut self, count: usize) {
        self.0.drain(..count.min(self.0.len()));
    }

    /// Bytes of the longest reply to a request with this much memory.
    #[must_use]
    pub(crate) const fn longest(memory: usize) -> usize {
        memory.saturating_add(size_of::<ReplyHeader>()).saturating_add(ALIGNMENT)
    }

    /// Makes room for one more reply with this much payload.
    ///
    /// # Errors
    /// ENOBUFS, ENOMEM.
    pub(crate) fn reserve(&mut self, payload: usize) -> Result<()> {
        self.reserve_bytes(Self::longest(payload))
    }

    fn reserve_bytes(&mut self, wanted: usize) -> Result<()> {
        if self.0.len().saturating_add(wanted) > REPLIES_MAX {
            return Err(ENOBUFS);
        }
        self.0.try_reserve(wanted).map_err(|_| Errno::ENOMEM)
    }

    /// Adds a reply, for which there is room.
    pub(crate) fn push(&mut self, command: &Command<'_>, result: Result<i32>, payload: &[u8]) {
        let value = result.map(i64::from).map_err(Errno::number);
        let Some(header) = ReplyHeader::new(&command.header, value, payload.len()) else { return };
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(payload);
        let padded = self.0.len().next_multiple_of(ALIGNMENT);
        self.0.resize(padded, 0);
    }

    /// Adds replies that could not be given to who asked; whether there was room.
    ///
    /// # Errors
    /// ENOBUFS, ENOMEM.
    pub(crate) fn keep(&mut self, replies: &[u8]) -> Result<()> {
        self.reserve_bytes(replies.len())?;
        self.0.extend_from_slice(replies);
        Ok(())
    }
}
