//! GETREGSET and SETREGSET: register sets by the type of the ELF note that holds them.
//!
//! Decides which notes there are and the layout of the one that is no plain register set. Main types: [`Note`],
//! [`IoVector`], [`StatusNote`]. Neighbours: `request`, `ptrace::request::register_set`, `kernel_abi::registers`.
//! FreeBSD: sys/elf_common.h (NT_*), sys/procfs.h (prstatus_t), sys/_iovec.h.

use kernel_abi::registers::{FloatRegisters, Registers};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A register set, by the type of its note; `data` of both requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Note {
    /// NT_PRSTATUS: a [`StatusNote`].
    Status = 1,
    /// NT_FPREGSET: the FXSAVE image.
    Float = 2,
    /// NT_X86_SEGBASES: FS and GS base.
    SegmentBases = 0x200,
    /// NT_X86_XSTATE: the XSAVE image; its size depends on the machine.
    ExtendedState = 0x202,
}

impl Note {
    /// The register set with this note type.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Option<Self> {
        Some(match raw {
            1 => Self::Status,
            2 => Self::Float,
            0x200 => Self::SegmentBases,
            0x202 => Self::ExtendedState,
            _ => return None,
        })
    }
}

/// FreeBSD's `struct iovec`, 16 bytes: what `addr` of both requests points to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IoVector {
    /// Address of the buffer; 0 asks for the size alone.
    pub base: u64,
    /// Its length, which must be the set's; afterwards the size.
    pub length: u64,
}

const _: () = assert!(size_of::<IoVector>() == 16);

/// FreeBSD's `prstatus_t`, 224 bytes. A write takes the registers alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StatusNote {
    /// [`STATUS_VERSION`].
    pub version: i32,
    /// Padding, 0.
    pub pad: u32,
    /// Bytes of this structure.
    pub status_size: u64,
    /// Bytes of the general registers.
    pub general_size: u64,
    /// Bytes of the floating point registers.
    pub float_size: u64,
    /// Release of the system; 0, for this is no FreeBSD.
    pub release: i32,
    /// Signal of the present stop.
    pub signal: i32,
    /// Thread id.
    pub thread: i32,
    /// Padding, 0.
    pub pad_middle: u32,
    /// General registers.
    pub registers: Registers,
}

const _: () = assert!(size_of::<StatusNote>() == 224);
const _: () = assert!(core::mem::offset_of!(StatusNote, registers) == 48);

/// FreeBSD's PRSTATUS_VERSION.
pub const STATUS_VERSION: i32 = 1;

impl StatusNote {
    /// The note of a thread that stopped with this signal.
    #[must_use]
    pub fn new(thread: i32, signal: i32, registers: Registers) -> Self {
        Self {
            version: STATUS_VERSION,
            status_size: size_of::<Self>() as u64,
            general_size: size_of::<Registers>() as u64,
            float_size: size_of::<FloatRegisters>() as u64,
            signal,
            thread,
            registers,
            ..Self::default()
        }
    }
}
