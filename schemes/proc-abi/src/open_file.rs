//! Fixed binary twin of `files`: the open files of a process, for programs.
//!
//! Decides the layout of a record, whose name makes it as long as it needs, and how records are taken apart. Main types:
//! [`OpenFile`], [`OpenFiles`]. Neighbours: `status` (the other twins), `proc` fills them, FreeBSD's `kinfo_file` tells the
//! same facts.

use bitflags::bitflags;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags! {
    /// Facts about a descriptor and its open file.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct OpenFileFlags: u32 {
        /// Opened for reading.
        const READ = 1;
        /// Opened for writing.
        const WRITE = 2;
        /// Writes go to the end.
        const APPEND = 4;
        /// Calls fail instead of waiting.
        const NONBLOCK = 8;
        /// Exec closes the descriptor.
        const CLOSE_ON_EXEC = 16;
        /// It has a position; streams have none.
        const POSITIONED = 32;
    }
}

/// A record: these 48 bytes, then the name, then zeros up to a multiple of 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct OpenFile {
    /// Bytes of this record, the name and what follows it included.
    pub size: u32,
    /// [`OpenFileFlags`] bits.
    pub flags: u32,
    /// The descriptor.
    pub descriptor: i32,
    /// Descriptors of all processes, and calls under way, that share the open file.
    pub references: u32,
    /// The position, 0 for a stream.
    pub position: u64,
    /// The server's number of the open file; of a pipe the number that both ends have.
    pub file: u64,
    /// Id of that server's scheme, 0 for the kernel.
    pub scheme: u64,
    /// Bytes of the name.
    pub name_length: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<OpenFile>() == 48);

impl OpenFile {
    /// Bytes of a record with a name of this length.
    #[must_use]
    pub const fn size_with(name: usize) -> Option<usize> {
        match size_of::<Self>().checked_add(name) {
            Some(size) => size.checked_next_multiple_of(8),
            None => None,
        }
    }

    /// The flags that are known.
    #[must_use]
    pub const fn flags(&self) -> OpenFileFlags {
        OpenFileFlags::from_bits_truncate(self.flags)
    }
}

/// Takes records apart, up to the first that is cut.
#[derive(Clone, Copy, Debug)]
pub struct OpenFiles<'a> {
    rest: &'a [u8],
}

impl<'a> OpenFiles<'a> {
    /// The records in what was read from `files.bin`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for OpenFiles<'a> {
    type Item = (OpenFile, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (record, _) = OpenFile::read_from_prefix(self.rest).ok()?;
        let size = usize::try_from(record.size).ok()?;
        let (whole, rest) = self.rest.split_at_checked(size)?;
        let name = whole.get(size_of::<OpenFile>()..)?.get(..usize::try_from(record.name_length).ok()?)?;
        self.rest = rest;
        Some((record, name))
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenFile, OpenFiles};
    use zerocopy::IntoBytes;

    fn record(descriptor: i32, size: usize, name: &[u8]) -> Vec<u8> {
        let record = OpenFile { size: size as u32, descriptor, name_length: name.len() as u32, ..OpenFile::default() };
        let mut bytes = [record.as_bytes(), name].concat();
        bytes.resize(size.max(bytes.len()), 0);
        bytes
    }

    #[test]
    fn records_are_as_long_as_their_names_need_or_longer() {
        assert_eq!([0, 1, 8, 9].map(OpenFile::size_with), [Some(48), Some(56), Some(56), Some(64)]);
        assert_eq!(OpenFile::size_with(usize::MAX), None);
        let bytes = [record(0, 48, b""), record(3, 56, b"/bin/sh"), record(4, 96, b"pipe:")].concat();
        let read: Vec<_> = OpenFiles::new(&bytes).map(|(record, name)| (record.descriptor, name)).collect();
        assert_eq!(read, [(0, &b""[..]), (3, b"/bin/sh"), (4, b"pipe:")]);
    }

    #[test]
    fn what_is_cut_or_senseless_ends_the_list() {
        for bytes in [record(0, 48, b"")[..47].to_vec(), record(0, 47, b""), record(0, 48, b"x"), record(0, 0, b"")] {
            assert_eq!(OpenFiles::new(&bytes).count(), 0, "{bytes:?}");
        }
        let cut = [record(0, 56, b"event:"), record(1, 56, b"pipe:")].concat();
        assert_eq!(OpenFiles::new(&cut[..100]).count(), 1);
    }
}
