//! Open files of the scheme: which node, under which path, for what.
//!
//! Decides the numbers of open files: 1 and up. Main types: [`Handles`], [`Handle`]. Neighbours: `serve`.

use alloc::vec::Vec;
use ram::tree::NodeId;
use runtime::file::OpenFlags;
use runtime::{Error, Result};

/// Most open files.
const LIMIT: usize = 4096;

/// An open file.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) node: NodeId,
    /// Without the scheme's name.
    pub(crate) path: Vec<u8>,
    pub(crate) flags: OpenFlags,
}

#[derive(Debug, Default)]
pub(crate) struct Handles(Vec<Option<Handle>>);

impl Handles {
    /// Makes room for one more.
    pub(crate) fn reserve(&mut self) -> Result<()> {
        if self.0.iter().any(Option::is_none) {
            return Ok(());
        }
        if self.0.len() >= LIMIT {
            return Err(Error::ENFILE);
        }
        self.0.try_reserve(1)?;
        self.0.push(None);
        Ok(())
    }

    /// Adds an open file, in room that was reserved; gives its number.
    pub(crate) fn add(&mut self, handle: Handle) -> u64 {
        for (number, place) in (1_u64..).zip(&mut self.0) {
            if place.is_none() {
                *place = Some(handle);
                return number;
            }
        }
        self.0.push(Some(handle));
        self.0.len() as u64
    }

    pub(crate) fn get(&self, number: u64) -> Result<&Handle> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or(Error::EBADF)?;
        self.0.get(index).and_then(Option::as_ref).ok_or(Error::EBADF)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Result<&mut Handle> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or(Error::EBADF)?;
        self.0.get_mut(index).and_then(Option::as_mut).ok_or(Error::EBADF)
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<Handle> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.0.get_mut(index)?.take()
    }
}
