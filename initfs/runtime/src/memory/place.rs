//! Memory at a chosen address: how a loader builds the image of a program around itself.
//!
//! Decides that only free addresses can be taken, so nothing that exists is ever replaced; what was placed stays when the
//! value is dropped. Main type: [`Placed`]. Neighbours: `elf::layout` says what to place, `initfs/loader` does it.

use crate::error::{Error, Result};
use crate::file::File;
use crate::memory::{ANONYMOUS, Protection};
use crate::system_call;
use core::ptr::NonNull;
use kernel_abi::redox::data::Map;
use kernel_abi::redox::flag::MapFlags;
use kernel_abi::redox::number::{SYS_FMAP, SYS_MPROTECT, SYS_READ2};

/// Pages at a chosen address.
#[derive(Debug)]
pub struct Placed {
    start: NonNull<u8>,
    length: usize,
}

impl Placed {
    /// Maps zeroed pages.
    ///
    /// # Errors
    /// EEXIST where something is mapped, EINVAL for addresses that are none of a program's, ENOMEM.
    pub fn anonymous(address: u64, length: u64, protection: Protection) -> Result<Self> {
        Self::map(ANONYMOUS, 0, address, length, protection)
    }

    /// Maps pages of a file privately.
    ///
    /// # Errors
    /// As [`Placed::anonymous`], and as the file's server refuses it.
    pub fn file(file: &File, offset: u64, address: u64, length: u64, protection: Protection) -> Result<Self> {
        Self::map(file.descriptor(), offset, address, length, protection)
    }

    fn map(descriptor: usize, offset: u64, address: u64, length: u64, protection: Protection) -> Result<Self> {
        let word = |value: u64| usize::try_from(value).map_err(|_| Error::EINVAL);
        let flags = protection.flags() | MapFlags::MAP_PRIVATE | MapFlags::MAP_FIXED_NOREPLACE;
        let map = Map { offset: word(offset)?, size: word(length)?, flags, address: word(address)? };
        let arguments = [descriptor, (&raw const map).expose_provenance(), size_of::<Map>(), 0, 0, 0];
        // SAFETY: MAP_FIXED_NOREPLACE takes free addresses only, so no memory in use changes; `map` is read.
        let address = unsafe { system_call::call(SYS_FMAP, arguments) }?;
        let start = NonNull::new(core::ptr::with_exposed_provenance_mut(address)).ok_or(Error::EINVAL)?;
        Ok(Self { start, length: map.size })
    }

    /// The first address.
    #[must_use]
    pub fn address(&self) -> u64 {
        self.start.addr().get() as u64
    }

    fn range(&self, address: u64, length: u64) -> Result<(*mut u8, usize)> {
        let offset = address.checked_sub(self.address()).and_then(|offset| usize::try_from(offset).ok());
        let (offset, length) = (offset.ok_or(Error::EINVAL)?, usize::try_from(length).map_err(|_| Error::EINVAL)?);
        if offset.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(Error::EINVAL);
        }
        Ok((self.start.as_ptr().wrapping_add(offset), length))
    }

    /// Clears bytes; the pages have to be writable.
    ///
    /// # Errors
    /// EINVAL outside the pages.
    pub fn clear(&mut self, address: u64, length: u64) -> Result<()> {
        let (start, length) = self.range(address, length)?;
        // SAFETY: the bytes lie in the pages, to which nobody holds a reference.
        unsafe { start.write_bytes(0, length) };
        Ok(())
    }

    /// Fills bytes from `offset` of a file; the pages have to be writable.
    ///
    /// # Errors
    /// EINVAL outside the pages, EIO if the file ends first, or as its server refuses the read.
    pub fn fill(&mut self, file: &File, offset: u64, address: u64, length: u64) -> Result<()> {
        let (mut start, mut length) = self.range(address, length)?;
        let mut offset = usize::try_from(offset).map_err(|_| Error::EINVAL)?;
        while length > 0 {
            let arguments = [file.descriptor(), start.expose_provenance(), length, offset, 0, 0];
            // SAFETY: the kernel writes at most `length` bytes from `start` on, which lie in the pages.
            let count = unsafe { system_call::call(SYS_READ2, arguments) }?;
            if count == 0 {
                return Err(Error::EIO);
            }
            start = start.wrapping_add(count);
            length = length.saturating_sub(count);
            offset = offset.saturating_add(count);
        }
        Ok(())
    }

    /// Copies bytes in; the pages have to be writable.
    ///
    /// # Errors
    /// EINVAL outside the pages.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<()> {
        let (start, length) = self.range(address, bytes.len() as u64)?;
        // SAFETY: the target lies in the pages, which are no Rust object and so overlap no slice.
        unsafe { start.copy_from_nonoverlapping(bytes.as_ptr(), length) };
        Ok(())
    }

    /// Changes the protection of all the pages.
    ///
    /// # Errors
    /// As the kernel refuses it.
    pub fn protect(&mut self, protection: Protection) -> Result<()> {
        let arguments = [self.start.addr().get(), self.length, protection.flags().bits(), 0, 0, 0];
        // SAFETY: nobody holds a reference into the pages.
        unsafe { system_call::call(SYS_MPROTECT, arguments) }.map(drop)
    }

    /// Zeroed pages as bytes of the program's.
    ///
    /// # Errors
    /// As [`Placed::anonymous`].
    pub fn anonymous_bytes(address: u64, length: u64) -> Result<&'static mut [u8]> {
        let placed = Self::anonymous(address, length, Protection::ReadWrite)?;
        // SAFETY: the pages are fresh, private, readable and writable, and are never unmapped by this value; the only
        // handle on them is consumed here.
        Ok(unsafe { core::slice::from_raw_parts_mut(placed.start.as_ptr(), placed.length) })
    }
}
