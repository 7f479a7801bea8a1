//! One entry of a page table (SDM vol. 3, section 4.5).
//!
//! Decides which bits the kernel uses: accessed and dirty are set from the start, so that the processor never writes to
//! a table. Main types: [`Entry`], [`Protection`]. Neighbours: `paging` and `boot/tables.rs`, which walk.

use kernel_core::seam::{self, Frame, Mapping};

/// Entries in a table, at every level.
pub(crate) const ENTRIES: usize = 512;
/// Kernel addresses begin with this entry of the root.
pub(crate) const KERNEL_HALF: usize = ENTRIES / 2;

const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const ACCESSED: u64 = 1 << 5;
const DIRTY: u64 = 1 << 6;
const LARGE: u64 = 1 << 7;
const GLOBAL: u64 = 1 << 8;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// How a page of the kernel is protected; never both writable and executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Code.
    Execute,
    /// Constants.
    Read,
    /// Everything else.
    Write,
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Entry(u64);

impl Entry {
    /// Nothing is here.
    pub(crate) const EMPTY: Self = Self(0);

    /// Leads to a table; the leaf decides about protection.
    pub(crate) const fn table(physical: u64) -> Self {
        Self(physical | PRESENT | WRITABLE | USER | ACCESSED)
    }

    /// Leads to a table of the kernel half.
    pub(crate) const fn kernel_table(physical: u64) -> Self {
        Self(physical | PRESENT | WRITABLE | ACCESSED)
    }

    /// Maps a page of the kernel.
    pub(crate) const fn kernel_page(physical: u64, protection: Protection) -> Self {
        let bits = match protection {
            Protection::Execute => 0,
            Protection::Read => NO_EXECUTE,
            Protection::Write => NO_EXECUTE | WRITABLE,
        };
        Self(physical | PRESENT | ACCESSED | DIRTY | GLOBAL | bits)
    }

    /// The same page, 2 MiB large.
    pub(crate) const fn large(self) -> Self {
        Self(self.0 | LARGE)
    }

    /// Maps a page of user space.
    pub(crate) const fn user_page(mapping: Mapping) -> Self {
        let allowed = mapping.protection;
        let writable = if allowed.contains(seam::Protection::WRITE) { WRITABLE } else { 0 };
        let executable = if allowed.contains(seam::Protection::EXECUTE) { 0 } else { NO_EXECUTE };
        // Without U/S the page is the kernel's: every user access faults, and the entry keeps its frame.
        let readable = if allowed.contains(seam::Protection::READ) { USER } else { 0 };
        Self(frame_address(mapping.frame) | PRESENT | ACCESSED | DIRTY | readable | writable | executable)
    }

    /// The entry leads somewhere.
    pub(crate) const fn is_present(self) -> bool {
        self.0 & PRESENT != 0
    }

    /// The physical address it leads to.
    pub(crate) const fn address(self) -> u64 {
        self.0 & ADDRESS
    }

    /// The frame it leads to.
    pub(crate) const fn frame(self) -> Frame {
        // Only frames with 32-bit numbers are ever put into an entry, so nothing is cut off.
        Frame((self.address() >> 12) as u32)
    }

    /// What it lets user code do.
    const fn protection(self) -> seam::Protection {
        if self.0 & USER == 0 {
            return seam::Protection::empty();
        }
        let writable = if self.0 & WRITABLE == 0 { seam::Protection::empty() } else { seam::Protection::WRITE };
        let executable = if self.0 & NO_EXECUTE == 0 { seam::Protection::EXECUTE } else { seam::Protection::empty() };
        seam::Protection::READ.union(writable).union(executable)
    }

    /// The user mapping it stands for.
    pub(crate) const fn mapping(self) -> Option<Mapping> {
        if self.is_present() { Some(Mapping { frame: self.frame(), protection: self.protection() }) } else { None }
    }
}

/// The physical address of a frame.
pub(crate) const fn frame_address(frame: Frame) -> u64 {
    (frame.0 as u64) << 12
}
