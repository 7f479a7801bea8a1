//! The `event` file: stops and the end, as the debugger waits for them.
//!
//! Decides what a Ctrl-C does to a wait. Main type: [`Events`]. Neighbours: `runtime::proc` reads the records and says what
//! they mean; `process` and `process::child` wait here.

use crate::interrupt;
use dbg::target::{Change, Event};
use proc_abi::id::Pid;
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
            if let Some(change) = Change::read(self.pid, &record)? {
                return Ok(change.into());
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
}
