//! Waiting for one of many descriptors: the kernel's event queue.
//!
//! Decides nothing of its own; an event names what the subscriber chose as `data`. Main types: [`EventQueue`], [`Event`].
//! Neighbours: `file` (what is waited for), `time::Timer` (waiting with a deadline).

use crate::error::Result;
use crate::file::{File, OpenFlags};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags::bitflags! {
    /// What a descriptor is ready for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Readiness: usize {
        /// A read would not wait.
        const READ = 1;
        /// A write would not wait.
        const WRITE = 2;
    }
}

/// Redox's `Event`, 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Event {
    /// The descriptor.
    pub descriptor: usize,
    /// [`Readiness`] bits.
    pub flags: usize,
    /// What was given with the subscription.
    pub data: usize,
}

const _: () = assert!(size_of::<Event>() == size_of::<kernel_abi::redox::data::Event>());

impl Event {
    /// What the descriptor is ready for.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness::from_bits_truncate(self.flags)
    }
}

/// A queue of events.
#[derive(Debug)]
pub struct EventQueue(File);

impl EventQueue {
    /// An empty queue.
    ///
    /// # Errors
    /// EMFILE, ENOMEM.
    pub fn new() -> Result<Self> {
        File::open("event:", OpenFlags::READ_WRITE | OpenFlags::CLOSE_ON_EXEC).map(Self)
    }

    /// Reports `file`'s readiness from now on, with `data`; no flags end the subscription.
    ///
    /// # Errors
    /// As the kernel or the file's server refuses it.
    pub fn subscribe(&self, file: &File, readiness: Readiness, data: usize) -> Result<()> {
        let event = Event { descriptor: file.descriptor(), flags: readiness.bits(), data };
        self.0.write(event.as_bytes()).map(drop)
    }

    /// Waits for events; gives those that arrived, at most as many as `events` holds.
    ///
    /// # Errors
    /// EINTR if a signal was handled.
    pub fn wait<'a>(&self, events: &'a mut [Event]) -> Result<&'a [Event]> {
        let length = self.0.read(events.as_mut_bytes())?;
        let count = length.checked_div(size_of::<Event>()).unwrap_or(0);
        Ok(events.get(..count).unwrap_or_default())
    }

    /// The queue's own descriptor: it can be polled in turn.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0
    }
}
