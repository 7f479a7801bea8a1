//! What a core file tells, before it has a form.
//!
//! Decides nothing. Main types: [`Image`], [`Process`], [`Thread`], [`Region`]. Neighbours: `snapshot` fills them, `layout`
//! and `note` lay them out.

use alloc::string::String;
use alloc::vec::Vec;
use kernel_abi::registers::{FloatRegisters, Registers, SegmentBases};
use proc_abi::siginfo::SigInfo;
use proc_abi::status::ProcessStatus;

/// A process at one moment.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// The process as a whole.
    pub process: Process,
    /// Its threads, the reporting one first.
    pub threads: Vec<Thread>,
    /// Its memory, by address.
    pub regions: Vec<Region>,
    /// Components of the extended state that the machine has enabled (XCR0).
    pub components: u64,
}

/// Facts about the process as a whole.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// What it was doing.
    pub status: ProcessStatus,
    /// Signal it was stopped for, with what is known of it.
    pub signal: SigInfo,
    /// Its arguments, each ended by NUL.
    pub arguments: Vec<u8>,
    /// Its auxiliary vector.
    pub auxiliary: Vec<u8>,
}

/// One thread.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its id.
    pub tid: i32,
    /// General registers.
    pub registers: Registers,
    /// Segment bases.
    pub bases: SegmentBases,
    /// FXSAVE image.
    pub float: FloatRegisters,
    /// XSAVE image, where the machine has one.
    pub extended: Option<Vec<u8>>,
}

/// One region of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Offset in its file.
    pub offset: u64,
    /// Protection: 1 read, 2 write, 4 execute.
    pub protection: u32,
    /// Path of its file, if it has one that can be named.
    pub path: Option<String>,
}

impl Region {
    /// Its length in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}
