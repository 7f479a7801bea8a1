//! Where in the table of calls a number is, without a search.
//!
//! Decides a hash of 32 bits without collisions over the rows that there are: the multiplier is looked for when this crate
//! is compiled, so a new row needs no thought. Main types: [`Index`], [`Column`]. Neighbour: `calls` has the table.

use super::Call;

/// Slots; several for each row, so that a multiplier is soon found.
const SLOTS: usize = 1024;
/// Bits of a product that are no part of its slot.
const SHIFT: u32 = 32 - SLOTS.trailing_zeros();
/// A slot without a row.
const EMPTY: u8 = u8::MAX;
/// Multipliers that are tried before the build fails.
const TRIES: u32 = 10_000;

/// By which of a row's two numbers it is found.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// The low half of rax.
    Number,
    /// What debuggers see.
    Shown,
}

/// Rows by one of their numbers.
pub(super) struct Index {
    multiplier: u32,
    rows: [u8; SLOTS],
}

impl Index {
    /// The index of a table whose numbers in this column differ.
    #[expect(clippy::indexing_slicing, reason = "evaluated when compiled: an index out of bounds fails the build")]
    pub(super) const fn new(table: &[Call], column: Column) -> Self {
        assert!(table.len() < EMPTY as usize, "a row has a byte");
        let (mut multiplier, mut tries) = (0x9e37_79b1_u32, 0_u32);
        // Which try took a slot last: nothing need be cleared between two of them.
        let mut taken = [0_u32; SLOTS];
        loop {
            tries = tries.saturating_add(1);
            let (mut row, mut is_perfect) = (0_usize, true);
            while row < table.len() && is_perfect {
                let slot = slot(key(&table[row], column), multiplier);
                is_perfect = taken[slot] != tries;
                taken[slot] = tries;
                row = row.saturating_add(1);
            }
            if is_perfect {
                return Self { multiplier, rows: fill(table, column, multiplier) };
            }
            assert!(tries < TRIES, "no multiplier keeps the calls apart: more slots are needed");
            // Marsaglia's generator with the lowest bit set: an odd multiplier loses no bit.
            multiplier = multiplier.wrapping_mul(69_069).wrapping_add(2) | 1;
        }
    }

    /// The only row that can have this number.
    pub(super) fn candidate(&self, number: u32) -> Option<usize> {
        let row = *self.rows.get(slot(number, self.multiplier))?;
        (row != EMPTY).then_some(usize::from(row))
    }
}

#[expect(clippy::indexing_slicing, reason = "as for `Index::new`")]
const fn fill(table: &[Call], column: Column, multiplier: u32) -> [u8; SLOTS] {
    let mut rows = [EMPTY; SLOTS];
    let mut row = 0_usize;
    while row < table.len() {
        rows[slot(key(&table[row], column), multiplier)] = row as u8;
        row = row.saturating_add(1);
    }
    rows
}

const fn key(call: &Call, column: Column) -> u32 {
    match column {
        Column::Number => call.number as u32,
        Column::Shown => call.shown,
    }
}

const fn slot(number: u32, multiplier: u32) -> usize {
    (number.wrapping_mul(multiplier) >> SHIFT) as usize
}
