//! The regions of an address space, sorted by address and disjoint.
//!
//! Decides which region an address belongs to and where there is room. Main type: [`Regions`]. Neighbours: `space` (owns
//! the list), `map`, `unmap`, `protect` (edit it). References on objects are kept by those callers, not here.

use alloc::vec::Vec;

use super::{OutOfMemory, PageRange, Protection, Region};
use crate::seam::{Page, USER_END};

/// Most regions in one space: an insert into the middle of the list stays a short copy.
pub const REGION_LIMIT: usize = 16_384;

/// Where addresses that the kernel chooses begin: above programs, which are linked and grow below.
pub const CHOICE_START: u64 = 0x2_0000_0000;

/// Regions by address.
#[derive(Debug, Default)]
pub(super) struct Regions {
    list: Vec<Region>,
}

impl Regions {
    /// The region that holds a page.
    pub(super) fn find(&self, page: Page) -> Option<&Region> {
        self.list.get(self.position(page)).filter(|region| region.range.start <= page)
    }

    /// Index of the first region that ends after `page`.
    pub(super) fn position(&self, page: Page) -> usize {
        self.list.partition_point(|region| region.range.end <= page)
    }

    /// The region with an index.
    pub(super) fn get(&self, index: usize) -> Option<&Region> {
        self.list.get(index)
    }

    /// Sets the protection of a region.
    pub(super) fn protect(&mut self, index: usize, protection: Protection) {
        if let Some(region) = self.list.get_mut(index) {
            region.protection = protection;
        }
    }

    /// The last region and its index.
    pub(super) fn last(&self) -> Option<(usize, Region)> {
        let index = self.list.len().checked_sub(1)?;
        Some((index, *self.list.get(index)?))
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Those that touch `range`.
    pub(super) fn within(&self, range: PageRange) -> impl Iterator<Item = &Region> {
        let first = self.position(range.start);
        self.list.iter().skip(first).take_while(move |region| region.range.start < range.end)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Region> {
        self.list.iter()
    }

    /// No region touches `range`.
    pub(super) fn is_free(&self, range: PageRange) -> bool {
        self.list.get(self.position(range.start)).is_none_or(|region| region.range.start >= range.end)
    }

    /// Regions cover every page of `range`.
    pub(super) fn covers(&self, range: PageRange) -> bool {
        let mut next = range.start;
        for region in self.list.iter().skip(self.position(range.start)) {
            if region.range.start > next || next >= range.end {
                break;
            }
            next = region.range.end;
        }
        next >= range.end
    }

    /// The lowest free range of `count` pages from [`CHOICE_START`] on.
    pub(super) fn choose(&self, count: u64) -> Option<PageRange> {
        let mut start = Page::containing(CHOICE_START);
        for region in self.list.iter().skip(self.position(start)) {
            if region.range.start.0.saturating_sub(start.0) >= count {
                break;
            }
            start = region.range.end;
        }
        if Page::containing(USER_END).0.saturating_sub(start.0) < count {
            return None;
        }
        PageRange::of_pages(start, count)
    }

    /// Makes room for `count` more regions, of which `lasting` stay.
    ///
    /// # Errors
    /// [`OutOfMemory`] also if more would stay than the limit allows.
    pub(super) fn reserve(&mut self, count: usize, lasting: usize) -> Result<(), OutOfMemory> {
        if self.list.len().saturating_add(lasting) > REGION_LIMIT {
            return Err(OutOfMemory);
        }
        self.list.try_reserve(count).map_err(|_| OutOfMemory)
    }

    /// How many regions end up in two parts when `range` is cut out: the regions that reach over its ends.
    pub(super) fn cuts(&self, range: PageRange) -> usize {
        let cut = |page| usize::from(self.find(page).is_some_and(|region| region.range.start < page));
        cut(range.start).saturating_add(cut(range.end))
    }

    /// Adds a region that overlaps none; room was reserved.
    pub(super) fn insert(&mut self, region: Region) {
        let index = self.position(region.range.start);
        self.list.insert(index, region);
    }

    /// Appends a region behind all others; room was reserved.
    pub(super) fn push(&mut self, region: Region) {
        self.list.push(region);
    }

    /// Cuts the region that holds `page` in front of it; room was reserved. Returns the upper part if there was a cut.
    pub(super) fn split(&mut self, page: Page) -> Option<Region> {
        let index = self.position(page);
        let region = self.list.get_mut(index).filter(|region| region.range.start < page)?;
        let upper = region.from(page);
        region.range.end = page;
        self.list.insert(index.saturating_add(1), upper);
        Some(upper)
    }

    /// Cuts off what lies before `page`, a page of the region.
    pub(super) fn trim(&mut self, index: usize, page: Page) {
        if let Some(region) = self.list.get_mut(index) {
            *region = region.from(page);
        }
    }

    /// Takes out the regions `first..end`, by index.
    pub(super) fn remove(&mut self, first: usize, end: usize) {
        let end = end.min(self.list.len());
        if first < end {
            self.list.drain(first..end);
        }
    }

    /// Joins neighbours that are alike among the regions `first..end`, by index; `absorbed` is told each region that is no
    /// longer one of its own.
    pub(super) fn merge(&mut self, first: usize, end: usize, mut absorbed: impl FnMut(Region)) {
        let end = end.min(self.list.len());
        let mut kept = first;
        for index in first.saturating_add(1)..end {
            let Some(next) = self.list.get(index).copied() else { break };
            match self.list.get_mut(kept) {
                Some(region) if region.continues_in(&next) => {
                    region.range.end = next.range.end;
                    absorbed(next);
                }
                Some(_) | None => {
                    kept = kept.saturating_add(1);
                    if let Some(place) = self.list.get_mut(kept) {
                        *place = next;
                    }
                }
            }
        }
        self.remove(kept.saturating_add(1), end);
    }
}

#[cfg(test)]
mod tests;
