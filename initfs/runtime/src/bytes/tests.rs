//! Compares the assembly routines with what Rust's slices do, for every small length, offset and direction.
//!
//! Buffers are framed by bytes that must not change. Neighbours: `bytes.S`, whose names these are.

use core::cmp::Ordering;
use core::ffi::{c_char, c_int};

unsafe extern "C" {
    fn runtime_memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
    fn runtime_memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
    fn runtime_memset(to: *mut u8, byte: c_int, length: usize) -> *mut u8;
    fn runtime_memcmp(one: *const u8, other: *const u8, length: usize) -> c_int;
    fn runtime_strlen(text: *const c_char) -> usize;
}

const LENGTHS: core::ops::Range<usize> = 0..200;

fn pattern() -> Vec<u8> {
    (0..512_usize).map(|index| u8::try_from(index * 7 % 251).expect("a byte")).collect()
}

#[test]
fn memcpy_copies_exactly_the_length() {
    let from = pattern();
    for length in LENGTHS {
        let mut to = vec![0xee; 512];
        // SAFETY: both ranges lie inside their vectors.
        let returned = unsafe { runtime_memcpy(to[16..].as_mut_ptr(), from[3..].as_ptr(), length) };
        assert_eq!(returned, to[16..].as_mut_ptr());
        assert_eq!(to[16..16 + length], from[3..3 + length], "length {length}");
        assert!(to[..16].iter().chain(&to[16 + length..]).all(|&byte| byte == 0xee), "length {length}");
    }
}

#[test]
fn memmove_copies_overlapping_ranges_both_ways() {
    for length in LENGTHS {
        for (source, target) in [(100, 101), (101, 100), (100, 117), (117, 100), (100, 100), (100, 180), (180, 100)] {
            let mut expected = pattern();
            let mut moved = expected.clone();
            expected.copy_within(source..source + length, target);
            let base = moved.as_mut_ptr();
            // SAFETY: both ranges lie inside the vector.
            unsafe { runtime_memmove(base.wrapping_add(target), base.wrapping_add(source), length) };
            assert_eq!(moved, expected, "length {length}, {source} to {target}");
        }
    }
}

#[test]
fn memset_fills_exactly_the_length() {
    for length in LENGTHS {
        let mut to = vec![0xee; 512];
        // SAFETY: the range lies inside the vector.
        unsafe { runtime_memset(to[5..].as_mut_ptr(), 0x1a5, length) };
        assert!(to[5..5 + length].iter().all(|&byte| byte == 0xa5), "length {length}");
        assert!(to[..5].iter().chain(&to[5 + length..]).all(|&byte| byte == 0xee), "length {length}");
    }
}

#[test]
fn memcmp_orders_by_the_first_difference() {
    let one = pattern();
    for length in 1..80 {
        for difference in 0..length {
            let mut other = one.clone();
            other[difference] ^= 0x80;
            // SAFETY: both ranges lie inside their vectors.
            let result = unsafe { runtime_memcmp(one.as_ptr(), other.as_ptr(), length) };
            assert_eq!(result.cmp(&0), one[..length].cmp(&other[..length]), "length {length} at {difference}");
            // SAFETY: as above, shorter.
            let equal = unsafe { runtime_memcmp(one.as_ptr(), other.as_ptr(), difference) };
            assert_eq!(equal.cmp(&0), Ordering::Equal);
        }
    }
}

#[test]
fn strlen_counts_up_to_the_nul() {
    for text in [c"", c"a", c"abcdefghijklmnop"] {
        // SAFETY: the text ends with NUL.
        assert_eq!(unsafe { runtime_strlen(text.as_ptr()) }, text.to_bytes().len());
    }
}
