//! The `event` file: stops and the end, as the debugger waits for them.
//!
//! Decides what a Ctrl-C does to a wait. Main type: [`Events`]. Neighbours: `runtime::proc` reads the records and says what
//! they mean; `process` and `process::child` wait here.

use crate::interrupt;
use core::cell::Cell;
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
    /// The queue tells of records.
    watched: Cell<bool>,
}

impl Events {
    /// Opens it as its tracer does.
    pub(crate) fn open(pid: Pid) -> Result<Self> {
        let file = proc::Events::open(pid, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
        let queue = EventQueue::new()?;
        interrupt::watch(&queue)?;
        Ok(Self { pid, file, queue, watched: Cell::new(false) })
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
        let waited = self.watch(Readiness::READ).and_then(|()| self.queue.wait(&mut [Default::default()]).map(drop));
        match waited {
            // A Ctrl-C has been noted; whoever asks next sees it.
            Err(Error::EINTR) => Ok(()),
            other => other,
        }
    }

    /// Stops watching for records until the next wait: while somebody watches, the kernel hands no stop over by itself.
    pub(crate) fn unwatch(&self) -> Result<()> {
        self.watch(Readiness::empty())
    }

    fn watch(&self, wanted: Readiness) -> Result<()> {
        let watched = !wanted.is_empty();
        if self.watched.replace(false) != watched {
            self.queue.subscribe(self.file.file(), wanted, 0)?;
        }
        self.watched.set(watched);
        Ok(())
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
