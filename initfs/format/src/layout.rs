//! The bytes of an image: a header, a table of entries, the paths, then the files.
//!
//! [`Header`] and [`EntryRecord`] are the only two structures; all numbers are little-endian and every reserved byte is
//! zero. Files start on page boundaries and the image ends on one, so that the kernel can map a file without copying
//! it. Neighbours: `image` checks what lies in these structures, `initfs-pack` fills them in.

use core::mem::size_of;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The first eight bytes of every image.
pub const MAGIC: [u8; 8] = *b"PROCTOR1";

/// The only version of the layout so far.
pub const VERSION: u32 = 1;

/// Alignment of file data and of the image's length: the page size of x86_64.
pub const PAGE_SIZE: u64 = 4096;

/// The first structure of the image.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`VERSION`].
    pub version: U32,
    /// How many [`EntryRecord`]s follow the header.
    pub entry_count: U32,
    /// Length of the whole image in bytes, a multiple of [`PAGE_SIZE`].
    pub total_length: U64,
    /// [`crate::checksum`] of the whole image.
    pub checksum: U32,
    /// Zero.
    pub reserved: U32,
}

/// One file of the image; the table is sorted by path, bytewise and strictly.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub struct EntryRecord {
    /// Where the path starts, counted from the start of the image.
    pub path_offset: U32,
    /// Length of the path in bytes.
    pub path_length: U32,
    /// Where the file's bytes start, counted from the start of the image; a multiple of [`PAGE_SIZE`].
    pub data_offset: U64,
    /// Length of the file in bytes.
    pub data_length: U64,
    /// Permission and set-id bits, as in `st_mode & 07777`.
    pub mode: U32,
    /// Owner.
    pub uid: U32,
    /// Group.
    pub gid: U32,
    /// Zero.
    pub reserved: U32,
}

const _: () = assert!(size_of::<Header>() == 32);
const _: () = assert!(size_of::<EntryRecord>() == 40);
