//! Reads and writes of event queues: events out, subscriptions in, as Redox's `Event` records.
//!
//! Decides which files can be watched: queues, sockets and handles on targets cannot (EINVAL). A write of several records
//! is short at the first that is wrong or that a server has to answer. Neighbours: `event`, `event/source`, `reply`.

use kernel_abi::redox::data::Event;
use kernel_abi::redox::flag::EventFlags;
use kernel_abi::redox::schemev2::Opcode;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{EventQueue, Interest, QueueKey, Watcher};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::wait::WaitPlace;
use crate::file::{DescriptionKey, Object, TRANSFER};
use crate::pending::{After, Direction, Outcome};
use crate::request::Request;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Redox's `Event` as bytes.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Record {
    id: u64,
    flags: u64,
    data: u64,
}

const RECORD: u64 = size_of::<Record>() as u64;
const _: () = assert!(size_of::<Record>() == size_of::<Event>());

/// Most records that one write can bring.
const RECORDS: u64 = 256;

/// How one record of a write ended.
enum Written {
    /// The subscription is made or ended.
    Done,
    /// A server is asked first.
    Asked,
}

impl<M: Machine> Core<M> {
    /// An event queue for a new open file.
    ///
    /// # Errors
    /// ENOMEM.
    pub(in crate::file) fn make_queue(&mut self) -> Result<Object, Errno> {
        Ok(Object::Events(self.queues.insert(EventQueue::default())?))
    }

