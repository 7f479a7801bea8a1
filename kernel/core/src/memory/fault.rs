//! Page faults: from a region and an access to a frame, or to the reason why not.
//!
//! Decides when a page is filled, shared or copied. Main types: [`Access`], [`Accessor`]; `Pager` holds what filling a page
//! takes. Neighbours: `walk` and `copy` (faults on behalf of the kernel), `fork` (makes the pages that are copied here).
//!
//! A page of a private region is copied on the first store unless its entry holds the only reference on the frame, so no
//! store ever reaches an object or another space (Dirty COW, CVE-2016-5195, was a race between these two steps; here they
//! are one). Whatever comes out, the entry never allows more than the region.

use kernel_abi::stop::FaultKind;

use super::{Hardware, Memory, Objects, Protection, Region, Sharing, Space, SpaceKey};
use crate::memory::frames::FrameAllocator;
use crate::seam::{Frame, Mapping, Page, USER_END};

/// What user code tried to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Execute,
}

impl Access {
    /// The access that raised #PF with this error code (SDM vol. 3, figure 4-12).
    #[must_use]
    pub const fn from_page_fault_code(code: u32) -> Self {
        const WRITE: u32 = 1 << 1;
        const FETCH: u32 = 1 << 4;
        if code & FETCH != 0 {
            Self::Execute
        } else if code & WRITE != 0 {
            Self::Write
        } else {
            Self::Read
        }
    }
}

/// For whom the kernel reads or writes memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accessor {
    /// The program itself: a buffer of a system call, under the protection of the region.
    Program,
    /// A debugger, by the rules of FreeBSD's `proc_rwmem` (sys/kern/sys_process.c): reading needs read permission; writing
    /// needs read permission, too, and makes a private copy of a private page whether or not the program may write there;
    /// a shared page is written in place if the maximum protection allows it.
    Debugger,
}

/// What a page is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// An access of the program.
    Program(Access),
    /// A debugger reads.
    Peek,
    /// A debugger writes.
    Poke,
}

/// What it takes to fill pages of a space that is borrowed at the same time.
pub(super) struct Pager<'a, M> {
    pub(super) machine: &'a mut M,
    pub(super) frames: &'a mut FrameAllocator,
    pub(super) objects: &'a mut Objects,
}

impl Intent {
    const fn stores(self) -> bool {
        matches!(self, Self::Program(Access::Write) | Self::Poke)
    }

    /// An entry that allows this much needs no look at the region.
    pub(super) const fn enough(self) -> Protection {
        match self {
            Self::Program(Access::Read) | Self::Peek => Protection::READ,
            Self::Program(Access::Write) | Self::Poke => Protection::READ.union(Protection::WRITE),
            Self::Program(Access::Execute) => Protection::READ.union(Protection::EXECUTE),
        }
    }

    /// The region allows it.
    fn is_allowed(self, region: &Region) -> bool {
        let needed = if self == Self::Poke { Protection::READ } else { self.enough() };
        let in_place = self == Self::Poke && region.sharing == Sharing::Shared;
        region.protection.contains(needed) && (!in_place || region.maximum.contains(Protection::WRITE))
    }
}

impl<M: Hardware> Pager<'_, M> {
    /// Makes `page` resident for `intent` and returns its frame. On an error nothing has changed that a program can see.
    pub(super) fn resolve(&mut self, space: &mut Space, page: Page, intent: Intent) -> Result<Frame, FaultKind> {
        if page >= Page::containing(USER_END) {
            return Err(FaultKind::Unmapped);
        }
        let region = *space.regions.find(page).ok_or(FaultKind::Unmapped)?;
        if !intent.is_allowed(&region) {
            return Err(FaultKind::Protection);
        }
        let present = self.machine.lookup(space.root, page);
        let frame = match present {
            None => self.fill(&region, page, intent)?,
            Some(mapping) if intent.stores() && self.must_copy(&region, mapping.frame) => {
                self.copy_of(mapping.frame)?
            }
            Some(mapping) => mapping.frame,
        };
        let wanted = self.mapping(&region, frame);
        if present == Some(wanted) {
            return Ok(frame);
        }
        let kept = present.is_some_and(|mapping| mapping.frame == frame);
        if !space.enter(self.machine, self.frames, page, wanted, present.is_some()) {
            if !kept {
                self.frames.release(frame);
            }
            return Err(FaultKind::NoMemory);
        }
        if let Some(old) = present.filter(|_| !kept) {
            self.frames.release(old.frame);
        }
        Ok(frame)
    }

    /// The entry that a region allows for a frame that the page refers to.
    pub(super) fn mapping(&self, region: &Region, frame: Frame) -> Mapping {
        let protection = match region.protection {
            allowed if !allowed.contains(Protection::READ) => Protection::empty(),
            allowed if self.must_copy(region, frame) => allowed.difference(Protection::WRITE),
            allowed => allowed,
        };
        Mapping { frame, protection }
    }

    /// A store needs a copy: the region is private and somebody else refers to the frame, too.
    fn must_copy(&self, region: &Region, frame: Frame) -> bool {
        region.sharing == Sharing::Private && self.frames.references(frame) != 1
    }

    /// A reference on the frame for a page that has no entry yet.
    fn fill(&mut self, region: &Region, page: Page, intent: Intent) -> Result<Frame, FaultKind> {
        let Some((key, index)) = region.object_page(page) else {
            return self.zeroed();
        };
        let object = self.objects.get_mut(key).ok_or(FaultKind::BeyondObject)?;
        if index >= object.length() {
            return Err(FaultKind::BeyondObject);
        }
        if region.sharing == Sharing::Private && intent.stores() {
            return match object.frame(index) {
                Some(frame) => self.copy_of(frame),
                None => self.zeroed(),
            };
        }
        let frame = object.frame_or_fill(index, self.machine, self.frames).map_err(|_| FaultKind::NoMemory)?;
        self.frames.share(frame).map_err(|_| FaultKind::NoMemory)?;
        Ok(frame)
    }

    fn zeroed(&mut self) -> Result<Frame, FaultKind> {
        let frame = self.frames.allocate().map_err(|_| FaultKind::NoMemory)?;
        self.machine.zero(frame);
        Ok(frame)
    }

    fn copy_of(&mut self, original: Frame) -> Result<Frame, FaultKind> {
        let frame = self.frames.allocate().map_err(|_| FaultKind::NoMemory)?;
        self.machine.copy((original, 0), (frame, 0), crate::seam::PAGE_SIZE);
        Ok(frame)
    }
}

impl Memory {
    /// Handles a page fault of user code: on success the access will succeed when it is made again.
    ///
    /// # Errors
    /// Why the access is not possible; nothing has changed.
    pub fn fault(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        address: u64,
        access: Access,
    ) -> Result<(), FaultKind> {
        let (space, mut pager) = self.pager(machine, space).ok_or(FaultKind::Unmapped)?;
        pager.resolve(space, Page::containing(address), Intent::Program(access))?;
        Ok(())
    }

    /// Splits the borrow: one space, and what it takes to fill its pages.
    pub(super) fn pager<'a, M: Hardware>(
        &'a mut self,
        machine: &'a mut M,
        space: SpaceKey,
    ) -> Option<(&'a mut Space, Pager<'a, M>)> {
        let space = self.spaces.get_mut(space)?;
        Some((space, Pager { machine, frames: &mut self.frames, objects: &mut self.objects }))
    }
}
