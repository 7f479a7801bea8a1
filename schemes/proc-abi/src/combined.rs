//! The combined call of `ctl`: command records in, their replies and the next event with registers out.
//!
//! Decides verb and layout of a SYS_CALL on `ctl`: word 0 is a [`ControlVerb`], word 1 the bytes of records that the payload
//! begins with, word 2 is 0. The payload is filled with a [`CombinedHead`] and, behind it, the replies in order. Main types:
//! [`CombinedHead`], [`CombinedEnd`]. Neighbours: `command` (records and replies), `event_record`; `proc` answers,
//! `runtime::proc::combined` asks.

use kernel_abi::registers::Registers;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::event_record::EventRecord;

/// Metadata word 0 of a SYS_CALL on `ctl`; 0 is none of them, for there a socket's batch would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum ControlVerb {
    /// Runs the records, then waits for the next stop or the end of the target.
    RunAndWait = 1,
}

impl ControlVerb {
    /// The verb with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        match raw {
            1 => Some(Self::RunAndWait),
            _ => None,
        }
    }
}

/// How a combined call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CombinedEnd {
    /// With an event, which is collected.
    Event = 1,
    /// A record failed: its reply is the last one, nothing was waited for.
    Failed = 2,
    /// The call was interrupted while it waited; the next one waits on.
    Interrupted = 3,
    /// Nothing will come: the caller does not trace the target, its end has been told, or the handle is stale.
    Nothing = 4,
}

impl CombinedEnd {
    /// The end with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::Event,
            2 => Self::Failed,
            3 => Self::Interrupted,
            4 => Self::Nothing,
            _ => return None,
        })
    }
}

/// What a combined call fills its payload with, 352 bytes, before the replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct CombinedHead {
    /// A [`CombinedEnd`].
    pub end: u32,
    /// Bytes of replies that follow.
    pub replies: u32,
    /// Bytes of `registers` that count: all of them if the event is a stop, else 0.
    pub registers_size: u32,
    /// Reserved, 0.
    pub reserved: u32,
    /// The event, all zero without one.
    pub event: EventRecord,
    /// The general registers of the thread that reports.
    pub registers: Registers,
}

/// Size of a head.
pub const COMBINED_HEAD: usize = 352;
const _: () = assert!(size_of::<CombinedHead>() == COMBINED_HEAD);
