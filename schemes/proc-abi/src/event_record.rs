//! Event records: what reading `event` gives.
//!
//! Decides the fixed layout of a stop or life-cycle record. Main types: [`EventRecord`], [`EventKind`], [`Events`].
//! Neighbours: `wait` (the status word), `event` (the flags), `ptrace::publish` writes them. A debugger's handle reads each
//! stop once and collects it by that, as wait would; an observer's handle has its own place and collects nothing.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::siginfo::SigInfo;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum EventKind {
    /// A trace stop is complete.
    TraceStop = 1,
    /// A job-control stop is complete.
    JobStop = 2,
    /// It runs again.
    Continued = 3,
    /// It exited.
    Exited = 4,
    /// A signal killed it.
    Killed = 5,
    /// A thread was made.
    ThreadBorn = 6,
    /// A thread is gone.
    ThreadGone = 7,
    /// A child was made.
    Forked = 8,
    /// Another image runs.
    Executed = 9,
    /// A tracer took it.
    Attached = 10,
    /// Its tracer let it go.
    Detached = 11,
    /// Records were lost: `sequence` is that of the next one.
    Overrun = 12,
    /// A thread stands by a cause; wait has nothing to tell of it.
    CauseStop = 13,
}

impl EventKind {
    /// The kind with this number.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::TraceStop,
            2 => Self::JobStop,
            3 => Self::Continued,
            4 => Self::Exited,
            5 => Self::Killed,
            6 => Self::ThreadBorn,
            7 => Self::ThreadGone,
            8 => Self::Forked,
            9 => Self::Executed,
            10 => Self::Attached,
            11 => Self::Detached,
            12 => Self::Overrun,
            13 => Self::CauseStop,
            _ => return None,
        })
    }
}

/// One record, 160 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct EventRecord {
    /// Bytes of the record; a reader steps by it.
    pub size: u32,
    /// An [`EventKind`].
    pub kind: u32,
    /// Rises by one with each record of the process.
    pub sequence: u64,
    /// The process.
    pub pid: i32,
    /// The thread it is about (the reporting one of a stop), 0 for none.
    pub tid: i32,
    /// As wait would tell it.
    pub wait_status: i32,
    /// Signal of a stop or death.
    pub signal: i32,
    /// `PL_EVENT_*` of that thread.
    pub pl_event: i32,
    /// `EventFlags` bits of that thread.
    pub pl_flags: u32,
    /// New child.
    pub child_pid: i32,
    /// System call that thread is in.
    pub syscall_code: u32,
    /// Its count of arguments.
    pub syscall_narg: u32,
    /// `StopCauses` bit that the thread stands by.
    pub cause: u32,
    /// What the cause has to say.
    pub value: u64,
    /// Information of the signal, if flag SI.
    pub siginfo: SigInfo,
    /// Reserved, 0.
    pub reserved_end: [u64; 2],
}

/// Size of a record today.
pub const EVENT_SIZE: usize = 160;
const _: () = assert!(size_of::<EventRecord>() == EVENT_SIZE);
const _: () = assert!(core::mem::offset_of!(EventRecord, siginfo) == 64);

impl EventRecord {
    /// A record of this kind about this process, all else zero.
    #[must_use]
    pub fn new(kind: EventKind, pid: i32) -> Self {
        Self { size: EVENT_SIZE as u32, kind: kind as u32, pid, ..Self::default() }
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> Option<EventKind> {
        EventKind::from_raw(self.kind)
    }
}

/// What is wrong with a buffer of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventError {
    /// It ends within a record.
    Truncated,
    /// A record is shorter than the fields of today.
    Size,
}

/// Walks the records in a buffer, also longer ones of a later system; after an error it ends.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    rest: &'a [u8],
}

impl<'a> Events<'a> {
    /// The records in `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a [u8]) -> Self {
        Self { rest: buffer }
    }

    fn take(&mut self) -> Result<EventRecord, EventError> {
        let (record, _) = EventRecord::read_from_prefix(self.rest).map_err(|_| EventError::Truncated)?;
        let size = usize::try_from(record.size).map_err(|_| EventError::Size)?;
        if size < EVENT_SIZE {
            return Err(EventError::Size);
        }
        self.rest = self.rest.get(size..).ok_or(EventError::Truncated)?;
        Ok(record)
    }
}

impl Iterator for Events<'_> {
    type Item = Result<EventRecord, EventError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_err() {
            self.rest = &[];
        }
        Some(taken)
    }
}
