//! The combined call of `ctl`: commands, their replies and what becomes of the target, in one trip to the server.
//!
//! Decides how the caller's buffer is laid out and what the end of a call is called here. Main types: [`Answered`], [`End`].
//! Neighbours: `proc` (commands without the wait), `proc::run` (one resume at a time), `proc_abi::combined` (the layout);
//! docs/ptrace.md has the rules.

use crate::error::{Error, Result};
use crate::proc::{Commands, Control, parse_replies};
use alloc::vec::Vec;
use kernel_abi::registers::Registers;
use proc_abi::combined::{COMBINED_HEAD, CombinedEnd, CombinedHead, ControlVerb};
use proc_abi::command::{CommandHeader, Lengths, Reply, ReplyHeader};
use proc_abi::event_record::EventRecord;
use proc_abi::request::Request;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// How a combined call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a stop, collected, and the general registers of the thread that reports.
    Stopped(EventRecord, Registers),
    /// With the end of the process.
    Ended(EventRecord),
    /// With a command that failed; its reply is the last.
    Failed,
    /// By a signal while it waited: all commands ran.
    Interrupted,
    /// Without an event: this process does not trace the target, or its end has been told.
    Nothing,
}

/// What a combined call gives.
#[derive(Clone, Debug)]
pub struct Answered<'a> {
    /// One for each command that was run.
    pub replies: Vec<Reply<'a>>,
    /// What came of it.
    pub end: End,
}

/// A call with one command that exchanges no memory, or with none.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Single {
    head: CombinedHead,
    reply: ReplyHeader,
}

impl End {
    fn of(head: &CombinedHead) -> Result<Self> {
        Ok(match CombinedEnd::from_raw(head.end).ok_or(Error::EPROTO)? {
            CombinedEnd::Event if head.registers_size > 0 => Self::Stopped(head.event, head.registers),
            CombinedEnd::Event => Self::Ended(head.event),
            CombinedEnd::Failed => Self::Failed,
            CombinedEnd::Interrupted => Self::Interrupted,
            CombinedEnd::Nothing => Self::Nothing,
        })
    }
}

impl Control {
    /// Runs commands and, unless one fails, waits for the next stop or the end of the target, which is collected.
    ///
    /// # Errors
    /// As `ctl` refuses the call, and then nothing has run; EBUSY if another call waits on this file. EINTR for a call without
    /// commands that was interrupted. ENOMEM. EFAULT cannot come from here.
    pub fn run_and_wait<'a>(&self, commands: &Commands, buffer: &'a mut Vec<u8>) -> Result<Answered<'a>> {
        let room = commands.room.saturating_add(COMBINED_HEAD).max(commands.records.len());
        buffer.clear();
        buffer.try_reserve(room)?;
        buffer.extend_from_slice(&commands.records);
        buffer.resize(room, 0);
        let length = self.combined_call(buffer, commands.records.len())?;
        let filled = buffer.get(..length).ok_or(Error::EPROTO)?;
        let (head, replies) = CombinedHead::read_from_prefix(filled).map_err(|_| Error::EPROTO)?;
        Ok(Answered { replies: parse_replies(replies)?, end: End::of(&head)? })
    }

    /// The same for one request about the process that exchanges no memory, or for none. The request's own error is one here.
    ///
    /// # Errors
    /// As [`Control::run_and_wait`], and those of the request.
    pub fn single(&self, request: Option<(Request, u64)>) -> Result<End> {
        let mut single = Single::new_zeroed();
        let mut records = 0;
        if let Some((request, address)) = request {
            let header = CommandHeader::new(request.raw(), 0, address, 0, Lengths::default()).ok_or(Error::EINVAL)?;
            records = size_of::<CommandHeader>();
            header.write_to_prefix(single.as_mut_bytes()).map_err(|_| Error::EINVAL)?;
        }
        self.combined_call(single.as_mut_bytes(), records)?;
        match End::of(&single.head)? {
            End::Failed => Err(Error::from_number(single.reply.errno)),
            end => Ok(end),
        }
    }

    fn combined_call(&self, payload: &mut [u8], records: usize) -> Result<usize> {
        self.file().call(payload, &[ControlVerb::RunAndWait as u64, records as u64, 0])
    }
}
