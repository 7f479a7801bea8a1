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

/// A fork under way. It holds a reference on the parent until its end; the one on the child becomes the caller's.
#[derive(Debug)]
#[must_use = "it holds references"]
pub struct ForkJob {
    parent: SpaceKey,
    child: SpaceKey,
    /// Pages before this one are done.
    next: Page,
}

impl ForkJob {
    /// The space that is being made.
    #[must_use]
    pub const fn child(&self) -> SpaceKey {
        self.child
    }
}

impl Memory {
    /// Begins a fork: a child with all regions of the parent and none of its pages yet.
    ///
    /// # Errors
    /// [`OutOfMemory`]; nothing has changed.
    pub fn fork(&mut self, machine: &mut impl Hardware, parent: SpaceKey) -> Result<ForkJob, OutOfMemory> {
        let mut regions = Regions::default();
        regions.reserve(self.spaces.get(parent).ok_or(OutOfMemory)?.regions.len())?;
        let child = self.create_space(machine)?;
        if let Some(parent) = self.spaces.get(parent) {
            for region in parent.regions.iter() {
                if let Some(object) = region.object() {
                    self.objects.retain(object);
                }
                regions.push(*region);
            }
        }
        if let Some(child) = self.spaces.get_mut(child) {
            child.regions = regions;
        }
        self.retain_space(parent);
        Ok(ForkJob { parent, child, next: Page::containing(USER_START) })
    }

    /// Goes on with a fork, until it is done or has failed. It fails, too, if the child was released meanwhile.
    ///
    /// # Errors
    /// [`OutOfMemory`]: as after [`Self::fork_abort`].
    pub fn fork_step(
        &mut self,
        machine: &mut impl Hardware,
        job: &mut ForkJob,
        budget: &mut Budget,
    ) -> Result<Progress, OutOfMemory> {
        let result = self.share_pages(machine, job, budget);
        match result {
            Ok(Progress::More) => {}
            Ok(Progress::Done) => self.release_space(job.parent),
            Err(OutOfMemory) => self.fork_abort(job),
        }
        result
    }

    /// Ends a fork that will not be completed. The child loses its reference; the parent has everything it had, though
    /// stores to some of its pages fault once.
    pub fn fork_abort(&mut self, job: &ForkJob) {
        self.release_space(job.child);
        self.release_space(job.parent);
    }

    fn share_pages(
        &mut self,
        machine: &mut impl Hardware,
        job: &mut ForkJob,
        budget: &mut Budget,
    ) -> Result<Progress, OutOfMemory> {
        let root = self.root(job.parent).ok_or(OutOfMemory)?;
        let (child, mut pager) = self.pager(machine, job.child).ok_or(OutOfMemory)?;
        // The child's regions are the parent's as they were: whatever happens to those meanwhile, no page of the child is
        // ever outside its own.
        while let Some(region) = child.regions.get(child.regions.position(job.next)).copied() {
            if !budget.spend() {
                return Ok(Progress::More);
            }
            match region.sharing {
                Sharing::Shared => job.next = region.range.end,
                Sharing::Private => pager.share_region(root, child, &region, &mut job.next, budget)?,
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
