//! One process and its open files.
//!
//! Decides that files are opened once, and that waiting is asking and then waiting at a queue, so that one
//! handle on `event` serves both those who wait and those who poll. Main types: [`Open`], [`Kinship`]. Neighbours: `proc`,
//! `start`; `go` lets it run.

use super::go::Stand;
use alloc::vec::Vec;
use gdbserver::system::Change;
use proc_abi::id::{Pid, Tid};
use proc_abi::path::ThreadFile;
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::{File, OpenFlags};
use runtime::proc::run::Run;
use runtime::proc::state::Memory;
use runtime::proc::{Control, Events, open_thread};
use runtime::{Error, Result};

/// Whether the process is a child, which must be waited for in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinship {
    /// It is.
    Child,
    /// It is not.
    Stranger,
}

/// A process.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) pid: Pid,
    pub(super) kinship: Kinship,
    pub(super) control: Control,
    pub(super) run: Run,
    events: Events,
    /// Tells of news to who waits for this process alone.
    news: EventQueue,
    pub(super) memory: Memory,
    /// Files of threads, opened at their first use.
    files: Vec<(Tid, ThreadFile, File)>,
    /// A stop that came with the order to run.
    pub(super) prompt: Option<Change>,
    /// What is known of it since it stands.
    pub(super) stand: Stand,
}

impl Open {
    /// Opens the files of a traced process.
    pub(super) fn new(pid: Pid, kinship: Kinship, control: Control) -> Result<Self> {
        let run = Run::open(pid)?;
        let events = Events::open(pid, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
        let news = EventQueue::new()?;
        news.subscribe(events.file(), Readiness::READ, 0)?;
        let memory = Memory::open(pid)?;
        let (files, prompt, stand) = (Vec::new(), None, Stand::default());
        Ok(Self { pid, kinship, control, run, events, news, memory, files, prompt, stand })
    }

    /// Has the queue told of news.
    pub(super) fn subscribe(&self, queue: &EventQueue) -> Result<()> {
        let data = usize::try_from(self.pid.raw()).map_err(|_| Error::EINVAL)?;
        queue.subscribe(self.events.file(), Readiness::READ, data)
    }

    /// A file of a thread.
    pub(super) fn thread_file(&mut self, tid: Tid, file: ThreadFile) -> Result<&File> {
        let known = self.files.iter().position(|entry| (entry.0, entry.1) == (tid, file));
        let index = match known {
            Some(index) => index,
            None => {
                self.files.push((tid, file, open_thread(self.pid, tid, file, OpenFlags::READ_WRITE)?));
                self.files.len().saturating_sub(1)
            }
        };
        self.files.get(index).map(|entry| &entry.2).ok_or(Error::ESRCH)
    }

    /// Waits for the next change.
    pub(super) fn wait(&mut self) -> Result<Change> {
        loop {
            if let Some(change) = self.poll()? {
                return Ok(change);
            }
            match self.news.wait(&mut [Event::default()]) {
                Ok(_) | Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next change, if there is one. After a stop there is none before the process runs again.
    pub(super) fn poll(&mut self) -> Result<Option<Change>> {
        if let Some(change) = self.prompt.take() {
            return Ok(Some(change));
        }
        loop {
            match self.events.next() {
                Ok(Some(record)) => {
                    if let Some(change) = Change::read(self.pid, &record)? {
                        self.stand = Stand::told(&change);
                        return Ok(Some(change));
                    }
                }
                Ok(None) => return Err(Error::ESRCH),
                Err(Error::EAGAIN) => return Ok(None),
                Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
