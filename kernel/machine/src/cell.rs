//! One kind of static for data that processor and kernel share: tables and the heap.
//!
//! Decides how such data is reached without `static mut`: by raw pointer only, so that every use says at its place why
//! it may. Main type: [`ProcessorCell`]. Neighbours: `trap`, `paging`, `heap`.
#![expect(unsafe_code, reason = "a static that the processor writes cannot be described in safe Rust")]

use core::cell::UnsafeCell;

/// A static owned by the one processor; reached by pointer.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct ProcessorCell<T>(UnsafeCell<T>);

// SAFETY: there is one processor and the kernel runs on it with interrupts off, so accesses never overlap in time; every
// dereference of the pointer says so again at its place.
unsafe impl<T> Sync for ProcessorCell<T> {}

impl<T> ProcessorCell<T> {
    /// A cell that holds `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Where the value is.
    pub(crate) const fn pointer(&self) -> *mut T {
        self.0.get()
    }
}
