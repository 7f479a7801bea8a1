//! Reading and writing much of a target's memory.
//!
//! Decides that the target's pages are there, each with contents of its own, and that the buffer here lies where no two
//! pages that are copied share a place in QEMU's direct-mapped translation cache. Main function: [`measure`]. Neighbours:
//! `debugger`, `requests` (single words).

use crate::bench::Bench;
use crate::debugger::{open_memory, read_exactly, write_exactly};
use crate::failure::{Failure, Verdict, expect};
use crate::rounds::{HUGE, LARGE, ORDINARY, Rounds};
use crate::target::{Target, spin};
use runtime::memory::{Memory, PAGE_SIZE};

/// Bytes of the largest copy.
const MOST: usize = 1 << 20;
/// Distance of the buffer from the target's addresses beyond a power of two, in bytes.
const OFFSET: usize = 37 * PAGE_SIZE;

/// The copies: their names, lengths and counts.
const READS: [(&str, usize, Rounds); 3] =
    [("vm_read_4k", 4 << 10, ORDINARY), ("vm_read_64k", 64 << 10, LARGE), ("vm_read_1m", MOST, HUGE)];
const WRITES: [(&str, usize, Rounds); 2] = [("vm_write_4k", 4 << 10, ORDINARY), ("vm_write_64k", 64 << 10, LARGE)];

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    let mut remote = Memory::anonymous(MOST)?;
    fill(remote.bytes_mut());
    let address = remote.address() as u64;
    let target = Target::traced(spin)?;
    let file = open_memory(&target)?;
    let mut local = Memory::anonymous(MOST.saturating_add(OFFSET))?;
    let buffer = local.bytes_mut().get_mut(OFFSET..).ok_or(Failure::new("a buffer", 0))?;
    // Every page is there before it is measured.
    buffer.fill(1);
    for (name, length, rounds) in READS {
        let piece = buffer.get_mut(..length).ok_or(Failure::new("a piece", 0))?;
        bench.measure(name, rounds, || read_exactly(&file, piece, address))?;
        check(piece)?;
        piece.fill(1);
    }
    fill(buffer);
    for (name, length, rounds) in WRITES {
        let piece = buffer.get(..length).ok_or(Failure::new("a piece", 0))?;
        bench.measure(name, rounds, || write_exactly(&file, piece, address))?;
    }
    target.finish()
}

/// The byte that fills the page with this index.
fn pattern(index: usize) -> u8 {
    0x5a ^ (index & 0xff) as u8
}

fn fill(bytes: &mut [u8]) {
    for (index, page) in bytes.chunks_mut(PAGE_SIZE).enumerate() {
        page.fill(pattern(index));
    }
}

fn check(bytes: &[u8]) -> Verdict {
    for (index, page) in bytes.chunks(PAGE_SIZE).enumerate() {
        for byte in [page.first(), page.last()].into_iter().flatten() {
            expect("a byte read", u64::from(*byte), u64::from(pattern(index)))?;
        }
    }
    Ok(())
}
