//! Regions: a range of pages of an address space with one protection and one backing.
//!
//! Decides what a program or a debugger may do with a page before anything is resident. Main types: [`Region`],
//! [`Sharing`], [`Backing`]. Neighbours: `regions` (the sorted list), `fault` (fills pages).

use kernel_abi::verb::RegionInformation;

use super::{ObjectKey, PageRange};
use crate::seam::{Page, Protection};

/// Who sees a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Everybody who maps the object.
    Shared,
    /// This space only: the first store makes a copy of the page.
    Private,
}

/// Where the content of pages that were never stored to comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Zeros, private.
    Anonymous,
    /// An object, from this page of it on.
    Object {
        /// The object; the region holds a reference.
        key: ObjectKey,
        /// The object's page at the start of the region.
        first: u64,
    },
}

/// What a server knows a region by; the kernel only keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The mapping server's number of the open file.
    pub number: u64,
    /// The scheme that named the object, 0 for the kernel.
    pub scheme: u64,
    /// It maps a memory object that somebody named, rather than fresh memory.
    pub file: bool,
    /// Page of the object at which the server's file begins: offsets are shown as the file's.
    pub origin: u64,
}

/// One region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its pages.
    pub range: PageRange,
    /// What may be done now.
    pub protection: Protection,
    /// The most that may be given.
    pub maximum: Protection,
    /// Who sees stores.
    pub sharing: Sharing,
    /// Where its pages come from.
    pub backing: Backing,
    /// What servers call it.
    pub label: Label,
}

impl Region {
    /// The object's page behind a page of the region.
    #[must_use]
    pub fn object_page(&self, page: Page) -> Option<(ObjectKey, u64)> {
        match self.backing {
            Backing::Anonymous => None,
            Backing::Object { key, first } => {
                Some((key, first.saturating_add(page.0.saturating_sub(self.range.start.0))))
            }
        }
    }

    /// The object it maps.
    #[must_use]
    pub const fn object(&self) -> Option<ObjectKey> {
        match self.backing {
            Backing::Anonymous => None,
            Backing::Object { key, .. } => Some(key),
        }
    }

    /// The same region from `page` on.
    pub(super) fn from(&self, page: Page) -> Self {
        let backing = match self.object_page(page) {
            None => Backing::Anonymous,
            Some((key, first)) => Backing::Object { key, first },
        };
        Self { range: PageRange { start: page, end: self.range.end }, backing, ..*self }
    }

    /// `next` goes on where this region ends, alike in everything, so that the two could be one.
    pub(super) fn continues_in(&self, next: &Self) -> bool {
        let expected = Self { range: next.range, ..self.from(self.range.end) };
        self.range.end == next.range.start && expected == *next
    }

    /// What SocketVerb::Region shows of it.
    pub(super) fn information(&self, timestamp: u32) -> RegionInformation {
        let first = self.object_page(self.range.start).map_or(0, |(_, first)| first.wrapping_sub(self.label.origin));
        RegionInformation {
            start: self.range.start.start(),
            end: self.range.end.start(),
            offset: Page(first).start(),
            protection: self.protection.bits(),
            maximum: self.maximum.bits(),
            shared: u32::from(self.sharing == Sharing::Shared),
            file: u32::from(self.label.file),
            label: self.label.number,
            scheme: self.label.scheme,
            timestamp: u64::from(timestamp),
        }
    }
}
