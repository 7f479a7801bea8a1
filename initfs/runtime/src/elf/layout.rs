//! How a segment gets into memory: which pages are mapped from the file, copied, cleared.
//!
//! Decides that pages of the file are mapped where file and memory agree in the place within a page, and copied elsewhere.
//! Pure. Main type: [`Step`]; main function: [`steps`]. Neighbours: `native` performs steps on another group's memory,
//! the loader on its own.

use crate::elf::Segment;

/// One thing to do for a segment. Addresses and lengths of mappings are whole pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Map pages of the file from `offset` on, privately.
    MapFile {
        /// First address.
        address: u64,
        /// Bytes.
        length: u64,
        /// Where they start in the file; a multiple of the page size.
        offset: u64,
    },
    /// Map fresh pages.
    MapZero {
        /// First address.
        address: u64,
        /// Bytes.
        length: u64,
    },
    /// Copy bytes of the file into pages that are mapped.
    Copy {
        /// First address.
        address: u64,
        /// Bytes.
        length: u64,
        /// Where they start in the file.
        offset: u64,
    },
    /// Clear bytes of pages that are mapped.
    Clear {
        /// First address.
        address: u64,
        /// Bytes.
        length: u64,
    },
}

impl Step {
    /// The step writes to memory, so the pages must be writable while it is done.
    #[must_use]
    pub const fn writes(&self) -> bool {
        matches!(self, Self::Copy { .. } | Self::Clear { .. })
    }
}

/// The steps for `segment`, in order.
pub fn steps(segment: &Segment) -> impl Iterator<Item = Step> + Clone {
    match segment.mapped_offset() {
        Some(offset) => mapped(segment, offset),
        None => copied(segment),
    }
    .into_iter()
    .flatten()
}

fn mapped(segment: &Segment, offset: u64) -> [Option<Step>; 3] {
    let file = (segment.first_page(), segment.file_end_page());
    let file_length = file.1.saturating_sub(file.0);
    let zero_length = segment.end_page().saturating_sub(file.1);
    let tail_end = segment.end().min(file.1);
    let tail_length = tail_end.saturating_sub(segment.file_end());
    let has_file = file_length > 0;
    [
        has_file.then_some(Step::MapFile { address: file.0, length: file_length, offset }),
        (has_file && tail_length > 0).then_some(Step::Clear { address: segment.file_end(), length: tail_length }),
        (zero_length > 0).then_some(Step::MapZero { address: file.1, length: zero_length }),
    ]
}

fn copied(segment: &Segment) -> [Option<Step>; 3] {
    let length = segment.end_page().saturating_sub(segment.first_page());
    let copy = Step::Copy { address: segment.address, length: segment.file_size, offset: segment.offset };
    [Some(Step::MapZero { address: segment.first_page(), length }), (segment.file_size > 0).then_some(copy), None]
}

#[cfg(test)]
mod tests {
    use super::{Step, steps};
    use crate::elf::Segment;
    use proptest::prelude::*;

    const FILE: u64 = 0x6000;
    const BASE: u64 = 0x40_0000;
    const PAGE: u64 = 0x1000;

    fn byte_of_file(offset: u64) -> u8 {
        if offset < FILE { u8::try_from(offset % 251 + 1).expect("a byte") } else { 0 }
    }

    /// Performs the steps on an array in place of memory; unmapped bytes are `None`.
    fn perform(segment: &Segment) -> Vec<Option<u8>> {
        let mut memory = vec![None; 0x2_0000];
        for step in steps(segment) {
            let (address, length) = match step {
                Step::MapFile { address, length, .. }
                | Step::MapZero { address, length }
                | Step::Copy { address, length, .. }
                | Step::Clear { address, length } => (address, length),
            };
            for at in address..address + length {
                let cell = &mut memory[usize::try_from(at - BASE).expect("in memory")];
                assert_eq!(cell.is_some(), step.writes(), "pages are mapped once, and before they are written");
                *cell = Some(match step {
                    Step::MapFile { offset, .. } | Step::Copy { offset, .. } => byte_of_file(offset + at - address),
                    Step::MapZero { .. } | Step::Clear { .. } => 0,
                });
            }
        }
        memory
    }

    proptest! {
        #[test]
        fn memory_holds_the_file_then_zeros(
            place in 0..0x3000_u64,
            offset in 0..0x3000_u64,
            agree in any::<bool>(),
            file_size in 0..0x3000_u64,
            more in 0..0x5000_u64,
        ) {
            let offset = if agree { offset / PAGE * PAGE + place % PAGE } else { offset };
            let address = BASE + place;
            let memory_size = (file_size + more).max(1);
            let segment = Segment { address, memory_size, offset, file_size, flags: 6 };
            let memory = perform(&segment);
            for at in address..segment.end() {
                let expected = if at < segment.file_end() { byte_of_file(offset + at - address) } else { 0 };
                prop_assert_eq!(memory[usize::try_from(at - BASE).expect("in memory")], Some(expected));
            }
            let mapped = memory.iter().filter(|byte| byte.is_some()).count() as u64;
            prop_assert_eq!(mapped, segment.end_page() - segment.first_page());
        }
    }
}
