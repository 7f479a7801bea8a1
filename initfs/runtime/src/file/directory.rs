//! Names in a directory: reading them, and the records in which servers give them.
//!
//! Decides how Redox's directory records are taken apart and put together with safe code and checked lengths
//! (`redox_syscall`'s own reader trusts the record length). Main types: [`Directory`], [`Name`], [`Names`], [`NameWriter`].
//! Neighbours: `file`, and servers that answer Getdents.

use crate::error::{Error, Result};
use crate::file::status::Kind;
use crate::file::{File, OpenFlags};
use crate::system_call;
use alloc::vec::Vec;
use core::mem::size_of;
use kernel_abi::calls::SYS_GETDENTS;
use kernel_abi::redox::dirent::{DirentHeader, DirentKind};
use zerocopy::little_endian::{U16, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Redox's `DirentHeader`, 19 bytes; the name and a NUL follow, then zeros up to a multiple of 8.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Record {
    inode: U64,
    next: U64,
    length: U16,
    kind: u8,
}

const _: () = assert!(size_of::<Record>() == size_of::<DirentHeader>());

/// Records start at multiples of this.
const ALIGNMENT: usize = 8;

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, without slashes.
    pub name: Vec<u8>,
    /// What it names.
    pub kind: Kind,
    /// The file's number.
    pub inode: u64,
}

/// An open directory.
#[derive(Debug)]
pub struct Directory(File);

impl Directory {
    /// Opens the directory at `path`.
    ///
    /// # Errors
    /// ENOTDIR, or as the scheme's server refuses it.
    pub fn open(path: impl AsRef<[u8]>) -> Result<Self> {
        File::open(path, OpenFlags::READ | OpenFlags::DIRECTORY).map(Self)
    }

    /// All its names, in the server's order.
    ///
    /// # Errors
    /// As the server refuses it; EIO for records that are none; ENOMEM.
    pub fn names(&self) -> Result<Vec<Name>> {
        let mut names = Vec::new();
        let mut buffer = [0; 2048];
        let mut next = 0;
        loop {
            let length = self.read(&mut buffer, next)?;
            let mut records = Names::new(buffer.get(..length).unwrap_or_default());
            let before = names.len();
            for name in &mut records {
                names.try_reserve(1)?;
                names.push(name?);
            }
            if names.len() == before {
                return Ok(names);
            }
            next = records.next;
        }
    }

    fn read(&self, buffer: &mut [u8], next: u64) -> Result<usize> {
        let next = usize::try_from(next).map_err(|_| Error::EIO)?;
        let arguments = [self.0.descriptor(), system_call::address_of_mut(buffer), buffer.len(), next, 0, 0];
        // SAFETY: the kernel writes at most `buffer.len()` bytes to the buffer, which is lent.
        unsafe { system_call::call(SYS_GETDENTS, arguments) }
    }
}

/// The names in a buffer of records.
#[derive(Debug)]
pub struct Names<'a> {
    rest: &'a [u8],
    /// Where reading goes on after the last record given.
    next: u64,
}

impl<'a> Names<'a> {
    /// Takes `records` apart; they may be anything.
    #[must_use]
    pub fn new(records: &'a [u8]) -> Self {
        Self { rest: records, next: 0 }
    }

    fn take(&mut self) -> Option<Name> {
        let (record, _) = Record::read_from_prefix(self.rest).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(record.length.get().into())?;
        let name = bytes.get(size_of::<Record>()..)?;
        let end = name.iter().position(|&byte| byte == 0)?;
        let name = name.get(..end)?.to_vec();
        self.rest = rest;
        self.next = record.next.get();
        Some(Name { name, kind: kind_from_raw(record.kind), inode: record.inode.get() })
    }
}

impl Iterator for Names<'_> {
    type Item = Result<Name>;

    fn next(&mut self) -> Option<Result<Name>> {
        if self.rest.is_empty() {
            return None;
        }
        let name = self.take();
        if name.is_none() {
            self.rest = &[];
        }
        Some(name.ok_or(Error::EIO))
    }
}