    /// Read of a queue: waits for at least one event.
    pub(in crate::file) fn read_events(
        &mut self,
        key: ThreadKey,
        queue: QueueKey,
        buffer: (u64, u64),
        nonblocking: bool,
    ) -> Served {
        let (address, length) = (buffer.0, buffer.1.min(TRANSFER));
        if length < RECORD {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let mut done = 0_u64;
        while done.saturating_add(RECORD) <= length {
            let Some((interest, flags)) = self.queues.get_mut(queue).ok_or(Errno::EBADF)?.front() else {
                break;
            };
            let record = Record { id: interest.id, flags: flags.bits() as u64, data: interest.data };
            if let Err(errno) = self.copy_out(space, address.saturating_add(done), record.as_bytes()) {
                return if done == 0 { Err(errno) } else { Ok(Done::Value(done as usize)) };
            }
            if let Some(queue) = self.queues.get_mut(queue) {
                queue.pop();
            }
            done = done.saturating_add(RECORD);
        }
        match done {
            0 if nonblocking => Err(Errno::EAGAIN),
            0 => self.wait_at(key, WaitPlace::Events(queue)),
            _ => Ok(Done::Value(done as usize)),
        }
    }

    /// Write to a queue: subscribes, or unsubscribes where a record has no flags.
    pub(in crate::file) fn write_events(
        &mut self,
        key: ThreadKey,
        description: DescriptionKey,
        queue: QueueKey,
        buffer: (u64, u64),
    ) -> Served {
        let (address, length) = buffer;
        if length == 0 || !length.is_multiple_of(RECORD) {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let count = length.checked_div(RECORD).unwrap_or_default().min(RECORDS);
        let mut done = 0_u64;
        for _ in 0..count {
            let mut record = Record::default();
            let written = self
                .copy_in(space, address.saturating_add(done), record.as_mut_bytes())
                .and_then(|()| self.write_event(key, (description, queue), &record, done == 0));
            match written {
                Ok(Written::Done) => done = done.saturating_add(RECORD),
                Ok(Written::Asked) if done == 0 => return Ok(Done::Wait),
                Ok(Written::Asked) => break,
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        Ok(Done::Value(done as usize))
    }

    /// One record. A server is asked only for the `first` of a write, whose answer is then the answer of the call.
    fn write_event(
        &mut self,
        key: ThreadKey,
        queue: (DescriptionKey, QueueKey),
        record: &Record,
        first: bool,
    ) -> Result<Written, Errno> {
        let source = self.description_of(key, usize::try_from(record.id).map_err(|_| Errno::EBADF)?)?;
        let wanted = EventFlags::from_bits(record.flags as usize).ok_or(Errno::EINVAL)?;
        if wanted.is_empty() {
            self.unsubscribe(queue.1, source);
            return Ok(Written::Done);
        }
        let interest = Interest { id: record.id, data: record.data, wanted };
        match self.descriptions.get(source).ok_or(Errno::EBADF)?.object {
            Object::Events(_) | Object::Socket(_) | Object::Target(_) => Err(Errno::EINVAL),
            Object::Scheme { .. } if !first => Ok(Written::Asked),
            Object::Scheme { scheme, handle, .. } => {
                self.subscribe(queue.1, source, interest)?;
                let words = [self.wanted_of(source).bits() as u64, 0, 0, 0, 0, 0, 0, 0];
                self.ask_readiness(key, (queue.0, source), (scheme, handle), words)?;
                Ok(Written::Asked)
            }
            Object::Pipe(_)
            | Object::Memory(_)
            | Object::Timer(_)
            | Object::Serial(_)
            | Object::Log
            | Object::System(_) => {
                self.subscribe(queue.1, source, interest)?;
                let ready = self.readiness(source);
                self.raise(queue.1, source, ready);
                Ok(Written::Done)
            }
        }
    }

    /// Asks a server what is ready now; both descriptions are held until it answers.
    fn ask_readiness(
        &mut self,
        key: ThreadKey,
        (queue, source): (DescriptionKey, DescriptionKey),
        (scheme, handle): (crate::scheme::SchemeKey, u64),
        words: [u64; 8],
    ) -> Result<(), Errno> {
        let after = After::Subscribe { queue, source };
        let request =
            Request { scheme, handle, opcode: Opcode::Fevent, buffer: (0, 0), direction: Direction::In, words, after };
        let held = self
            .retain_description(queue)
            .and_then(|()| self.retain_description(source).inspect_err(|_| self.release_description(queue)));
        if let Err(errno) = held {
            self.unsubscribe_description(queue, source);
            return Err(errno);
        }
        if let Err(errno) = self.request(key, request) {
            self.drop_subscription((queue, source));
            return Err(errno);
        }
        Ok(())
    }

    /// The server answered what is ready: the write of the subscription is done.
    pub(crate) fn finish_subscription(
        &mut self,
        (queue, source): (DescriptionKey, DescriptionKey),
        ready: usize,
    ) -> Outcome {
        if let Some(Object::Events(events)) = self.descriptions.get(queue).map(|entry| entry.object) {
            self.raise(events, source, EventFlags::from_bits_truncate(ready));
        }
        self.release_description(queue);
        self.release_description(source);
        Outcome::Result(RECORD as usize)
    }

    /// The server refused, or the call ended without it: no subscription.
    pub(crate) fn drop_subscription(&mut self, (queue, source): (DescriptionKey, DescriptionKey)) {
        self.unsubscribe_description(queue, source);
        self.release_description(queue);
        self.release_description(source);
    }

    fn unsubscribe_description(&mut self, queue: DescriptionKey, source: DescriptionKey) {
        if let Some(Object::Events(events)) = self.descriptions.get(queue).map(|entry| entry.object) {
            self.unsubscribe(events, source);
        }
    }

    /// The last reference to the queue is gone.
    pub(in crate::file) fn close_queue(&mut self, queue: QueueKey) {
        self.wake_all(WaitPlace::Events(queue));
        if let Some(closed) = self.queues.remove(queue) {
            for source in closed.subscriptions.keys() {
                self.remove_watcher(*source, Watcher::Queue(queue));
            }
        }
    }

    fn unsubscribe(&mut self, queue: QueueKey, source: DescriptionKey) {
        if self.queues.get_mut(queue).is_some_and(|queue| queue.unsubscribe(source)) {
            self.remove_watcher(source, Watcher::Queue(queue));
        }
    }

    fn subscribe(&mut self, queue: QueueKey, source: DescriptionKey, interest: Interest) -> Result<(), Errno> {
        self.queues.get_mut(queue).ok_or(Errno::EBADF)?.reserve()?;
        self.reserve_watcher(source)?;
        if self.queues.get_mut(queue).is_some_and(|queue| queue.subscribe(source, interest)) {
            self.add_watcher(source, Watcher::Queue(queue));
        }
        Ok(())
    }
}
