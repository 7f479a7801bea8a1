//! Walking a user address space in the physmap.
//!
//! Decides nothing beyond the format: finds tables, finds the next page that is mapped, gives tables back. Main
//! functions: [`leaf_table`], [`deepest_table`], [`next_mapped`], [`free_below`]. Neighbours: `paging` (edits), `entry`.
#![expect(unsafe_code, reason = "reads and writes page tables")]

use kernel_core::seam::{Frame, FrameSource, Mapping, Page, Root, USER_END};

use super::{ENTRIES, Entry, KERNEL_HALF, PHYSMAP, frame_address};

/// The level whose entries map pages.
pub(super) const LEAF_LEVEL: u32 = 0;
/// The level that CR3 names.
pub(super) const ROOT_LEVEL: u32 = 3;
const INDEX_BITS: u32 = 9;

/// The page may be mapped for user code.
pub(super) fn is_user_page(page: Page) -> bool {
    page < Page::containing(USER_END)
}

/// Which entry of a table at `level` leads to `page`.
#[inline(always)]
pub(super) fn slot_of(page: Page, level: u32) -> usize {
    page.0.wrapping_shr(level.wrapping_mul(INDEX_BITS)) as usize % ENTRIES
}

/// Reads an entry; `slot` is taken modulo the table's size.
#[inline(always)]
pub(super) fn read(table: Frame, slot: usize) -> Entry {
    // SAFETY: an aligned word in a frame of the physmap; tables are never part of a Rust object.
    unsafe { entry_pointer(table, slot).read_volatile() }
}

/// Writes an entry.
#[inline(always)]
pub(super) fn write(table: Frame, slot: usize, entry: Entry) {
    // SAFETY: as in `read`; that the frame is a table is the core's promise (README.md, "frames").
    unsafe { entry_pointer(table, slot).write_volatile(entry) };
}

fn entry_pointer(table: Frame, slot: usize) -> *mut Entry {
    let table = PHYSMAP.wrapping_add(frame_address(table)) as usize;
    core::ptr::with_exposed_provenance_mut::<Entry>(table).wrapping_add(slot % ENTRIES)
}

/// The leaf table for `page`, if all tables above it are there.
#[inline]
pub(super) fn leaf_table(root: Root, page: Page) -> Option<Frame> {
    if !is_user_page(page) {
        return None;
    }
    let (table, level) = deepest_table(root, page);
    (level == LEAF_LEVEL).then_some(table)
}

/// The last table on the way to `page`, and its level. The page is a user page: tables of the kernel half are not in the
/// physmap.
#[inline]
pub(super) fn deepest_table(root: Root, page: Page) -> (Frame, u32) {
    let mut table = root.0;
    for level in (LEAF_LEVEL..ROOT_LEVEL).rev() {
        let above = level.wrapping_add(1);
        let entry = read(table, slot_of(page, above));
        if !entry.is_present() {
            return (table, above);
        }
        table = entry.frame();
    }
    (table, LEAF_LEVEL)
}

/// The first mapped page in the range. What a missing table would cover is skipped as a whole.
pub(super) fn next_mapped(root: Root, from: Page, end: Page) -> Option<(Page, Mapping)> {
    let end = end.min(Page::containing(USER_END));
    let mut page = from;
    while page < end {
        let (table, level) = deepest_table(root, page);
        if level == LEAF_LEVEL {
            let first = slot_of(page, LEAF_LEVEL);
            let found = (first..ENTRIES).find(|slot| read(table, *slot).is_present());
            if let Some(slot) = found {
                let page = Page(page.0.wrapping_add((slot.wrapping_sub(first)) as u64));
                let mapping = read(table, slot).mapping()?;
                return (page < end).then_some((page, mapping));
            }
        }
        page = after_gap(page, level);
    }
    None
}

/// The first page after what one entry at `level` (for a leaf: its whole table) covers.
fn after_gap(page: Page, level: u32) -> Page {
    let covered = 1_u64.wrapping_shl(level.max(1).wrapping_mul(INDEX_BITS));
    Page((page.0 | covered.wrapping_sub(1)).wrapping_add(1))
}

/// Gives back the tables below one, at most `left`; `true` when none remains. Leaf tables are not read: their pages were
/// unmapped before.
pub(super) fn free_below(table: Frame, level: u32, left: &mut usize, frames: &mut impl FrameSource) -> bool {
    let slots = match level {
        LEAF_LEVEL => 0,
        ROOT_LEVEL => KERNEL_HALF,
        _ => ENTRIES,
    };
    for slot in 0..slots {
        let entry = read(table, slot);
        if !entry.is_present() {
            continue;
        }
        if !free_below(entry.frame(), level.wrapping_sub(1), left, frames) || *left == 0 {
            return false;
        }
        *left = left.wrapping_sub(1);
        write(table, slot, Entry::EMPTY);
        frames.free(entry.frame());
    }
    true
}
