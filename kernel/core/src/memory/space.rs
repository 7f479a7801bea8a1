//! Address spaces: a root table, the regions, and counts.
//!
//! Decides how long a space lives and what servers can ask about it. Main type: [`Space`]. Neighbours: `regions` (the
//! map), `fault` (residence), `teardown` (the end of a space).
//!
//! Groups hold a space by reference: a vfork child has its parent's. The modification counter rises at every change of the
//! map, so that a debugger that reads it region by region notices (FreeBSD's PT_VM_TIMESTAMP).

use kernel_abi::verb::RegionInformation;

use super::recent::Recent;
use super::regions::Regions;
use super::{Hardware, Memory, OutOfMemory, SpaceKey};
use crate::seam::{Frame, FrameSource, Mapping, Page, PageTables, Root};

/// One address space.
#[derive(Debug)]
pub struct Space {
    /// Groups and jobs that hold it. 64 bits cannot overflow by counting up.
    references: u64,
    pub(super) root: Root,
    pub(super) regions: Regions,
    timestamp: u32,
    resident: u64,
    pub(super) recent: Recent,
    /// The next space without references, once this one has none.
    pub(super) next_dying: Option<SpaceKey>,
}

impl Space {
    /// What CR3 has to name for it.
    #[must_use]
    pub const fn root(&self) -> Root {
        self.root
    }

    /// The modification counter of the map.
    #[must_use]
    pub const fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Frames it maps.
    #[must_use]
    pub const fn resident(&self) -> u64 {
        self.resident
    }

    /// Regions in it.
    #[must_use]
    pub const fn region_count(&self) -> usize {
        self.regions.len()
    }

    /// The region with an index, in address order, as servers see it.
    #[must_use]
    pub fn region(&self, index: usize) -> Option<RegionInformation> {
        Some(self.regions.get(index)?.information(self.timestamp))
    }

    /// The map was changed.
    pub(super) const fn touch(&mut self) {
        self.timestamp = self.timestamp.wrapping_add(1);
    }

    /// Sets the entry of a page; `false` if a table could not be allocated.
    pub(super) fn enter(
        &mut self,
        machine: &mut impl PageTables,
        frames: &mut impl FrameSource,
        page: Page,
        mapping: Mapping,
        replaces: bool,
    ) -> bool {
        if !machine.map(self.root, page, mapping, frames) {
            return false;
        }
        self.recent.forget();
        self.resident = self.resident.saturating_add(u64::from(!replaces));
        true
    }

    /// Clears the entry of a page; the caller gets the reference on the frame.
    pub(super) fn clear(&mut self, machine: &mut impl PageTables, page: Page) -> Option<Frame> {
        let mapping = machine.unmap(self.root, page)?;
        self.recent.forget();
        self.resident = self.resident.saturating_sub(1);
        Some(mapping.frame)
    }

    /// One more holder.
    const fn retain(&mut self) {
        self.references = self.references.saturating_add(1);
    }
}

impl Memory {
    /// Makes an empty space. The caller holds its only reference.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn create_space(&mut self, machine: &mut impl Hardware) -> Result<SpaceKey, OutOfMemory> {
        self.spaces.reserve(1)?;
        let root = machine.new_root(&mut self.frames).ok_or(OutOfMemory)?;
        self.spaces.insert(Space {
            references: 1,
            root,
            regions: Regions::default(),
            timestamp: 0,
            resident: 0,
            recent: Recent::default(),
            next_dying: None,
        })
    }

    /// What CR3 has to name for a space.
    #[must_use]
    pub fn root(&self, space: SpaceKey) -> Option<Root> {
        self.spaces.get(space).map(Space::root)
    }

    /// Adds a holder: a vfork child, a job.
    pub fn retain_space(&mut self, space: SpaceKey) {
        if let Some(space) = self.spaces.get_mut(space) {
            space.retain();
        }
    }

    /// Takes a holder away; a space without any is torn down by [`Memory::reap`].
    pub fn release_space(&mut self, key: SpaceKey) {
        let Some(space) = self.spaces.get_mut(key) else {
            return;
        };
        // Without references it is on the list already.
        let Some(left) = space.references.checked_sub(1) else {
            return;
        };
        space.references = left;
        if left == 0 {
            space.next_dying = self.dying_spaces.replace(key);
        }
    }
}
