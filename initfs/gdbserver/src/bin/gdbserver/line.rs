//! The line to the client, and waiting for it and for processes at once.
//!
//! Decides how bytes are read (all that are there) and written (all, waiting for room). Main types: [`Line`], [`News`].
//! Neighbours: `proc` subscribes its event files to the same queue; runtime::event.

use crate::options::Place;
use alloc::vec::Vec;
use proc_abi::id::Pid;
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::{CloseOnExec, File, OpenFlags};
use runtime::{Error, Result};

/// What the queue says for the port; for an event file it is the pid, which is never 0.
const PORT: usize = 0;

/// Bytes that are read at once: what the kernel keeps.
const CHUNK: usize = 4096;

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The client sent something.
    Bytes,
    /// A process may have something to tell.
    Process(Pid),
}

/// The open port.
#[derive(Debug)]
pub(crate) struct Line {
    port: File,
    queue: EventQueue,
    /// Tells when there is room to write.
    room: EventQueue,
}

impl Line {
    /// Opens the second serial port, or takes the open file, which programs that are started do not get.
    pub(crate) fn open(place: Place) -> Result<Self> {
        let port = match place {
            Place::Serial => {
                File::open("serial:1", OpenFlags::READ_WRITE | OpenFlags::NONBLOCK | OpenFlags::CLOSE_ON_EXEC)?
            }
            Place::Descriptor(number) => {
                let file = File::from_descriptor(number);
                file.set_close_on_exec(CloseOnExec::Yes)?;
                file.set_flags(OpenFlags::NONBLOCK)?;
                file
            }
        };
        let (queue, room) = (EventQueue::new()?, EventQueue::new()?);
        queue.subscribe(&port, Readiness::READ, PORT)?;
        room.subscribe(&port, Readiness::WRITE, PORT)?;
        Ok(Self { port, queue, room })
    }

    /// The queue that [`Line::wait`] waits at.
    pub(crate) fn queue(&self) -> &EventQueue {
        &self.queue
    }

    /// Waits for news; bytes are put into `buffer`.
    pub(crate) fn wait(&self, buffer: &mut Vec<u8>) -> Result<News> {
        loop {
            let mut events = [Event::default(); 1];
            let [event] = self.queue.wait(&mut events)? else { continue };
            if event.data != PORT {
                match i32::try_from(event.data).ok().and_then(Pid::new) {
                    Some(pid) => return Ok(News::Process(pid)),
                    None => continue,
                }
            }
            self.read(buffer)?;
            if !buffer.is_empty() {
                return Ok(News::Bytes);
            }
        }
    }

    /// Reads all that is there.
    fn read(&self, buffer: &mut Vec<u8>) -> Result<()> {
        buffer.clear();
        loop {
            let start = buffer.len();
            buffer.try_reserve(CHUNK)?;
            buffer.resize(start.saturating_add(CHUNK), 0);
            let read = self.port.read(buffer.get_mut(start..).unwrap_or_default());
            buffer.truncate(start.saturating_add(*read.as_ref().unwrap_or(&0)));
            match read {
                Err(Error::EAGAIN) => return Ok(()),
                // A client at a pipe is gone; the port has no end.
                Ok(0) => return Err(Error::EPIPE),
                Ok(_) | Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes everything.
    pub(crate) fn send(&self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.port.write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(Error::EAGAIN) => drop(self.room.wait(&mut [Event::default()])?.len()),
                Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
