//! Breakpoints: what the user asked for, and what of it lies in the process's memory.
//!
//! Decides numbering, kinds and which byte stands where. Main types: [`Breakpoints`], [`Breakpoint`], [`Patches`].
//! Neighbours: `control` writes the patches before the process runs and takes them out before anybody looks; `code` hides
//! those that are in. Numbers are shared with watchpoints and never used twice.

use alloc::string::String;
use alloc::vec::Vec;

/// INT3, one byte: the processor traps with RIP behind it (SDM vol. 3, section 6.15, interrupt 3).
pub(crate) const INT3: u8 = 0xcc;

/// How long a breakpoint lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Until it is deleted.
    Permanent,
    /// Until it is hit.
    Temporary,
}

/// One breakpoint of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breakpoint {
    /// Its number.
    pub(crate) number: u32,
    /// Where it is.
    pub(crate) address: u64,
    /// How long it lives.
    pub(crate) life: Life,
    /// How often it was hit.
    pub(crate) hits: u32,
    /// What the user wrote, to find the place again in another image.
    pub(crate) location: String,
}

/// The breakpoints, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakpoints {
    list: Vec<Breakpoint>,
    last_number: u32,
}

impl Breakpoints {
    /// The next number, also for a watchpoint.
    pub(crate) fn number(&mut self) -> u32 {
        self.last_number = self.last_number.saturating_add(1);
        self.last_number
    }

    /// Adds one and gives its number.
    pub(crate) fn add(&mut self, address: u64, life: Life, location: String) -> u32 {
        let number = self.number();
        self.list.push(Breakpoint { number, address, life, hits: 0, location });
        number
    }

    /// Takes out the one with this number; false if there is none.
    #[must_use]
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let before = self.list.len();
        self.list.retain(|breakpoint| breakpoint.number != number);
        self.list.len() != before
    }

    /// Takes out all.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// All, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Breakpoint> {
        self.list.iter()
    }

    /// All, to be moved to other addresses.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Breakpoint> {
        self.list.iter_mut()
    }

    /// Counts a hit at `address` and gives the oldest breakpoint there; temporary ones are gone by it.
    pub(crate) fn hit(&mut self, address: u64) -> Option<Breakpoint> {
        let mut first = None;
        for breakpoint in self.list.iter_mut().filter(|breakpoint| breakpoint.address == address) {
            breakpoint.hits = breakpoint.hits.saturating_add(1);
            first.get_or_insert_with(|| breakpoint.clone());
        }
        self.list.retain(|breakpoint| breakpoint.address != address || breakpoint.life == Life::Permanent);
        first
    }
}

/// A byte of the process's memory under an INT3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Where.
    pub(crate) address: u64,
    /// What the program has there.
    pub(crate) original: u8,
}

/// The patches that are in memory now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patches {
    list: Vec<Patch>,
}

impl Patches {
    /// One is at `address`.
    pub(crate) fn contains(&self, address: u64) -> bool {
        self.list.iter().any(|patch| patch.address == address)
    }

    /// Notes one.
    pub(crate) fn add(&mut self, patch: Patch) {
        self.list.push(patch);
    }

    /// Takes out one that is not wanted.
    pub(crate) fn take_unwanted(&mut self, wanted: &[u64]) -> Option<Patch> {
        let index = self.list.iter().position(|patch| !wanted.contains(&patch.address))?;
        Some(self.list.swap_remove(index))
    }

    /// Forgets all: the memory they were in is gone.
    pub(crate) fn forget(&mut self) {
        self.list.clear();
    }

    /// Addresses and the program's own bytes.
    pub(crate) fn originals(&self) -> Vec<(u64, u8)> {
        self.list.iter().map(|patch| (patch.address, patch.original)).collect()
    }

    /// Shows the program's own bytes in `bytes`, which were read from `address` on.
    pub(crate) fn hide(&self, address: u64, bytes: &mut [u8]) {
        for patch in &self.list {
            let offset = patch.address.checked_sub(address).and_then(|offset| usize::try_from(offset).ok());
            if let Some(byte) = offset.and_then(|offset| bytes.get_mut(offset)) {
                *byte = patch.original;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breakpoints, INT3, Life, Patch, Patches};

    #[test]
    fn hits_count_and_end_temporary_breakpoints() {
        let mut breakpoints = Breakpoints::default();
        assert_eq!(breakpoints.add(0x1000, Life::Temporary, "main".into()), 1);
        assert_eq!(breakpoints.add(0x1000, Life::Permanent, "*0x1000".into()), 2);
        assert_eq!(breakpoints.hit(0x1000).unwrap().number, 1);
        assert_eq!(breakpoints.hit(0x1000).unwrap().hits, 2);
        assert_eq!(breakpoints.hit(0x2000), None);
        assert!(!breakpoints.remove(1));
        assert!(breakpoints.remove(2));
        assert_eq!(breakpoints.number(), 3);
    }

    #[test]
    fn patches_are_hidden_where_they_overlap() {
        let mut patches = Patches::default();
        patches.add(Patch { address: 0x1002, original: 0x55 });
        patches.add(Patch { address: 0x0fff, original: 0x90 });
        let mut bytes = [1, 2, INT3, 4];
        patches.hide(0x1000, &mut bytes);
        assert_eq!(bytes, [1, 2, 0x55, 4]);
        assert_eq!(patches.take_unwanted(&[0x1002]).unwrap().address, 0x0fff);
        assert_eq!(patches.take_unwanted(&[0x1002]), None);
    }
}
