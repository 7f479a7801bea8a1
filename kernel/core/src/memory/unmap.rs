//! Unmapping: a range loses its regions and its pages, a bounded number at a time.
//!
//! Decides in which order. Main function: [`Memory::unmap`]. Neighbours: `map` (replacing mappings), `protect` (cuts regions
//! the same way), `teardown` (clears whole spaces with [`Pager::release_pages`]).
//!
//! Each step is a complete unmapping of the front of the range: no page is ever resident outside a region, so a step that
//! nobody follows up leaves a smaller unmapping, not a broken space.

use super::fault::Pager;
use super::resident::{self, Resident};
use super::{Budget, Hardware, MapError, Memory, PageRange, Region, Space, SpaceKey};
use crate::seam::Page;

impl<M: Hardware> Pager<'_, M> {
    /// Clears the resident pages of `range`. `None` when none is left, else the first page that was not looked at.
    pub(super) fn release_pages(&mut self, space: &mut Space, range: PageRange, budget: &mut Budget) -> Option<Page> {
        let mut left = range;
        loop {
            match resident::next(self.machine, space.root(), left, budget) {
                Resident::Found(page, _) => {
                    if let Some(frame) = space.clear(self.machine, page) {
                        self.frames.release(frame);
                    }
                    left.start = page.next();
                }
                Resident::End => return None,
                Resident::Pause(page) => return Some(page),
            }
        }
    }

    /// Cuts the region that holds `page` in front of it, where room was reserved.
    pub(super) fn cut(&mut self, space: &mut Space, page: Page) {
        if let Some(key) = space.regions.split(page).and_then(|upper| upper.object()) {
            self.objects.retain(key);
        }
    }

    /// Gives back the reference of a region that is gone.
    pub(super) fn release_object(&mut self, region: &Region) {
        if let Some(key) = region.object() {
            self.objects.release(key);
        }
    }

    /// Joins regions that are alike, from the one before `range` to the one after it.
    pub(super) fn merge_around(&mut self, space: &mut Space, range: PageRange) {
        let first = space.regions.position(range.start).saturating_sub(1);
        let end = space.regions.position(range.end).saturating_add(1);
        space.regions.merge(first, end, |absorbed| self.release_object(&absorbed));
    }
}

impl Memory {
    /// Unmaps the pages of `range`; what is not mapped is passed over. Returns what is left of the range when the budget is
    /// spent: the caller goes on with that, before the threads of the space run again.
    ///
    /// # Errors
    /// NoMemory if a region in the middle of which the range lies cannot be cut; nothing has changed.
    pub fn unmap(
        &mut self,
        machine: &mut impl Hardware,
        key: SpaceKey,
        range: PageRange,
        budget: &mut Budget,
    ) -> Result<Option<PageRange>, MapError> {
        let (space, mut pager) = self.pager(machine, key).ok_or(MapError::Invalid)?;
        let cuts = space.regions.cuts(range);
        // Only a hole in the middle of a region makes one more.
        let lasting = usize::from(cuts == 2 && space.regions.within(range).count() == 1);
        space.regions.reserve(cuts, lasting)?;
        pager.cut(space, range.start);
        pager.cut(space, range.end);
        space.touch();
        let first = space.regions.position(range.start);
        let mut index = first;
        let mut rest = None;
        while let Some(region) = space.regions.get(index).copied().filter(|region| region.range.start < range.end) {
            rest = pager.release_pages(space, region.range, budget);
            if let Some(page) = rest {
                space.regions.trim(index, page);
                break;
            }
            pager.release_object(&region);
            index = index.saturating_add(1);
        }
        space.regions.remove(first, index);
        Ok(rest.map(|start| PageRange { start, end: range.end }))
    }

    /// Unmaps a short range in one go; what cannot be cut out of a region for lack of memory stays.
    pub fn discard(&mut self, machine: &mut impl Hardware, key: SpaceKey, range: PageRange) {
        let mut left = Some(range);
        while let Some(range) = left {
            left = self.unmap(machine, key, range, &mut Budget::call()).unwrap_or(None);
        }
    }
}
