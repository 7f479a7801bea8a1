//! A map from process ids that is read many times in every turn: each value in a place of its own, found by one index.
//!
//! Decides that a look-up is one indexed load; ids are small and given out in order, so the index is short. A value stays
//! where it is as long as it is there. Main type: [`ByPid`]. Neighbours: `table` holds every process in one. Room is made
//! beforehand, so that adding cannot fail.

use alloc::vec::Vec;

use proc_abi::id::Pid;

use crate::errno::{Errno, Result};

/// The index grows by so many ids at once.
const STEP: usize = 256;

/// Values by process id.
#[derive(Clone, Debug)]
pub(crate) struct ByPid<T> {
    /// For each id a list with its value, or an empty one.
    places: Vec<Vec<T>>,
    /// The empty list of the latest value that was removed: the next one often comes soon.
    spare: Vec<T>,
}

impl<T> Default for ByPid<T> {
    fn default() -> Self {
        Self { places: Vec::new(), spare: Vec::new() }
    }
}

const fn number(pid: Pid) -> usize {
    pid.raw().cast_unsigned() as usize
}

impl<T> ByPid<T> {
    /// Makes room for a value under this id.
    pub(crate) fn reserve(&mut self, pid: Pid) -> Result<()> {
        let wanted = number(pid).saturating_add(1).next_multiple_of(STEP);
        let missing = wanted.saturating_sub(self.places.len());
        if missing > 0 {
            self.places.try_reserve(missing).map_err(|_| Errno::ENOMEM)?;
            self.places.resize_with(wanted, Vec::new);
        }
        let place = self.places.get_mut(number(pid)).ok_or(Errno::ENOMEM)?;
        if place.capacity() == 0 {
            core::mem::swap(place, &mut self.spare);
        }
        place.try_reserve_exact(1).map_err(|_| Errno::ENOMEM)
    }

    /// Adds a value under an id that has none, in room that was reserved.
    pub(crate) fn insert(&mut self, pid: Pid, value: T) {
        if let Some(place) = self.places.get_mut(number(pid)).filter(|place| place.capacity() > place.len()) {
            place.push(value);
        }
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, pid: Pid) -> Option<T> {
        let mut place = core::mem::take(self.places.get_mut(number(pid))?);
        let value = place.pop();
        self.spare = place;
        value
    }

    /// The value of an id.
    pub(crate) fn get(&self, pid: Pid) -> Option<&T> {
        self.places.get(number(pid))?.first()
    }

    /// The value of an id, to be changed.
    pub(crate) fn get_mut(&mut self, pid: Pid) -> Option<&mut T> {
        self.places.get_mut(number(pid))?.first_mut()
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
    fn values_are_found_by_their_id_and_room_is_made_before() {
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
        assert_eq!((map.get(pid(700)), map.get(pid(3))), (None, Some(&3)));
        *map.get_mut(pid(PID_MAX)).expect("the last") = 5;
        assert_eq!((map.get(pid(PID_MAX)), map.get(pid(1)), map.get(pid(2))), (Some(&5), Some(&1), Some(&2)));
    }
}
