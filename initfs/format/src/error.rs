//! Why bytes are not an image.
//!
//! [`Error`] names the first rule broken and, where it concerns one file, the file's index in the table: enough for the
//! panic message of a kernel that cannot go on without its image. Neighbours: `image` finds these, `path` the last.

use crate::path::PathError;
use core::fmt;

/// The first rule of the layout that the bytes break.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Error {
    /// Shorter than a header, or than the length the header gives.
    Truncated,
    /// The first bytes are not [`crate::MAGIC`].
    Magic,
    /// Another version of the layout.
    Version(u32),
    /// The length is not a multiple of the page size.
    Length,
    /// The bytes are not those that were written.
    Checksum {
        /// What the header says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// A reserved field or a byte between files is not zero.
    Reserved,
    /// The table does not fit into the image.
    Table,
    /// A path lies outside the place for paths, or overlaps another.
    PathPlace(u32),
    /// A path is not one that the image may hold.
    Path(u32, PathError),
    /// A path is not above the one before it.
    Order(u32),
    /// A file's path is used as a directory by another file.
    FileAsDirectory(u32),
    /// A file's bytes lie outside the image, overlap another file or do not start on a page.
    DataPlace(u32),
    /// A mode has bits other than permissions and set-id.
    Mode(u32),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => formatter.write_str("the image is shorter than its header says"),
            Self::Magic => formatter.write_str("not a boot image: wrong magic number"),
            Self::Version(version) => write!(formatter, "version {version} of the boot image is not known"),
            Self::Length => formatter.write_str("the image's length is not a multiple of the page size"),
            Self::Checksum { stored, computed } => {
                write!(formatter, "the image is damaged: checksum {computed:#010x}, expected {stored:#010x}")
            }
            Self::Reserved => formatter.write_str("a byte that has to be zero is not"),
            Self::Table => formatter.write_str("the table of files does not fit into the image"),
            Self::PathPlace(index) => write!(formatter, "file {index}: its path lies outside the place for paths"),
            Self::Path(index, error) => write!(formatter, "file {index}: {error}"),
            Self::Order(index) => write!(formatter, "file {index}: not in the order of paths"),
            Self::FileAsDirectory(index) => write!(formatter, "file {index}: a part of its path is a file"),
            Self::DataPlace(index) => write!(formatter, "file {index}: its bytes are misplaced"),
            Self::Mode(index) => write!(formatter, "file {index}: unknown bits in its mode"),
        }
    }
}

impl core::error::Error for Error {}
