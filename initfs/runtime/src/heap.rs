//! The global allocator: talc, over pages that the kernel gives on demand.
//!
//! Decides how much to ask for at a time; a refusal is a null pointer to the caller, so `try_reserve` and its like report
//! ENOMEM. Neighbours: `memory` maps, `sync` supplies the lock. Nothing here may allocate.

use crate::memory::Memory;
use crate::sync::RawLock;
use core::alloc::Layout;
use talc::TalcLock;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::source::Source;

/// Least bytes asked of the kernel. Pages are filled on first use, so what stays unused costs address space only.
const GROWTH: usize = 1 << 20;

/// Room for talc's own records in a new heap.
const OVERHEAD: usize = 8192;

#[global_allocator]
static HEAP: TalcLock<RawLock, Grow> = TalcLock::new(Grow);

/// Takes more pages when talc has run out.
#[derive(Debug)]
struct Grow;

// SAFETY: `acquire` touches the allocator by its argument only: mapping memory allocates nothing.
unsafe impl Source for Grow {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let wanted = layout.size().checked_add(layout.align()).and_then(|size| size.checked_add(OVERHEAD)).ok_or(())?;
        let pages = Memory::anonymous(wanted.max(GROWTH)).map_err(drop)?.leak();
        // SAFETY: the pages are fresh, readable, writable and given up for good.
        let claimed = unsafe { talc.claim(pages.as_mut_ptr(), pages.len()) };
        claimed.map(drop).ok_or(())
    }
}
