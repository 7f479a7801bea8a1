//! What lies on a handler's stack: FreeBSD's amd64 signal frame, and the trampoline it returns through.
//!
//! Decides the 976 bytes between sendsig and sigreturn and the code at [`SIGNAL_TRAMPOLINE`]. Main types:
//! [`SignalFrame`], [`UserContext`], [`MachineContext`]. Neighbours: `ptrace::frame` fills and reads them, the loader maps
//! the trampoline, handlers read the context. FreeBSD: sys/x86/include/ucontext.h, amd64/include/sigframe.h,
//! sys/_ucontext.h, amd64/exec_machdep.c (sendsig, sys_sigreturn).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::sigaction::SignalStack;
use crate::siginfo::SigInfo;
use crate::signal::SigSet;

/// Address of the page that every handler starts through; the loader maps it readable and executable.
pub const SIGNAL_TRAMPOLINE: u64 = 0x0000_7fff_ffff_d000;

/// Code of the trampoline: call the handler named by the frame, then sigreturn(frame + 16).
pub const TRAMPOLINE_CODE: [u8; 17] = [
    0xff, 0x14, 0x24, // call [rsp]
    0x48, 0x8d, 0x7c, 0x24, 0x10, // lea rdi, [rsp + 16]
    0xb8, 0xa1, 0x01, 0x00, 0x40, // mov eax, 0x400001a1 (sigreturn, 417)
    0x0f, 0x05, // syscall
    0x0f, 0x0b, // ud2
];

/// FreeBSD's amd64 `mcontext_t`, 800 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[expect(missing_docs, reason = "most fields are the registers they are named after")]
pub struct MachineContext {
    /// 1 if the handler runs on the alternate stack.
    pub onstack: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub r8: u64,
    pub r9: u64,
    pub rax: u64,
    pub rbx: u64,
    pub rbp: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub trapno: u32,
    pub fs: u16,
    pub gs: u16,
    pub addr: u64,
    /// `_MC_*` bits.
    pub flags: u32,
    pub es: u16,
    pub ds: u16,
    pub err: u64,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
    /// Size of this structure; sigreturn refuses another.
    pub length: u64,
    /// [`FPFORMAT_XMM`].
    pub fpformat: u64,
    /// [`FPOWNED_FPU`] or [`FPOWNED_NONE`].
    pub ownedfp: u64,
    /// FXSAVE image.
    pub fpstate: [u64; 64],
    pub fsbase: u64,
    pub gsbase: u64,
    /// Address of the extended state beyond the FXSAVE image, 0 if none.
    pub xfpustate: u64,
    /// Its length.
    pub xfpustate_length: u64,
    pub spare: [u64; 4],
}

const _: () = assert!(size_of::<MachineContext>() == 800);
const _: () = assert!(core::mem::offset_of!(MachineContext, rax) == 56);
const _: () = assert!(core::mem::offset_of!(MachineContext, rip) == 160);
const _: () = assert!(core::mem::offset_of!(MachineContext, length) == 200);
const _: () = assert!(core::mem::offset_of!(MachineContext, fpstate) == 224);
const _: () = assert!(core::mem::offset_of!(MachineContext, fsbase) == 736);
const _: () = assert!(core::mem::offset_of!(MachineContext, spare) == 768);

/// `flags`: segment registers are valid.
pub const MC_HASSEGS: u32 = 1;
/// `flags`: the bases are valid.
pub const MC_HASBASES: u32 = 2;
/// `flags`: `xfpustate` is valid.
pub const MC_HASFPXSTATE: u32 = 4;
/// `fpformat`: no floating point state.
pub const FPFORMAT_NODEV: u64 = 0x10000;
/// `fpformat`: FXSAVE.
pub const FPFORMAT_XMM: u64 = 0x10002;
/// `ownedfp`: the thread has not used floating point.
pub const FPOWNED_NONE: u64 = 0x20000;
/// `ownedfp`: the state is in `fpstate`.
pub const FPOWNED_FPU: u64 = 0x20001;

/// FreeBSD's `ucontext_t`, 880 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct UserContext {
    /// Signals blocked when the handler was entered; sigreturn restores it.
    pub sigmask: SigSet,
    /// Registers at that time.
    pub mcontext: MachineContext,
    /// For the thread library.
    pub link: u64,
    /// The alternate stack.
    pub stack: SignalStack,
    /// For the thread library.
    pub flags: i32,
    /// Spare.
    pub spare: [u32; 7],
}

const _: () = assert!(size_of::<UserContext>() == 880);
const _: () = assert!(core::mem::offset_of!(UserContext, link) == 816);
const _: () = assert!(core::mem::offset_of!(UserContext, flags) == 848);

/// FreeBSD's `struct sigframe`, 976 bytes, 16-aligned on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SignalFrame {
    /// Address of the handler, which the trampoline calls.
    pub handler: u64,
    /// Padding.
    pub pad: u64,
    /// Third argument of the handler, argument of sigreturn.
    pub context: UserContext,
    /// Second argument of the handler if it asked for it.
    pub info: SigInfo,
}

const _: () = assert!(size_of::<SignalFrame>() == 976);
const _: () = assert!(core::mem::offset_of!(SignalFrame, context) == 16);
const _: () = assert!(core::mem::offset_of!(SignalFrame, info) == 896);

/// Bytes below the stack pointer that a function may use without moving it (System V ABI); a frame lies below them.
pub const RED_ZONE: u64 = 128;
