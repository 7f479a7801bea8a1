//! Open files: what a descriptor can do.
//!
//! Decides that a [`File`] owns its descriptor and closes it when dropped; paths are made absolute and plain first. Main
//! types: [`File`], [`OpenFlags`]. Neighbours: `file::transfer` (reading and writing), `file::status` (what stat gives), `file::directory` (reading names),
//! `file::names` (removing and renaming), `file::pipe`, `environment` (relative paths), `socket` (requests on a scheme socket).

mod call;
pub mod directory;
pub mod names;
pub mod pipe;
pub mod status;
mod transfer;

use crate::environment;
use crate::error::{Error, Result};
use crate::system_call::{self, address_of, address_of_mut};
use alloc::vec::Vec;
use kernel_abi::redox::flag;
use kernel_abi::redox::number;
use kernel_abi::{FD_CLOEXEC, LOWEST_FREE, NAMESPACE};
use status::Status;
use zerocopy::{FromZeros, IntoBytes};

bitflags::bitflags! {
    /// How to open a file.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct OpenFlags: usize {
        /// For reading.
        const READ = flag::O_RDONLY;
        /// For writing.
        const WRITE = flag::O_WRONLY;
        /// For both.
        const READ_WRITE = flag::O_RDWR;
        /// Make the file if there is none.
        const CREATE = flag::O_CREAT;
        /// With `CREATE`: fail if there is one.
        const EXCLUSIVE = flag::O_EXCL;
        /// Make the file empty.
        const TRUNCATE = flag::O_TRUNC;
        /// Write at its end.
        const APPEND = flag::O_APPEND;
        /// Fail with EAGAIN where a call would wait.
        const NONBLOCK = flag::O_NONBLOCK;
        /// Only a directory will do; with `CREATE`: make one.
        const DIRECTORY = flag::O_DIRECTORY;
        /// Closed by exec.
        const CLOSE_ON_EXEC = kernel_abi::O_CLOEXEC;
    }
}

/// Where a seek counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// From the start.
    Start(u64),
    /// From the present offset.
    Current(i64),
    /// From the end.
    End(i64),
}

/// An open file.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    descriptor: usize,
}

impl File {
    /// Opens a file by its path.
    ///
    /// # Errors
    /// ENODEV where no scheme has the name; else as the scheme's server refuses it.
    pub fn open(path: impl AsRef<[u8]>, flags: OpenFlags) -> Result<Self> {
        Self::open_absolute(&environment::absolute(path)?, flags)
    }

    /// Opens a file by a path that is absolute and plain already; allocates nothing.
    ///
    /// # Errors
    /// As for [`File::open`].
    pub fn open_absolute(path: &[u8], flags: OpenFlags) -> Result<Self> {
        Self::open_into(NAMESPACE, path, flags, LOWEST_FREE)
    }

    /// Opens a file by a path relative to this one, which its server resolves.
    ///
    /// # Errors
    /// As the scheme's server refuses it.
    pub fn open_below(&self, path: impl AsRef<[u8]>, flags: OpenFlags) -> Result<Self> {
        Self::open_into(self.descriptor, path.as_ref(), flags, LOWEST_FREE)
    }

    fn open_into(directory: usize, path: &[u8], flags: OpenFlags, target: usize) -> Result<Self> {
        let arguments = [directory, address_of(path), path.len(), flags.bits(), target, 0];
        // SAFETY: the kernel reads the path, which is borrowed for the call.
        unsafe { system_call::call(number::SYS_OPENAT_INTO2, arguments) }.map(Self::from_descriptor)
    }

    /// The file behind a descriptor that this program was given. Two owners of one descriptor close it twice, which hurts
    /// files, not memory.
    #[must_use]
    pub const fn from_descriptor(descriptor: usize) -> Self {
        Self { descriptor }
    }

    /// The descriptor's number.
    #[must_use]
    pub const fn descriptor(&self) -> usize {
        self.descriptor
    }

    /// Gives the descriptor away unclosed.
    #[must_use]
    pub fn into_descriptor(self) -> usize {
        core::mem::ManuallyDrop::new(self).descriptor
    }

