//! Tests of the slab: keys find their own object only, slots are used again, exhausted slots are not.
//!
//! The property runs random inserts and removes against a plain list.
//! Neighbours: `slab`, whose private parts these see.

use super::{Key, LAST_GENERATION, Slab};
use alloc::vec::Vec;
use proptest::prelude::*;

#[test]
fn a_key_finds_nothing_once_its_object_is_gone() {
    let mut slab = Slab::new();
    let first = slab.insert('a').unwrap();
    assert_eq!(slab.remove(first), Some('a'));
    let second = slab.insert('b').unwrap();
    assert_eq!(first.index(), second.index());
    assert_ne!(first, second);
    assert_eq!(slab.get(first), None);
    assert_eq!(slab.remove(first), None);
    assert_eq!(slab.get(second), Some(&'b'));
}

#[test]
fn keys_are_never_zero_and_survive_as_numbers() {
    let mut slab = Slab::new();
    let key = slab.insert(7).unwrap();
    assert_ne!(key.raw(), 0);
    assert_eq!(Key::from_raw(key.raw()), key);
    assert!(!slab.contains(Key::from_raw(0)));
}

#[test]
fn the_next_key_is_told_in_advance() {
    let mut slab = Slab::new();
    let told = slab.next_key();
    assert_eq!(slab.insert(1).unwrap(), told);
    slab.remove(told);
    let told = slab.next_key();
    assert_eq!(slab.insert(2).unwrap(), told);
}

#[test]
fn an_exhausted_slot_is_retired() {
    let mut slab = Slab::new();
    let key = slab.insert(1).unwrap();
    slab.slots[0].name = u64::from(LAST_GENERATION) << 32;
    let last = Key::new(LAST_GENERATION, key.index());
    assert_eq!(slab.remove(last), Some(1));
    assert_eq!(slab.get(last), None);
    assert_eq!(slab.insert(2).unwrap().index(), 1);
    assert_eq!(slab.len(), 1);
}

proptest! {
    #[test]
    fn random_use_agrees_with_a_list(steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..200)) {
        let mut slab = Slab::new();
        let mut model: Vec<(Key<usize>, usize)> = Vec::new();
        let mut gone = Vec::new();
        for (number, (insert, index)) in steps.into_iter().enumerate() {
            if insert || model.is_empty() {
                slab.reserve(1).unwrap();
                model.push((slab.insert(number).unwrap(), number));
            } else {
                let (key, value) = model.swap_remove(index.index(model.len()));
                prop_assert_eq!(slab.remove(key), Some(value));
                gone.push(key);
            }
            prop_assert_eq!(slab.len(), model.len());
            prop_assert_eq!(slab.iter().count(), model.len());
            for (key, value) in &model {
                prop_assert_eq!(slab.get(*key), Some(value));
            }
            prop_assert!(gone.iter().all(|key| !slab.contains(*key)));
        }
    }
}
