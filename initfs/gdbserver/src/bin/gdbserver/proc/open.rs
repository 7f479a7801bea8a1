//! One process and its open files.
//!
//! Decides that files are opened once and again after exec, and that waiting is asking and then waiting at a queue, so that one
//! handle on `event` serves both those who wait and those who poll. Main types: [`Open`], [`Kinship`]. Neighbours: `proc`, `start`.

use alloc::vec::Vec;
use gdbserver::system::{Change, Stop};
use proc_abi::event::EventFlags;
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::{Pid, Tid};
use proc_abi::path::{ProcessFile, ThreadFile};
use proc_abi::signal::Signal;
use proc_abi::status::ThreadStatus;
use proc_abi::wait::WaitStatus;
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::{File, OpenFlags};
use runtime::proc::{Control, Events, open, open_thread};
use runtime::{Error, Result};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

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
    events: Events,
    /// Tells of news to who waits for this process alone.
    news: EventQueue,
    memory: File,
    /// Files of threads, opened at their first use.
    threads: Vec<(Tid, ThreadFile, File)>,
}

fn open_memory(pid: Pid) -> Result<File> {
    open(pid, ProcessFile::Memory, OpenFlags::READ_WRITE)
}

impl Open {
    /// Opens the files of a traced process.
    pub(super) fn new(pid: Pid, kinship: Kinship, control: Control) -> Result<Self> {
        let events = Events::open(pid, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
        let news = EventQueue::new()?;
        news.subscribe(events.file(), Readiness::READ, 0)?;
        let memory = open_memory(pid)?;
        Ok(Self { pid, kinship, control, events, news, memory, threads: Vec::new() })
    }

    /// Has the queue told of news.
    pub(super) fn subscribe(&self, queue: &EventQueue) -> Result<()> {
        let data = usize::try_from(self.pid.raw()).map_err(|_| Error::EINVAL)?;
        queue.subscribe(self.events.file(), Readiness::READ, data)
    }

    /// Does something with the memory file, which exec makes stale.
    pub(super) fn with_memory<R>(&mut self, mut work: impl FnMut(&File) -> Result<R>) -> Result<R> {
        match work(&self.memory) {
            Err(Error::ESTALE) => {
                self.memory = open_memory(self.pid)?;
                work(&self.memory)
            }
            other => other,
        }
    }

    /// A file of a thread.
    pub(super) fn thread_file(&mut self, tid: Tid, file: ThreadFile) -> Result<&File> {
        let known = self.threads.iter().position(|entry| (entry.0, entry.1) == (tid, file));
        let index = match known {
            Some(index) => index,
            None => {
                self.threads.push((tid, file, open_thread(self.pid, tid, file, OpenFlags::READ_WRITE)?));
                self.threads.len().saturating_sub(1)
            }
        };
        self.threads.get(index).map(|entry| &entry.2).ok_or(Error::ESRCH)
    }

    /// Waits for the next change.
    pub(super) fn wait(&self) -> Result<Change> {
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

    /// The next change, if there is one.
    pub(super) fn poll(&self) -> Result<Option<Change>> {
        loop {
            match self.events.next() {
                Ok(Some(record)) => {
                    if let Some(change) = self.change(&record)? {
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

    /// What a record means here, if anything.
    fn change(&self, record: &EventRecord) -> Result<Option<Change>> {
        Ok(match record.kind() {
            Some(EventKind::TraceStop) => Some(Change::Stopped(self.stop(record)?)),
            Some(EventKind::Exited | EventKind::Killed) => match WaitStatus::decode(record.wait_status) {
                Some(WaitStatus::Exited(status)) => Some(Change::Exited(status)),
                Some(WaitStatus::Killed(signal) | WaitStatus::Dumped(signal)) => Some(Change::Killed(signal)),
                Some(WaitStatus::Stopped(_) | WaitStatus::Continued) | None => return Err(Error::EPROTO),
            },
            _ => None,
        })
    }

    fn stop(&self, record: &EventRecord) -> Result<Stop> {
        let flags = EventFlags::from_bits_retain(record.pl_flags);
        let thread = match Tid::new(record.tid) {
            Some(thread) => thread,
            // Nobody reports the stop of a process whose threads all slept as it came.
            None => oldest(self.pid)?,
        };
        Ok(Stop {
            thread,
            signal: Signal::new(record.signal).ok_or(Error::EPROTO)?,
            flags,
            info: flags.contains(EventFlags::SI).then_some(record.siginfo),
            child: Pid::new(record.child_pid),
            call: record.syscall_code,
        })
    }
}

fn oldest(pid: Pid) -> Result<Tid> {
    let mut status = ThreadStatus::new_zeroed();
    let length = open(pid, ProcessFile::ThreadRecords, OpenFlags::READ)?.read(status.as_mut_bytes())?;
    if length < size_of::<ThreadStatus>() {
        return Err(Error::ESRCH);
    }
    Tid::new(status.tid).ok_or(Error::ESRCH)
}

/// Reads a register set, all of it.
pub(super) fn read_set<S: FromZeros + FromBytes + IntoBytes>(file: &File) -> Result<S> {
    let mut set = S::new_zeroed();
    let count = file.read_at(set.as_mut_bytes(), 0)?;
    if count == size_of::<S>() { Ok(set) } else { Err(Error::EIO) }
}

/// Writes a register set, all or nothing.
pub(super) fn write_set(file: &File, set: &[u8]) -> Result<()> {
    let count = file.write_at(set, 0)?;
    if count == set.len() { Ok(()) } else { Err(Error::EIO) }
}
