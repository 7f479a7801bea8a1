//! State of a stopped process: register sets, memory, lists of records.
//!
//! Decides that sets are moved whole or not at all, and that memory is opened again after exec, which makes a handle stale.
//! Main type: [`Memory`]; main functions: [`read_set`], [`write_set`], [`records`]. Neighbours: `proc` opens the files, the
//! layouts are `proc_abi`'s.

use super::open;
use crate::error::{Error, Result};
use crate::file::{File, OpenFlags};
use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};
use proc_abi::path::ProcessFile;
use proc_abi::status::ThreadStatus;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// The memory of a process, whatever image it has.
#[derive(Debug)]
pub struct Memory {
    pid: Pid,
    file: File,
}

impl Memory {
    /// Opens it for reading and writing.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(pid: Pid) -> Result<Self> {
        Ok(Self { pid, file: open(pid, ProcessFile::Memory, OpenFlags::READ_WRITE)? })
    }

    /// Reads at an address; short at the first hole.
    ///
    /// # Errors
    /// As the file refuses it.
    pub fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<usize> {
        self.of_this_image(|file| file.read_at(buffer, address))
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// As the file refuses it; EFAULT at a hole.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<()> {
        let count = self.of_this_image(|file| file.write_at(bytes, address))?;
        if count == bytes.len() { Ok(()) } else { Err(Error::EFAULT) }
    }

    fn of_this_image<R>(&mut self, mut work: impl FnMut(&File) -> Result<R>) -> Result<R> {
        match work(&self.file) {
            Err(Error::ESTALE) => {
                *self = Self::open(self.pid)?;
                work(&self.file)
            }
            other => other,
        }
    }
}

/// Reads a register set, all of it.
///
/// # Errors
/// As the file refuses it; EIO if it is shorter.
pub fn read_set<S: FromZeros + FromBytes + IntoBytes>(file: &File) -> Result<S> {
    let mut set = S::new_zeroed();
    let count = file.read_at(set.as_mut_bytes(), 0)?;
    if count == size_of::<S>() { Ok(set) } else { Err(Error::EIO) }
}

/// Writes a register set, all or nothing.
///
/// # Errors
/// As the file refuses it; EIO if it takes less.
pub fn write_set(file: &File, set: &[u8]) -> Result<()> {
    let count = file.write_at(set, 0)?;
    if count == set.len() { Ok(()) } else { Err(Error::EIO) }
}

/// Reads a whole file of a process.
///
/// # Errors
/// As [`open`].
pub fn read_whole(pid: Pid, file: ProcessFile) -> Result<Vec<u8>> {
    let mut contents = Vec::new();
    open(pid, file, OpenFlags::READ)?.read_to_end(&mut contents)?;
    Ok(contents)
}

/// Takes records apart that start with their size.
pub fn records<R: FromBytes + KnownLayout + Immutable>(contents: &[u8], size: impl Fn(&R) -> u32) -> Vec<R> {
    let mut records = Vec::new();
    let mut rest = contents;
    while let Ok((record, _)) = R::read_from_prefix(rest) {
        let length = usize::try_from(size(&record)).unwrap_or(0).max(size_of::<R>());
        records.push(record);
        rest = rest.get(length..).unwrap_or_default();
    }
    records
}

/// All threads of a process, oldest first.
///
/// # Errors
/// As [`open`].
pub fn threads(pid: Pid) -> Result<Vec<ThreadStatus>> {
    Ok(records(&read_whole(pid, ProcessFile::ThreadRecords)?, |thread: &ThreadStatus| thread.size))
}

/// The oldest thread of a process.
///
/// # Errors
/// As [`open`]; ESRCH if it has none.
pub fn oldest_thread(pid: Pid) -> Result<Tid> {
    let mut status = ThreadStatus::new_zeroed();
    let length = open(pid, ProcessFile::ThreadRecords, OpenFlags::READ)?.read(status.as_mut_bytes())?;
    if length < size_of::<ThreadStatus>() {
        return Err(Error::ESRCH);
    }
    Tid::new(status.tid).ok_or(Error::ESRCH)
}

#[cfg(test)]
mod tests {
    use super::records;
    use proc_abi::status::ThreadStatus;
    use zerocopy::{FromZeros, IntoBytes};

    #[test]
    fn records_may_be_longer_than_those_that_are_known() {
        let size = size_of::<ThreadStatus>() + 8;
        let thread = |tid| ThreadStatus { size: size as u32, tid, ..ThreadStatus::new_zeroed() };
        let mut bytes = Vec::new();
        for tid in [5, 6] {
            bytes.extend_from_slice(thread(tid).as_bytes());
            bytes.extend_from_slice(&[0xff; 8]);
        }
        let read = records(&bytes, |thread: &ThreadStatus| thread.size);
        assert_eq!(read.iter().map(|thread| thread.tid).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(records(&bytes[..4], |thread: &ThreadStatus| thread.size), []);
        let wrong = ThreadStatus { size: 0, ..thread(7) };
        assert_eq!(records(wrong.as_bytes(), |thread: &ThreadStatus| thread.size).len(), 1, "no endless loop");
    }
}
