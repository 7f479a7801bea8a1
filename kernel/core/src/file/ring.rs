//! Rings of bytes: what pipes, serial lines and the log hold between a writer and a reader.
//!
//! Decides how bytes wrap around; how many there may be is the owner's. Main type: [`Ring`]. Neighbours: `file::pipe`,
//! `file::serial`, `file::log`. Bytes move straight between a program's pages and the runs that a ring lends.

use alloc::vec::Vec;

use crate::memory::OutOfMemory;

/// A queue of bytes with a capacity that only [`Ring::reserve`] changes.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    bytes: Vec<u8>,
    /// Place of the oldest byte.
    start: usize,
    length: usize,
}

impl Ring {
    /// Makes the capacity at least `capacity`; the content stays.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
        if capacity <= self.bytes.len() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(capacity).map_err(|_| OutOfMemory)?;
        let length = self.length;
        while !self.readable().is_empty() {
            bytes.extend_from_slice(self.readable());
            self.consume(self.readable().len());
        }
        bytes.resize(capacity, 0);
        *self = Self { bytes, start: 0, length };
        Ok(())
    }

    /// How many bytes wait.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// None waits.
    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many more fit without another [`Self::reserve`].
    pub(crate) const fn room(&self) -> usize {
        self.bytes.len().saturating_sub(self.length)
    }

    /// The oldest bytes, up to the place where the ring wraps.
    pub(crate) fn readable(&self) -> &[u8] {
        self.readable_from(0)
    }

    /// The bytes from `distance` after the oldest on, up to the place where the ring wraps.
    pub(crate) fn readable_from(&self, distance: usize) -> &[u8] {
        let distance = distance.min(self.length);
        let first = self.wrapped(distance);
        let end = first.saturating_add(self.length.saturating_sub(distance)).min(self.bytes.len());
        self.bytes.get(first..end).unwrap_or_default()
    }

    /// Forgets the oldest bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let count = count.min(self.length);
        self.start = self.wrapped(count);
        self.length = self.length.saturating_sub(count);
    }

    /// Room behind the newest byte, up to the place where the ring wraps.
    pub(crate) fn writable(&mut self) -> &mut [u8] {
        let first = self.wrapped(self.length);
        let end = first.saturating_add(self.room()).min(self.bytes.len());
        self.bytes.get_mut(first..end).unwrap_or_default()
    }

    /// The first bytes of [`Self::writable`] were filled.
    pub(crate) fn commit(&mut self, count: usize) {
        self.length = self.length.saturating_add(count).min(self.bytes.len());
    }

    /// Takes back the newest bytes.
    pub(crate) fn revoke(&mut self, count: usize) {
        self.length = self.length.saturating_sub(count);
    }

    /// Appends what fits; how much that was.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> usize {
        let mut done = 0_usize;
        while !bytes.is_empty() && self.room() > 0 {
            let run = self.writable();
            let count = run.len().min(bytes.len());
            let (now, later) = bytes.split_at(count);
            if let Some(place) = run.get_mut(..count) {
                place.copy_from_slice(now);
            }
            self.commit(count);
            bytes = later;
            done = done.saturating_add(count);
        }
        done
    }

    /// The place `distance` after the oldest byte; `distance` is at most the capacity.
    const fn wrapped(&self, distance: usize) -> usize {
        let place = self.start.saturating_add(distance);
        if place >= self.bytes.len() { place.saturating_sub(self.bytes.len()) } else { place }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::Ring;

    fn pop(ring: &mut Ring, count: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < count && !ring.is_empty() {
            let run = ring.readable();
            let now = run.len().min(count.saturating_sub(out.len()));
            out.extend_from_slice(&run[..now]);
            ring.consume(now);
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(1),
            ..ProptestConfig::default()
        })]
        #[test]
        fn behaves_like_a_queue_of_bytes(steps in proptest::collection::vec((0_u8..4, 0_usize..40), 1..100)) {
            let mut ring = Ring::default();
            let mut model = VecDeque::new();
            let mut next = 0_u8;
            for (what, count) in steps {
                match what {
                    0 => ring.reserve(count).unwrap(),
                    1 => {
                        let bytes: Vec<u8> = (0..count).map(|i| next.wrapping_add(i as u8)).collect();
                        let room = ring.room();
                        let done = ring.push(&bytes);
                        prop_assert_eq!(done, room.min(count));
                        model.extend(&bytes[..done]);
                        next = next.wrapping_add(done as u8);
                    }
                    2 => {
                        ring.revoke(count);
                        model.truncate(model.len().saturating_sub(count));
                    }
                    _ => {
                        let expected: Vec<u8> = model.drain(..count.min(model.len())).collect();
                        prop_assert_eq!(pop(&mut ring, count), expected);
                    }
                }
                prop_assert_eq!(ring.len(), model.len());
            }
        }
    }
}
