//! The caller's side of a request: real memory for ptrace(2), a record's payload for `ctl`.
//!
//! Decides how one set of request code serves both faces. Main types: [`Arguments`], [`Record`]. Neighbours: `request`
//! reads and writes through it, `proc` fills records from `proc_abi::command`.

use alloc::vec::Vec;

use crate::errno::{Errno, Result};
use crate::id::Tag;
use crate::kernel::Kernel;
use crate::turn::Turn;

/// Where a request finds its arguments and leaves its results.
#[derive(Debug)]
pub enum Arguments<'a> {
    /// The caller's memory, through its pending call.
    Call(Tag),
    /// The payload of a command record.
    Record(&'a mut Record),
}

/// A command record's memory: its payload, and zeros up to its room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    bytes: Vec<u8>,
    written: usize,
}

impl Record {
    /// The memory of a record with this payload and room.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn new(payload: &[u8], room: usize) -> Result<Self> {
        let length = payload.len().max(room);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| Errno::ENOMEM)?;
        bytes.extend_from_slice(payload);
        bytes.resize(length, 0);
        Ok(Self { bytes, written: 0 })
    }

    /// What the reply carries: everything up to the last byte that the request wrote.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.bytes.get(..self.written).unwrap_or_default()
    }

    fn range(address: u64, length: usize) -> Option<core::ops::Range<usize>> {
        let start = usize::try_from(address).ok()?;
        Some(start..start.checked_add(length)?)
    }

    fn read(&self, address: u64, into: &mut [u8]) -> Result<()> {
        let range = Self::range(address, into.len()).ok_or(Errno::EFAULT)?;
        into.copy_from_slice(self.bytes.get(range).ok_or(Errno::EFAULT)?);
        Ok(())
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Result<()> {
        let range = Self::range(address, from.len()).ok_or(Errno::EFAULT)?;
        let end = range.end;
        self.bytes.get_mut(range).ok_or(Errno::EFAULT)?.copy_from_slice(from);
        self.written = self.written.max(end);
        Ok(())
    }
}

impl<K: Kernel> Turn<'_, K> {
    /// Reads from the caller's side.
    pub(crate) fn argument(&mut self, arguments: &Arguments<'_>, address: u64, into: &mut [u8]) -> Result<()> {
        match arguments {
            Arguments::Call(tag) => self.kernel.copy_in(*tag, address, into),
            Arguments::Record(record) => record.read(address, into),
        }
    }

    /// Writes to the caller's side.
    pub(crate) fn give(&mut self, arguments: &mut Arguments<'_>, address: u64, from: &[u8]) -> Result<()> {
        if from.is_empty() {
            return Ok(());
        }
        match arguments {
            Arguments::Call(tag) => self.kernel.copy_out(*tag, address, from),
            Arguments::Record(record) => record.write(address, from),
        }
    }
}
