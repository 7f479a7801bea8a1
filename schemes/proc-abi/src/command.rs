//! Command records: what is written to `ctl` and what is read back.
//!
//! Decides both layouts and walks a buffer of them without trusting a byte. Main types: [`Command`], [`CommandHeader`],
//! [`Commands`], [`ReplyHeader`], [`Replies`]. Neighbours: `request` (the numbers), `text` (the one-line verbs for shells).
//!
//! A record stands for one call of ptrace(2). Its payload plays the part of the caller's memory: addresses that the request
//! takes for the caller's side (a structure to read or fill, `piod_addr`, `pve_path`) are offsets in it. The memory is
//! `room` bytes long, or as long as the payload if that is longer, and zero beyond the payload. A reply carries back
//! what the request wrote there, from offset 0 to the last byte written. Records and replies are padded to 8 bytes.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// First word of a command: "PCMD" in memory; no text verb starts with it.
pub const COMMAND_MAGIC: u32 = 0x444d_4350;
/// First word of a reply: "PREP".
pub const REPLY_MAGIC: u32 = 0x5045_5250;
/// Most bytes of payload, and of room, in one record.
pub const PAYLOAD_MAX: usize = 64 * 1024;
const ALIGNMENT: usize = 8;

/// Fixed part of a command, 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct CommandHeader {
    /// [`COMMAND_MAGIC`].
    pub magic: u32,
    /// Bytes of the whole record: this, the payload and padding to 8.
    pub size: u32,
    /// FreeBSD's number of the request.
    pub request: i32,
    /// 0 or the file's pid, or one of its tids.
    pub id: i32,
    /// The request's `addr`.
    pub address: u64,
    /// The request's `data`.
    pub data: i64,
    /// Bytes of payload.
    pub payload: u32,
    /// Bytes of memory the request may use; see above.
    pub room: u32,
}

const _: () = assert!(size_of::<CommandHeader>() == 40);

/// Fixed part of a reply, 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ReplyHeader {
    /// [`REPLY_MAGIC`].
    pub magic: u32,
    /// Bytes of the whole reply.
    pub size: u32,
    /// The command's request.
    pub request: i32,
    /// The command's id.
    pub id: i32,
    /// The call's value, if `errno` is 0.
    pub value: i64,
    /// 0 or the error number.
    pub errno: u32,
    /// Bytes of payload.
    pub payload: u32,
    /// Reserved, 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<ReplyHeader>() == 40);

/// A command as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Its fixed part, checked.
    pub header: CommandHeader,
    /// Its payload.
    pub payload: &'a [u8],
}

/// A reply as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// Its fixed part, checked.
    pub header: ReplyHeader,
    /// Its payload.
    pub payload: &'a [u8],
}

/// What is wrong with a buffer of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// It ends within a record.
    Truncated,
    /// A record does not start with its magic number.
    Magic,
    /// A record's size is not that of its parts.
    Size,
}

/// Walks the commands in a buffer; after an error it ends.
#[derive(Clone, Debug)]
pub struct Commands<'a> {
    rest: &'a [u8],
}

impl<'a> Commands<'a> {
    /// The commands in `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a [u8]) -> Self {
        Self { rest: buffer }
    }

    fn take(&mut self) -> Result<Command<'a>, RecordError> {
        let (header, body) = CommandHeader::read_from_prefix(self.rest).map_err(|_| RecordError::Truncated)?;
        if header.magic != COMMAND_MAGIC {
            return Err(RecordError::Magic);
        }
        let room = usize::try_from(header.room).map_err(|_| RecordError::Size)?;
        if room > PAYLOAD_MAX {
            return Err(RecordError::Size);
        }
        let (payload, rest) = split_body(body, size_of::<CommandHeader>(), header.payload, header.size)?;
        self.rest = rest;
        Ok(Command { header, payload })
    }
}

impl<'a> Iterator for Commands<'a> {
    type Item = Result<Command<'a>, RecordError>;

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

/// Walks the replies in a buffer; after an error it ends.
#[derive(Clone, Debug)]
pub struct Replies<'a> {
    rest: &'a [u8],
}

impl<'a> Replies<'a> {
    /// The replies in `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a [u8]) -> Self {
        Self { rest: buffer }
    }

    fn take(&mut self) -> Result<Reply<'a>, RecordError> {
        let (header, body) = ReplyHeader::read_from_prefix(self.rest).map_err(|_| RecordError::Truncated)?;
        if header.magic != REPLY_MAGIC {
            return Err(RecordError::Magic);
        }
        let (payload, rest) = split_body(body, size_of::<ReplyHeader>(), header.payload, header.size)?;
        self.rest = rest;
        Ok(Reply { header, payload })
    }
}

impl<'a> Iterator for Replies<'a> {
    type Item = Result<Reply<'a>, RecordError>;

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

/// Splits what follows a header into payload and the records after it.
fn split_body(body: &[u8], header: usize, payload: u32, size: u32) -> Result<(&[u8], &[u8]), RecordError> {
    let payload = usize::try_from(payload).map_err(|_| RecordError::Size)?;
    if record_size(header, payload) != u32_of(size) {
        return Err(RecordError::Size);
    }
    let padded = padded(payload).ok_or(RecordError::Size)?;
    if body.len() < padded {
        return Err(RecordError::Truncated);
    }
    let (whole, rest) = body.split_at(padded);
    Ok((whole.get(..payload).ok_or(RecordError::Size)?, rest))
}

fn u32_of(size: u32) -> Option<usize> {
    usize::try_from(size).ok()
}

fn padded(payload: usize) -> Option<usize> {
    if payload > PAYLOAD_MAX {
        return None;
    }
    payload.checked_next_multiple_of(ALIGNMENT)
}

fn record_size(header: usize, payload: usize) -> Option<usize> {
    padded(payload)?.checked_add(header)
}

impl CommandHeader {
    /// The header of a command with this much payload and room; none if either is too much.
    #[must_use]
    pub fn new(request: i32, id: i32, address: u64, data: i64, lengths: Lengths) -> Option<Self> {
        let size = record_size(size_of::<Self>(), lengths.payload)?;
        padded(lengths.room)?;
        Some(Self {
            magic: COMMAND_MAGIC,
            size: u32::try_from(size).ok()?,
            request,
            id,
            address,
            data,
            payload: u32::try_from(lengths.payload).ok()?,
            room: u32::try_from(lengths.room).ok()?,
        })
    }
}

/// The two lengths of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// Bytes of payload that follow the header.
    pub payload: usize,
    /// Bytes of memory that the request may use.
    pub room: usize,
}

impl ReplyHeader {
    /// The header of the reply to `command` with this result and this much payload; none if that is too much.
    #[must_use]
    pub fn new(command: &CommandHeader, result: Result<i64, u32>, payload: usize) -> Option<Self> {
        let size = record_size(size_of::<Self>(), payload)?;
        let (value, errno) = match result {
            Ok(value) => (value, 0),
            Err(errno) => (0, errno),
        };
        Some(Self {
            magic: REPLY_MAGIC,
            size: u32::try_from(size).ok()?,
            request: command.request,
            id: command.id,
            value,
            errno,
            payload: u32::try_from(payload).ok()?,
            reserved: 0,
        })
    }
}
