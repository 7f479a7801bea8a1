//! Tables of kernel objects: slots that are used again, named by keys that are not.
//!
//! Decides how objects are named inside the kernel and what happens to a name whose object is gone: it finds nothing, for
//! ever. Main types: [`Slab`], [`Key`]. Neighbours: every table of the kernel; servers see keys as 64-bit ids.
//!
//! A key is `generation << 32 | index`. A slot's generation is odd while it is used and rises at every insert and remove,
//! so a key fits one object only; a slot whose generations are used up is never used again. No key is 0.

use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use crate::memory::OutOfMemory;

/// Names one object in a [`Slab`] of `T`.
pub struct Key<T> {
    raw: u64,
    object: PhantomData<fn() -> T>,
}

/// A table of objects with O(1) insert, lookup and remove.
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Option<u32>,
    /// Slots on the free list.
    spare: usize,
    used: usize,
}

struct Slot<T> {
    /// The key of the object; while there is none, of an even generation, which no key has.
    name: u64,
    content: Content<T>,
}

enum Content<T> {
    Used(T),
    Free { next: Option<u32> },
}

/// The last generation of a slot: the slot is retired when its object is removed.
const LAST_GENERATION: u32 = u32::MAX;

impl<T> Key<T> {
    /// The key as a number; never 0.
    #[must_use]
    pub const fn raw(self) -> u64 {
        self.raw
    }

    /// The key with this number; whether it names anything is for the slab to say.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Self {
        Self { raw, object: PhantomData }
    }

    /// Place of the object's slot, for iteration by number.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.raw as u32
    }

    const fn new(generation: u32, index: u32) -> Self {
        Self::from_raw((generation as u64) << 32 | index as u64)
    }
}

impl<T> Slab<T> {
    /// An empty table; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Vec::new(), free: None, spare: 0, used: 0 }
    }

    /// Makes sure that the next `count` inserts succeed.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn reserve(&mut self, count: usize) -> Result<(), OutOfMemory> {
        let missing = count.saturating_sub(self.spare);
        let wanted = self.slots.len().checked_add(missing).ok_or(OutOfMemory)?;
        u32::try_from(wanted).map_err(|_| OutOfMemory)?;
        self.slots.try_reserve(missing).map_err(|_| OutOfMemory)
    }

    /// The key that the next [`Self::insert`] will give, for objects that hold their own name.
    #[must_use]
    pub fn next_key(&self) -> Key<T> {
        match self.free.and_then(|index| Some((index, self.slots.get(index as usize)?))) {
            Some((index, slot)) => Key::new(generation_of(slot.name).saturating_add(1), index),
            None => Key::new(1, u32::try_from(self.slots.len()).unwrap_or(u32::MAX)),
        }
    }

    /// Adds an object.
    ///
    /// # Errors
    /// [`OutOfMemory`]; never after a [`Self::reserve`] that covers it.
    pub fn insert(&mut self, object: T) -> Result<Key<T>, OutOfMemory> {
        let key = self.next_key();
        match self.slots.get_mut(key.index() as usize) {
            Some(slot) => {
                if let Content::Free { next } = slot.content {
                    self.free = next;
                    self.spare = self.spare.saturating_sub(1);
                }
                *slot = Slot { name: key.raw(), content: Content::Used(object) };
            }
            None => {
                self.reserve(1)?;
                self.slots.push(Slot { name: key.raw(), content: Content::Used(object) });
            }
        }
        self.used = self.used.saturating_add(1);
        Ok(key)
    }

    /// The object of a key.
    #[must_use]
    pub fn get(&self, key: Key<T>) -> Option<&T> {
        match self.slots.get(key.index() as usize) {
            Some(Slot { name, content: Content::Used(object) }) if *name == key.raw() => Some(object),
            _ => None,
        }
    }

    /// The object of a key, to change it.
    #[must_use]
    pub fn get_mut(&mut self, key: Key<T>) -> Option<&mut T> {
        match self.slots.get_mut(key.index() as usize) {
            Some(Slot { name, content: Content::Used(object) }) if *name == key.raw() => Some(object),
            _ => None,
        }
    }

    /// The key names an object.
    #[must_use]
    pub fn contains(&self, key: Key<T>) -> bool {
        self.get(key).is_some()
    }

    /// Takes an object out; its key never names anything again. Allocates and frees nothing.
    pub fn remove(&mut self, key: Key<T>) -> Option<T> {
        self.get(key)?;
        let slot = self.slots.get_mut(key.index() as usize)?;
        let retired = generation_of(slot.name) == LAST_GENERATION;
        let next = if retired { None } else { self.free };
        let Content::Used(object) = core::mem::replace(&mut slot.content, Content::Free { next }) else {
            return None;
        };
        self.used = self.used.saturating_sub(1);
        if !retired {
            slot.name = Key::<T>::new(generation_of(slot.name).saturating_add(1), key.index()).raw();
            self.free = Some(key.index());
            self.spare = self.spare.saturating_add(1);
        }
        Some(object)
    }

    /// How many objects there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.used
    }

    /// There are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The object in a slot, whatever its generation.
    #[must_use]
    pub fn at_index(&self, index: u32) -> Option<(Key<T>, &T)> {
        let slot = self.slots.get(index as usize)?;
        match &slot.content {
            Content::Used(object) => Some((Key::from_raw(slot.name), object)),
            Content::Free { .. } => None,
        }
    }

    /// One more than the highest index in use so far.
    #[must_use]
    pub fn index_end(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// All objects, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Key<T>, &T)> {
        (0..self.index_end()).filter_map(|index| self.at_index(index))
    }

    /// All objects, by slot, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Key<T>, &mut T)> {
        self.slots.iter_mut().filter_map(|slot| match &mut slot.content {
            Content::Used(object) => Some((Key::from_raw(slot.name), object)),
            Content::Free { .. } => None,
        })
    }
}

const fn generation_of(name: u64) -> u32 {
    (name >> 32) as u32
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Slab<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

// By hand: derived implementations would ask the same of `T`.
impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl<T> Eq for Key<T> {}

impl<T> Hash for Key<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.index(), generation_of(self.raw))
    }
}

#[cfg(test)]
mod tests;
