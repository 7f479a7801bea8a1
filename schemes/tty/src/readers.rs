//! Reads that wait for input, in the order in which they came.
//!
//! Decides nothing but order; a read is named by the kernel's tag. Capacity is fixed, so that one program cannot take the
//! console's memory. Main types: [`Readers`], [`Reader`]. Neighbours: the server answers them.

use alloc::collections::{TryReserveError, VecDeque};

/// Most reads that wait at a time.
const LIMIT: usize = 256;

/// A read that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The pending call.
    pub tag: u64,
    /// Bytes that it takes at most.
    pub length: u64,
    /// Process group of the caller, 0 for callers that have none.
    pub group: i32,
}

/// The reads that wait.
#[derive(Debug)]
pub struct Readers(VecDeque<Reader>);

impl Readers {
    /// None yet.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn new() -> Result<Self, TryReserveError> {
        let mut readers = VecDeque::new();
        readers.try_reserve_exact(LIMIT)?;
        Ok(Self(readers))
    }

    /// Adds a read; `false` if too many wait.
    pub fn add(&mut self, reader: Reader) -> bool {
        let room = self.0.len() < LIMIT;
        if room {
            self.0.push_back(reader);
        }
        room
    }

    /// Takes the first read of a caller for whom `may` holds.
    pub fn next(&mut self, may: impl Fn(i32) -> bool) -> Option<Reader> {
        let index = self.0.iter().position(|reader| may(reader.group))?;
        self.0.remove(index)
    }

    /// Forgets a read; `false` if it does not wait here.
    pub fn remove(&mut self, tag: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|reader| reader.tag != tag);
        self.0.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, Readers};

    #[test]
    fn readers_are_served_in_order_and_can_leave() {
        let mut readers = Readers::new().expect("memory");
        for tag in 1..=3 {
            assert!(readers.add(Reader { tag, length: 10, group: i32::try_from(tag).expect("small") }));
        }
        assert!(readers.remove(1) && !readers.remove(1));
        assert_eq!(readers.next(|group| group != 2).map(|reader| reader.tag), Some(3));
        assert_eq!(readers.next(|_| true).map(|reader| reader.tag), Some(2));
        assert_eq!(readers.next(|_| true), None);
    }

    #[test]
    fn their_number_is_limited() {
        let mut readers = Readers::new().expect("memory");
        let added = (0..1000).filter(|&tag| readers.add(Reader { tag, length: 1, group: 0 })).count();
        assert_eq!(added, super::LIMIT);
    }
}
