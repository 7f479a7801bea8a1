//! The line to the client, and waiting for it and for processes at once.
//!
//! Decides how bytes are read (as they are there) and written (all, waiting for room). Main types: [`Line`], [`News`].
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
    /// The client sent so many bytes.
    Bytes(usize),
    /// A process may have something to tell.
    Process(Pid),
}

/// The open port.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    port: File,
    queue: &'a EventQueue,
    /// Tells when there is room to write.
    room: EventQueue,
    /// What was read last.
    buffer: Vec<u8>,
    /// It was full: there may be more, of which the queue does not tell.
    full: bool,
}

impl<'a> Line<'a> {
    /// Opens the second serial port, or takes the open file, which programs that are started do not get. News come by `queue`.
    pub(crate) fn open(place: Place, queue: &'a EventQueue) -> Result<Self> {
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
        let room = EventQueue::new()?;
        queue.subscribe(&port, Readiness::READ, PORT)?;
        room.subscribe(&port, Readiness::WRITE, PORT)?;
        Ok(Self { port, queue, room, buffer: alloc::vec![0; CHUNK], full: false })
    }

    /// Waits for news.
    pub(crate) fn wait(&mut self) -> Result<News> {
        if self.full
            && let Some(news) = self.poll()?
        {
            return Ok(news);
        }
        loop {
            let mut events = [Event::default(); 1];
            let [event] = self.queue.wait(&mut events)? else { continue };
            if event.data != PORT {
                match i32::try_from(event.data).ok().and_then(Pid::new) {
                    Some(pid) => return Ok(News::Process(pid)),
                    None => continue,
                }
            }
            if let Some(news) = self.poll()? {
                return Ok(news);
            }
        }
    }

    /// Bytes that are there, if any are. The queue tells of those that come after a read that left room.
    pub(crate) fn poll(&mut self) -> Result<Option<News>> {
        loop {
            let read = self.port.read(&mut self.buffer);
            self.full = read == Ok(CHUNK);
            match read {
                // A client at a pipe is gone; the port has no end.
                Ok(0) => return Err(Error::EPIPE),
                Ok(count) => return Ok(Some(News::Bytes(count))),
                Err(Error::EAGAIN) => return Ok(None),
                Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What was read, so many bytes.
    pub(crate) fn bytes(&self, count: usize) -> &[u8] {
        self.buffer.get(..count).unwrap_or_default()
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
