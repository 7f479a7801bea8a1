//! Copies from one address space to another (or within one), without a buffer in between.
//!
//! Decides the cost of bulk reads: one look at each side for a page, then the machine's copy. Main types: [`Side`],
//! [`Copied`]. Neighbours: `walk` (the same walk for the kernel's own buffers), reads and writes of `mem`,
//! COPY_IN and COPY_OUT.

use kernel_abi::stop::FaultKind;

use super::walk::offset_of;
use super::{Accessor, Budget, Hardware, Memory, SpaceKey};
use crate::seam::{Frame, PAGE_SIZE, Page};

/// One end of a copy.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// The space.
    pub space: SpaceKey,
    /// The first address.
    pub address: u64,
    /// By whose rights.
    pub accessor: Accessor,
}

/// What a step of a copy did. Fewer bytes than asked for and no fault mean that the budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Bytes that arrived.
    pub bytes: usize,
    /// Why the next byte cannot be copied.
    pub fault: Option<FaultKind>,
}

/// The page of one side that was looked at last.
type Recent = Option<(Page, Frame)>;

impl Side {
    /// Memory as its program sees it.
    #[must_use]
    pub const fn program(space: SpaceKey, address: u64) -> Self {
        Self { space, address, accessor: Accessor::Program }
    }

    /// Memory as a debugger sees it.
    #[must_use]
    pub const fn debugger(space: SpaceKey, address: u64) -> Self {
        Self { space, address, accessor: Accessor::Debugger }
    }
}

impl Memory {
    /// Copies `length` bytes until the budget is spent; one page of it is one call of the machine's copy. Overlapping ranges
    /// in one space are copied from the low end, page by page.
    pub fn copy(
        &mut self,
        machine: &mut impl Hardware,
        from: Side,
        to: Side,
        length: usize,
        budget: &mut Budget,
    ) -> Copied {
        let mut bytes: usize = 0;
        let (mut source, mut target) = (None, None);
        while bytes < length && budget.spend() {
            let (from_at, to_at) = (from.address.saturating_add(bytes as u64), to.address.saturating_add(bytes as u64));
            let frames = self.frames_of((from, from_at, &mut source), (to, to_at, &mut target), machine);
            let (source_frame, target_frame) = match frames {
                Ok(frames) => frames,
                Err(kind) => return Copied { bytes, fault: Some(kind) },
            };
            let (from_offset, to_offset) = (offset_of(from_at), offset_of(to_at));
            let room = PAGE_SIZE.saturating_sub(from_offset.max(to_offset));
            let count = room.min(length.saturating_sub(bytes));
            machine.copy((source_frame, from_offset), (target_frame, to_offset), count);
            bytes = bytes.saturating_add(count);
        }
        Copied { bytes, fault: None }
    }

    /// The frames of both sides, looked up only where the page is another one than before.
    #[inline]
    fn frames_of(
        &mut self,
        (from, from_at, source): (Side, u64, &mut Recent),
        (to, to_at, target): (Side, u64, &mut Recent),
        machine: &mut impl Hardware,
    ) -> Result<(Frame, Frame), FaultKind> {
        let (from_page, to_page) = (Page::containing(from_at), Page::containing(to_at));
        let target_frame = match *target {
            Some((page, frame)) if page == to_page => frame,
            Some(_) | None => {
                let frame = self.frame_of(machine, to.space, to_page, to.accessor.writes())?;
                *target = Some((to_page, frame));
                // A private copy for the target takes the page from the source, if they are the same: look again.
                *source = source.filter(|_| from.space != to.space);
                frame
            }
        };
        let source_frame = match *source {
            Some((page, frame)) if page == from_page => frame,
            Some(_) | None => {
                let frame = self.frame_of(machine, from.space, from_page, from.accessor.reads())?;
                *source = Some((from_page, frame));
                frame
            }
        };
        Ok((source_frame, target_frame))
    }
}
