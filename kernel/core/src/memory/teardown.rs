//! Teardown: what lost its last reference is freed in steps, without allocating.
//!
//! Decides the order: a space's pages and regions, its tables, the space itself; then objects. Main function:
//! [`Memory::reap`]. Neighbours: `space` and `object` (put their dead on a list), the kernel's job loop (calls this).

use super::{Budget, Hardware, Memory, Progress, SpaceKey};

impl Memory {
    /// Frees what has no references any more, a step of it. The kernel calls it until it is done whenever something was
    /// released; a key of a space names nothing once that space is free.
    pub fn reap(&mut self, machine: &mut impl Hardware, budget: &mut Budget) -> Progress {
        while let Some(space) = self.dying_spaces {
            if self.reap_space(machine, space, budget) == Progress::More {
                return Progress::More;
            }
        }
        self.objects.reap(&mut self.frames, budget)
    }

    /// Nothing waits for [`Self::reap`].
    #[must_use]
    pub const fn is_reaped(&self) -> bool {
        self.dying_spaces.is_none() && self.objects.is_reaped()
    }

    fn reap_space(&mut self, machine: &mut impl Hardware, key: SpaceKey, budget: &mut Budget) -> Progress {
        let Some((space, mut pager)) = self.pager(machine, key) else {
            self.dying_spaces = None;
            return Progress::Done;
        };
        while let Some((index, region)) = space.regions.last() {
            if let Some(page) = pager.release_pages(space, region.range, budget) {
                space.regions.trim(index, page);
                return Progress::More;
            }
            pager.release_object(&region);
            space.regions.remove(index, index.saturating_add(1));
        }
        let (root, next) = (space.root(), space.next_dying);
        if budget.is_spent() || !machine.free_tables(root, budget.left(), &mut self.frames) {
            return Progress::More;
        }
        self.spaces.remove(key);
        self.dying_spaces = next;
        Progress::Done
    }
}
