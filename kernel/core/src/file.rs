//! Open files: descriptors in a group's table name descriptions, descriptions name kernel objects or a scheme's handle.
//!
//! Decides what kinds of open files there are. Main types: [`Description`], [`Object`], [`Files`]. Neighbours: the calls by
//! family (`file/call`, `descriptor`, `seek`, `stat`, `open`), one file for each kind of kernel object (`file/pipe`, `event`,
//! `timer`, `serial`, `system`, `log`, `memory_object`), `request` (calls on a scheme's handles).

use alloc::vec::Vec;

use kernel_abi::redox::flag::{O_ACCMODE, O_FCNTL_MASK, O_NONBLOCK, O_RDONLY, O_WRONLY};

use crate::errno::Errno;
use crate::hash::Map;
use crate::inbox::Node;
use crate::memory::ObjectKey;
use crate::scheme::SchemeKey;
use crate::seam::{PAGE_SIZE, SerialPort};
use crate::slab::Key;
use crate::target::Target;

pub(crate) mod event;
pub(crate) mod open;
pub(crate) mod pipe;

mod buffer;
mod call;
mod description;
mod descriptor;
mod install;
mod log;
mod memory_object;
mod names;
mod names_seen;
mod ring;
mod seek;
mod serial;
mod stat;
mod system;
mod table;
mod timer;
mod wait;

pub(crate) use stat::{SCHEMES, own_path};
pub(crate) use table::Descriptor;
pub use table::DescriptorTable;
pub(crate) use wait::Waiter;

/// Names a description.
pub type DescriptionKey = Key<Description>;

/// Most pages that one entry into the kernel moves for a read or write: longer ones are short.
pub(crate) const TRANSFER_PAGES: usize = 256;

/// The same in bytes.
const TRANSFER: u64 = (TRANSFER_PAGES * PAGE_SIZE) as u64;

/// What an open file is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object {
    /// A file of a user scheme: the server's number.
    Scheme { scheme: SchemeKey, handle: u64, positioned: bool },
    /// The server's end of a scheme.
    Socket(SchemeKey),
    /// One end of a pipe.
    Pipe(pipe::End),
    /// An event queue.
    Events(event::QueueKey),
    /// A memory object.
    Memory(ObjectKey),
    /// A timer.
    Timer(timer::Timer),
    /// A serial line.
    Serial(SerialPort),
    /// The kernel's log, for writing.
    Log,
    /// A file of `sys:`.
    System(SystemFile),
    /// A handle on a thread or group under debugging.
    Target(Target),
}

impl Object {
    /// It has an offset; streams have none.
    pub(crate) const fn is_positioned(self) -> bool {
        match self {
            Self::Scheme { positioned, .. } => positioned,
            Self::Memory(_) | Self::System(_) | Self::Target(_) => true,
            Self::Socket(_) | Self::Pipe(_) | Self::Events(_) | Self::Timer(_) | Self::Serial(_) | Self::Log => false,
        }
    }

    /// The number that both ends of a pipe have.
    pub(crate) const fn pipe(self) -> Option<u64> {
        match self {
            Self::Pipe(end) => Some(end.pipe.raw()),
            _ => None,
        }
    }
}

/// The files of `sys:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemFile {
    /// Counts of frames, threads, groups, handles and so on, a line each.
    Counts,
    /// The kernel's log.
    Log,
    /// How often the processor changed to another address space.
    Switches,
    /// Which allocation is to fail.
    Fail,
    /// The names that the group sees.
    Namespace,
    /// Write a status byte: the machine is switched off.
    Shutdown,
}

/// An open file: shared by all descriptors that were copied from one another.
#[derive(Debug)]
pub struct Description {
    pub(crate) object: Object,
    pub(crate) offset: u64,
    /// O_* flags it was opened with, less those of opening itself.
    pub(crate) flags: usize,
    /// Descriptors and pending calls that name it.
    pub(crate) references: u32,
    /// Place in the server's inbox for the message that it is closed; only for files of user schemes.
    pub(crate) closed: Option<Node>,
    /// Who is told when it becomes readable or writable.
    watchers: Vec<event::Watcher>,
    /// The next watched description with the same scheme and handle.
    next_watched: Option<DescriptionKey>,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transfer {
    /// To the program.
    Read,
    /// From the program.
    Write,
}

impl Description {
    fn new(object: Object, flags: usize, closed: Option<Node>) -> Self {
        let flags = flags & (O_ACCMODE | O_FCNTL_MASK);
        Self { object, offset: 0, flags, references: 1, closed, watchers: Vec::new(), next_watched: None }
    }

    /// The access mode allows it.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn check(&self, transfer: Transfer) -> Result<(), Errno> {
        let needed = match transfer {
            Transfer::Read => O_RDONLY,
            Transfer::Write => O_WRONLY,
        };
        if self.flags & needed == 0 { Err(Errno::EBADF) } else { Ok(()) }
    }

    /// When a timer file becomes ready.
    pub(crate) const fn deadline(&self) -> Option<u64> {
        match self.object {
            Object::Timer(timer) => timer.deadline(),
            _ => None,
        }
    }

    /// Calls fail with EAGAIN instead of waiting.
    const fn is_nonblocking(&self) -> bool {
        self.flags & O_NONBLOCK != 0
    }
}

/// What open files need apart from tables, pipes and queues.
#[derive(Debug, Default)]
pub(crate) struct Files {
    console: serial::Line,
    debugger: serial::Line,
    log: log::LogRing,
    /// Watched files of user schemes by the server's number: the first of a chain through `next_watched`.
    watched: Map<(SchemeKey, u64), DescriptionKey>,
}

impl Files {
    const fn line(&self, port: SerialPort) -> &serial::Line {
        match port {
            SerialPort::Console => &self.console,
            SerialPort::Debugger => &self.debugger,
        }
    }

    fn line_mut(&mut self, port: SerialPort) -> &mut serial::Line {
        match port {
            SerialPort::Console => &mut self.console,
            SerialPort::Debugger => &mut self.debugger,
        }
    }
}

#[cfg(test)]
impl Files {
    /// Watched numbers of servers' files.
    pub(crate) fn watched_count(&self) -> usize {
        self.watched.len()
    }
}