    /// Moves the file's offset and gives the new one.
    ///
    /// # Errors
    /// ESPIPE where there is none, EINVAL for one below 0.
    pub fn seek(&self, to: Seek) -> Result<u64> {
        let (offset, whence) = match to {
            Seek::Start(offset) => (i64::try_from(offset).map_err(|_| Error::EINVAL)?, flag::SEEK_SET),
            Seek::Current(offset) => (offset, flag::SEEK_CUR),
            Seek::End(offset) => (offset, flag::SEEK_END),
        };
        let arguments = [self.descriptor, offset.cast_unsigned() as usize, whence, 0, 0, 0];
        // SAFETY: touches no memory of this program.
        unsafe { system_call::call(number::SYS_LSEEK, arguments) }.map(|offset| offset as u64)
    }

    /// Another descriptor of the same open file.
    ///
    /// # Errors
    /// EMFILE.
    pub fn duplicate(&self) -> Result<Self> {
        self.duplicate_as(LOWEST_FREE, &[])
    }

    /// Another descriptor of the same open file, at the number `target`, whose present file is closed.
    ///
    /// # Errors
    /// EBADF for a number beyond the table.
    pub fn duplicate_to(&self, target: usize) -> Result<Self> {
        self.duplicate_as(target, &[])
    }

    /// A new open file that the server makes from this one and `name`.
    ///
    /// # Errors
    /// As the server refuses it.
    pub fn duplicate_named(&self, name: &[u8]) -> Result<Self> {
        self.duplicate_as(LOWEST_FREE, name)
    }

    fn duplicate_as(&self, target: usize, name: &[u8]) -> Result<Self> {
        let arguments = [self.descriptor, target, address_of(name), name.len(), 0, 0];
        // SAFETY: the kernel reads the name, which is borrowed.
        unsafe { system_call::call(number::SYS_DUP_INTO, arguments) }.map(Self::from_descriptor)
    }

    /// Chooses whether exec closes the descriptor.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_close_on_exec(&self, close: CloseOnExec) -> Result<()> {
        let flags = match close {
            CloseOnExec::Yes => FD_CLOEXEC,
            CloseOnExec::No => 0,
        };
        self.control(flag::F_SETFD, flags).map(drop)
    }

    /// The flags that can be changed while the file is open (`NONBLOCK`, `APPEND`) and its access mode.
    ///
    /// # Errors
    /// EBADF.
    pub fn flags(&self) -> Result<OpenFlags> {
        self.control(flag::F_GETFL, 0).map(OpenFlags::from_bits_truncate)
    }

    /// Sets `NONBLOCK` and `APPEND` as in `flags`.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_flags(&self, flags: OpenFlags) -> Result<()> {
        self.control(flag::F_SETFL, flags.bits()).map(drop)
    }

    /// fcntl: `command` with a number as its argument.
    ///
    /// # Errors
    /// EINVAL for a command that neither the kernel nor the server knows.
    pub fn control(&self, command: usize, argument: usize) -> Result<usize> {
        // SAFETY: no fcntl command takes a pointer.
        unsafe { system_call::call(number::SYS_FCNTL, [self.descriptor, command, argument, 0, 0, 0]) }
    }

    /// Kind, size, owner and mode.
    ///
    /// # Errors
    /// As the file's server refuses it.
    pub fn status(&self) -> Result<Status> {
        let mut status = Status::new_zeroed();
        let bytes = status.as_mut_bytes();
        let arguments = [self.descriptor, address_of_mut(bytes), bytes.len(), 0, 0, 0];
        // SAFETY: the kernel writes at most the bytes of `status`, in which any pattern is valid.
        unsafe { system_call::call(number::SYS_FSTAT, arguments) }?;
        Ok(status)
    }

    /// The path by which the file's server knows it.
    ///
    /// # Errors
    /// As the server refuses it; ENOMEM.
    pub fn path(&self) -> Result<Vec<u8>> {
        let mut path = Vec::new();
        path.try_reserve(crate::path::MAXIMUM)?;
        path.resize(crate::path::MAXIMUM, 0);
        let arguments = [self.descriptor, address_of_mut(&mut path), path.len(), 0, 0, 0];
        // SAFETY: the kernel writes at most `path.len()` bytes.
        let length = unsafe { system_call::call(number::SYS_FPATH, arguments) }?;
        path.truncate(length);
        Ok(path)
    }
}

/// Whether exec closes a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseOnExec {
    /// It does.
    Yes,
    /// The new program has the descriptor too.
    No,
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: closing touches no memory. An error cannot be told to anybody here.
        let _ = unsafe { system_call::call(number::SYS_CLOSE, [self.descriptor, 0, 0, 0, 0, 0]) };
    }
}