fn kind_from_raw(raw: u8) -> Kind {
    match DirentKind::try_from_raw(raw) {
        Some(DirentKind::Regular) => Kind::Regular,
        Some(DirentKind::Directory) => Kind::Directory,
        Some(DirentKind::CharDev) => Kind::Character,
        _ => Kind::Other,
    }
}

fn raw_from_kind(kind: Kind) -> u8 {
    (match kind {
        Kind::Regular => DirentKind::Regular,
        Kind::Directory => DirentKind::Directory,
        Kind::Character => DirentKind::CharDev,
        Kind::Pipe | Kind::Other => DirentKind::Unspecified,
    }) as u8
}

/// Puts records together for an answer to Getdents, no longer than the client's buffer.
#[derive(Debug)]
pub struct NameWriter {
    records: Vec<u8>,
    limit: usize,
}

impl NameWriter {
    /// Writes at most `limit` bytes.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn new(limit: u64) -> Result<Self> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(64 << 10);
        let mut records = Vec::new();
        records.try_reserve_exact(limit)?;
        Ok(Self { records, limit })
    }

    /// Adds a name; `next` is what a reader gives to go on after it. `false` if it does not fit: nothing was added.
    pub fn add(&mut self, inode: u64, next: u64, kind: Kind, name: &[u8]) -> bool {
        let length = size_of::<Record>().saturating_add(name.len()).saturating_add(1);
        let length = length.saturating_add(ALIGNMENT.wrapping_sub(1)) & ALIGNMENT.wrapping_neg();
        let end = self.records.len().saturating_add(length);
        let Ok(short) = u16::try_from(length) else { return false };
        if end > self.limit {
            return false;
        }
        let record = Record { inode: inode.into(), next: next.into(), length: short.into(), kind: raw_from_kind(kind) };
        self.records.extend_from_slice(record.as_bytes());
        self.records.extend_from_slice(name);
        self.records.resize(end, 0);
        true
    }

    /// The records.
    ///
    /// # Errors
    /// EINVAL if there was a name but no room for any.
    pub fn finish(self, more: More) -> Result<Vec<u8>> {
        if self.records.is_empty() && more == More::Yes { Err(Error::EINVAL) } else { Ok(self.records) }
    }
}

/// Whether a directory has names that did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// At least one.
    Yes,
    /// All were written.
    No,
}

/// Takes arbitrary bytes apart: the entry point of the fuzz target.
pub fn check(records: &[u8]) {
    for name in Names::new(records).flatten() {
        assert!(!name.name.contains(&0), "a name ends at its NUL");
    }
}

#[cfg(test)]
mod tests {
    use super::{More, NameWriter, Names, check};
    use crate::error::Error;
    use crate::file::status::Kind;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_back_as_written() {
        let mut writer = NameWriter::new(4096).expect("memory");
        assert!(writer.add(7, 1, Kind::Regular, b"one"));
        assert!(writer.add(8, 2, Kind::Directory, b"a longer name"));
        let records = writer.finish(More::No).expect("records");
        let names: Vec<_> = Names::new(&records).map(|name| name.expect("a name")).collect();
        assert_eq!(names[0].name, b"one");
        assert_eq!((names[1].kind, names[1].inode), (Kind::Directory, 8));
        let mut reader = Names::new(&records);
        assert_eq!(reader.by_ref().count(), 2);
        assert_eq!(reader.next, 2);
    }

    #[test]
    fn a_name_that_does_not_fit_is_not_begun() {
        let mut writer = NameWriter::new(24).expect("memory");
        assert!(!writer.add(0, 0, Kind::Regular, b"too long"));
        assert_eq!(writer.finish(More::Yes), Err(Error::EINVAL));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart(records in proptest::collection::vec(any::<u8>(), 0..200)) {
            check(&records);
        }
    }
}
