//! Who gets which part of memory.
//!
//! Decides the size of the kernel heap and reserves the frames of the kernel's page tables; what is left goes to the
//! core. Main type: [`Layout`]. Neighbours: `memory_map` (the sets), `tables` (maps the result).

use super::handover::{Handover, HandoverError};
use super::memory_map::{PAGE, PhysicalRange, RangeSet};

/// Boot reaches memory through an identity map of this size.
pub(super) const IDENTITY_END: u64 = 1 << 32;
/// The first MiB belongs to firmware, and is too cramped to be worth the trouble.
const LOW_MEMORY: PhysicalRange = PhysicalRange { start: 0, end: 1 << 20 };
const LARGE_PAGE: u64 = 2 << 20;
const GIB: u64 = 1 << 30;
const HEAP_MIN: u64 = 4 << 20;
const HEAP_MAX: u64 = 128 << 20;
/// The heap's part of memory is one in this many: at 256 MiB a full table of descriptors leaves some.
const HEAP_SHARE: u64 = 8;

/// Memory divided.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// For the core.
    pub(super) usable: RangeSet,
    /// The boot image, in bytes; starts on a page.
    pub(super) image: PhysicalRange,
    /// The kernel heap: whole large pages.
    pub(super) heap: PhysicalRange,
    /// Frames for the kernel's page tables.
    pub(super) tables: PhysicalRange,
}

/// Divides the memory of `handover`; `kernel` is where the kernel was loaded.
pub(super) fn divide(handover: &Handover, kernel: PhysicalRange) -> Result<Layout, HandoverError> {
    let image = handover.image.ok_or(HandoverError::NoImage)?;
    let image_is_reachable = image.start.is_multiple_of(PAGE) && image.end <= IDENTITY_END && !image.is_empty();
    if !image_is_reachable || !kernel.intersection(image).is_empty() {
        return Err(HandoverError::NoImage);
    }
    let mut usable = handover.memory.clone();
    let heap_length = (usable.total() / HEAP_SHARE).clamp(HEAP_MIN, HEAP_MAX).next_multiple_of(LARGE_PAGE);
    for taken in [LOW_MEMORY, kernel, image] {
        usable.remove(taken);
    }
    let heap = usable.take(heap_length, LARGE_PAGE, IDENTITY_END).ok_or(HandoverError::NoMemory)?;
    let tables_length = table_count(&usable, kernel, image).saturating_mul(PAGE);
    let tables = usable.take(tables_length, PAGE, IDENTITY_END).ok_or(HandoverError::NoMemory)?;
    Ok(Layout { usable, image, heap, tables })
}

/// At least as many tables as mapping all of this takes: per range one directory per GiB it touches, one table at each
/// ragged end and one pointer table per 512 GiB; the constant covers heap, roots and the split that taking causes.
fn table_count(usable: &RangeSet, kernel: PhysicalRange, image: PhysicalRange) -> u64 {
    let per_range = |range: PhysicalRange| (range.length() / GIB).saturating_add(6);
    let kernel_tables = (kernel.length() / LARGE_PAGE).saturating_add(4);
    usable
        .iter()
        .chain([image])
        .fold(kernel_tables.saturating_add(24), |sum, range| sum.saturating_add(per_range(range)))
}

#[cfg(test)]
mod tests {
    //! Division of memories of several sizes.

    use super::{Handover, HandoverError, LARGE_PAGE, PhysicalRange, divide};

    const KERNEL: PhysicalRange = PhysicalRange { start: 2 << 20, end: 3 << 20 };

    fn handover(mib: u64, image: Option<PhysicalRange>) -> Handover {
        let mut handover = Handover { image, ..Handover::default() };
        handover.memory.insert(PhysicalRange { start: 0, end: 640 << 10 });
        handover.memory.insert(PhysicalRange { start: 1 << 20, end: mib << 20 });
        handover
    }

    fn image(start: u64) -> Option<PhysicalRange> {
        PhysicalRange::new(start, 1000)
    }

    #[test]
    fn parts_do_not_overlap() {
        for mib in [32, 64, 512, 4096] {
            let layout = divide(&handover(mib, image(4 << 20)), KERNEL).unwrap();
            let image = PhysicalRange { start: 4 << 20, end: (4 << 20) + 4096 };
            let parts = [KERNEL, image, layout.heap, layout.tables];
            for (index, part) in parts.iter().enumerate() {
                assert!(layout.usable.iter().all(|range| range.intersection(*part).is_empty()));
                assert!(parts[..index].iter().all(|other| other.intersection(*part).is_empty()));
            }
            assert!(layout.heap.start.is_multiple_of(LARGE_PAGE));
            assert_eq!(layout.image.grown_to_pages(), image);
            assert!(layout.usable.iter().all(|range| range.start >= 1 << 20));
        }
    }

    #[test]
    fn heap_grows_with_memory_up_to_a_limit() {
        let heap = |mib| divide(&handover(mib, image(4 << 20)), KERNEL).unwrap().heap.length() >> 20;
        assert_eq!([heap(24), heap(512), heap(4096)], [4, 64, 128]);
    }

    #[test]
    fn unusable_images_are_refused() {
        for bad in [None, image((4 << 20) + 1), image(1 << 32), image(2 << 20), PhysicalRange::new(4 << 20, 0)] {
            assert_eq!(divide(&handover(64, bad), KERNEL).unwrap_err(), HandoverError::NoImage);
        }
    }

    #[test]
    fn too_little_memory_is_an_error() {
        assert_eq!(divide(&handover(6, image(4 << 20)), KERNEL).unwrap_err(), HandoverError::NoMemory);
    }
}
