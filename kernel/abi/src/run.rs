//! Delegated runs: what a tracer asks of the handle `PID/run`, and what it is told of the stop that follows.
//!
//! Decides verbs and layout of a SYS_CALL on such a handle; what a stop means in FreeBSD's words is `proc-abi`'s. Main types:
//! [`RunVerb`], [`RunStop`]. Neighbours: `kernel-core::run` (does it), `effect::EffectVerb::Delegate` (allows it),
//! `message::Kind::Delegated` (tells the server), `stop` (causes and their words).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::registers::Registers;

/// Metadata word 0 of a SYS_CALL on a run handle; the payload is filled with a [`RunStop`]. 0 is none of them, for there a
/// socket's batch would be. An empty payload does not wait: unless [`RunVerb::Wait`] follows before the stop, that is the server's, as if the run had been ordered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum RunVerb {
    /// Waits for the stop that ends the run under way.
    Wait = 1,
    /// Runs one instruction.
    Step = 2,
    /// Runs to the next stop.
    Resume = 3,
    /// Runs to the entry or exit of a system call; refused unless both are armed.
    ToCall = 4,
    /// Runs one instruction while no other thread runs; refused unless all others are held.
    StepAlone = 5,
}

impl RunVerb {
    /// The verb with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        Some(match raw {
            1 => Self::Wait,
            2 => Self::Step,
            3 => Self::Resume,
            4 => Self::ToCall,
            5 => Self::StepAlone,
            _ => return None,
        })
    }
}

/// The stop that ended a run, 256 bytes. It is collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RunStop {
    /// A [`crate::stop::Cause`].
    pub cause: u32,
    /// Reserved, 0.
    pub reserved: u32,
    /// What the server gave with `Delegate`: its name of the thread.
    pub label: u64,
    /// The words of the report, as `Cause` documents them.
    pub words: [u64; 8],
    /// The thread's general registers.
    pub registers: Registers,
}

const _: () = assert!(size_of::<RunStop>() == 256);
