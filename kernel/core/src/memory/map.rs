//! Mapping: a new region at a free range, at a given one, or in place of what is there.
//!
//! Decides addresses and errors of FMAP. Main types: [`NewRegion`], [`Placement`], [`Source`], [`Mapped`], [`MapError`].
//! Neighbours: `flags` (reads the call's words), `unmap` (clears the range of a replacing mapping), `protect`.
//!
//! Address rules: an address that the caller fixes is page-aligned and the whole range lies between `USER_START` and
//! `USER_END`, else EINVAL. A hint is rounded down to a page and used if the range is free, else ignored. What the kernel
//! chooses is the lowest free range from `CHOICE_START` on. A length is rounded up to pages; 0 or an overflow is EINVAL.

use super::object::OBJECT_PAGES;
use super::range::pages_of;
use super::region::{Backing, Label};
use super::{Budget, Hardware, Memory, ObjectKey, OutOfMemory, PageRange, Protection, Region, Sharing, SpaceKey};
use crate::errno::Errno;
use crate::seam::{PAGE_SIZE, Page};

/// A region to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewRegion {
    /// Bytes.
    pub length: u64,
    /// What may be done at first.
    pub protection: Protection,
    /// The most that may be given later; stores to shared pages of the boot image are taken off.
    pub maximum: Protection,
    /// Who sees stores.
    pub sharing: Sharing,
    /// What it maps.
    pub source: Source,
    /// The mapping server's number of the open file.
    pub label: u64,
    /// The scheme that named the object, 0 for the kernel.
    pub scheme: u64,
    /// Page of the object at which the server's file begins.
    pub origin: u64,
}

/// What a new region maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Fresh memory, zero at first.
    Anonymous,
    /// A memory object from this byte on, a multiple of the page size. It may end before the region does: pages beyond
    /// fault with BUS_OBJERR until the object has grown.
    Object {
        /// The object; the region takes a reference of its own.
        key: ObjectKey,
        /// The byte of it at the start of the region.
        offset: u64,
    },
}

/// Where a region goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Where there is room, at the hint if possible.
    Anywhere {
        /// An address; 0 for none.
        hint: u64,
    },
    /// At this address, which must be free (MAP_FIXED_NOREPLACE).
    Free(u64),
    /// At this address, in place of what is there (MAP_FIXED).
    Replace(u64),
}

/// How far a mapping got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// The region is there, at this address.
    At(u64),
    /// More has to be cleared first: the same call again goes on.
    More,
}

/// Why the map was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// EINVAL: address, length, offset or flags make no sense.
    Invalid,
    /// EEXIST: the range is taken.
    Taken,
    /// ENOMEM: no memory, no room, too many regions, or a hole in the range.
    NoMemory,
    /// EACCES: more than the maximum protection.
    Denied,
}

impl From<OutOfMemory> for MapError {
    fn from(_: OutOfMemory) -> Self {
        Self::NoMemory
    }
}

impl From<MapError> for Errno {
    fn from(error: MapError) -> Self {
        match error {
            MapError::Invalid => Self::EINVAL,
            MapError::Taken => Self::EEXIST,
            MapError::NoMemory => Self::ENOMEM,
            MapError::Denied => Self::EACCES,
        }
    }
}

impl Memory {
    /// Makes a region. The `budget` is for clearing what it replaces.
    ///
    /// # Errors
    /// [`MapError`]; nothing has changed, except that a replaced range may have been unmapped.
    pub fn map(
        &mut self,
        machine: &mut impl Hardware,
        space: SpaceKey,
        placement: Placement,
        new: NewRegion,
        budget: &mut Budget,
    ) -> Result<Mapped, MapError> {
        let maximum = self.check_new(&new)?;
        let range = self.place(space, placement, new.length)?;
        if self.spaces.get(space).is_some_and(|space| !space.regions.is_free(range))
            && self.unmap(machine, space, range, budget)?.is_some()
        {
            return Ok(Mapped::More);
        }
        self.spaces.get_mut(space).ok_or(MapError::Invalid)?.regions.reserve(1, 1)?;
        let backing = self.back(&new, range.len())?;
        let file = matches!(new.source, Source::Object { .. });
        let label = Label { number: new.label, scheme: new.scheme, file, origin: new.origin };
        let region = Region { range, protection: new.protection, maximum, sharing: new.sharing, backing, label };
        let (space, mut pager) = self.pager(machine, space).ok_or(MapError::Invalid)?;
        space.regions.insert(region);
        space.touch();
        pager.merge_around(space, range);
        Ok(Mapped::At(range.address()))
    }

    /// Checks everything that does not depend on the place; returns the maximum protection.
    fn check_new(&self, new: &NewRegion) -> Result<Protection, MapError> {
        let mut maximum = new.maximum;
        if let Source::Object { key, offset } = new.source {
            let object = self.objects.get(key).ok_or(MapError::Invalid)?;
            let end = offset.checked_add(new.length);
            if !offset.is_multiple_of(PAGE_SIZE as u64) || end.is_none() {
                return Err(MapError::Invalid);
            }
            if new.sharing == Sharing::Shared && !object.is_writable() {
                maximum.remove(Protection::WRITE);
            }
        }
        if maximum.contains(new.protection) { Ok(maximum) } else { Err(MapError::Denied) }
    }

    /// The range that a placement means.
    fn place(&self, space: SpaceKey, placement: Placement, length: u64) -> Result<PageRange, MapError> {
        let regions = &self.spaces.get(space).ok_or(MapError::Invalid)?.regions;
        let count = pages_of(length).ok_or(MapError::Invalid)?;
        match placement {
            Placement::Anywhere { hint } => PageRange::of_pages(Page::containing(hint), count)
                .filter(|range| regions.is_free(*range))
                .or_else(|| regions.choose(count))
                .ok_or(MapError::NoMemory),
            Placement::Replace(address) => PageRange::new(address, length).ok_or(MapError::Invalid),
            Placement::Free(address) => {
                let range = PageRange::new(address, length).ok_or(MapError::Invalid)?;
                if regions.is_free(range) { Ok(range) } else { Err(MapError::Taken) }
            }
        }
    }

    /// The backing of a new region, with its reference on the object. Shared fresh memory gets an object of its own.
    fn back(&mut self, new: &NewRegion, pages: u64) -> Result<Backing, MapError> {
        match (new.source, new.sharing) {
            (Source::Anonymous, Sharing::Private) => Ok(Backing::Anonymous),
            (Source::Anonymous, Sharing::Shared) if pages > OBJECT_PAGES => Err(MapError::NoMemory),
            (Source::Anonymous, Sharing::Shared) => Ok(Backing::Object { key: self.objects.create(pages)?, first: 0 }),
            (Source::Object { key, offset }, _) => {
                self.objects.retain(key);
                Ok(Backing::Object { key, first: Page::containing(offset).0 })
            }
        }
    }
}
