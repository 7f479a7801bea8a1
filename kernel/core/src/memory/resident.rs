//! Looking for resident pages in steps of bounded length.
//!
//! Decides what a look costs. Main types: [`Resident`], [`next`]. Neighbours: `unmap`, `protect`, `fork`, `teardown`.

use super::{Budget, PageRange};
use crate::seam::{Mapping, Page, PageTables, Root};

/// What a look for the next resident page found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resident {
    /// A page and its entry.
    Found(Page, Mapping),
    /// No more in the range.
    End,
    /// The budget is spent; nothing before this page is resident.
    Pause(Page),
}

/// Pages that one look covers at most: 64 MiB, 32 tables. Tables without entries have to be searched, too.
const LOOK: u64 = 16_384;

/// The first resident page of `range`; takes one page off the budget for every look.
pub(super) fn next(machine: &impl PageTables, root: Root, range: PageRange, budget: &mut Budget) -> Resident {
    let mut from = range.start;
    while from < range.end {
        if !budget.spend() {
            return Resident::Pause(from);
        }
        let end = Page(from.0.saturating_add(LOOK)).min(range.end);
        if let Some((page, mapping)) = machine.next_mapped(root, from, end) {
            return Resident::Found(page, mapping);
        }
        from = end;
    }
    Resident::End
}
