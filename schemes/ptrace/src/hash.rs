//! The hash of ids: they are small or well spread already, so one multiplication is enough.
//!
//! Decides how the maps of `table` spread their keys; it is the same in every run, which keeps the crate deterministic.
//! Main type: [`IdHasher`]. Neighbours: `table`. Users choose no key freely: pids, tids and the kernel's ids are given out,
//! so flooding a bucket is not possible.

use core::hash::Hasher;

/// Multiplies the key by a constant with well-mixed bits (2^64 divided by the golden ratio; Knuth, volume 3, section 6.4).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher {
    state: u64,
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        // The table takes its control byte from the top and its index from the bottom.
        self.state ^ self.state.wrapping_shr(32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_i32(&mut self, value: i32) {
        self.write_u64(u64::from(value.cast_unsigned()));
    }

    fn write_u64(&mut self, value: u64) {
        self.state = (self.state.rotate_left(5) ^ value).wrapping_mul(MULTIPLIER);
    }
}
