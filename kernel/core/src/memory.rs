//! Memory: frames, memory objects and address spaces, with no page fault that waits for anybody.
//!
//! Decides who owns a frame and when it is free. Main types: [`Memory`], [`Space`], [`MemoryObject`], [`FrameAllocator`],
//! [`OutOfMemory`]. Neighbours: `seam` (page tables and bytes of frames), the calls that map, copy and fork.
//!
//! Every entry of a page table holds one reference on its frame, every page of an object holds one, and a frame is free
//! when the last is gone. A writable entry in a private region is the only reference on its frame. Regions, descriptors and
//! jobs hold counted references on objects and spaces; what loses its last one is torn down by [`Memory::reap`] in steps.

#[cfg(test)]
pub(crate) mod audit;
pub mod budget;
pub mod copy;
pub mod fault;
pub mod flags;
pub mod fork;
pub mod frames;
pub mod futex;
pub mod map;
pub mod object;
pub mod object_file;
pub mod protect;
pub mod range;
mod recent;
pub mod region;
pub mod regions;
mod resident;
pub mod space;
pub mod teardown;
pub mod unmap;
pub mod walk;

pub use budget::{Budget, Progress};
pub use copy::{Copied, Side};
pub use fault::{Access, Accessor};
pub use flags::Request;
pub use fork::ForkJob;
pub use frames::FrameAllocator;
pub use futex::FutexKey;
pub use map::{MapError, Mapped, NewRegion, Placement, Source};
pub use object::{MemoryObject, Objects};
pub use range::PageRange;
pub use region::{Backing, Label, Region, Sharing};
pub use space::Space;
pub use walk::Short;

pub use crate::seam::Protection;
use crate::seam::{FrameRange, PageTables, PhysicalMemory};
use crate::slab::{Key, Slab};

/// Names an address space.
pub type SpaceKey = Key<Space>;

/// Names a memory object.
pub type ObjectKey = Key<MemoryObject>;

/// An allocation failed: of a frame, of kernel heap, or of a count that is at its limit. ENOMEM to programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// What memory needs of a machine.
pub trait Hardware: PhysicalMemory + PageTables {}

impl<T: PhysicalMemory + PageTables> Hardware for T {}

/// All memory of the system.
#[derive(Debug, Default)]
pub struct Memory {
    /// Physical memory.
    pub frames: FrameAllocator,
    /// Memory objects.
    pub objects: Objects,
    /// Address spaces.
    pub spaces: Slab<Space>,
    /// Spaces without references, each naming the next.
    dying_spaces: Option<SpaceKey>,
}

impl Memory {
    /// Memory with `usable` frames to give out; `pinned` ones can be mapped and are never free (the boot image).
    ///
    /// # Errors
    /// The heap has no room for one entry per frame.
    pub fn new(usable: &[FrameRange], pinned: &[FrameRange]) -> Result<Self, OutOfMemory> {
        Ok(Self { frames: FrameAllocator::new(usable, pinned)?, ..Self::default() })
    }
}

#[cfg(test)]
mod tests;
