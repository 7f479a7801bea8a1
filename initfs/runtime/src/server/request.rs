//! One request as a server sees it: who asks, about which open file, with which buffer.
//!
//! Decides how the words of a message are named. Main type: [`Request`]. Neighbours: `kernel_abi::message` (the layout),
//! `dispatch` (makes requests), `context` (replies by tag).

use crate::error::{Error, Result};
use crate::file::OpenFlags;
use crate::server::{Answer, Removed};
use crate::socket::Socket;
use alloc::vec::Vec;
use kernel_abi::message::{Message, Slot};
use kernel_abi::redox::flag::{AT_REMOVEDIR, O_APPEND, O_NONBLOCK};
use proc_abi::badge::Badge;

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    socket: &'a Socket,
    message: &'a Message,
    inline: &'a [u8],
}

impl<'a> Request<'a> {
    pub(super) fn new(socket: &'a Socket, slot: &'a Slot) -> Self {
        let length = usize::try_from(slot.message.inline).unwrap_or(usize::MAX).min(slot.payload.len());
        Self { socket, message: &slot.message, inline: slot.payload.get(..length).unwrap_or_default() }
    }

    /// Names the call in [`super::Context::reply`].
    #[must_use]
    pub fn tag(&self) -> u64 {
        self.message.tag
    }

    /// The server's number of the open file; 0 for the scheme's root.
    #[must_use]
    pub fn handle(&self) -> u64 {
        self.message.handle
    }

    /// Length of the client's buffer.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.message.length
    }

    /// Who the client is.
    #[must_use]
    pub fn badge(&self) -> Badge {
        Badge::from_raw(self.message.badge)
    }

    /// The kernel's id of the client's group, which is never used again for another.
    #[must_use]
    pub fn group(&self) -> u64 {
        self.message.group
    }

    /// The kernel's id of the client's thread.
    #[must_use]
    pub fn thread(&self) -> u64 {
        self.message.thread
    }

    /// The client wants EAGAIN instead of waiting (reads and writes).
    #[must_use]
    pub fn is_nonblocking(&self) -> bool {
        self.word(1) & O_NONBLOCK as u64 != 0
    }

    /// The client opened the file for appending (writes).
    #[must_use]
    pub fn is_appending(&self) -> bool {
        self.word(1) & O_APPEND as u64 != 0
    }

    /// Copies all of the client's buffer in.
    ///
    /// # Errors
    /// EFAULT, ENOMEM; EINVAL if it is longer than `limit`.
    pub fn copy_in_all(&self, limit: usize) -> Result<Vec<u8>> {
        let length = usize::try_from(self.length()).ok().filter(|&length| length <= limit).ok_or(Error::EINVAL)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length)?;
        bytes.resize(length, 0);
        self.copy_in(0, &mut bytes)?;
        Ok(bytes)
    }

    /// Fills `into` from the client's buffer at `offset`; bytes that came with the message cost no kernel call.
    ///
    /// # Errors
    /// EFAULT, also where the buffer ends before `into` is full.
    pub fn copy_in(&self, offset: usize, into: &mut [u8]) -> Result<()> {
        let end = offset.checked_add(into.len()).ok_or(Error::EFAULT)?;
        if let Some(bytes) = self.inline.get(offset..end) {
            into.copy_from_slice(bytes);
            return Ok(());
        }
        let wanted = into.len();
        let copied = self.socket.copy_in(self.tag(), offset as u64, into)?;
        if copied == wanted { Ok(()) } else { Err(Error::EFAULT) }
    }

    /// Answers a read with `bytes`, cut to the client's buffer.
    #[must_use]
    pub fn answer_bytes(&self, bytes: &[u8]) -> Answer {
        let length = usize::try_from(self.length()).unwrap_or(usize::MAX).min(bytes.len());
        let Some(bytes) = bytes.get(..length).filter(|bytes| !bytes.is_empty()) else { return Answer::Value(0) };
        self.socket.copy_out(self.tag(), 0, bytes).map(|_| length).into()
    }

    pub(super) fn word(&self, index: usize) -> u64 {
        self.message.words.get(index).copied().unwrap_or(0)
    }

    pub(super) fn open_flags(&self) -> OpenFlags {
        OpenFlags::from_bits_truncate(usize::try_from(self.word(0)).unwrap_or(0))
    }

    pub(super) fn removed(&self) -> Removed {
        if self.word(0) & AT_REMOVEDIR as u64 == 0 { Removed::File } else { Removed::Directory }
    }

    /// The path or name that the request is about, in `buffer`.
    pub(super) fn name<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8]> {
        let length = usize::try_from(self.length()).map_err(|_| Error::ENAMETOOLONG)?;
        let place = buffer.get_mut(..length).ok_or(Error::ENAMETOOLONG)?;
        self.copy_in(0, place)?;
        Ok(place)
    }
}
