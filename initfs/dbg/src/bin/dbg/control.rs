//! Requests of ptrace as records on `ctl`.
//!
//! Decides that one record is written and its reply read before anything else. Main type: [`Control`]. Neighbours: the
//! layout is `proc_abi::command`'s; `process` makes the requests.

use alloc::vec::Vec;
use proc_abi::command::{CommandHeader, Lengths, Replies, ReplyHeader};
use proc_abi::id::Pid;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::signal::Signal;
use runtime::file::{File, OpenFlags};
use runtime::{Error, Result};
use zerocopy::IntoBytes;

/// Most bytes of payload of the requests made here.
const PAYLOAD: usize = 8;

/// The open `ctl` file of a process.
#[derive(Debug)]
pub(crate) struct Control(File);

impl Control {
    /// Opens it, which asks for the right to debug the process.
    pub(crate) fn open(pid: Pid) -> Result<Self> {
        crate::files::open(pid, ProcessFile::Control, OpenFlags::READ_WRITE).map(Self)
    }

    /// Makes a request about `id`, the process (0) or one of its threads.
    pub(crate) fn request(&self, request: Request, id: i32, address: u64, data: i64) -> Result<i64> {
        self.request_with(request, id, (address, data), &[])
    }

    /// Makes a request that resumes with a signal or none.
    pub(crate) fn resume(&self, request: Request, id: i32, signal: Option<Signal>) -> Result<()> {
        /// PT_CONTINUE: go on where the thread is.
        const HERE: u64 = 1;
        self.request(request, id, HERE, signal.map_or(0, |signal| i64::from(signal.number()))).map(drop)
    }

    /// Makes a request that reads `payload` at its address 0.
    pub(crate) fn request_with(&self, request: Request, id: i32, words: (u64, i64), payload: &[u8]) -> Result<i64> {
        let lengths = Lengths { payload: payload.len(), room: payload.len() };
        let header = CommandHeader::new(request.raw(), id, words.0, words.1, lengths).ok_or(Error::EINVAL)?;
        let mut record = Vec::new();
        record.extend_from_slice(header.as_bytes());
        record.extend_from_slice(payload);
        record.resize(usize::try_from(header.size).map_err(|_| Error::EINVAL)?, 0);
        let written = self.0.write(&record)?;
        if written != record.len() {
            return Err(Error::EIO);
        }
        self.reply()
    }

    fn reply(&self) -> Result<i64> {
        let mut buffer = [0; size_of::<ReplyHeader>() + PAYLOAD];
        let count = loop {
            match self.0.read(&mut buffer) {
                Err(Error::EINTR) => {}
                other => break other?,
            }
        };
        let mut replies = Replies::new(buffer.get(..count).unwrap_or_default());
        let Some(Ok(reply)) = replies.next() else { return Err(Error::EPROTO) };
        match reply.header.errno {
            0 => Ok(reply.header.value),
            errno => Err(Error::from_number(errno)),
        }
    }
}
