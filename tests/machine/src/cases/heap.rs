//! The kernel heap.
//!
//! Decides nothing. Neighbours: kernel/machine/src/heap.rs.

use alloc::vec::Vec;
use kernel_machine::fail_allocation;

use crate::bench::Bench;
use crate::verdict::{Verdict, equal, holds};

fn allocate() -> bool {
    let mut bytes: Vec<u8> = Vec::new();
    let allocated = bytes.try_reserve_exact(100).is_ok();
    core::hint::black_box(&bytes);
    allocated
}

/// The chosen one, only that one, only once.
pub(crate) fn chosen_allocation_fails(_bench: &mut Bench) -> Verdict {
    fail_allocation(Some(3));
    let results = [(); 5].map(|()| allocate());
    fail_allocation(Some(1));
    fail_allocation(None);
    let after = allocate();
    equal("allocations that succeeded", (results, after), ([true, true, false, true, true], true))
}

/// More than there is, at once and piece by piece; afterwards all is there again.
pub(crate) fn exhaustion_is_an_error(_bench: &mut Bench) -> Verdict {
    for _ in 0..3 {
        let mut all: Vec<u8> = Vec::new();
        holds("a terabyte is refused", all.try_reserve_exact(1 << 40).is_err())?;
        let mut pieces: Vec<Vec<u8>> = Vec::new();
        while pieces.try_reserve(1).is_ok() {
            let mut piece = Vec::new();
            if piece.try_reserve_exact(64 << 10).is_err() {
                break;
            }
            pieces.push(piece);
        }
        holds("there are at least 3 MiB", pieces.len() >= 48)?;
        drop(pieces);
        holds("memory comes back", all.try_reserve_exact(2 << 20).is_ok())?;
    }
    Ok(())
}
