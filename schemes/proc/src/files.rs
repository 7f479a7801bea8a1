//! The table of open files.
//!
//! Decides our numbers for them (0 is the scheme's root, so the first file is 1) and what each remembers. Main types:
//! [`Files`], [`Open`], [`Node`], [`Subject`]. Neighbours: `open` adds, `serve` finds, `node` has what each kind does.

use alloc::vec::Vec;

use proc_abi::id::{Pid, Tid};
use proc_abi::path::{ProcessFile, ThreadFile};
use ptrace::{Errno, KernelGroup, Process, Result};

use crate::errno::EBADF;
use crate::node::control::Control;
use crate::node::event::Event;

/// A process that an open file is about, or that opened one. A pid comes to be another's in time; the kernel's group never
/// does, and the incarnation tells a program from the set-id image that took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Its id.
    pub(crate) pid: Pid,
    /// Its group.
    pub(crate) group: KernelGroup,
    /// [`Process::incarnation`] when the file was opened.
    pub(crate) incarnation: u64,
}

impl Subject {
    /// A process as it is now.
    #[must_use]
    pub(crate) const fn new(process: &Process) -> Self {
        Self { pid: process.pid, group: process.group, incarnation: process.incarnation }
    }
}

/// What an open file is.
#[derive(Debug)]
pub(crate) enum Node {
    /// The directory of processes.
    Root,
    /// A process's directory.
    Process(Subject),
    /// The directory of its threads.
    Threads(Subject),
    /// A thread's directory.
    Thread(Subject, Tid),
    /// A file of a process that is read as a whole.
    ProcessText(Subject, ProcessFile),
    /// A file of a thread that is read as a whole.
    ThreadText(Subject, Tid, ThreadFile),
    /// `ctl`.
    Control(Subject, Control),
    /// `event`.
    Event(Subject, Event),
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Open {
    /// What it is.
    pub(crate) node: Node,
    /// Who opened it; none for a native group. Authority stays with the handle, wherever it is passed.
    pub(crate) opener: Option<Subject>,
    /// What a whole-file read gave at offset 0, so that one reading in pieces sees one state.
    pub(crate) snapshot: Option<Vec<u8>>,
}

/// All open files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    slots: Vec<Option<Open>>,
    free: Vec<usize>,
}

impl Files {
    /// Adds a file; gives its number.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn add(&mut self, open: Open) -> Result<u64> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                self.slots.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                // A file that is closed must find room on the free list.
                self.free.try_reserve(self.slots.len().saturating_add(1)).map_err(|_| Errno::ENOMEM)?;
                self.slots.push(None);
                self.slots.len().saturating_sub(1)
            }
        };
        *self.slots.get_mut(index).ok_or(Errno::ENOMEM)? = Some(open);
        Ok((index as u64).saturating_add(1))
    }

    fn index(number: u64) -> Option<usize> {
        usize::try_from(number).ok()?.checked_sub(1)
    }

    /// The file with this number.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn get(&self, number: u64) -> Result<&Open> {
        let slot = Self::index(number).and_then(|index| self.slots.get(index));
        slot.and_then(Option::as_ref).ok_or(EBADF)
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn get_mut(&mut self, number: u64) -> Result<&mut Open> {
        let slot = Self::index(number).and_then(|index| self.slots.get_mut(index));
        slot.and_then(Option::as_mut).ok_or(EBADF)
    }

    /// Forgets a file.
    pub(crate) fn remove(&mut self, number: u64) -> Option<Open> {
        let index = Self::index(number)?;
        let open = self.slots.get_mut(index)?.take()?;
        self.free.push(index);
        Some(open)
    }

    /// The number of the first file from `start` on for which this is true.
    #[must_use]
    pub(crate) fn find(&self, start: u64, wanted: impl Fn(&Open) -> bool) -> Option<u64> {
        let skip = usize::try_from(start.saturating_sub(1)).ok()?;
        let mut rest = self.slots.iter().enumerate().skip(skip);
        let found = rest.find(|(_, slot)| slot.as_ref().is_some_and(&wanted));
        found.map(|(index, _)| (index as u64).saturating_add(1))
    }
}
