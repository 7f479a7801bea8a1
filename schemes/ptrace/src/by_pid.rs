//! A map from process ids that is read many times in every turn: an index by id, and the values beside each other.
//!
//! Decides that a look-up is two indexed loads; ids are small and given out in order, so the index is short. Main type:
//! [`ByPid`]. Neighbours: `table` holds every process in one. Room is made beforehand, so that adding cannot fail.

use alloc::vec::Vec;

use proc_abi::id::Pid;

use crate::errno::{Errno, Result};

/// The index grows by so many ids at once.
const STEP: usize = 256;

/// Values by process id.
#[derive(Clone, Debug)]
pub(crate) struct ByPid<T> {
    /// For each id its place in `values` plus one; 0 for none.
    index: Vec<u32>,
    values: Vec<Option<T>>,
    /// Empty places; there is room for all.
    free: Vec<u32>,
}

impl<T> Default for ByPid<T> {
    fn default() -> Self {
        Self { index: Vec::new(), values: Vec::new(), free: Vec::new() }
    }
}

fn number(pid: Pid) -> usize {
    pid.raw().cast_unsigned() as usize
}

impl<T> ByPid<T> {
    /// Makes room for a value under this id.
    pub(crate) fn reserve(&mut self, pid: Pid) -> Result<()> {
        let wanted = number(pid).saturating_add(1).next_multiple_of(STEP);
        let missing = wanted.saturating_sub(self.index.len());
        self.index.try_reserve(missing).map_err(|_| Errno::ENOMEM)?;
        self.values.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let places = self.values.len().saturating_add(1).saturating_sub(self.free.len());
        self.free.try_reserve(places).map_err(|_| Errno::ENOMEM)?;
        if missing > 0 {
            self.index.resize(wanted, 0);
        }
        Ok(())
    }

    /// Adds a value under an id that has none, in room that was reserved.
    pub(crate) fn insert(&mut self, pid: Pid, value: T) {
        let Some(entry) = self.index.get_mut(number(pid)) else { return };
        let place = self.free.pop().unwrap_or_else(|| u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        match self.values.get_mut(place as usize) {
            Some(empty) => *empty = Some(value),
            None => self.values.push(Some(value)),
        }
        *entry = place.saturating_add(1);
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, pid: Pid) -> Option<T> {
        let place = core::mem::take(self.index.get_mut(number(pid))?).checked_sub(1)?;
        self.free.push(place);
        self.values.get_mut(place as usize)?.take()
    }

    /// The value of an id.
    pub(crate) fn get(&self, pid: Pid) -> Option<&T> {
        // An entry of 0 becomes a place that is never used.
        let place = self.index.get(number(pid))?.wrapping_sub(1);
        self.values.get(place as usize)?.as_ref()
    }

    /// The value of an id, to be changed.
    pub(crate) fn get_mut(&mut self, pid: Pid) -> Option<&mut T> {
        let place = self.index.get(number(pid))?.wrapping_sub(1);
        self.values.get_mut(place as usize)?.as_mut()
    }

    /// All values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::ByPid;
    use proc_abi::id::{PID_MAX, Pid};

    fn pid(raw: i32) -> Pid {
        Pid::new(raw).expect("a pid")
    }

    #[test]
    fn values_are_found_by_their_id_and_their_places_used_again() {
        let mut map = ByPid::default();
        for raw in [1, 700, 2, PID_MAX] {
            map.reserve(pid(raw)).expect("memory");
            map.insert(pid(raw), raw);
        }
        assert_eq!(map.remove(pid(700)), Some(700));
        assert_eq!(map.remove(pid(700)), None);
        assert_eq!((map.get(pid(700)), map.get(pid(3))), (None, None));
        map.reserve(pid(3)).expect("memory");
        map.insert(pid(3), 3);
        assert_eq!(map.values().copied().collect::<Vec<_>>(), [1, 3, 2, PID_MAX]);
        *map.get_mut(pid(PID_MAX)).expect("the last") = 5;
        assert_eq!((map.get(pid(PID_MAX)), map.get(pid(1)), map.get(pid(2))), (Some(&5), Some(&1), Some(&2)));
    }
}
