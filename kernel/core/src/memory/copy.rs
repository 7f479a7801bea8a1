//! Copies from one address space to another (or within one), without a buffer in between.
//!
//! Decides the cost of bulk reads: one look at each side for a page, then the machine's copy. Main types: [`Side`],
//! [`Copied`], [`CopyEnd`]. Neighbours: `walk` (the same walk for the kernel's own buffers), reads and writes of `mem`,
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

/// What a step of a copy did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Bytes that arrived.
    pub done: u64,
    /// Why it stopped.
    pub end: CopyEnd,
}

/// Why a step of a copy stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyEnd {
    /// Everything arrived.
    Complete,
    /// The budget is spent: the next step begins after the bytes that were done.
    Budget,
    /// The next byte cannot be read.
    Source(FaultKind),
    /// The next byte cannot be written.
    Target(FaultKind),
}

impl Memory {
    /// Copies `length` bytes until the budget is spent; one page of it is one call of the machine's copy. Overlapping ranges
    /// in one space are copied from the low end, page by page.
    pub fn copy(
        &mut self,
        machine: &mut impl Hardware,
        from: Side,
        to: Side,
        length: u64,
        budget: &mut Budget,
    ) -> Copied {
        let mut done = 0;
        let mut source = None;
        let mut target = None;
        while done < length {
            if !budget.spend() {
                return Copied { done, end: CopyEnd::Budget };
            }
            let (from_at, to_at) = (from.address.saturating_add(done), to.address.saturating_add(done));
            let target_frame = match recent(target, to_at) {
                Some(frame) => frame,
                None => match self.frame_of(machine, to.space, Page::containing(to_at), to.accessor.writes()) {
                    Ok(frame) => frame,
                    Err(kind) => return Copied { done, end: CopyEnd::Target(kind) },
                },
            };
            // A copy made for the target may have moved the source's page, if they are the same: look again.
            let source_frame = match recent(source, from_at).filter(|_| recent(target, to_at).is_some()) {
                Some(frame) => frame,
                None => match self.frame_of(machine, from.space, Page::containing(from_at), from.accessor.reads()) {
                    Ok(frame) => frame,
                    Err(kind) => return Copied { done, end: CopyEnd::Source(kind) },
                },
            };
            (source, target) =
                (Some((Page::containing(from_at), source_frame)), Some((Page::containing(to_at), target_frame)));
            let (from_offset, to_offset) = (offset_of(from_at), offset_of(to_at));
            let room = PAGE_SIZE.saturating_sub(from_offset.max(to_offset));
            let count = usize::try_from(length.saturating_sub(done)).unwrap_or(room).min(room);
            machine.copy((source_frame, from_offset), (target_frame, to_offset), count);
            done = done.saturating_add(count as u64);
        }
        Copied { done, end: CopyEnd::Complete }
    }
}

/// The frame of the page that was looked at last, if `address` is in it.
fn recent(last: Option<(Page, Frame)>, address: u64) -> Option<Frame> {
    last.filter(|(page, _)| *page == Page::containing(address)).map(|(_, frame)| frame)
}
