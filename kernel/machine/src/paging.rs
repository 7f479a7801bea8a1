//! Page tables of user address spaces (four levels, SDM vol. 3, section 4.5).
//!
//! Decides how the user half is walked and edited; the kernel half is the same in every root and never changes. An edit
//! of the active root is followed by INVLPG where a translation may be cached. Main items: the `PageTables` of
//! [`Machine`], [`PHYSMAP`]. Neighbours: `entry` (bits), `walk` (finding), `boot/tables.rs` (the kernel half).
#![expect(unsafe_code, reason = "writes page tables and CR3")]

mod entry;
mod walk;

pub(crate) use entry::{ENTRIES, Entry, KERNEL_HALF, Protection, frame_address};

use kernel_core::seam::{Frame, FrameSource, Mapping, Page, PageTables, PhysicalMemory, Root};
use x86::controlregs::cr3_write;
use x86::tlb;

use crate::boot::tables::{KERNEL_ROOT, kernel_root_frame};
use crate::machine::Machine;
use walk::{LEAF_LEVEL, ROOT_LEVEL, is_user_page, read, slot_of, write};

/// Where physical memory appears.
pub(crate) const PHYSMAP: u64 = 0xffff_8000_0000_0000;

impl PageTables for Machine {
    fn new_root(&mut self, frames: &mut impl FrameSource) -> Option<Root> {
        let frame = frames.allocate()?;
        self.zero(frame);
        for index in KERNEL_HALF..ENTRIES {
            // SAFETY: the kernel root is a static table that nobody writes after boot.
            let entry = unsafe { KERNEL_ROOT.pointer().cast::<Entry>().wrapping_add(index).read() };
            write(frame, index, entry);
        }
        Some(Root(frame))
    }

    fn map(&mut self, root: Root, page: Page, mapping: Mapping, frames: &mut impl FrameSource) -> bool {
        if !is_user_page(page) {
            return false;
        }
        let Some(table) = self.make_leaf_table(root, page, frames) else { return false };
        let slot = slot_of(page, LEAF_LEVEL);
        let before = read(table, slot);
        write(table, slot, Entry::user_page(mapping));
        if before.is_present() {
            self.forget_translation(root, page);
        }
        true
    }

    fn unmap(&mut self, root: Root, page: Page) -> Option<Mapping> {
        let table = walk::leaf_table(root, page)?;
        let slot = slot_of(page, LEAF_LEVEL);
        let before = read(table, slot).mapping()?;
        write(table, slot, Entry::EMPTY);
        self.forget_translation(root, page);
        Some(before)
    }

    fn switches(&self) -> u64 {
        self.address_space_switches()
    }

    #[inline]
    fn lookup(&self, root: Root, page: Page) -> Option<Mapping> {
        read(walk::leaf_table(root, page)?, slot_of(page, LEAF_LEVEL)).mapping()
    }

    fn next_mapped(&self, root: Root, from: Page, end: Page) -> Option<(Page, Mapping)> {
        walk::next_mapped(root, from, end)
    }

    fn free_tables(&mut self, root: Root, limit: usize, frames: &mut impl FrameSource) -> bool {
        // A root may still be in CR3 after its last thread has gone.
        if self.loaded.root == root {
            self.activate(Root(kernel_root_frame()));
        }
        let mut left = limit;
        let empty = walk::free_below(root.0, ROOT_LEVEL, &mut left, frames) && left > 0;
        if empty {
            frames.free(root.0);
        }
        empty
    }
}

impl Machine {
    /// Makes `root` the active address space.
    pub(crate) fn activate(&mut self, root: Root) {
        if self.loaded.root != root {
            self.loaded.root = root;
            self.count_address_space_switch();
            // SAFETY: every root shares the kernel half, so the kernel stays mapped; `new_root` made it so.
            unsafe { cr3_write(frame_address(root.0)) };
        }
    }

    /// Only the active root has translations in the TLB: there are no PCIDs, so loading CR3 drops all of user space.
    fn forget_translation(&self, root: Root, page: Page) {
        if self.loaded.root == root {
            // SAFETY: drops a cached translation, nothing else.
            unsafe { tlb::flush(page.start() as usize) };
        }
    }

    /// The leaf table for `page`, made with all tables above it where missing. On failure nothing has changed: tables
    /// are linked in only once all are there.
    fn make_leaf_table(&mut self, root: Root, page: Page, frames: &mut impl FrameSource) -> Option<Frame> {
        let (mut table, mut level) = walk::deepest_table(root, page);
        if level == LEAF_LEVEL {
            return Some(table);
        }
        let made = self.allocate_tables(level, frames)?;
        for frame in made.into_iter().flatten() {
            write(table, slot_of(page, level), Entry::table(frame_address(frame)));
            table = frame;
            level = level.wrapping_sub(1);
        }
        Some(table)
    }

    /// `count` (at most three) cleared frames, or none.
    fn allocate_tables(&mut self, count: u32, frames: &mut impl FrameSource) -> Option<[Option<Frame>; 3]> {
        let mut made = [None; 3];
        for index in 0..count as usize {
            let Some(frame) = frames.allocate() else {
                made.into_iter().flatten().for_each(|frame| frames.free(frame));
                return None;
            };
            self.zero(frame);
            if let Some(place) = made.get_mut(index) {
                *place = Some(frame);
            }
        }
        Some(made)
    }
}
