//! Waiting for a kernel object: who is woken when a pipe, a queue or a line changes.
//!
//! Decides that every waiter of a list is woken and tries its call again; who comes too late waits again. Main types:
//! [`WaitList`], [`WaitPlace`]. Neighbours: `complete` (begin_wait, wake), the objects that own the lists.
//!
//! An entry names a pending call by its tag. A call that ended some other way leaves its entry behind: waking it does
//! nothing, and a full list drops such entries before it grows.

use alloc::vec::Vec;

use super::event::QueueKey;
use super::pipe;
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::memory::OutOfMemory;
use crate::pending::Wait;
use crate::seam::{Machine, SerialPort};
use crate::slab::Slab;
use crate::thread::{Thread, ThreadKey};

/// A pending call that waits somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiter {
    pub(crate) thread: ThreadKey,
    pub(crate) tag: u64,
}

impl Waiter {
    /// The call has not ended yet.
    pub(crate) fn is_live(&self, threads: &Slab<Thread>) -> bool {
        let pending = threads.get(self.thread).and_then(|thread| thread.pending.as_ref());
        pending.is_some_and(|pending| pending.tag == self.tag)
    }
}

/// The calls that wait for one thing.
#[derive(Debug, Default)]
pub(crate) struct WaitList {
    waiters: Vec<Waiter>,
}

impl WaitList {
    /// Makes room for one more.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self, threads: &Slab<Thread>) -> Result<(), OutOfMemory> {
        if self.waiters.len() == self.waiters.capacity() {
            self.waiters.retain(|waiter| waiter.is_live(threads));
        }
        self.waiters.try_reserve(1).map_err(|_| OutOfMemory)
    }

    /// Adds a waiter in room that was reserved.
    pub(crate) fn push(&mut self, waiter: Waiter) {
        self.waiters.push(waiter);
    }

    fn pop(&mut self) -> Option<Waiter> {
        self.waiters.pop()
    }
}

/// What a call on a kernel object can wait for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WaitPlace {
    /// Bytes for this end of a pipe.
    PipeData(pipe::End),
    /// Room for bytes that go to this end of a pipe.
    PipeRoom(pipe::End),
    /// An event.
    Events(QueueKey),
    /// Bytes from a line.
    SerialData(SerialPort),
    /// Room for bytes that go to a line.
    SerialRoom(SerialPort),
}

impl<M: Machine> Core<M> {
    /// Makes the current call of `key` wait; it is tried again after [`Self::wake_all`] of the same place.
    ///
    /// # Errors
    /// ENOMEM; EBADF if the object is gone.
    pub(crate) fn wait_at(&mut self, key: ThreadKey, place: WaitPlace) -> Served {
        let (list, threads) = self.wait_list(place).ok_or(Errno::EBADF)?;
        list.reserve(threads)?;
        let tag = self.begin_wait(key, Wait::Object);
        if let Some((list, _)) = self.wait_list(place) {
            list.push(Waiter { thread: key, tag });
        }
        Ok(Done::Wait)
    }

    /// Lets everybody who waits there try again. Newest first: each goes to the front of its ready queue, so that the
    /// one who waited longest runs first.
    pub(crate) fn wake_all(&mut self, place: WaitPlace) {
        while let Some(waiter) = self.wait_list(place).and_then(|(list, _)| list.pop()) {
            self.wake(waiter.thread, waiter.tag);
        }
    }

    fn wait_list(&mut self, place: WaitPlace) -> Option<(&mut WaitList, &Slab<Thread>)> {
        let list = match place {
            WaitPlace::PipeData(end) => &mut self.pipes.get_mut(end.pipe)?.half_mut(end.side).readers,
            WaitPlace::PipeRoom(end) => &mut self.pipes.get_mut(end.pipe)?.half_mut(end.side).writers,
            WaitPlace::Events(queue) => &mut self.queues.get_mut(queue)?.readers,
            WaitPlace::SerialData(port) => &mut self.files.line_mut(port).readers,
            WaitPlace::SerialRoom(port) => &mut self.files.line_mut(port).writers,
        };
        Some((list, &self.threads))
    }
}
