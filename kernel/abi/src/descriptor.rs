//! What the process server is told of an open descriptor of a group of its own.
//!
//! Decides the layout of `SocketVerb::Descriptor`'s payload. Main types: [`DescriptorInformation`], [`DescriptorKind`].
//! Neighbours: `verb` (the number), `kernel-core::socket::descriptor` fills it, `proc` makes `PID/files` of it.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a descriptor names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum DescriptorKind {
    /// Nothing was open among the numbers that one entry looks at; ask again from `number` on.
    Gap = 0,
    /// A file of a server's.
    File = 1,
    /// A file of the kernel's own, or the server's end of a scheme.
    Kernel = 2,
    /// A handle on a thread or group.
    Handle = 3,
}

impl DescriptorKind {
    /// The kind with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            0 => Self::Gap,
            1 => Self::File,
            2 => Self::Kernel,
            3 => Self::Handle,
            _ => return None,
        })
    }
}

/// State bit: exec closes it.
pub const CLOSE_ON_EXEC: u32 = 1;
/// State bit: the kernel keeps its offset.
pub const POSITIONED: u32 = 2;

/// Longest name, with its NUL.
pub const NAME_SIZE: usize = 32;

/// What SocketVerb::Descriptor fills, 88 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DescriptorInformation {
    /// Its number.
    pub number: u64,
    /// The offset, shared by all copies of the descriptor.
    pub offset: u64,
    /// A file: the server's number of it. A pipe: the same for both ends. A handle: the thread or group.
    pub label: u64,
    /// Id of the scheme that serves the file, 0 for the kernel.
    pub scheme: u64,
    /// A [`DescriptorKind`].
    pub kind: u32,
    /// A handle's `ObjectKind`.
    pub object: u32,
    /// Access mode and status flags, as F_GETFL tells them.
    pub flags: u32,
    /// [`CLOSE_ON_EXEC`], [`POSITIONED`].
    pub state: u32,
    /// Descriptors of all groups and pending calls that name the open file.
    pub references: u32,
    /// Reserved, 0.
    pub reserved: u32,
    /// The scheme's name; with the rest of the path where the kernel itself serves it. NUL-terminated.
    pub name: [u8; NAME_SIZE],
}

const _: () = assert!(size_of::<DescriptorInformation>() == 88);
