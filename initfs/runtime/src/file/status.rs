//! What stat gives: kind, mode, owner, size, times.
//!
//! Decides a layout equal to Redox's `Stat` but without hidden padding, so that servers can send it as bytes. Main types:
//! [`Status`], [`Kind`]. Neighbours: `file::File::status` reads one, `server` answers with one.

use core::mem::offset_of;
use kernel_abi::redox::data::Stat;
use kernel_abi::redox::flag;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    Regular,
    /// Names.
    Directory,
    /// A device, or something that behaves like one.
    Character,
    /// A pipe.
    Pipe,
    /// Something else.
    Other,
}

impl Kind {
    /// The kind's bits in a mode.
    #[must_use]
    pub const fn bits(self) -> u16 {
        match self {
            Self::Regular => flag::MODE_FILE,
            Self::Directory => flag::MODE_DIR,
            Self::Character => flag::MODE_CHR,
            Self::Pipe => flag::MODE_FIFO,
            Self::Other => 0,
        }
    }
}

/// Redox's `Stat`, 104 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Status {
    /// The file system.
    pub device: u64,
    /// The file's number in it.
    pub inode: u64,
    /// Kind, permission and set-id bits.
    pub mode: u16,
    reserved_mode: u16,
    /// Count of names.
    pub links: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Length in bytes.
    pub size: u64,
    /// Best size of a transfer.
    pub block_size: u32,
    reserved_block_size: u32,
    /// Length in blocks of 512 bytes.
    pub blocks: u64,
    /// Time of the last change of content: seconds.
    pub modified: u64,
    /// Nanoseconds of it.
    pub modified_nanoseconds: u32,
    reserved_modified: u32,
    /// Time of the last access: seconds.
    pub accessed: u64,
    /// Nanoseconds of it.
    pub accessed_nanoseconds: u32,
    reserved_accessed: u32,
    /// Time of the last change of status: seconds.
    pub changed: u64,
    /// Nanoseconds of it.
    pub changed_nanoseconds: u32,
    reserved_changed: u32,
}

const _: () = assert!(size_of::<Status>() == size_of::<Stat>());
const _: () = assert!(offset_of!(Status, mode) == offset_of!(Stat, st_mode));
const _: () = assert!(offset_of!(Status, links) == offset_of!(Stat, st_nlink));
const _: () = assert!(offset_of!(Status, size) == offset_of!(Stat, st_size));
const _: () = assert!(offset_of!(Status, blocks) == offset_of!(Stat, st_blocks));
const _: () = assert!(offset_of!(Status, changed_nanoseconds) == offset_of!(Stat, st_ctime_nsec));

impl Status {
    /// The status of a file of this kind with `permissions` (as in `st_mode & 07777`) and `size`; all else is zero.
    #[must_use]
    pub fn new(kind: Kind, permissions: u16, size: u64) -> Self {
        Self {
            mode: kind.bits() | (permissions & flag::MODE_PERM),
            links: 1,
            size,
            block_size: 4096,
            blocks: size.div_ceil(512),
            ..Self::default()
        }
    }

    /// What the file is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.mode & flag::MODE_TYPE {
            flag::MODE_FILE => Kind::Regular,
            flag::MODE_DIR => Kind::Directory,
            flag::MODE_CHR => Kind::Character,
            flag::MODE_FIFO => Kind::Pipe,
            _ => Kind::Other,
        }
    }

    /// Permission and set-id bits.
    #[must_use]
    pub fn permissions(&self) -> u16 {
        self.mode & flag::MODE_PERM
    }

    /// Anybody may execute it.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Status};

    #[test]
    fn a_status_keeps_kind_and_permissions_apart() {
        let status = Status::new(Kind::Directory, 0o755, 1000);
        assert_eq!((status.kind(), status.permissions(), status.blocks), (Kind::Directory, 0o755, 2));
        assert!(status.is_executable());
        assert!(!Status::new(Kind::Regular, 0o644, 0).is_executable());
    }
}
