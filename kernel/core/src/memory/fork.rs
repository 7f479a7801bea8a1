//! Fork: a second space with the same regions, whose private pages are shared until somebody stores to them.
//!
//! Decides what a child sees: everything the parent had stored, and nothing it stores later. Main type: [`ForkJob`].
//! Neighbours: `fault` (copies pages later), `teardown` (undoes a fork that failed), the kernel's job loop.
//!
//! The threads of the parent do not run while the job does. Pages of shared regions are left to page faults: they are in
//! the object, and most children never touch them.

use super::fault::Pager;
use super::regions::Regions;
use super::resident::{self, Resident};
use super::{Budget, Hardware, Memory, OutOfMemory, PageRange, Progress, Protection, Region, Sharing, Space, SpaceKey};
use crate::seam::{Mapping, Page, Root, USER_START};

/// A fork under way. It holds references on both spaces until its last step.
#[derive(Debug)]
#[must_use = "run it to its end: it holds references"]
pub struct ForkJob {
    parent: SpaceKey,
    child: SpaceKey,
    /// Pages before this one are done; `None` before the regions are.
    next: Option<Page>,
}

impl ForkJob {
    /// A fork of `parent` into `child`, a new and empty space that the caller holds.
    pub fn new(memory: &mut Memory, parent: SpaceKey, child: SpaceKey) -> Self {
        memory.retain_space(parent);
        memory.retain_space(child);
        Self { parent, child, next: None }
    }

    /// Goes on, until it is done or has failed.
    ///
    /// # Errors
    /// [`OutOfMemory`]: the child is incomplete and only good for release. The parent has everything it had; stores to
    /// some of its pages fault once.
    pub fn step(
        &mut self,
        memory: &mut Memory,
        machine: &mut impl Hardware,
        budget: &mut Budget,
    ) -> Result<Progress, OutOfMemory> {
        let result = match self.next {
            Some(next) => Ok(next),
            None => memory.copy_regions(self.parent, self.child).map(|()| Page::containing(USER_START)),
        };
        let result = result.and_then(|next| memory.share_pages(machine, self, next, budget));
        if result != Ok(Progress::More) {
            memory.release_space(self.child);
            memory.release_space(self.parent);
        }
        result
    }
}

impl Memory {
    fn copy_regions(&mut self, parent: SpaceKey, child: SpaceKey) -> Result<(), OutOfMemory> {
        let parent = self.spaces.get(parent).ok_or(OutOfMemory)?;
        let mut regions = Regions::default();
        regions.reserve(parent.regions.len(), parent.regions.len())?;
        for region in parent.regions.iter() {
            if let Some(object) = region.object() {
                self.objects.retain(object);
            }
            regions.push(*region);
        }
        if let Some(child) = self.spaces.get_mut(child) {
            child.regions = regions;
            child.touch();
        }
        Ok(())
    }

    fn share_pages(
        &mut self,
        machine: &mut impl Hardware,
        job: &mut ForkJob,
        mut next: Page,
        budget: &mut Budget,
    ) -> Result<Progress, OutOfMemory> {
        let parent = self.spaces.get_mut(job.parent).ok_or(OutOfMemory)?;
        // Its entries are about to lose their write permission, and nobody walks them before this step is over.
        parent.recent.forget();
        let root = parent.root();
        let (child, mut pager) = self.pager(machine, job.child).ok_or(OutOfMemory)?;
        // The child's regions are the parent's as they were: whatever happens to those meanwhile, no page of the child is
        // ever outside its own.
        while let Some(region) = child.regions.get(child.regions.position(next)).copied() {
            job.next = Some(next);
            if !budget.spend() {
                return Ok(Progress::More);
            }
            match region.sharing {
                Sharing::Shared => next = region.range.end,
                Sharing::Private => pager.share_region(root, child, &region, &mut next, budget)?,
            }
        }
        Ok(Progress::Done)
    }
}

impl<M: Hardware> Pager<'_, M> {
    /// Shares the pages of a private region from `next` on, and moves `next` behind what was done.
    fn share_region(
        &mut self,
        parent: Root,
        child: &mut Space,
        region: &Region,
        next: &mut Page,
        budget: &mut Budget,
    ) -> Result<(), OutOfMemory> {
        loop {
            let left = PageRange { start: region.range.start.max(*next), end: region.range.end };
            match resident::next(self.machine, parent, left, budget) {
                Resident::Found(page, mapping) => {
                    self.share_page(parent, child, region, (page, mapping))?;
                    *next = page.next();
                }
                Resident::End => {
                    *next = region.range.end;
                    return Ok(());
                }
                Resident::Pause(page) => {
                    *next = page;
                    return Ok(());
                }
            }
        }
    }

    fn share_page(
        &mut self,
        parent: Root,
        child: &mut Space,
        region: &Region,
        (page, mapping): (Page, Mapping),
    ) -> Result<(), OutOfMemory> {
        self.frames.share(mapping.frame)?;
        // The parent first: from here on neither side can store to the frame.
        if mapping.protection.contains(Protection::WRITE) {
            let protection = mapping.protection.difference(Protection::WRITE);
            self.machine.map(parent, page, Mapping { protection, ..mapping }, self.frames);
        }
        let wanted = self.mapping(region, mapping.frame);
        if child.enter(self.machine, self.frames, page, wanted, false) {
            return Ok(());
        }
        self.frames.release(mapping.frame);
        Err(OutOfMemory)
    }
}
