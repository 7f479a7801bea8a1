//! Pages of a process's memory that were read since it stopped.
//!
//! Decides how many are kept, and that their room outlives them, for the next stop reads as many. Main type: [`Pages`].
//! Neighbour: `code` reads them and hides breakpoints in them.

use alloc::vec::Vec;

/// Bytes of a page.
pub(super) const PAGE: u64 = 4096;

/// How many pages are kept.
const PAGES: usize = 64;

/// A page up to its first hole.
#[derive(Clone, Debug)]
struct Page {
    address: u64,
    bytes: Vec<u8>,
    length: usize,
}

/// The pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages {
    list: Vec<Page>,
    /// How many of the list are true.
    known: usize,
}

impl Pages {
    /// Nothing is known any more.
    pub(super) const fn forget(&mut self) {
        self.known = 0;
    }

    /// The bytes of a page; `read` fills one that is not known and gives how many there are.
    pub(super) fn get(&mut self, address: u64, read: impl FnOnce(&mut [u8]) -> usize) -> &[u8] {
        let known = self.list.iter().take(self.known).position(|page| page.address == address);
        let index = known.unwrap_or_else(|| self.add(address, read));
        self.list.get(index).and_then(|page| page.bytes.get(..page.length)).unwrap_or_default()
    }

    fn add(&mut self, address: u64, read: impl FnOnce(&mut [u8]) -> usize) -> usize {
        if self.known >= PAGES {
            self.forget();
        }
        let index = self.known;
        if self.list.len() <= index {
            self.list.push(Page { address, bytes: alloc::vec![0; PAGE as usize], length: 0 });
        }
        if let Some(page) = self.list.get_mut(index) {
            page.address = address;
            page.length = read(&mut page.bytes);
        }
        self.known = index.saturating_add(1);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, PAGES, Pages};

    #[test]
    fn pages_are_read_once_until_they_are_forgotten() {
        let (mut pages, mut reads) = (Pages::default(), 0);
        let looks = (0..3_u8).flat_map(|round| (0..PAGES as u64).flat_map(move |number| [(round, number); 2]));
        for (index, (round, number)) in looks.enumerate() {
            if index.is_multiple_of(2 * PAGES) {
                pages.forget();
            }
            let byte = number as u8 ^ round;
            let read = |bytes: &mut [u8]| {
                reads += 1;
                bytes[..2].fill(byte);
                2
            };
            assert_eq!(pages.get(number * PAGE, read), [byte; 2]);
        }
        assert_eq!(reads, 3 * PAGES);
        pages.forget();
        assert_eq!(pages.get(0, |_| 0), []);
    }

    #[test]
    fn the_next_one_has_room_when_all_are_full() {
        let mut pages = Pages::default();
        for number in 0..=PAGES as u64 {
            assert_eq!(pages.get(number * PAGE, |bytes| bytes.len()).len(), PAGE as usize);
        }
        assert_eq!(pages.list.len(), PAGES);
        assert_eq!(pages.get(PAGES as u64 * PAGE, |_| 0).len(), PAGE as usize, "it is known");
    }
}
