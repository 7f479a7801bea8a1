//! The kernel heap: the global allocator of core and machine.
//!
//! Decides that it has a fixed size, given once at boot, and that exhaustion is a null pointer, never a panic; a counter
//! makes a chosen allocation fail, so that tests reach every such path. The algorithm is the `talc` crate's. Main
//! functions: [`give`], [`fail_allocation`]. Neighbours: `boot/layout.rs` (the size), `boot/tables.rs` (the address).
#![expect(unsafe_code, reason = "implements GlobalAlloc")]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, Ordering};
use talc::TalcCell;
use talc::source::Manual;

#[global_allocator]
static HEAP: Heap = Heap { talc: TalcCell::new(Manual), until_failure: AtomicU64::new(0) };

struct Heap {
    talc: TalcCell<Manual>,
    /// 0: off; else the allocation with this number, counted from 1, fails.
    until_failure: AtomicU64,
}

// SAFETY: there is one processor, the kernel runs with interrupts off, and the handlers of NMI and #MC do not allocate:
// no two calls overlap in time.
unsafe impl Sync for Heap {}

/// Makes the `nth` allocation from now (1: the next one) fail, once; `None` turns that off.
pub fn fail_allocation(nth: Option<u64>) {
    HEAP.until_failure.store(nth.unwrap_or(0), Ordering::Relaxed);
}

/// Allocations until the chosen one; `None` once it has failed, or if none is chosen.
pub(crate) fn allocations_left() -> Option<u64> {
    Some(HEAP.until_failure.load(Ordering::Relaxed)).filter(|left| *left > 0)
}

/// Gives the heap its memory.
///
/// # Safety
/// The bytes are mapped, writable and used by nothing else, for ever.
pub(crate) unsafe fn give(start: u64, length: u64) {
    let start = core::ptr::with_exposed_provenance_mut(start as usize);
    // SAFETY: the caller's promise.
    let claimed = unsafe { HEAP.talc.claim(start, length as usize) };
    assert!(claimed.is_some(), "the kernel heap is too small for the allocator");
}

impl Heap {
    /// Counts one allocation; `true` when it has to fail.
    #[inline]
    fn must_fail(&self) -> bool {
        let left = self.until_failure.load(Ordering::Relaxed);
        if left != 0 {
            self.until_failure.store(left.wrapping_sub(1), Ordering::Relaxed);
        }
        left == 1
    }
}

// SAFETY: everything is passed on to an allocator that keeps the contract; a null pointer is always allowed.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.must_fail() {
            return null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { self.talc.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.talc.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if self.must_fail() {
            return null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { self.talc.realloc(pointer, layout, new_size) }
    }
}
