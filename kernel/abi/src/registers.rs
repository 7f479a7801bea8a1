//! Register sets in FreeBSD's amd64 layouts, and the masks their writers may not leave.
//!
//! Decides the byte layout of what `regs`, `fpregs` and `dbregs` hold; the rules that check a write live in
//! `kernel-core::frame`. Main types: [`Registers`], [`FloatRegisters`], [`DebugRegisters`], [`SegmentBases`].
//! Neighbours: `kernel-machine` (its entry code stores a [`Registers`] field by field), `proc-abi`, debuggers.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct reg` (sys/x86/include/reg.h), 176 bytes. From `rip` on it is the frame that IRETQ pops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[expect(missing_docs, reason = "the fields are the registers they are named after")]
pub struct Registers {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rbp: u64,
    pub rbx: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rax: u64,
    pub trapno: u32,
    pub fs: u16,
    pub gs: u16,
    pub err: u32,
    pub es: u16,
    pub ds: u16,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

const _: () = assert!(size_of::<Registers>() == 176);
const _: () = assert!(core::mem::offset_of!(Registers, rip) == 136);

/// User code segment selector (GDT order SS before CS, as SYSRET requires; RPL 3).
pub const USER_CS: u64 = 0x2b;
/// User stack segment selector.
pub const USER_SS: u64 = 0x23;

/// RFLAGS bits that user space may change: C, P, A, Z, N, T, D, V, NT, RF, AC and ID (FreeBSD PSL_USERCHANGE).
pub const RFLAGS_USER: u64 = 0x0025_4dd5;
/// RFLAGS bits that are always set in user mode: the reserved bit 1 and IF.
pub const RFLAGS_FIXED: u64 = 0x202;
/// The trap flag.
pub const RFLAGS_TF: u64 = 0x100;
/// The resume flag.
pub const RFLAGS_RF: u64 = 0x1_0000;

/// FreeBSD's `struct fpreg`, 512 bytes: the FXSAVE image (SDM vol. 1, table 10-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct FloatRegisters {
    /// FXSAVE header: control, status, tag, opcode, instruction and data pointers, MXCSR, MXCSR mask.
    pub environment: [u64; 4],
    /// ST0 to ST7, 16 bytes each.
    pub accumulators: [u8; 128],
    /// XMM0 to XMM15.
    pub xmm: [u8; 256],
    /// Ignored on write, zero on read.
    pub spare: [u64; 12],
}

const _: () = assert!(size_of::<FloatRegisters>() == 512);

/// FreeBSD's `struct dbreg`, 128 bytes: DR0 to DR15, of which 0-3, 6 and 7 exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DebugRegisters {
    /// By number; 4, 5 and 8 to 15 are zero.
    pub dr: [u64; 16],
}

const _: () = assert!(size_of::<DebugRegisters>() == 128);

impl DebugRegisters {
    /// Any of the four breakpoints is enabled locally or globally in DR7.
    #[must_use]
    pub const fn any_enabled(&self) -> bool {
        self.dr[7] & 0xff != 0
    }
}

/// FS and GS bases of a thread, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SegmentBases {
    /// FS base.
    pub fs: u64,
    /// GS base.
    pub gs: u64,
}

/// Which register set a request names; the value is the `set` word of the verbs GET_REGISTERS and SET_REGISTERS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum RegisterSet {
    /// [`Registers`].
    General = 0,
    /// [`FloatRegisters`].
    Float = 1,
    /// [`DebugRegisters`].
    Debug = 2,
    /// The whole XSAVE image, standard format.
    Extended = 3,
    /// [`SegmentBases`].
    Bases = 4,
}

impl RegisterSet {
    /// The set with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        Some(match raw {
            0 => Self::General,
            1 => Self::Float,
            2 => Self::Debug,
            3 => Self::Extended,
            4 => Self::Bases,
            _ => return None,
        })
    }
}
