//! The kernel's own page tables: built once, never changed, shared by every address space.
//!
//! Decides what the kernel half holds: the kernel itself with one protection per segment, all memory that the core may
//! name at [`PHYSMAP`], and the heap at [`HEAP`]. The kernel's image, its tables and the heap are *not* in the physmap, so a wrong
//! frame number from above faults instead of reaching them. Guard pages below the stacks stay unmapped. Main function:
//! [`activate`]. Neighbours: `layout` (what to map), `paging` (copies the root's upper half).
#![expect(unsafe_code, reason = "writes page tables and CR3")]

use kernel_core::seam::Frame;
use x86::controlregs::cr3_write;

use super::layout::Layout;
use super::memory_map::{PAGE, PhysicalRange};
use crate::cell::ProcessorCell;
use crate::paging::{ENTRIES, Entry, PHYSMAP, Protection};
use crate::trap::stacks;

/// Where the kernel is linked: physical address 0 appears here (code model "kernel", top 2 GiB).
pub(crate) const KERNEL_BASE: u64 = 0xffff_ffff_8000_0000;

/// Where the heap appears.
pub(crate) const HEAP: u64 = 0xffff_c000_0000_0000;

const LARGE_PAGE: u64 = 2 << 20;
const LEAF_LEVEL: u32 = 0;
const LARGE_LEVEL: u32 = 1;
const ROOT_LEVEL: u32 = 3;

/// The root that boot leaves active; its user half stays empty.
pub(crate) static KERNEL_ROOT: ProcessorCell<RootTable> = ProcessorCell::new(RootTable([Entry::EMPTY; ENTRIES]));

/// A root table in the kernel's data.
#[derive(Debug)]
#[repr(C, align(4096))]
pub(crate) struct RootTable(pub(crate) [Entry; ENTRIES]);

// Defined by kernel/link.ld; only their addresses are used.
unsafe extern "C" {
    static kernel_text_start: u8;
    static kernel_rodata_start: u8;
    static kernel_data_start: u8;
    static kernel_end: u8;
}

/// The physical bytes that the kernel was loaded to.
pub(super) fn kernel_range() -> PhysicalRange {
    segment(&raw const kernel_text_start, &raw const kernel_end)
}

/// The frame of [`KERNEL_ROOT`].
pub(crate) fn kernel_root_frame() -> Frame {
    // The kernel is loaded far below 16 TiB, so the number fits.
    Frame((KERNEL_ROOT.pointer().addr() as u64).wrapping_sub(KERNEL_BASE).wrapping_div(PAGE) as u32)
}

fn segment(start: *const u8, end: *const u8) -> PhysicalRange {
    let physical = |pointer: *const u8| (pointer.addr() as u64).wrapping_sub(KERNEL_BASE);
    PhysicalRange { start: physical(start), end: physical(end) }
}

/// Builds the tables and makes them active. The identity map of boot ends here.
pub(super) fn activate(layout: &Layout) {
    let mut builder = Builder { free: layout.tables };
    let (text, rodata) = (&raw const kernel_text_start, &raw const kernel_rodata_start);
    let (data, end) = (&raw const kernel_data_start, &raw const kernel_end);
    builder.map(KERNEL_BASE, segment(text, rodata), Protection::Execute);
    builder.map(KERNEL_BASE, segment(rodata, data), Protection::Read);
    builder.map_data(segment(data, end));
    for range in layout.usable.iter().chain([layout.image.grown_to_pages()]) {
        builder.map(PHYSMAP, range, Protection::Write);
    }
    builder.map(HEAP.wrapping_sub(layout.heap.start), layout.heap, Protection::Write);
    let root = u64::from(kernel_root_frame().0).wrapping_mul(PAGE);
    // SAFETY: the new tables map this code, the stack in use and all data at the addresses they have now.
    unsafe { cr3_write(root) };
}

/// Takes tables from a range and fills them through the identity map.
struct Builder {
    free: PhysicalRange,
}

impl Builder {
    /// The data segment without the guard pages.
    fn map_data(&mut self, data: PhysicalRange) {
        let mut start = data.start;
        for stack in stacks::all() {
            let guard = stack.guard.wrapping_sub(KERNEL_BASE);
            self.map(KERNEL_BASE, PhysicalRange { start, end: guard }, Protection::Write);
            start = guard.wrapping_add(PAGE);
        }
        self.map(KERNEL_BASE, PhysicalRange { start, end: data.end }, Protection::Write);
    }

    /// Maps whole pages of `range` at their address plus `offset`, large ones where both sides allow.
    fn map(&mut self, offset: u64, range: PhysicalRange, protection: Protection) {
        let mut physical = range.start;
        while physical < range.end {
            let address = offset.wrapping_add(physical);
            let rest = range.end.wrapping_sub(physical);
            let large = (physical | address).is_multiple_of(LARGE_PAGE) && rest >= LARGE_PAGE;
            let page = Entry::kernel_page(physical, protection);
            let (entry, level, length) =
                if large { (page.large(), LARGE_LEVEL, LARGE_PAGE) } else { (page, LEAF_LEVEL, PAGE) };
            self.set(address, level, entry);
            physical = physical.wrapping_add(length);
        }
    }

    fn set(&mut self, address: u64, level: u32, entry: Entry) {
        let mut table = u64::from(kernel_root_frame().0).wrapping_mul(PAGE);
        for above in (level.wrapping_add(1)..=ROOT_LEVEL).rev() {
            let slot = slot(table, address, above);
            // SAFETY: `slot` is in a table that this builder made, reachable through boot's identity map.
            let mut next = unsafe { slot.read() };
            if !next.is_present() {
                next = Entry::kernel_table(self.new_table());
                // SAFETY: as above.
                unsafe { slot.write(next) };
            }
            table = next.address();
        }
        // SAFETY: as above.
        unsafe { slot(table, address, level).write(entry) };
    }

    fn new_table(&mut self) -> u64 {
        let table = self.free.start;
        assert!(!self.free.is_empty(), "too few frames set aside for the kernel's page tables");
        self.free.start = table.wrapping_add(PAGE);
        // SAFETY: the frame was set aside for tables, lies below 4 GiB, and nothing else uses it.
        unsafe { core::ptr::with_exposed_provenance_mut::<u8>(table as usize).write_bytes(0, PAGE as usize) };
        table
    }
}

/// The entry for `address` in the table at `table`, through the identity map.
fn slot(table: u64, address: u64, level: u32) -> *mut Entry {
    let shift = level.wrapping_mul(9).wrapping_add(12);
    let index = (address >> shift) & (ENTRIES as u64).wrapping_sub(1);
    core::ptr::with_exposed_provenance_mut(table.wrapping_add(index.wrapping_mul(8)) as usize)
}
