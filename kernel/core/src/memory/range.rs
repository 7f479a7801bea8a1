//! Ranges of pages in the user half, checked once where they enter.
//!
//! Decides which addresses a program may name. Main type: [`PageRange`]. Neighbours: `map`, `unmap`, `protect`.

use crate::seam::{PAGE_SIZE, Page, USER_END, USER_START};

const BYTES: u64 = PAGE_SIZE as u64;

/// Pages `start..end`, never empty, all between [`USER_START`] and [`USER_END`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// The first page.
    pub start: Page,
    /// The page after the last.
    pub end: Page,
}

impl PageRange {
    /// The pages of `length` bytes at `address`. `None` unless the address is page-aligned, the length is not 0 and the
    /// whole range, its length rounded up to pages, is user space.
    #[must_use]
    pub fn new(address: u64, length: u64) -> Option<Self> {
        let end = address.checked_add(length)?.checked_next_multiple_of(BYTES)?;
        let valid = address.is_multiple_of(BYTES) && length > 0 && address >= USER_START && end <= USER_END;
        valid.then_some(Self { start: Page::containing(address), end: Page::containing(end) })
    }

    /// `count` pages from `start`, under the same conditions.
    #[must_use]
    pub fn of_pages(start: Page, count: u64) -> Option<Self> {
        Self::new(start.0.checked_mul(BYTES)?, count.checked_mul(BYTES)?)
    }

    /// How many pages.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    /// Never: there is no empty range.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The first address.
    #[must_use]
    pub const fn address(self) -> u64 {
        self.start.start()
    }
}

/// Pages that hold `length` bytes; `None` if the sum overflows or is 0.
pub(super) fn pages_of(length: u64) -> Option<u64> {
    let bytes = length.checked_next_multiple_of(BYTES).filter(|bytes| *bytes > 0)?;
    bytes.checked_div(BYTES)
}
