//! The tree of files and directories behind the numbers of open files.
//!
//! Decides the numbers: a file is its index in the image plus 1, so that the process server knows a sealed file by the
//! number alone (`SocketVerb::Identify`); a directory is the index of the first file below it, plus [`DIRECTORY`] and its
//! depth, so that no table of open files is needed. Main type: [`Tree`]. Neighbours: `initfs_format::Image`.

use alloc::string::String;
use alloc::vec::Vec;
use initfs_format::{Entry, Error as ImageError, Image, PAGE_SIZE};
use runtime::file::directory::{More, NameWriter};
use runtime::file::status::{Kind, Status};
use runtime::{Error, Result};

/// Bit of a directory's number; the depth is the byte from [`DEPTH_SHIFT`] on, the index of a file below it in the rest.
const DIRECTORY: u64 = 1 << 63;
const DEPTH_SHIFT: u32 = 48;
const DEPTH_MASK: u64 = 0x3ff;
const INDEX_MASK: u64 = (1 << DEPTH_SHIFT) - 1;

/// Permissions of every directory: the image cannot be written.
const DIRECTORY_MODE: u16 = 0o555;

/// The files of one image.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    image: Image<'a>,
}

/// What a number names.
#[derive(Clone, Copy, Debug)]
enum Node<'a> {
    File(Entry<'a>),
    /// Its path, without a slash at its end but for the root.
    Directory(&'a str),
}

impl<'a> Tree<'a> {
    /// The tree of the image in `bytes`, whose checksum the kernel has compared.
    ///
    /// # Errors
    /// Why they are no image.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ImageError> {
        Image::parse_sealed(bytes).map(|image| Self { image })
    }

    /// The number of what `path` names, seen from the open file `base` (0: the root). Names are separated by slashes; empty
    /// ones and `.` are skipped, `..` goes up.
    ///
    /// # Errors
    /// ENOENT, ENOTDIR, ENAMETOOLONG.
    pub fn open(&self, base: u64, path: &[u8]) -> Result<u64> {
        let base = match self.node(base)? {
            Node::Directory(path) => path,
            Node::File(_) if path.is_empty() => return Ok(base),
            Node::File(_) => return Err(Error::ENOTDIR),
        };
        let plain = runtime::path::normalise(base.as_bytes(), path)?;
        let plain = core::str::from_utf8(&plain).map_err(|_| Error::ENOENT)?;
        if let Ok(index) = self.image.position(plain) {
            return if path.ends_with(b"/") { Err(Error::ENOTDIR) } else { file_number(index) };
        }
        self.directory_number(plain)
    }

    /// Whether a number names a directory.
    #[must_use]
    pub fn is_directory(&self, number: u64) -> bool {
        matches!(self.node(number), Ok(Node::Directory(_)))
    }

    /// The bytes of a file from `offset` on, at most `length`.
    ///
    /// # Errors
    /// EISDIR, EBADF.
    pub fn read(&self, number: u64, offset: u64, length: u64) -> Result<&'a [u8]> {
        let Node::File(entry) = self.node(number)? else { return Err(Error::EISDIR) };
        let rest = usize::try_from(offset).ok().and_then(|offset| entry.data.get(offset..)).unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// Kind, mode, owner and size.
    ///
    /// # Errors
    /// EBADF.
    pub fn status(&self, number: u64) -> Result<Status> {
        let mut status = match self.node(number)? {
            Node::Directory(_) => Status::new(Kind::Directory, DIRECTORY_MODE, 0),
            Node::File(entry) => {
                let mut status = Status::new(Kind::Regular, entry.mode.bits(), entry.data.len() as u64);
                (status.uid, status.gid) = (entry.uid, entry.gid);
                status
            }
        };
        status.inode = number & !DIRECTORY;
        Ok(status)
    }

    /// The absolute path.
    ///
    /// # Errors
    /// EBADF.
    pub fn path(&self, number: u64) -> Result<&'a str> {
        Ok(match self.node(number)? {
            Node::File(entry) => entry.path,
            Node::Directory(path) => path,
        })
    }

    /// Directory records for the names from the `start`th on, at most `limit` bytes.
    ///
    /// # Errors
    /// ENOTDIR, EBADF; EINVAL if not one fits; ENOMEM.
    pub fn names(&self, number: u64, start: u64, limit: u64) -> Result<Vec<u8>> {
        let Node::Directory(path) = self.node(number)? else { return Err(Error::ENOTDIR) };
        let skip = usize::try_from(start).unwrap_or(usize::MAX);
        let mut writer = NameWriter::new(limit)?;
        for (index, child) in self.image.children(path).enumerate().skip(skip) {
            let kind = if child.file.is_some() { Kind::Regular } else { Kind::Directory };
            let inode = child.file.and_then(|entry| self.image.position(entry.path).ok()).map_or(0, inode);
            if !writer.add(inode, (index as u64).saturating_add(1), kind, child.name.as_bytes()) {
                return writer.finish(More::Yes);
            }
        }
        writer.finish(More::No)
    }

    /// Where in the image `length` bytes of a file lie from `offset` on; pages beyond the file's last are refused, because
    /// they are another file's.
    ///
    /// # Errors
    /// ENODEV for a directory, EINVAL for what is not the file's, EBADF.
    pub fn map(&self, number: u64, offset: u64, length: u64) -> Result<u64> {
        let Node::File(entry) = self.node(number)? else { return Err(Error::ENODEV) };
        let pages = (entry.data.len() as u64).checked_next_multiple_of(PAGE_SIZE).ok_or(Error::EINVAL)?;
        let end = offset.checked_add(length).and_then(|end| end.checked_next_multiple_of(PAGE_SIZE));
        if !offset.is_multiple_of(PAGE_SIZE) || end.is_none_or(|end| end > pages) {
            return Err(Error::EINVAL);
        }
        entry.data_offset.checked_add(offset).ok_or(Error::EINVAL)
    }

    fn node(&self, number: u64) -> Result<Node<'a>> {
        if number == 0 {
            return Ok(Node::Directory("/"));
        }
        let index = usize::try_from(number & INDEX_MASK).map_err(|_| Error::EBADF)?;
        let entry = index.checked_sub(1).and_then(|index| self.image.get(index)).ok_or(Error::EBADF)?;
        if number & DIRECTORY == 0 {
            return if number > INDEX_MASK { Err(Error::EBADF) } else { Ok(Node::File(entry)) };
        }
        let depth = usize::try_from((number >> DEPTH_SHIFT) & DEPTH_MASK).map_err(|_| Error::EBADF)?;
        let end = entry.path.match_indices('/').nth(depth).map(|(end, _)| end).ok_or(Error::EBADF)?;
        entry.path.get(..end).map(Node::Directory).ok_or(Error::EBADF)
    }

    /// The number of the directory `path`, which exists if a file lies below it.
    fn directory_number(&self, path: &str) -> Result<u64> {
        if path == "/" {
            return Ok(0);
        }
        let mut below = String::new();
        below.try_reserve_exact(path.len().saturating_add(1))?;
        below.push_str(path);
        below.push('/');
        let index = self.image.position(&below).unwrap_or_else(|first| first);
        if !self.image.get(index).is_some_and(|entry| entry.path.starts_with(&below)) {
            return Err(self.missing(path));
        }
        let depth = path.matches('/').count() as u64 & DEPTH_MASK;
        Ok(DIRECTORY | depth.wrapping_shl(DEPTH_SHIFT) | inode(index))
    }

    /// Why `path` is not there: a part of it may be a file.
    fn missing(&self, path: &str) -> Error {
        let mut ancestors = path.match_indices('/').skip(1).filter_map(|(end, _)| path.get(..end));
        if ancestors.any(|ancestor| self.image.position(ancestor).is_ok()) { Error::ENOTDIR } else { Error::ENOENT }
    }
}

fn inode(index: usize) -> u64 {
    (index as u64).saturating_add(1)
}

fn file_number(index: usize) -> Result<u64> {
    Some(inode(index)).filter(|&number| number <= INDEX_MASK).ok_or(Error::ENFILE)
}

#[cfg(test)]
mod tests;
