//! Reading and writing open files.
//!
//! Decides nothing but when to go on: after short writes and handled signals. Neighbours: `file`, whose methods these are;
//! `io` prints through them.

use crate::error::{Error, Result};
use crate::file::File;
use crate::system_call::{self, address_of, address_of_mut};
use alloc::vec::Vec;
use kernel_abi::redox::number;

impl File {
    /// Reads at the file's offset; fewer bytes than asked for, or none at the end.
    ///
    /// # Errors
    /// As the file's server refuses it.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let arguments = [self.descriptor, address_of_mut(buffer), buffer.len(), 0, 0, 0];
        // SAFETY: the kernel writes at most `buffer.len()` bytes to the buffer, which is lent.
        unsafe { system_call::call(number::SYS_READ, arguments) }
    }

    /// Writes at the file's offset; possibly fewer bytes than given.
    ///
    /// # Errors
    /// As the file's server refuses it.
    pub fn write(&self, buffer: &[u8]) -> Result<usize> {
        let arguments = [self.descriptor, address_of(buffer), buffer.len(), 0, 0, 0];
        // SAFETY: the kernel reads the buffer, which is borrowed.
        unsafe { system_call::call(number::SYS_WRITE, arguments) }
    }

    /// Reads at `offset`, leaving the file's own offset alone.
    ///
    /// # Errors
    /// As the file's server refuses it.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let offset = usize::try_from(offset).map_err(|_| Error::EINVAL)?;
        let arguments = [self.descriptor, address_of_mut(buffer), buffer.len(), offset, 0, 0];
        // SAFETY: as for `read`.
        unsafe { system_call::call(number::SYS_READ2, arguments) }
    }

    /// Writes at `offset`, leaving the file's own offset alone.
    ///
    /// # Errors
    /// As the file's server refuses it.
    pub fn write_at(&self, buffer: &[u8], offset: u64) -> Result<usize> {
        let offset = usize::try_from(offset).map_err(|_| Error::EINVAL)?;
        let arguments = [self.descriptor, address_of(buffer), buffer.len(), offset, 0, 0];
        // SAFETY: as for `write`.
        unsafe { system_call::call(number::SYS_WRITE2, arguments) }
    }

    /// Writes everything, going on after short writes and handled signals.
    ///
    /// # Errors
    /// As the file's server refuses it; EIO if it takes nothing.
    pub fn write_all(&self, mut buffer: &[u8]) -> Result<()> {
        while !buffer.is_empty() {
            match self.write(buffer) {
                Ok(0) => return Err(Error::EIO),
                Ok(count) => buffer = buffer.get(count..).unwrap_or_default(),
                Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Appends everything up to the end of the file to `contents`.
    ///
    /// # Errors
    /// As the file's server refuses it; ENOMEM.
    pub fn read_to_end(&self, contents: &mut Vec<u8>) -> Result<()> {
        const STEP: usize = 4096;
        loop {
            let start = contents.len();
            contents.try_reserve(STEP)?;
            contents.resize(start.saturating_add(STEP), 0);
            let result = self.read(contents.get_mut(start..).unwrap_or_default());
            contents.truncate(start.saturating_add(*result.as_ref().unwrap_or(&0)));
            match result {
                Ok(0) => return Ok(()),
                Ok(_) | Err(Error::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
