//! The `event` file: stops and the end, as the debugger waits for them.
//!
//! Decides which records matter and what a Ctrl-C does to a wait. Main type: [`Events`]. Neighbours: `runtime::proc` reads
//! the records; `process` and `process::child` wait here.

use super::threads;
use crate::interrupt;
use dbg::target::{Event, Stop};
use proc_abi::event::EventFlags;
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::Signal;
use proc_abi::wait::WaitStatus;
use runtime::event::{EventQueue, Readiness};
use runtime::file::OpenFlags;
use runtime::{Error, Result, proc};

/// The open `event` file of a process.
#[derive(Debug)]
pub(crate) struct Events {
    pid: Pid,
    file: proc::Events,
    /// Tells of records and of Ctrl-C.
    queue: EventQueue,
}

impl Events {
    /// Opens it as its tracer does.
    pub(crate) fn open(pid: Pid) -> Result<Self> {
        let file = proc::Events::open(pid, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
        let queue = EventQueue::new()?;
        queue.subscribe(file.file(), Readiness::READ, 0)?;
        interrupt::watch(&queue)?;
        Ok(Self { pid, file, queue })
    }

    /// Waits for the next stop or the end; a Ctrl-C ends the wait as well.
    pub(crate) fn next(&self) -> Result<Event> {
        loop {
            if interrupt::pressed() {
                return Ok(Event::Interrupted);
            }
            let record = match self.file.next() {
                Ok(Some(record)) => record,
                Ok(None) => return Err(Error::ESRCH),
                Err(Error::EAGAIN) => {
                    self.wait()?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some(event) = self.read(&record)? {
                return Ok(event);
            }
        }
    }

    /// Waits until there may be a record, or a Ctrl-C.
    fn wait(&self) -> Result<()> {
        match self.queue.wait(&mut [runtime::event::Event::default()]) {
            Ok(_) | Err(Error::EINTR) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits for the next stop or the end; a Ctrl-C is left to the wait after that.
    pub(crate) fn next_stop(&self) -> Result<Event> {
        let mut pressed = false;
        let event = loop {
            match self.next() {
                Ok(Event::Interrupted) => pressed = true,
                other => break other,
            }
        };
        if pressed {
            interrupt::put_back();
        }
        event
    }

    /// What a record means here, if anything.
    fn read(&self, record: &EventRecord) -> Result<Option<Event>> {
        Ok(match record.kind() {
            Some(EventKind::TraceStop) => Some(Event::Stopped(self.stop(record)?)),
            Some(EventKind::Exited | EventKind::Killed) => match WaitStatus::decode(record.wait_status) {
                Some(WaitStatus::Exited(status)) => Some(Event::Exited(status)),
                Some(WaitStatus::Killed(signal) | WaitStatus::Dumped(signal)) => Some(Event::Killed(signal)),
                Some(WaitStatus::Stopped(_) | WaitStatus::Continued) | None => return Err(Error::EPROTO),
            },
            _ => None,
        })
    }

    fn stop(&self, record: &EventRecord) -> Result<Stop> {
        let flags = EventFlags::from_bits_retain(record.pl_flags);
        let thread = match Tid::new(record.tid) {
            Some(thread) => thread,
            None => threads::oldest(self.pid)?,
        };
        Ok(Stop {
            thread,
            signal: Signal::new(record.signal).ok_or(Error::EPROTO)?,
            flags,
            info: flags.contains(EventFlags::SI).then_some(record.siginfo),
            child: Pid::new(record.child_pid),
        })
    }
}
