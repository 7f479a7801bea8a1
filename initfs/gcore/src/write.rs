//! Puts a core file onto an open file: its head, then the memory of the process.
//!
//! Decides that memory which cannot be read is zero in the file, so that everything behind it stays where the head says.
//! Main function: [`write`]. Neighbours: `layout`, `snapshot`.

use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::path::ProcessFile;
use runtime::file::{File, OpenFlags};
use runtime::proc::open;
use runtime::{Error, Result};

use crate::layout::head;
use crate::snapshot::take;

/// Bytes moved at a time.
const PIECE: usize = 64 * 1024;
const PAGE: u64 = 4096;

/// Writes the core of a stopped process, of at most `limit` bytes unless that is 0.
///
/// # Errors
/// As `snapshot::take`; EFBIG, before anything is written; as the file refuses to be written.
pub fn write(pid: Pid, file: &File, limit: u64) -> Result<()> {
    let image = take(pid)?;
    let (head, length) = head(&image).ok_or(Error::EFBIG)?;
    if limit != 0 && length > limit {
        return Err(Error::EFBIG);
    }
    let memory = open(pid, ProcessFile::Memory, OpenFlags::READ)?;
    file.write_all(&head)?;
    let mut piece = Vec::new();
    piece.try_reserve_exact(PIECE)?;
    for region in &image.regions {
        let mut address = region.start;
        while address < region.end {
            let length = usize::try_from(region.end.saturating_sub(address)).unwrap_or(PIECE).min(PIECE);
            piece.clear();
            piece.resize(length, 0);
            fill(&memory, address, &mut piece);
            file.write_all(&piece)?;
            address = address.saturating_add(length as u64);
        }
    }
    Ok(())
}

/// Reads what can be read; a page that cannot stays zero.
fn fill(memory: &File, start: u64, piece: &mut [u8]) {
    let mut done = 0_usize;
    while let Some(rest) = piece.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let address = start.saturating_add(done as u64);
        let length = memory.read_at(rest, address).unwrap_or(0);
        let next = if length == 0 {
            let hole = PAGE.saturating_sub(address.checked_rem(PAGE).unwrap_or(0));
            usize::try_from(hole).unwrap_or(PIECE)
        } else {
            length
        };
        done = done.saturating_add(next);
    }
}
