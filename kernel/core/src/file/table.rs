//! Tables of descriptors: small numbers that a group's programs use for open files.
//!
//! Decides numbering (lowest free, or exactly the one asked for) and the limit. Main types: [`DescriptorTable`],
//! [`Descriptor`]. Neighbours: `file::install` (fills slots), `fork` (copies tables), `teardown` (empties them).

use alloc::vec::Vec;
use core::ops::Range;

use super::DescriptionKey;
use crate::errno::Errno;

/// Most descriptors in one table.
pub(crate) const TABLE_LIMIT: usize = 65_536;

/// One entry of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptor {
    pub(crate) description: DescriptionKey,
    pub(crate) close_on_exec: bool,
}

/// The descriptors of a group.
#[derive(Debug, Default)]
pub struct DescriptorTable {
    slots: Vec<Option<Descriptor>>,
    used: usize,
    /// No slot below this one is free.
    first_free: usize,
}

impl DescriptorTable {
    /// The entry of a descriptor.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn get(&self, descriptor: usize) -> Result<Descriptor, Errno> {
        self.slots.get(descriptor).copied().flatten().ok_or(Errno::EBADF)
    }

    /// The slots of `count` numbers from one on, fewer at the end; none beyond it.
    pub(crate) fn window(&self, from: usize, count: usize) -> Option<&[Option<Descriptor>]> {
        let rest = self.slots.get(from..).filter(|rest| !rest.is_empty())?;
        Some(rest.get(..count).unwrap_or(rest))
    }

    /// How many descriptors are open.
    pub(crate) const fn len(&self) -> usize {
        self.used
    }

    /// Makes sure that `target` (or some slot if it is `LOWEST_FREE`) can be filled, and says which it is.
    ///
    /// # Errors
    /// EMFILE, EBADF for a target beyond the limit, ENOMEM, EBUSY if the target is taken.
    pub(crate) fn reserve(&mut self, target: usize) -> Result<usize, Errno> {
        if target == kernel_abi::LOWEST_FREE {
            return self.reserve_from(0);
        }
        if target >= TABLE_LIMIT {
            return Err(Errno::EBADF);
        }
        if self.slots.get(target).is_some_and(Option::is_some) {
            return Err(Errno::EBUSY);
        }
        self.grow(target)
    }

    /// Makes sure that the lowest free slot from `minimum` on can be filled, and says which it is (F_DUPFD).
    ///
    /// # Errors
    /// EMFILE, ENOMEM.
    pub(crate) fn reserve_from(&mut self, minimum: usize) -> Result<usize, Errno> {
        let start = minimum.max(self.first_free);
        let tail = self.slots.get(start..).unwrap_or_default();
        let index = match tail.iter().position(Option::is_none) {
            Some(place) => start.saturating_add(place),
            None => start.max(self.slots.len()),
        };
        if index >= TABLE_LIMIT {
            return Err(Errno::EMFILE);
        }
        self.grow(index)
    }

    fn grow(&mut self, index: usize) -> Result<usize, Errno> {
        let wanted = index.saturating_add(1);
        let missing = wanted.saturating_sub(self.slots.len());
        if missing > 0 {
            self.slots.try_reserve(missing).map_err(|_| Errno::ENOMEM)?;
            self.slots.resize(wanted, None);
        }
        Ok(index)
    }

    /// Fills a slot that [`Self::reserve`] named.
    pub(crate) fn fill(&mut self, index: usize, descriptor: Descriptor) {
        if let Some(slot) = self.slots.get_mut(index) {
            if slot.is_none() {
                self.used = self.used.saturating_add(1);
            }
            *slot = Some(descriptor);
            if index == self.first_free {
                self.first_free = index.saturating_add(1);
            }
        }
    }

    /// Empties a slot.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn take(&mut self, index: usize) -> Result<Descriptor, Errno> {
        let taken = self.slots.get_mut(index).and_then(Option::take).ok_or(Errno::EBADF)?;
        self.freed(index);
        Ok(taken)
    }

    fn freed(&mut self, index: usize) {
        self.used = self.used.saturating_sub(1);
        self.first_free = self.first_free.min(index);
    }

    /// Takes the open descriptor with the highest number, for teardown.
    pub(crate) fn take_last(&mut self) -> Option<Descriptor> {
        while let Some(slot) = self.slots.pop() {
            if slot.is_some() {
                self.freed(self.slots.len());
                return slot;
            }
        }
        None
    }

    /// Takes the first descriptor that exec closes among these numbers.
    pub(crate) fn take_close_on_exec(&mut self, numbers: Range<usize>) -> Option<(usize, Descriptor)> {
        let closes = |slot: &Option<Descriptor>| slot.is_some_and(|entry| entry.close_on_exec);
        let count = numbers.end.saturating_sub(numbers.start);
        let index = numbers.start.saturating_add(self.window(numbers.start, count)?.iter().position(closes)?);
        Some((index, self.take(index).ok()?))
    }

    /// Sets or clears close-on-exec.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn set_close_on_exec(&mut self, index: usize, on: bool) -> Result<(), Errno> {
        let slot = self.slots.get_mut(index).and_then(Option::as_mut).ok_or(Errno::EBADF)?;
        slot.close_on_exec = on;
        Ok(())
    }

    /// A copy with the same numbers; the caller counts the new references.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn duplicate(&self) -> Result<Self, Errno> {
        let mut slots = Vec::new();
        slots.try_reserve(self.slots.len()).map_err(|_| Errno::ENOMEM)?;
        slots.extend_from_slice(&self.slots);
        Ok(Self { slots, used: self.used, first_free: self.first_free })
    }

    /// The open descriptors.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Descriptor> {
        self.slots.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use kernel_abi::LOWEST_FREE;

    use super::{Descriptor, DescriptorTable, TABLE_LIMIT};
    use crate::errno::Errno;
    use crate::slab::Key;

    fn entry(number: u64) -> Descriptor {
        Descriptor { description: Key::from_raw(number), close_on_exec: false }
    }

    fn table(slots: &[usize]) -> DescriptorTable {
        let mut table = DescriptorTable::default();
        for &slot in slots {
            let index = table.reserve(slot).unwrap();
            table.fill(index, entry(slot as u64));
        }
        table
    }

    #[test]
    fn lowest_free_fills_gaps_first() {
        let mut table = table(&[0, 1, 2, 4]);
        assert_eq!(table.reserve(LOWEST_FREE), Ok(3));
        table.take(1).unwrap();
        assert_eq!(table.reserve(LOWEST_FREE), Ok(1));
        assert_eq!(table.reserve_from(2), Ok(3));
        assert_eq!(table.reserve_from(100), Ok(100));
    }

    #[test]
    fn taken_and_impossible_targets_are_refused() {
        let mut table = table(&[7]);
        assert_eq!(table.reserve(7), Err(Errno::EBUSY));
        assert_eq!(table.reserve(TABLE_LIMIT), Err(Errno::EBADF));
        assert_eq!(table.reserve_from(TABLE_LIMIT), Err(Errno::EMFILE));
        assert_eq!(table.take(8).map(|_| ()), Err(Errno::EBADF));
    }

    #[test]
    fn taking_all_leaves_an_empty_table_that_starts_at_zero_again() {
        let mut table = table(&[0, 1, 5]);
        let mut taken = 0;
        while table.take_last().is_some() {
            taken += 1;
        }
        assert_eq!((taken, table.len()), (3, 0));
        assert_eq!(table.reserve(LOWEST_FREE), Ok(0));
    }
}
