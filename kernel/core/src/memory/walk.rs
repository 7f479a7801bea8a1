//! The software walk: the kernel's only way to the bytes of user memory, for programs and for debuggers.
//!
//! Decides how much of an access is done when it meets a page that does not allow it. Main type: [`Short`]. Neighbours:
//! `fault` (fills and copies pages on the way), `copy` (from one space to another), every call with a pointer.
//!
//! An entry never allows more than its region, so an entry that allows the access is all a small one has to look at.

use core::ops::Range;

use kernel_abi::stop::FaultKind;
use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::fault::Intent;
use super::{Access, Accessor, Hardware, Memory, SpaceKey};
use crate::seam::{Frame, PAGE_SIZE, Page, USER_END};

/// An access that met a page it may not touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Bytes that were done.
    pub done: usize,
    /// Why no more.
    pub kind: FaultKind,
}

impl Memory {
    /// Reads user memory. Meant for small buffers; longer ones go through [`Memory::copy`], which has a budget.
    ///
    /// # Errors
    /// [`Short`]: the bytes before the page that does not allow it were read.
    #[inline]
    pub fn read(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        into: &mut [u8],
        accessor: Accessor,
    ) -> Result<(), Short> {
        if let Some((page, offset)) = within_page(address, into.len())
            && let Some(frame) = self.known_frame(space, page, accessor.reads())
        {
            machine.read(frame, offset, into);
            return Ok(());
        }
        self.read_pieces(machine, space, address, into, accessor)
    }

    #[inline(never)]
    fn read_pieces(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        into: &mut [u8],
        accessor: Accessor,
    ) -> Result<(), Short> {
        for piece in pieces(address, into.len()) {
            let short = |kind| Short { done: piece.bytes.start, kind };
            let frame = self.frame_of(machine, space, piece.page, accessor.reads()).map_err(short)?;
            if let Some(into) = into.get_mut(piece.bytes) {
                machine.read(frame, piece.offset, into);
            }
        }
        Ok(())
    }

    /// Writes user memory, likewise.
    ///
    /// # Errors
    /// [`Short`]: the bytes before the page that does not allow it were written.
    #[inline]
    pub fn write(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        from: &[u8],
        accessor: Accessor,
    ) -> Result<(), Short> {
        if let Some((page, offset)) = within_page(address, from.len())
            && let Some(frame) = self.known_frame(space, page, accessor.writes())
        {
            machine.write(frame, offset, from);
            return Ok(());
        }
        self.write_pieces(machine, space, address, from, accessor)
    }

    #[inline(never)]
    fn write_pieces(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        from: &[u8],
        accessor: Accessor,
    ) -> Result<(), Short> {
        for piece in pieces(address, from.len()) {
            let short = |kind| Short { done: piece.bytes.start, kind };
            let frame = self.frame_of(machine, space, piece.page, accessor.writes()).map_err(short)?;
            if let Some(from) = from.get(piece.bytes) {
                machine.write(frame, piece.offset, from);
            }
        }
        Ok(())
    }

    /// Reads one value.
    ///
    /// # Errors
    /// Why not all of its bytes can be read.
    pub fn read_value<T: FromBytes + IntoBytes>(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        accessor: Accessor,
    ) -> Result<T, FaultKind> {
        let mut value = T::new_zeroed();
        self.read(machine, space, address, value.as_mut_bytes(), accessor).map_err(|short| short.kind)?;
        Ok(value)
    }

    /// Writes one value.
    ///
    /// # Errors
    /// Why not all of its bytes can be written; those before the fault were.
    pub fn write_value<T: IntoBytes + Immutable>(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        value: &T,
        accessor: Accessor,
    ) -> Result<(), FaultKind> {
        self.write(machine, space, address, value.as_bytes(), accessor).map_err(|short| short.kind)
    }

    /// The frame of a page, resident and fit for `intent`: by its entry if that says so, else as a page fault would.
    #[inline]
    pub(super) fn frame_of(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        page: Page,
        intent: Intent,
    ) -> Result<Frame, FaultKind> {
        self.known_frame(space, page, intent).map_or_else(|| self.look_up(machine, space, page, intent), Ok)
    }

    /// The frame of a page that was met lately.
    #[inline]
    fn known_frame(&self, space: SpaceKey, page: Page, intent: Intent) -> Option<Frame> {
        self.spaces.get(space)?.recent.find(page, intent.enough())
    }

    /// As [`Self::frame_of`], for a page that was not met lately.
    #[inline(never)]
    fn look_up(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        page: Page,
        intent: Intent,
    ) -> Result<Frame, FaultKind> {
        // Addresses of the kernel half never reach the tables.
        if page >= Page::containing(USER_END) {
            return Err(FaultKind::Unmapped);
        }
        let (space, mut pager) = self.pager(machine, space).ok_or(FaultKind::Unmapped)?;
        if let Some(mapping) = pager.machine.lookup(space.root(), page)
            && mapping.protection.contains(intent.enough())
        {
            space.recent.keep(page, mapping);
            return Ok(mapping.frame);
        }
        pager.resolve(space, page, intent)
    }
}

impl Accessor {
    pub(super) const fn reads(self) -> Intent {
        match self {
            Self::Program => Intent::Program(Access::Read),
            Self::Debugger => Intent::Peek,
        }
    }

    pub(super) const fn writes(self) -> Intent {
        match self {
            Self::Program => Intent::Program(Access::Write),
            Self::Debugger => Intent::Poke,
        }
    }
}

/// The part of an access that lies in one page.
struct Piece {
    page: Page,
    offset: usize,
    /// Which bytes of the buffer.
    bytes: Range<usize>,
}

/// The page and offset of an access that is not empty and crosses no page boundary: nearly all do not.
#[inline(always)]
const fn within_page(address: u64, length: usize) -> Option<(Page, usize)> {
    let offset = offset_of(address);
    if length.wrapping_sub(1) < PAGE_SIZE.saturating_sub(offset) {
        Some((Page::containing(address), offset))
    } else {
        None
    }
}

/// Cuts an access at page boundaries. An address that wraps around ends in the kernel half, where no walk follows.
fn pieces(address: u64, length: usize) -> impl Iterator<Item = Piece> {
    let mut done = 0;
    core::iter::from_fn(move || {
        let left = length.checked_sub(done).filter(|left| *left > 0)?;
        let at = address.saturating_add(done as u64);
        let offset = offset_of(at);
        let end = done.saturating_add(left.min(PAGE_SIZE.saturating_sub(offset)));
        let piece = Piece { page: Page::containing(at), offset, bytes: done..end };
        done = end;
        Some(piece)
    })
}

/// Offset of an address in its page.
pub(super) const fn offset_of(address: u64) -> usize {
    address as usize % PAGE_SIZE
}
