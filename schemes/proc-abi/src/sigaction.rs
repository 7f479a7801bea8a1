//! How a process takes signals: `struct sigaction` and `stack_t` as FreeBSD lays them out, and their flags.
//!
//! Decides the bytes that sigaction(2) and sigaltstack(2) exchange. Main types: [`SigAction`], [`SignalStack`],
//! [`ActionFlags`]. Neighbours: `signal`, `signal_frame`, `ptrace::signals`. FreeBSD: sys/signal.h.

use bitflags::bitflags;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::signal::{SIG_DFL, SIG_IGN, SigSet};

/// FreeBSD's `struct sigaction`, 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SigAction {
    /// Address of the handler, `SIG_DFL` or `SIG_IGN`.
    pub handler: u64,
    /// [`ActionFlags`] bits.
    pub flags: u32,
    /// Blocked while the handler runs.
    pub mask: SigSet,
    /// Padding, 0.
    pub pad: u32,
}

const _: () = assert!(size_of::<SigAction>() == 32);
const _: () = assert!(core::mem::offset_of!(SigAction, mask) == 12);

impl SigAction {
    /// The default action is taken.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.handler == SIG_DFL
    }

    /// The signal is thrown away.
    #[must_use]
    pub const fn is_ignored(&self) -> bool {
        self.handler == SIG_IGN
    }

    /// A handler of the program runs.
    #[must_use]
    pub const fn is_caught(&self) -> bool {
        !self.is_default() && !self.is_ignored()
    }

    /// Its flags; unknown bits are dropped, as FreeBSD does.
    #[must_use]
    pub const fn flags(&self) -> ActionFlags {
        ActionFlags::from_bits_truncate(self.flags)
    }
}

bitflags! {
    /// `sa_flags`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ActionFlags: u32 {
        /// Run on the alternate stack.
        const ONSTACK = 0x1;
        /// Restart interrupted calls.
        const RESTART = 0x2;
        /// Back to default when delivered.
        const RESETHAND = 0x4;
        /// SIGCHLD: not for stops.
        const NOCLDSTOP = 0x8;
        /// Do not block the signal in its own handler.
        const NODEFER = 0x10;
        /// SIGCHLD: children leave no zombie.
        const NOCLDWAIT = 0x20;
        /// The handler takes siginfo.
        const SIGINFO = 0x40;
    }
}

/// sigprocmask: add to the mask.
pub const SIG_BLOCK: i32 = 1;
/// sigprocmask: take from the mask.
pub const SIG_UNBLOCK: i32 = 2;
/// sigprocmask: replace the mask.
pub const SIG_SETMASK: i32 = 3;

/// FreeBSD's `stack_t`, 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SignalStack {
    /// Lowest address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
    /// `SS_*` bits.
    pub flags: i32,
    /// Padding, 0.
    pub pad: u32,
}

const _: () = assert!(size_of::<SignalStack>() == 24);

/// The thread runs on its alternate stack.
pub const SS_ONSTACK: i32 = 1;
/// No alternate stack.
pub const SS_DISABLE: i32 = 4;
/// Smallest alternate stack (FreeBSD MINSIGSTKSZ on amd64).
pub const MINSIGSTKSZ: u64 = 2048;

impl SignalStack {
    /// No alternate stack.
    pub const DISABLED: Self = Self { base: 0, size: 0, flags: SS_DISABLE, pad: 0 };

    /// The stack pointer lies in it.
    #[must_use]
    pub const fn contains(&self, stack_pointer: u64) -> bool {
        self.flags & SS_DISABLE == 0 && stack_pointer.wrapping_sub(self.base) < self.size
    }
}
