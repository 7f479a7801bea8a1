//! The files under `proc:` as a client uses them: commands with their replies, events, and the rest by name.
//!
//! Decides how records are put into a write of `ctl` and matched with the replies that are read back. Main types:
//! [`Control`], [`Commands`], [`Events`]. Neighbours: `proc_abi` (paths and layouts), `process::ptrace` (the same requests
//! as process call 26), the process server.

pub mod change;
pub mod combined;
pub mod launch;
pub mod order;
pub mod run;
pub mod state;
pub mod stop_event;

use crate::error::{Error, Result};
use crate::file::{File, OpenFlags};
use crate::time::sleep;
use alloc::format;
use alloc::vec::Vec;
use core::fmt::Display;
use core::time::Duration;
use proc_abi::command::{CommandHeader, Lengths, Replies, Reply, ReplyHeader};
use proc_abi::event_record::EventRecord;
use proc_abi::id::{Pid, Tid};
use proc_abi::path::{PROCESS_FILES, ProcessFile, SELF, THREAD_FILES, THREADS_DIRECTORY, ThreadFile};
use proc_abi::request::Request;
use proc_abi::status::{ProcessFlags, ProcessStatus};
use zerocopy::{FromZeros, IntoBytes};

/// Between two questions whether an exec is over.
const MOMENT: Duration = Duration::from_millis(1);

/// Opens a file of a process.
///
/// # Errors
/// ESRCH, EPERM without the debug right, EBUSY.
pub fn open(pid: Pid, file: ProcessFile, flags: OpenFlags) -> Result<File> {
    open_of(pid.raw(), file, flags)
}

/// Opens a file of this process.
///
/// # Errors
/// As [`open`].
pub fn open_own(file: ProcessFile, flags: OpenFlags) -> Result<File> {
    open_of(SELF, file, flags)
}

fn open_of(process: impl Display, file: ProcessFile, flags: OpenFlags) -> Result<File> {
    let name = PROCESS_FILES.iter().find(|row| row.0 == file).map_or("", |row| row.1);
    File::open(format!("proc:{process}/{name}"), flags | OpenFlags::CLOSE_ON_EXEC)
}

/// Opens a file of a thread.
///
/// # Errors
/// As [`open`].
pub fn open_thread(pid: Pid, tid: Tid, file: ThreadFile, flags: OpenFlags) -> Result<File> {
    let name = THREAD_FILES.iter().find(|row| row.0 == file).map_or("", |row| row.1);
    let path = format!("proc:{}/{THREADS_DIRECTORY}/{}/{name}", pid.raw(), tid.raw());
    File::open(path, flags | OpenFlags::CLOSE_ON_EXEC)
}

/// What a process is doing.
///
/// # Errors
/// As [`open`]; EIO for a record that is too short.
pub fn status(pid: Pid) -> Result<ProcessStatus> {
    let mut status = ProcessStatus::new_zeroed();
    let length = open(pid, ProcessFile::StatusRecord, OpenFlags::READ)?.read(status.as_mut_bytes())?;
    if length < size_of::<ProcessStatus>() { Err(Error::EIO) } else { Ok(status) }
}

/// Makes `attempt`, which begins to debug a process, and makes it again while the process is between two images: exec answers
/// EBUSY meanwhile (sys_process.c, p_candebug). For a process that somebody traces EBUSY is the answer.
///
/// # Errors
/// Those of `attempt`; EINTR after a handled signal.
pub fn after_exec<T>(pid: Pid, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match attempt() {
            Err(Error::EBUSY) if status(pid)?.flags & ProcessFlags::TRACED.bits() == 0 => {
                sleep(MOMENT).map_err(|_| Error::EINTR)?
            }
            other => return other,
        }
    }
}

/// Commands for one write of `ctl`: they run in order, up to the first that fails.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    records: Vec<u8>,
    /// Bytes that the replies can take.
    room: usize,
}

impl Commands {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { records: Vec::new(), room: 0 }
    }

    /// Adds a request about the process (`id` 0) or one of its threads. `payload` stands in for the caller's memory at address
    /// 0, of which there are `room` bytes.
    ///
    /// # Errors
    /// E2BIG for more than 64 KiB of payload or room, ENOMEM.
    pub fn push(&mut self, request: Request, id: i32, words: (u64, i64), payload: &[u8], room: usize) -> Result<()> {
        let lengths = Lengths { payload: payload.len(), room: room.max(payload.len()) };
        let header = CommandHeader::new(request.raw(), id, words.0, words.1, lengths).ok_or(Error::E2BIG)?;
        let size = usize::try_from(header.size).map_err(|_| Error::E2BIG)?;
        self.records.try_reserve(size)?;
        let end = self.records.len().saturating_add(size);
        self.records.extend_from_slice(header.as_bytes());
        self.records.extend_from_slice(payload);
        self.records.resize(end, 0);
        let reply = size_of::<ReplyHeader>().saturating_add(lengths.room.next_multiple_of(8));
        self.room = self.room.saturating_add(reply);
        Ok(())
    }
}

