//! Sets of system calls: which of them a debugger wants to see.
//!
//! Decides the bits: bit n is row n of [`TABLE`], the last bit stands for all numbers that no row has. Main types:
//! [`CallSet`], [`CallStops`]. Neighbours: `calls` (the rows), `effect` (how a server hands sets to the kernel),
//! `kernel-core::exit` and `due`, which ask them.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::calls::{self, TABLE};

/// The bit of calls that the table lacks.
pub const UNKNOWN_CALLS: usize = 127;
const _: () = assert!(TABLE.len() <= UNKNOWN_CALLS);

/// A set of system calls, 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct CallSet([u64; 2]);

impl CallSet {
    /// No call.
    pub const EMPTY: Self = Self([0; 2]);
    /// Every call, also those that the table lacks.
    pub const ALL: Self = Self([u64::MAX; 2]);

    /// The set with these bits.
    #[must_use]
    pub const fn from_words(words: [u64; 2]) -> Self {
        Self(words)
    }

    /// Its bits.
    #[must_use]
    pub const fn words(self) -> [u64; 2] {
        self.0
    }

    /// Every call that is not in it.
    #[must_use]
    pub const fn complement(self) -> Self {
        let [low, high] = self.0;
        Self([!low, !high])
    }

    /// Calls of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        let ([low, high], [other_low, other_high]) = (self.0, other.0);
        Self([low | other_low, high | other_high])
    }

    /// Adds the call that debuggers know by this number.
    pub fn insert_shown(&mut self, shown: u32) {
        let (word, bit) = place(calls::row_of_shown(shown));
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    /// The call with this value in rax is in it.
    #[must_use]
    pub fn contains_number(self, number: usize) -> bool {
        self.has(calls::row_of_number(number))
    }

    /// The call that debuggers know by this number is in it.
    #[must_use]
    pub fn contains_shown(self, shown: u32) -> bool {
        self.has(calls::row_of_shown(shown))
    }

    fn has(self, row: Option<usize>) -> bool {
        let (word, bit) = place(row);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Word and bit of a row, or of what the table lacks.
fn place(row: Option<usize>) -> (usize, u64) {
    let position = row.unwrap_or(UNKNOWN_CALLS);
    (position / 64, 1 << (position % 64))
}

/// The calls whose entries and exits are stops, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct CallStops {
    /// Stops before the body.
    pub entry: CallSet,
    /// Stops after it.
    pub exit: CallSet,
}

const _: () = assert!(size_of::<CallStops>() == 32);

impl CallStops {
    /// All entries and exits.
    pub const ALL: Self = Self { entry: CallSet::ALL, exit: CallSet::ALL };
}

impl Default for CallStops {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::{CallSet, UNKNOWN_CALLS};
    use crate::calls::{TABLE, by_name};

    #[test]
    fn a_set_has_what_was_put_in() {
        for call in TABLE {
            let mut set = CallSet::EMPTY;
            set.insert_shown(call.shown);
            for other in TABLE {
                let same = other.number == call.number;
                assert_eq!(set.contains_number(other.number), same, "{} {}", call.name, other.name);
                assert_eq!(set.contains_shown(other.shown), same, "{} {}", call.name, other.name);
                assert_eq!(set.complement().contains_number(other.number), !same);
            }
            assert!(!set.contains_number(0) && !set.contains_shown(u32::MAX));
        }
    }

    #[test]
    fn numbers_without_a_row_share_the_last_bit() {
        let write = by_name("write").expect("a call");
        let mut set = CallSet::EMPTY;
        set.insert_shown(9_999_999);
        assert_eq!(set.words(), [0, 1 << (UNKNOWN_CALLS - 64)]);
        for number in [0, 1, 0x1_0000_0000 | write.number, usize::MAX] {
            assert!(set.contains_number(number), "{number:#x}");
        }
        assert!(!set.contains_number(write.number) && !set.contains_shown(write.shown));
        assert!(CallSet::ALL.contains_number(write.number) && CallSet::ALL.contains_number(0));
    }
}
