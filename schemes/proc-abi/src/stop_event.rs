//! The older interface of stops by cause: FreeBSD's stopevent() and its ioctls, made by SYS_CALL on `event`.
//!
//! Decides numbers and layouts: word 0 is the ioctl's number, word 1 its integer argument, the payload its structure. Main
//! types: [`StopRequest`], [`StopCauses`], [`StopStatus`]. Neighbours: `ptrace::stop_event` (what they do), `event` (the
//! newer mask). FreeBSD 5 and 6: sys/pioctl.h (PIOC*, PF_*, struct procfs_status), sys/proc.h (S_*).

use bitflags::bitflags;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags! {
    /// Causes for which a thread stops (p_stops).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct StopCauses: u32 {
        /// A new image; the value is 0.
        const EXEC = 0x01;
        /// A signal is about to be taken; the value is its number.
        const SIG = 0x02;
        /// A system call begins; the value is its count of arguments.
        const SCE = 0x04;
        /// A system call ends; the value is its number.
        const SCX = 0x08;
        /// A signal is about to kill as one that dumps core; the value is its number.
        const CORE = 0x10;
        /// The process is about to exit; the value is its status as wait tells it.
        const EXIT = 0x20;
    }

    /// What becomes of the causes (p_pfsflags).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct StopFlags: u32 {
        /// They stay when the last file is closed (PF_LINGER).
        const LINGER = 0x01;
        /// They stay when a set-id image is run (PF_ISUGID).
        const SET_ID = 0x02;
        /// A child has them, too (PF_FORK).
        const FORK = 0x04;
    }
}

/// What can be asked: FreeBSD's ioctl numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum StopRequest {
    /// PIOCBIS: adds the causes of word 1.
    Set = 0x2004_7001,
    /// PIOCBIC: takes them away.
    Clear = 0x2004_7002,
    /// PIOCSFL: sets the flags.
    SetFlags = 0x2004_7003,
    /// PIOCWAIT: waits for a stop, or the end, and fills a [`StopStatus`].
    Wait = 0x4020_7004,
    /// PIOCCONT: lets the thread go on; word 1 is a signal to send before, or 0.
    Continue = 0x2004_7005,
    /// PIOCSTATUS: fills a [`StopStatus`].
    Status = 0x4020_7006,
    /// PIOCGFL: fills the flags, 4 bytes.
    GetFlags = 0x4004_7007,
}

impl StopRequest {
    /// The request with this number.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        Some(match raw {
            0x2004_7001 => Self::Set,
            0x2004_7002 => Self::Clear,
            0x2004_7003 => Self::SetFlags,
            0x4020_7004 => Self::Wait,
            0x2004_7005 => Self::Continue,
            0x4020_7006 => Self::Status,
            0x4004_7007 => Self::GetFlags,
            _ => return None,
        })
    }
}

/// `struct procfs_status`, 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StopStatus {
    /// 0 in a stop, else 1.
    pub state: i32,
    /// 0.
    pub flags: i32,
    /// [`StopCauses`] bits that stop.
    pub events: u64,
    /// The cause of the present stop, 0 without one.
    pub why: i32,
    /// Thread that is in the stop, 0 without one; padding in FreeBSD.
    pub tid: i32,
    /// What the cause has to say.
    pub value: u64,
}

const _: () = assert!(size_of::<StopStatus>() == 32);
