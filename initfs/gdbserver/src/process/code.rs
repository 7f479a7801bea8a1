//! Memory as the client sees it, and the breakpoints that it does not see in it.
//!
//! Decides when an INT3 is written (just before the process runs, so that GDB's habit of taking all breakpoints out at each
//! stop costs nothing) and that memory is read a page at a time and at most once a stop. Main types: [`Code`],
//! [`Breakpoint`]. Neighbours: `pages`, `packets::memory`, `packets::breakpoint`, `run`.

use super::Process;
use super::pages::PAGE;
use crate::system::{Failure, Outcome, System};
use alloc::vec::Vec;
use kernel_abi::redox::error::EFAULT;

/// INT3, one byte: the processor traps with RIP behind it (SDM vol. 3, section 6.15, interrupt 3).
pub(crate) const INT3: u8 = 0xcc;

/// Reads from here on pass by the pages: they are dumps, not looks.
const LARGE: usize = 4 * PAGE as usize;

/// No memory there.
pub(crate) const NO_MEMORY: Failure = Failure(EFAULT.unsigned_abs());

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
    /// A thread steps off it: the program's byte is there meanwhile.
    lifted: bool,
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
        for patch in self.patches.iter().filter(|patch| !patch.lifted) {
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
        let Self { pid, seen, code, .. } = self;
        seen.pages.get(address, |bytes| {
            let count = system.read_memory(*pid, address, bytes).unwrap_or(0);
            code.hide(address, bytes);
            count
        })
    }

    /// Writes memory around the breakpoints, which stay.
    pub(crate) fn write_memory<S: System>(&mut self, system: &mut S, address: u64, bytes: &[u8]) -> Outcome<()> {
        let mut written = bytes.to_vec();
        for patch in &mut self.code.patches {
            let place = offset(patch.address, address);
            if let Some(byte) = place.and_then(|place| written.get_mut(place)) {
                patch.original = *byte;
                if !patch.lifted {
                    *byte = INT3;
                }
            }
        }
        self.seen.pages.forget();
        system.write_memory(self.pid, address, &written)
    }

    /// Puts an INT3 where the client wants one, and takes out all others.
    pub(crate) fn sync_code<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        let shared = self.code.shared;
        let mut index = 0_usize;
        while let Some(&patch) = self.code.patches.get(index) {
            if !shared && self.code.wants(patch.address) {
                self.set_lifted(system, index, false)?;
                index = index.saturating_add(1);
                continue;
            }
            self.set_lifted(system, index, true)?;
            self.code.patches.swap_remove(index);
        }
        let missing = |breakpoint: &&Breakpoint| !shared && !self.code.has_patch(breakpoint.address);
        let missing: Vec<u64> = self.code.wanted.iter().filter(missing).map(|breakpoint| breakpoint.address).collect();
        for address in missing {
            let mut original = [0];
            self.read_memory(system, address, &mut original)?;
            system.write_memory(self.pid, address, &[INT3])?;
            let [original] = original;
            self.code.patches.push(Patch { address, original, lifted: false });
        }
        Ok(())
    }

    /// Shows a thread that steps off a breakpoint the program's byte, to the next [`Process::sync_code`].
    pub(crate) fn lift<S: System>(&mut self, system: &mut S, address: u64) -> Outcome<()> {
        match self.code.patches.iter().position(|patch| patch.address == address) {
            Some(index) => self.set_lifted(system, index, true),
            None => Ok(()),
        }
    }

    fn set_lifted<S: System>(&mut self, system: &mut S, index: usize, lifted: bool) -> Outcome<()> {
        let Some(patch) = self.code.patches.get_mut(index).filter(|patch| patch.lifted != lifted) else {
            return Ok(());
        };
        system.write_memory(self.pid, patch.address, &[if lifted { patch.original } else { INT3 }])?;
        patch.lifted = lifted;
        Ok(())
    }

    /// Takes all breakpoints out of memory.
    pub(crate) fn clean_code<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        for index in 0..self.code.patches.len() {
            self.set_lifted(system, index, true)?;
        }
        self.code.patches.clear();
        Ok(())
    }
}
