//! Memory of any protection, reached byte by byte: for tests of faults and of what mappings share.
//!
//! Decides that nothing can borrow from it, so that its protection may change at any time; an access that the protection
//! forbids faults. Main type: [`ProbeMemory`]. Neighbours: `memory` (memory to use), `fault`.

use super::{ANONYMOUS, Pages, Protection};
use crate::error::{Error, Result};
use crate::file::File;
use crate::system_call;
use kernel_abi::redox::flag::MapFlags;
use kernel_abi::redox::number::SYS_MPROTECT;

/// Who sees what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// This program, and not the file.
    Private,
    /// Everybody who maps the same file.
    Shared,
}

impl Sharing {
    const fn flags(self) -> MapFlags {
        match self {
            Self::Private => MapFlags::MAP_PRIVATE,
            Self::Shared => MapFlags::MAP_SHARED,
        }
    }
}

/// Mapped pages that are only reached byte by byte.
#[derive(Debug)]
pub struct ProbeMemory(Pages);

impl ProbeMemory {
    /// Maps anonymous memory.
    ///
    /// # Errors
    /// As the kernel refuses it.
    pub fn anonymous(length: usize, protection: Protection, sharing: Sharing) -> Result<Self> {
        Pages::map(ANONYMOUS, 0, length, protection.flags() | sharing.flags()).map(Self)
    }

    /// Maps a file from `offset` on.
    ///
    /// # Errors
    /// As the file's server or the kernel refuses it.
    pub fn file(file: &File, offset: usize, length: usize, protection: Protection, sharing: Sharing) -> Result<Self> {
        Pages::map(file.descriptor(), offset, length, protection.flags() | sharing.flags()).map(Self)
    }

    /// The first address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.start.addr().get()
    }

    /// Changes what may be done with a part of it.
    ///
    /// # Errors
    /// EINVAL outside it; EACCES for more than a file allows; as the kernel refuses it.
    pub fn protect(&self, offset: usize, length: usize, protection: Protection) -> Result<()> {
        if offset.checked_add(length).is_none_or(|end| end > self.0.length) {
            return Err(Error::EINVAL);
        }
        let address = self.address().wrapping_add(offset);
        // SAFETY: nothing borrows from these pages.
        unsafe { system_call::call(SYS_MPROTECT, [address, length, protection.flags().bits(), 0, 0, 0]) }.map(drop)
    }

    /// Reads a byte; faults if that is not allowed there.
    ///
    /// # Errors
    /// EINVAL outside it.
    pub fn read(&self, offset: usize) -> Result<u8> {
        let place = self.place(offset)?;
        // SAFETY: the byte lies in pages that this value keeps mapped; if they cannot be read the processor says so.
        Ok(unsafe { place.read_volatile() })
    }

    /// Writes a byte; faults if that is not allowed there.
    ///
    /// # Errors
    /// EINVAL outside it.
    pub fn write(&self, offset: usize, byte: u8) -> Result<()> {
        let place = self.place(offset)?;
        // SAFETY: as for `read`; nothing borrows from these pages.
        unsafe { place.write_volatile(byte) };
        Ok(())
    }

    /// Jumps to the first byte, having made the memory data: the fetch faults.
    ///
    /// # Errors
    /// As the kernel refuses the protection.
    pub fn jump_to_data(&self) -> Result<core::convert::Infallible> {
        self.protect(0, self.0.length, Protection::Read)?;
        // SAFETY: the page was just made not executable, so no instruction of it runs.
        unsafe { core::arch::asm!("jmp {0}", in(reg) self.address(), options(noreturn)) }
    }

    fn place(&self, offset: usize) -> Result<*mut u8> {
        if offset >= self.0.length {
            return Err(Error::EINVAL);
        }
        Ok(self.0.start.as_ptr().wrapping_add(offset))
    }
}
