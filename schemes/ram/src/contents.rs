//! The bytes of a file, in pages; a page that was never written takes no memory.
//!
//! Decides the longest file and what a write does that runs out of space: what fits is written. Main type: [`Contents`].
//! Neighbours: `limits` counts the pages, `tree` owns contents.

use crate::limits::Limits;
use crate::tree::TreeError;
use alloc::vec::Vec;

/// Bytes in a page.
pub const PAGE: usize = 4096;
/// Longest file.
pub const LIMIT: u64 = 256 << 20;

/// The bytes of a file.
#[derive(Debug, Default)]
pub struct Contents {
    /// Empty where nothing was written.
    pages: Vec<Vec<u8>>,
    length: u64,
}

impl Contents {
    /// Count of bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Fills `into` from `offset` on; gives the count, which is short at the end.
    pub fn read(&self, offset: u64, into: &mut [u8]) -> usize {
        let available = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = into.len().min(available);
        let mut done = 0;
        while done < wanted {
            let Some((index, start)) = place(offset, done) else { break };
            let rest = into.get_mut(done..wanted).unwrap_or_default();
            let count = rest.len().min(PAGE.saturating_sub(start));
            let piece = rest.get_mut(..count).unwrap_or_default();
            let end = start.saturating_add(count);
            match self.pages.get(index).and_then(|page| page.get(start..end)) {
                Some(bytes) => piece.copy_from_slice(bytes),
                None => piece.fill(0),
            }
            done = done.saturating_add(count);
        }
        wanted
    }

    /// Writes at `offset`; gives the count, which is short where space ran out.
    ///
    /// # Errors
    /// [`TreeError::NoSpace`] or [`TreeError::TooLarge`] if nothing could be written.
    pub fn write(&mut self, limits: &mut Limits, offset: u64, from: &[u8]) -> Result<usize, TreeError> {
        let room = usize::try_from(LIMIT.saturating_sub(offset)).unwrap_or(usize::MAX);
        let from = from.get(..from.len().min(room)).unwrap_or_default();
        if from.is_empty() {
            return if room == 0 { Err(TreeError::TooLarge) } else { Ok(0) };
        }
        let mut done = 0;
        while done < from.len() {
            let Some((index, start)) = place(offset, done) else { break };
            let rest = from.get(done..).unwrap_or_default();
            let piece = rest.get(..rest.len().min(PAGE.saturating_sub(start))).unwrap_or_default();
            match self.page(limits, index) {
                Ok(page) => {
                    if let Some(place) = page.get_mut(start..start.saturating_add(piece.len())) {
                        place.copy_from_slice(piece);
                    }
                }
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
            done = done.saturating_add(piece.len());
        }
        self.length = self.length.max(offset.saturating_add(done as u64));
        Ok(done)
    }

    /// The page with this index, made if need be.
    fn page(&mut self, limits: &mut Limits, index: usize) -> Result<&mut Vec<u8>, TreeError> {
        let missing = index.saturating_add(1).saturating_sub(self.pages.len());
        self.pages.try_reserve(missing).map_err(|_| TreeError::NoSpace)?;
        if self.pages.get(index).is_none_or(Vec::is_empty) {
            let mut page = Vec::new();
            page.try_reserve_exact(PAGE).map_err(|_| TreeError::NoSpace)?;
            limits.take_page()?;
            page.resize(PAGE, 0);
            let count = self.pages.len().saturating_add(missing);
            self.pages.resize_with(count, Vec::new);
            if let Some(place) = self.pages.get_mut(index) {
                *place = page;
            }
        }
        self.pages.get_mut(index).ok_or(TreeError::NoSpace)
    }

    /// Sets the length; what is cut off is forgotten, what is added reads as zeros.
    ///
    /// # Errors
    /// [`TreeError::TooLarge`].
    pub fn set_length(&mut self, limits: &mut Limits, length: u64) -> Result<(), TreeError> {
        if length > LIMIT {
            return Err(TreeError::TooLarge);
        }
        let kept = usize::try_from(length.div_ceil(PAGE as u64)).unwrap_or(usize::MAX);
        let dropped = self.pages.get(kept..).unwrap_or_default();
        limits.give_pages(dropped.iter().filter(|page| !page.is_empty()).count());
        self.pages.truncate(kept);
        if let Some((index, start)) = place(length, 0)
            && let Some(page) = self.pages.get_mut(index)
            && let Some(tail) = page.get_mut(start..)
        {
            tail.fill(0);
        }
        self.length = length;
        Ok(())
    }
}

/// Page and offset in it of a byte.
fn place(offset: u64, ahead: usize) -> Option<(usize, usize)> {
    let position = usize::try_from(offset).ok()?.checked_add(ahead)?;
    Some((position.checked_div(PAGE)?, position.checked_rem(PAGE)?))
}
