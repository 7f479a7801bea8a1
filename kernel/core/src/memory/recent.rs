//! Pages that the software walk met last in a space, so that a buffer that is used again and again is not searched again.
//!
//! Decides nothing that the page tables do not say: an entry here is a copy of one there, and every change of the tables drops
//! all copies of its space. Main type: [`Recent`]. Neighbours: `walk` asks and fills, `space` and `fork` drop; the audit of
//! the tests compares every copy with its original.

use super::Protection;
use crate::seam::{Frame, Mapping, Page};

/// Pages that are remembered, each in one place by its number, so that neighbours do not drive each other out.
const PLACES: usize = 128;

/// No page has this number: it is beyond any address.
const NO_PAGE: Page = Page(u64::MAX);

/// What is remembered of one space.
#[derive(Debug)]
pub(super) struct Recent {
    places: [(Page, Mapping); PLACES],
    /// One of them is remembered.
    filled: bool,
}

impl Default for Recent {
    fn default() -> Self {
        let nothing = Mapping { frame: Frame(0), protection: Protection::empty() };
        Self { places: [(NO_PAGE, nothing); PLACES], filled: false }
    }
}

impl Recent {
    /// The frame of a page whose entry is known and allows so much.
    #[inline(always)]
    pub(super) fn find(&self, page: Page, enough: Protection) -> Option<Frame> {
        let (known, mapping) = self.places.get(place_of(page))?;
        (*known == page && mapping.protection.contains(enough)).then_some(mapping.frame)
    }

    /// Remembers an entry.
    pub(super) fn keep(&mut self, page: Page, mapping: Mapping) {
        if let Some(place) = self.places.get_mut(place_of(page)) {
            *place = (page, mapping);
            self.filled = true;
        }
    }

    /// An entry of the space has changed.
    pub(super) fn forget(&mut self) {
        if core::mem::take(&mut self.filled) {
            self.places.iter_mut().for_each(|(page, _)| *page = NO_PAGE);
        }
    }
}

#[cfg(test)]
impl Recent {
    /// What is remembered.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Page, Mapping)> {
        self.places.iter().copied().filter(|(page, _)| *page != NO_PAGE)
    }
}

/// Stacks, heaps and tables begin at round addresses, so the next digits count as well.
#[inline(always)]
const fn place_of(page: Page) -> usize {
    (page.0 ^ (page.0 >> PLACES.ilog2())) as usize % PLACES
}
