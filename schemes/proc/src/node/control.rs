//! `ctl`: command records and one-line verbs in, replies out.
//!
//! Decides that records of one write run in order up to the first that fails, that room for each reply is made before its
//! command runs. Main type: [`Control`]. Neighbours: `proc_abi::{command, text}` (the layouts), `replies`, `combined` (the
//! call that waits as well), `ptrace::Turn::request` (the work). A write never sleeps.

use alloc::vec::Vec;

use proc_abi::command::{COMMAND_MAGIC, Command, Commands, PAYLOAD_MAX, RecordError};
use proc_abi::id::Pid;
use proc_abi::request::Request as PtraceRequest;
use proc_abi::text;
use ptrace::{Arguments, Caller, Errno, Record, RequestArguments, Result};

use crate::errno::EBADF;
use crate::files::{Node, Subject};
use crate::node::replies::Replies;
use crate::request::{Answer, Request};
use crate::server::Server;
use crate::verbs::Verbs;

/// Most bytes taken by one write.
pub(crate) const WRITE_MAX: usize = 256 * 1024;

/// Whether the handle may give commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// Opened for writing: its opener's session.
    Session,
    /// Opened for reading only.
    None,
}

/// An open `ctl` file.
#[derive(Debug)]
pub(crate) struct Control {
    authority: Authority,
    /// Replies that nobody has read.
    replies: Replies,
}

impl Control {
    /// A file that has been given no command.
    #[must_use]
    pub(crate) const fn new(authority: Authority) -> Self {
        Self { authority, replies: Replies::new() }
    }

    /// Whether it may give commands.
    #[must_use]
    pub(crate) const fn authority(&self) -> Authority {
        self.authority
    }

    /// Replies that nobody has read.
    pub(crate) const fn replies_mut(&mut self) -> &mut Replies {
        &mut self.replies
    }
}

impl<V: Verbs> Server<V> {
    pub(crate) fn control_mut(&mut self, number: u64) -> Result<&mut Control> {
        match &mut self.files.get_mut(number)?.node {
            Node::Control(_, control) => Ok(control),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Whose authority a handle has, and over whom.
    pub(crate) fn commander(&self, number: u64) -> Result<(Pid, Subject)> {
        let open = self.files.get(number)?;
        let Node::Control(subject, control) = &open.node else { return Err(Errno::EINVAL) };
        if control.authority == Authority::None {
            return Err(EBADF);
        }
        let opener = self.commanding(open.opener)?;
        self.check_judged(*subject)?;
        Ok((opener, *subject))
    }

    /// A read of `ctl`: replies as far as they go; 0 if there are none.
    pub(crate) fn read_control(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        let Node::Control(_, control) = &self.files.get(number)?.node else { return Err(Errno::EINVAL) };
        let answer = request.answer_bytes(&mut self.gate.verbs, control.replies.bytes())?;
        if let Answer::Value(count) = answer {
            self.control_mut(number)?.replies.consume(count);
        }
        Ok(answer)
    }

    /// A write to `ctl`; gives how many bytes were commands that ran.
    pub(crate) fn write_control(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        let (opener, subject) = self.commander(number)?;
        if request.length() > WRITE_MAX {
            return Err(Errno::EINVAL);
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(request.length()).map_err(|_| Errno::ENOMEM)?;
        bytes.resize(request.length(), 0);
        request.copy_in(&mut self.gate.verbs, &mut bytes)?;
        if bytes.is_empty() {
            return Ok(Answer::Value(0));
        }
        if bytes.starts_with(&COMMAND_MAGIC.to_le_bytes()) {
            let mut replies = core::mem::take(&mut self.control_mut(number)?.replies);
            let ran = self.run_records(opener, subject, &bytes, &mut replies);
            self.control_mut(number)?.replies = replies;
            return ran.map(Answer::Value);
        }
        let verb = core::str::from_utf8(&bytes).ok().and_then(text::parse).ok_or(Errno::EINVAL)?;
        self.subject(subject)?;
        self.turn().text(opener, subject.pid, verb)?;
        Ok(Answer::Value(bytes.len()))
    }

    /// Runs records up to the first that fails or is none. What is wrong with the first one is the write's own error.
    fn run_records(&mut self, opener: Pid, subject: Subject, bytes: &[u8], replies: &mut Replies) -> Result<usize> {
        let mut done = 0_usize;
        for command in Commands::new(bytes) {
            let ran = match command {
                Ok(command) => self.run_record(opener, subject, &command, replies),
                Err(RecordError::Truncated | RecordError::Magic | RecordError::Size) => Err(Errno::EINVAL),
            };
            match ran {
                Ok((size, Outcome::Succeeded)) => done = done.saturating_add(size),
                Ok((size, Outcome::Failed)) => return Ok(done.saturating_add(size)),
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => return Ok(done),
            }
        }
        Ok(done)
    }

    /// Runs one record; an error means that it did not run.
    pub(crate) fn run_record(
        &mut self,
        opener: Pid,
        subject: Subject,
        command: &Command<'_>,
        replies: &mut Replies,
    ) -> Result<(usize, Outcome)> {
        let size = usize::try_from(command.header.size).map_err(|_| Errno::EINVAL)?;
        let room = usize::try_from(command.header.room).map_err(|_| Errno::EINVAL)?.min(PAYLOAD_MAX);
        let mut record = Record::new(command.payload, room)?;
        replies.reserve(command.payload.len().max(room))?;
        let result = self.run_request(opener, subject, command, &mut record);
        let payload = if result.is_ok() { record.written() } else { &[] };
        replies.push(command, result, payload);
        Ok((size, if result.is_ok() { Outcome::Succeeded } else { Outcome::Failed }))
    }

    fn run_request(
        &mut self,
        opener: Pid,
        subject: Subject,
        command: &Command<'_>,
        record: &mut Record,
    ) -> Result<i32> {
        self.subject(subject)?;
        let header = command.header;
        let mut turn = self.turn();
        let asked = RequestArguments {
            number: header.request,
            id: turn.check_member(subject.pid, header.id)?,
            address: header.address,
            data: i32::try_from(header.data).map_err(|_| Errno::EINVAL)?,
        };
        if asked.number == PtraceRequest::TraceMe.raw() {
            // It is about the caller, not about the file's process.
            return Err(Errno::EINVAL);
        }
        turn.request(Caller { pid: opener, tid: None }, asked, &mut Arguments::Record(record))
    }
}

/// Whether a record's request succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did.
    Succeeded,
    /// Its reply has an error.
    Failed,
}