fn parse_replies(bytes: &[u8]) -> Result<Vec<Reply<'_>>> {
    let mut replies = Vec::new();
    for reply in Replies::new(bytes) {
        replies.try_reserve(1)?;
        replies.push(reply.map_err(|_| Error::EPROTO)?);
    }
    Ok(replies)
}

/// An open `ctl` file.
#[derive(Debug)]
pub struct Control(File);

impl Control {
    /// Opens the one of a process, which asks for the right to debug it.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(pid: Pid) -> Result<Self> {
        open(pid, ProcessFile::Control, OpenFlags::READ_WRITE).map(Self)
    }

    /// The file, to pass it on or to write text verbs.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.0
    }

    /// Runs commands; their replies are put into `buffer`, one for each command that was run.
    ///
    /// # Errors
    /// As `ctl` refuses the write; ENOMEM. Errors of the commands are in the replies.
    pub fn run<'a>(&self, commands: &Commands, buffer: &'a mut Vec<u8>) -> Result<Vec<Reply<'a>>> {
        buffer.clear();
        buffer.try_reserve(commands.room)?;
        buffer.resize(commands.room, 0);
        // The server takes the commands up to the first that fails; the last reply says which that was.
        self.0.write(&commands.records)?;
        let length = self.read_replies(buffer)?;
        parse_replies(buffer.get(..length).unwrap_or_default())
    }

    fn read_replies(&self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(Error::EINTR) => {}
                result => return result,
            }
        }
    }

    /// Makes one request that exchanges no memory; gives its value.
    ///
    /// # Errors
    /// The request's own, and as [`Control::run`].
    pub fn request(&self, request: Request, id: i32, address: u64, data: i64) -> Result<i64> {
        self.exchange(request, id, (address, data), &[], &mut [])
    }

    /// Makes one request that reads `payload` and fills `filled`, both at its address 0; gives its value.
    ///
    /// # Errors
    /// As [`Control::request`].
    pub fn exchange(
        &self,
        request: Request,
        id: i32,
        words: (u64, i64),
        payload: &[u8],
        filled: &mut [u8],
    ) -> Result<i64> {
        let mut commands = Commands::new();
        commands.push(request, id, words, payload, filled.len())?;
        let mut buffer = Vec::new();
        let replies = self.run(&commands, &mut buffer)?;
        let [reply] = replies.as_slice() else { return Err(Error::EPROTO) };
        if reply.header.errno != 0 {
            return Err(Error::from_number(reply.header.errno));
        }
        let length = reply.payload.len().min(filled.len());
        if let (Some(place), Some(bytes)) = (filled.get_mut(..length), reply.payload.get(..length)) {
            place.copy_from_slice(bytes);
        }
        Ok(reply.header.value)
    }
}

/// An open `event` file.
#[derive(Debug)]
pub struct Events(File);

impl Events {
    /// Opens the one of a process. For its tracer, reading a stop collects it as wait does; others only observe.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(pid: Pid, flags: OpenFlags) -> Result<Self> {
        open(pid, ProcessFile::Event, flags).map(Self)
    }

    /// The file, to wait for it among others.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.0
    }

    /// Waits for the next record; `None` at the end, after the process is gone.
    ///
    /// # Errors
    /// EINTR after a handled signal, EAGAIN for a file that does not wait.
    pub fn next(&self) -> Result<Option<EventRecord>> {
        let mut record = EventRecord::new_zeroed();
        match self.0.read(record.as_mut_bytes())? {
            0 => Ok(None),
            length if length == size_of::<EventRecord>() => Ok(Some(record)),
            _ => Err(Error::EPROTO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Commands;
    use crate::error::Error;
    use proc_abi::request::Request;

    #[test]
    fn commands_are_laid_out_one_after_the_other() {
        let mut commands = Commands::new();
        commands.push(Request::GetRegs, 0, (0, 0), &[], 176).expect("room");
        commands.push(Request::SetEventMask, 5, (0, 4), &[1, 0, 0, 0], 0).expect("room");
        let read: Vec<_> =
            proc_abi::command::Commands::new(&commands.records).map(|command| command.expect("a command")).collect();
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].header.request, read[0].header.room), (33, 176));
        assert_eq!((read[1].header.id, read[1].payload), (5, &[1, 0, 0, 0][..]));
        assert_eq!(commands.room, 40 + 176 + 40 + 8, "replies fit");
    }

    #[test]
    fn too_much_memory_is_refused() {
        let refused = Commands::new().push(Request::Io, 0, (0, 0), &[], 1 << 20);
        assert_eq!(refused, Err(Error::E2BIG));
    }
}
