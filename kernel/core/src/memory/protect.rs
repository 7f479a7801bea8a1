//! Changing protection: a range gets another one, within what its regions allow at most.
//!
//! Decides the errors of MPROTECT and when entries follow. Main function: [`Memory::protect`]. Neighbours: `unmap` (cuts
//! regions), `fault` (what an entry may allow).
//!
//! Entries follow at once, in both directions, so an entry never allows more than its region. Like unmapping, each step is a
//! complete change of the front of the range.

use super::fault::Pager;
use super::resident::{self, Resident};
use super::{Budget, Hardware, MapError, Memory, PageRange, Protection, Region, Space, SpaceKey};
use crate::seam::Page;

impl Memory {
    /// Gives the pages of `range` another protection. Returns what is left of the range when the budget is spent: the caller
    /// goes on with that, before the threads of the space run again.
    ///
    /// # Errors
    /// NoMemory for a hole in the range or if regions cannot be cut, Denied above a maximum; nothing has changed.
    pub fn protect(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        range: PageRange,
        protection: Protection,
        budget: &mut Budget,
    ) -> Result<Option<PageRange>, MapError> {
        let (space, mut pager) = self.pager(machine, space).ok_or(MapError::Invalid)?;
        if !space.regions.covers(range) {
            return Err(MapError::NoMemory);
        }
        if space.regions.within(range).any(|region| !region.maximum.contains(protection)) {
            return Err(MapError::Denied);
        }
        // One more for the cut where the budget ends; it is gone after the next step.
        let cuts = space.regions.cuts(range);
        space.regions.reserve(cuts.saturating_add(1), cuts)?;
        pager.cut(space, range.start);
        pager.cut(space, range.end);
        space.touch();
        let mut index = space.regions.position(range.start);
        let mut rest = None;
        while let Some(region) = space.regions.get(index).copied().filter(|region| region.range.start < range.end) {
            rest = pager.change(space, &Region { protection, ..region }, budget);
            if let Some(page) = rest {
                pager.cut(space, page);
            }
            if rest != Some(region.range.start) {
                space.regions.protect(index, protection);
            }
            if rest.is_some() {
                break;
            }
            index = index.saturating_add(1);
        }
        pager.merge_around(space, range);
        Ok(rest.map(|start| PageRange { start, end: range.end }))
    }
}

impl<M: Hardware> Pager<'_, M> {
    /// Makes the entries of a region what it allows from now on. `None` when all are, else the first page not looked at.
    fn change(&mut self, space: &mut Space, region: &Region, budget: &mut Budget) -> Option<Page> {
        let mut left = region.range;
        loop {
            match resident::next(self.machine, space.root(), left, budget) {
                Resident::Found(page, present) => {
                    let wanted = self.mapping(region, present.frame);
                    if wanted != present {
                        // The table exists, so this needs no memory.
                        space.enter(self.machine, self.frames, page, wanted, true);
                    }
                    left.start = page.next();
                }
                Resident::End => return None,
                Resident::Pause(page) => return Some(page),
            }
        }
    }
}
