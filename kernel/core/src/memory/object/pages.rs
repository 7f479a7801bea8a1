//! The sparse table of an anonymous object's pages: chunks of 512, made when one of their pages is first touched.
//!
//! Decides where a page's frame is remembered. Main type: [`Pages`]. Neighbour: `object`.
//!
//! Two levels of plain vectors rather than a hash map: a lookup is two indexings, growing never moves the entries, and
//! freeing can stop and go on after any page.

use alloc::vec::Vec;

use crate::memory::frames::FrameAllocator;
use crate::memory::{Budget, OutOfMemory, Progress};
use crate::seam::Frame;

/// Pages in a chunk.
const CHUNK: usize = 512;

/// Frames by page number.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Each chunk is empty or has [`CHUNK`] entries.
    chunks: Vec<Vec<Option<Frame>>>,
}

impl Pages {
    /// The frame of a page.
    pub(super) fn get(&self, page: u64) -> Option<Frame> {
        let (chunk, place) = position(page)?;
        *self.chunks.get(chunk)?.get(place)?
    }

    /// The place for a page's frame.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(super) fn reserve(&mut self, page: u64) -> Result<&mut Option<Frame>, OutOfMemory> {
        let (index, place) = position(page).ok_or(OutOfMemory)?;
        let wanted = index.saturating_add(1);
        if wanted > self.chunks.len() {
            self.chunks.try_reserve(wanted.saturating_sub(self.chunks.len())).map_err(|_| OutOfMemory)?;
            self.chunks.resize_with(wanted, Vec::new);
        }
        let chunk = self.chunks.get_mut(index).ok_or(OutOfMemory)?;
        if chunk.is_empty() {
            chunk.try_reserve_exact(CHUNK).map_err(|_| OutOfMemory)?;
            chunk.resize(CHUNK, None);
        }
        chunk.get_mut(place).ok_or(OutOfMemory)
    }

    /// Releases pages from the last one down until none is left or the budget is spent.
    pub(super) fn free(&mut self, frames: &mut FrameAllocator, budget: &mut Budget) -> Progress {
        while let Some(chunk) = self.chunks.last_mut() {
            while let Some(place) = chunk.pop() {
                let Some(frame) = place else { continue };
                frames.release(frame);
                if !budget.spend() {
                    return Progress::More;
                }
            }
            self.chunks.pop();
            if !budget.spend() {
                return Progress::More;
            }
        }
        Progress::Done
    }
}

/// Chunk and place of a page.
fn position(page: u64) -> Option<(usize, usize)> {
    let page = usize::try_from(page).ok()?;
    Some((page.checked_div(CHUNK)?, page.checked_rem(CHUNK)?))
}
