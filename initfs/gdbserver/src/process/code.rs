//! Memory as the client sees it, and the breakpoints that it does not see in it.
//!
//! Decides when an INT3 is written (just before the process runs, so that GDB's habit of taking all breakpoints out at each
//! stop costs nothing) and that memory is read a page at a time and at most once a stop. Main types: [`Code`],
//! [`Breakpoint`], [`Page`]. Neighbours: `packets::memory`, `packets::breakpoint`, `run`.

use super::Process;
use crate::system::{Failure, Outcome, System};
use alloc::vec::Vec;
use kernel_abi::redox::error::EFAULT;

/// INT3, one byte: the processor traps with RIP behind it (SDM vol. 3, section 6.15, interrupt 3).
pub(crate) const INT3: u8 = 0xcc;

const PAGE: u64 = 4096;

/// Reads from here on pass by the pages: they are dumps, not looks.
const LARGE: usize = 4 * PAGE as usize;

/// How many pages are kept.
const PAGES: usize = 64;

/// No memory there.
pub(crate) const NO_MEMORY: Failure = Failure(EFAULT.unsigned_abs());

/// A page that was read, up to its first hole.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    address: u64,
    bytes: Vec<u8>,
}

/// A breakpoint that the client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breakpoint {
    /// Where.
    pub(crate) address: u64,
    /// Agent expressions; it counts if any is true, or if there are none.
    pub(crate) conditions: Vec<Vec<u8>>,
}

/// A byte of the program's under an INT3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    address: u64,
    original: u8,
}

/// The breakpoints of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    pub(crate) wanted: Vec<Breakpoint>,
    /// What is in memory now.
    pub(crate) patches: Vec<Patch>,
    /// A child that nobody controls runs in the same memory: no breakpoints until it is gone.
    pub(crate) shared: bool,
}

impl Code {
    /// The client wants a breakpoint at `address`.
    pub(crate) fn wants(&self, address: u64) -> bool {
        self.wanted.iter().any(|breakpoint| breakpoint.address == address)
    }

    /// An INT3 of ours is at `address`.
    pub(crate) fn has_patch(&self, address: u64) -> bool {
        self.patches.iter().any(|patch| patch.address == address)
    }

    /// Shows the program's own bytes in `bytes`, which were read from `address` on.
    fn hide(&self, address: u64, bytes: &mut [u8]) {
        for patch in &self.patches {
            if let Some(byte) = offset(patch.address, address).and_then(|offset| bytes.get_mut(offset)) {
                *byte = patch.original;
            }
        }
    }
}

fn offset(address: u64, base: u64) -> Option<usize> {
    address.checked_sub(base).and_then(|offset| usize::try_from(offset).ok())
}

impl Process {
    /// Reads memory without breakpoints; short at the first hole.
    pub(crate) fn read_memory<S: System>(&mut self, system: &mut S, address: u64, buffer: &mut [u8]) -> Outcome<usize> {
        if buffer.len() >= LARGE {
            let count = system.read_memory(self.pid, address, buffer)?;
            self.code.hide(address, buffer);
            return Ok(count);
        }
        let mut done = 0_usize;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let Some(at) = address.checked_add(done as u64) else { break };
            let page = self.page(system, at & !PAGE.wrapping_sub(1));
            let start = usize::try_from(at & PAGE.wrapping_sub(1)).unwrap_or(0);
            let bytes = page.get(start..).unwrap_or_default();
            let count = bytes.len().min(rest.len());
            if count == 0 {
                break;
            }
            rest.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
            done = done.saturating_add(count);
        }
        if done == 0 && !buffer.is_empty() { Err(NO_MEMORY) } else { Ok(done) }
    }

    /// One page; empty where nothing is mapped.
    fn page<S: System>(&mut self, system: &mut S, address: u64) -> &[u8] {
        let known = self.seen.pages.iter().position(|page| page.address == address);
        let index = known.unwrap_or_else(|| {
            let mut bytes = alloc::vec![0; PAGE as usize];
            let count = system.read_memory(self.pid, address, &mut bytes).unwrap_or(0);
            bytes.truncate(count);
            self.code.hide(address, &mut bytes);
            if self.seen.pages.len() >= PAGES {
                self.seen.pages.clear();
            }
            self.seen.pages.push(Page { address, bytes });
            self.seen.pages.len().saturating_sub(1)
        });
        self.seen.pages.get(index).map_or(&[], |page| &page.bytes)
    }

    /// Writes memory around the breakpoints, which stay.
    pub(crate) fn write_memory<S: System>(&mut self, system: &mut S, address: u64, bytes: &[u8]) -> Outcome<()> {
        let mut written = bytes.to_vec();
        for patch in &mut self.code.patches {
            let place = offset(patch.address, address);
            if let Some(byte) = place.and_then(|place| written.get_mut(place)) {
                patch.original = core::mem::replace(byte, INT3);
            }
        }
        self.seen.pages.clear();
        system.write_memory(self.pid, address, &written)
    }

    /// Puts an INT3 where the client wants one, but not at `except`, and takes out all others.
    pub(crate) fn sync_code<S: System>(&mut self, system: &mut S, except: Option<u64>) -> Outcome<()> {
        let shared = self.code.shared;
        let stays = |address: u64| !shared && Some(address) != except;
        let mut index = 0_usize;
        while let Some(&patch) = self.code.patches.get(index) {
            if stays(patch.address) && self.code.wants(patch.address) {
                index = index.saturating_add(1);
                continue;
            }
            self.code.patches.swap_remove(index);
            system.write_memory(self.pid, patch.address, &[patch.original])?;
        }
        let missing: Vec<u64> = self.code.wanted.iter().map(|breakpoint| breakpoint.address).collect();
        for address in missing.into_iter().filter(|&address| stays(address)) {
            if self.code.has_patch(address) {
                continue;
            }
            let mut original = [0];
            self.read_memory(system, address, &mut original)?;
            system.write_memory(self.pid, address, &[INT3])?;
            let [original] = original;
            self.code.patches.push(Patch { address, original });
        }
        Ok(())
    }

    /// Takes all breakpoints out of memory.
    pub(crate) fn clean_code<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        for patch in core::mem::take(&mut self.code.patches) {
            system.write_memory(self.pid, patch.address, &[patch.original])?;
        }
        Ok(())
    }
}
