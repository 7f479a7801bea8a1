//! What comes with a signal: `siginfo_t` in FreeBSD's amd64 layout, and its codes.
//!
//! Decides the 80 bytes and the values of `si_code`. Main type: [`SigInfo`]. Neighbours: `lwpinfo`, `signal_frame`, `wait`,
//! `ptrace::signals`. FreeBSD: sys/signal.h (struct __siginfo, SI_*, TRAP_*, CLD_*, SEGV_*, FPE_*, ILL_*, BUS_*).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::signal::Signal;

/// FreeBSD's `siginfo_t`, 80 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SigInfo {
    /// Signal number, 0 for no information.
    pub signo: i32,
    /// Error number.
    pub errno: i32,
    /// Where it came from: one of the codes below.
    pub code: i32,
    /// Sending process.
    pub pid: i32,
    /// Its real user.
    pub uid: u32,
    /// Exit value or signal of a child.
    pub status: i32,
    /// Faulting instruction or address.
    pub addr: u64,
    /// Value of sigqueue, or of a timer.
    pub value: u64,
    /// Trap number of a fault (`_reason._fault._trapno`), timer id otherwise.
    pub trapno: i32,
    /// Overrun count of a timer.
    pub overrun: i32,
    /// Rest of the union.
    pub spare: [u64; 4],
}

const _: () = assert!(size_of::<SigInfo>() == 80);
const _: () = assert!(core::mem::offset_of!(SigInfo, addr) == 24);
const _: () = assert!(core::mem::offset_of!(SigInfo, trapno) == 40);

impl SigInfo {
    /// Information that names nothing but the signal and where it came from.
    #[must_use]
    pub fn new(signal: Signal, code: i32) -> Self {
        Self { signo: signal.number(), code, ..Self::default() }
    }

    /// The signal it is about, unless it is empty.
    #[must_use]
    pub const fn signal(&self) -> Option<Signal> {
        Signal::new(self.signo)
    }
}

/// kill().
pub const SI_USER: i32 = 0x10001;
/// sigqueue().
pub const SI_QUEUE: i32 = 0x10002;
/// A timer.
pub const SI_TIMER: i32 = 0x10003;
/// Asynchronous input or output.
pub const SI_ASYNCIO: i32 = 0x10004;
/// A message queue.
pub const SI_MESGQ: i32 = 0x10005;
/// The kernel.
pub const SI_KERNEL: i32 = 0x10006;
/// thr_kill().
pub const SI_LWP: i32 = 0x10007;

/// SIGTRAP: a breakpoint.
pub const TRAP_BRKPT: i32 = 1;
/// SIGTRAP: a single step or a hardware break.
pub const TRAP_TRACE: i32 = 2;

/// SIGCHLD: it exited.
pub const CLD_EXITED: i32 = 1;
/// SIGCHLD: a signal killed it.
pub const CLD_KILLED: i32 = 2;
/// SIGCHLD: a signal killed it and it left a core.
pub const CLD_DUMPED: i32 = 3;
/// SIGCHLD: it is traced and stopped.
pub const CLD_TRAPPED: i32 = 4;
/// SIGCHLD: it stopped.
pub const CLD_STOPPED: i32 = 5;
/// SIGCHLD: it continued.
pub const CLD_CONTINUED: i32 = 6;

/// SIGSEGV: nothing is mapped there.
pub const SEGV_MAPERR: i32 = 1;
/// SIGSEGV: the mapping forbids it.
pub const SEGV_ACCERR: i32 = 2;
/// SIGBUS: misaligned.
pub const BUS_ADRALN: i32 = 1;
/// SIGBUS: the object has nothing there.
pub const BUS_OBJERR: i32 = 3;
/// SIGBUS: no memory.
pub const BUS_OOMERR: i32 = 100;
/// SIGILL: opcode.
pub const ILL_ILLOPC: i32 = 1;
/// SIGILL: privileged opcode (FreeBSD's code for a general protection fault, as SIGBUS with BUS_OBJERR).
pub const ILL_PRVOPC: i32 = 5;
/// SIGFPE: integer overflow.
pub const FPE_INTOVF: i32 = 1;
/// SIGFPE: integer division by zero.
pub const FPE_INTDIV: i32 = 2;
/// SIGFPE: floating point division by zero.
pub const FPE_FLTDIV: i32 = 3;
/// SIGFPE: floating point overflow.
pub const FPE_FLTOVF: i32 = 4;
/// SIGFPE: floating point underflow.
pub const FPE_FLTUND: i32 = 5;
/// SIGFPE: inexact result.
pub const FPE_FLTRES: i32 = 6;
/// SIGFPE: invalid operation.
pub const FPE_FLTINV: i32 = 7;
/// SIGFPE: subscript out of range.
pub const FPE_FLTSUB: i32 = 8;
