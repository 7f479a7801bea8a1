//! Memory objects: pages that regions of several address spaces can map.
//!
//! Decides what backs a page and how long it lives. Main types: [`MemoryObject`], [`Objects`]. Neighbours: `object/pages` (the table of
//! an anonymous object), `fault` (maps pages), `teardown` (frees an object without references in steps).
//!
//! Objects only grow: a page that is mapped somewhere never disappears under its mapping, so no list of mappings is kept.

mod pages;

use super::{Budget, ObjectKey, OutOfMemory, Progress};
use crate::memory::frames::FrameAllocator;
use crate::seam::{Frame, FrameRange, PhysicalMemory};
use crate::slab::Slab;
use pages::Pages;

/// Most pages in an anonymous object: 64 GiB.
pub const OBJECT_PAGES: u64 = 1 << 24;

/// Pages with an identity of their own.
#[derive(Debug)]
pub struct MemoryObject {
    /// Regions, descriptors and calls that hold it. 64 bits cannot overflow by counting up.
    references: u64,
    length: u64,
    content: Content,
    /// The next object without references, once this one has none.
    next_dying: Option<ObjectKey>,
}

#[derive(Debug)]
enum Content {
    /// Zero until a page is first touched.
    Anonymous(Pages),
    /// A part of the boot image; nothing writes to it.
    Window(FrameRange),
}

impl MemoryObject {
    const fn new(length: u64, content: Content) -> Self {
        Self { references: 1, length, content, next_dying: None }
    }

    /// Its length in pages.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Shared mappings may be written.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        matches!(self.content, Content::Anonymous(_))
    }

    /// The frame of a page, if the page was touched before.
    #[must_use]
    pub fn frame(&self, page: u64) -> Option<Frame> {
        if page >= self.length {
            return None;
        }
        match &self.content {
            Content::Anonymous(pages) => pages.get(page),
            Content::Window(range) => range.first.checked_add(u32::try_from(page).ok()?).map(Frame),
        }
    }

    /// The frame of a page below [`Self::length`], which is filled with zeros if it was never touched.
    ///
    /// # Errors
    /// [`OutOfMemory`], also for a page beyond the end.
    pub(super) fn frame_or_fill(
        &mut self,
        page: u64,
        machine: &mut impl PhysicalMemory,
        frames: &mut FrameAllocator,
    ) -> Result<Frame, OutOfMemory> {
        if let Some(frame) = self.frame(page) {
            return Ok(frame);
        }
        match &mut self.content {
            Content::Anonymous(pages) if page < self.length => {
                let place = pages.reserve(page)?;
                let frame = frames.allocate()?;
                machine.zero(frame);
                *place = Some(frame);
                Ok(frame)
            }
            Content::Anonymous(_) | Content::Window(_) => Err(OutOfMemory),
        }
    }

    /// Frees pages until none is left.
    fn free_pages(&mut self, frames: &mut FrameAllocator, budget: &mut Budget) -> Progress {
        match &mut self.content {
            Content::Anonymous(pages) => pages.free(frames, budget),
            Content::Window(_) => Progress::Done,
        }
    }
}

/// All memory objects.
#[derive(Debug, Default)]
pub struct Objects {
    slab: Slab<MemoryObject>,
    /// Objects without references, each naming the next.
    dying: Option<ObjectKey>,
}

impl Objects {
    /// Makes an object of `length` pages of zeros. The caller holds its only reference.
    ///
    /// # Errors
    /// [`OutOfMemory`], also above [`OBJECT_PAGES`].
    pub fn create(&mut self, length: u64) -> Result<ObjectKey, OutOfMemory> {
        if length > OBJECT_PAGES {
            return Err(OutOfMemory);
        }
        self.slab.insert(MemoryObject::new(length, Content::Anonymous(Pages::default())))
    }

    /// Makes an object of pinned frames of the boot image. The caller holds its only reference.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn create_window(&mut self, frames: FrameRange) -> Result<ObjectKey, OutOfMemory> {
        self.slab.insert(MemoryObject::new(u64::from(frames.count), Content::Window(frames)))
    }

    /// Makes an anonymous object longer; a shorter length changes nothing.
    ///
    /// # Errors
    /// [`OutOfMemory`] above [`OBJECT_PAGES`], for a window of the boot image and for a key that names nothing.
    pub fn grow(&mut self, key: ObjectKey, length: u64) -> Result<(), OutOfMemory> {
        let object = self.slab.get_mut(key).ok_or(OutOfMemory)?;
        if length > OBJECT_PAGES || !object.is_writable() {
            return Err(OutOfMemory);
        }
        object.length = object.length.max(length);
        Ok(())
    }

    /// The object of a key.
    #[must_use]
    pub fn get(&self, key: ObjectKey) -> Option<&MemoryObject> {
        self.slab.get(key)
    }

    pub(super) fn get_mut(&mut self, key: ObjectKey) -> Option<&mut MemoryObject> {
        self.slab.get_mut(key)
    }

    /// All objects, dying ones included.
    pub fn iter(&self) -> impl Iterator<Item = (ObjectKey, &MemoryObject)> {
        self.slab.iter()
    }

    /// How many objects there are, dying ones included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slab.len()
    }

    /// There are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }

    /// Adds a holder: a descriptor, a call that waits, a job.
    pub fn retain(&mut self, key: ObjectKey) {
        if let Some(object) = self.slab.get_mut(key) {
            object.references = object.references.saturating_add(1);
        }
    }

    /// Takes a holder away; an object without any is freed by [`Self::reap`].
    pub fn release(&mut self, key: ObjectKey) {
        let Some(object) = self.slab.get_mut(key) else {
            return;
        };
        // Without references it is on the list already.
        let Some(left) = object.references.checked_sub(1) else {
            return;
        };
        object.references = left;
        if left == 0 {
            object.next_dying = self.dying.replace(key);
        }
    }

    /// No object is without references.
    pub(super) const fn is_reaped(&self) -> bool {
        self.dying.is_none()
    }

    /// Frees objects without references, a step of it.
    pub(super) fn reap(&mut self, frames: &mut FrameAllocator, budget: &mut Budget) -> Progress {
        while let Some(key) = self.dying {
            let Some(object) = self.slab.get_mut(key) else {
                break;
            };
            if budget.is_spent() || object.free_pages(frames, budget) == Progress::More {
                return Progress::More;
            }
            self.dying = object.next_dying;
            self.slab.remove(key);
        }
        Progress::Done
    }
}
