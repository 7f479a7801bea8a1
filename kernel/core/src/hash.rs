//! Maps whose order is the same in every run.
//!
//! Decides how keys of the kernel's own maps are hashed: by one multiplication for each word, without a secret, because the
//! same calls have to cost the same and lead to the same order of messages in every run. Keys are ids and numbers that the
//! kernel or a server chose, so there is nobody to protect from collisions. Main types: [`Map`], [`KeyHasher`]. Neighbours:
//! `namespace`, `session`, `futex`, `clock`, `file::event`.

use core::hash::{BuildHasherDefault, Hasher};

/// Makes the hashers of [`Map`].
pub(crate) type KeyHash = BuildHasherDefault<KeyHasher>;

/// A map with keys of the kernel's.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, KeyHash>;

/// Hashes words: Knuth's multiplicative hashing (TAOCP vol. 3, section 6.4) with the golden ratio in 64 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyHasher(u64);

const GOLDEN_RATIO: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(size_of::<u64>()) {
            let mut word = [0; size_of::<u64>()];
            word.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(GOLDEN_RATIO);
    }

    /// The high bits of a product depend on all bits of the word, the low ones do not; the map uses both ends.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use core::hash::BuildHasher;
    use std::collections::HashSet;

    use super::{KeyHash, Map};

    #[test]
    fn maps_list_their_keys_in_the_same_order_every_time() {
        let order = || {
            let mut map: Map<u64, ()> = Map::default();
            map.extend((0..100_u64).map(|key| (key << 32 | 7, ())));
            map.keys().copied().collect::<Vec<u64>>()
        };
        assert_eq!(order(), order());
    }

    #[test]
    fn neighbouring_keys_are_spread_over_both_ends_of_the_hash() {
        let hashes: Vec<u64> = (0..1024_u64).map(|key| KeyHash::default().hash_one((3_u64 << 32 | 1, key))).collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 1023).collect();
        let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() > 512 && high.len() > 96, "{} {}", low.len(), high.len());
    }
}
