//! What both loader protocols tell the kernel, and how their structures are read.
//!
//! Decides that nothing a loader wrote is trusted: every structure is reached by physical address through
//! [`BootMemory`], which answers only for memory that is mapped at boot, and everything kept is copied out. Main types:
//! [`Handover`], [`HandoverError`]. Neighbours: `pvh` and `multiboot2` (parsers), `start` (gives the real memory).

use arrayvec::ArrayVec;
use core::fmt;
use zerocopy::FromBytes;

use super::memory_map::{PhysicalRange, RangeSet};

/// Longest command line that is kept.
pub const COMMAND_LINE_BYTES: usize = 1024;

/// Physical memory as boot sees it.
pub trait BootMemory {
    /// `length` bytes at a physical address; `None` when that is not reachable.
    fn bytes(&self, address: u64, length: u64) -> Option<&[u8]>;
}

/// What the loader said.
#[derive(Clone, Debug, Default)]
pub struct Handover {
    /// Memory that may be used; still holds kernel and image.
    pub memory: RangeSet,
    /// The first module, the boot image.
    pub image: Option<PhysicalRange>,
    /// The command line without its terminator; what is beyond [`COMMAND_LINE_BYTES`] is lost.
    pub command_line: ArrayVec<u8, COMMAND_LINE_BYTES>,
}

/// Why a hand-over cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverError {
    /// Entered by no known protocol.
    UnknownProtocol,
    /// A structure lies outside the memory that boot can reach, or is cut off.
    Unreachable,
    /// The magic number is wrong.
    BadMagic,
    /// There is no memory map.
    NoMemoryMap,
    /// There is no module to boot from.
    NoImage,
    /// Memory is too small for kernel heap and tables.
    NoMemory,
}

impl fmt::Display for HandoverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UnknownProtocol => "entered by neither PVH nor Multiboot2",
            Self::Unreachable => "a boot structure is cut off or out of reach",
            Self::BadMagic => "the boot structure has the wrong magic number",
            Self::NoMemoryMap => "the loader gave no memory map",
            Self::NoImage => "no boot image: give one with -initrd (QEMU) or module2 (GRUB)",
            Self::NoMemory => "not enough memory for the kernel's heap and tables",
        })
    }
}

/// Reads one structure.
pub(super) fn read<T: FromBytes>(memory: &impl BootMemory, address: u64) -> Result<T, HandoverError> {
    let bytes = memory.bytes(address, size_of::<T>() as u64).ok_or(HandoverError::Unreachable)?;
    T::read_from_bytes(bytes).map_err(|_| HandoverError::Unreachable)
}

/// Keeps a command line up to its NUL.
pub(super) fn command_line(bytes: &[u8]) -> ArrayVec<u8, COMMAND_LINE_BYTES> {
    bytes.iter().copied().take_while(|byte| *byte != 0).take(COMMAND_LINE_BYTES).collect()
}

#[cfg(test)]
pub(super) mod fake {
    //! Boot memory for tests: a few bytes at an address.

    use super::BootMemory;

    /// Bytes that start at a physical address.
    pub(in crate::boot) struct FakeMemory {
        pub(in crate::boot) base: u64,
        pub(in crate::boot) bytes: Vec<u8>,
    }

    impl BootMemory for FakeMemory {
        fn bytes(&self, address: u64, length: u64) -> Option<&[u8]> {
            let start = usize::try_from(address.checked_sub(self.base)?).ok()?;
            self.bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        }
    }
}
