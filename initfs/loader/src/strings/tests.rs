//! Reading strings from a space with holes, up to the limits.
//!
//! The space is a few bytes at a chosen address; all else is a hole. Neighbours: `strings`.

use super::{ARGUMENTS_MAXIMUM, Area, Source, read_path};
use proptest::prelude::*;
use runtime::{Error, Result};

struct Space {
    base: u64,
    bytes: Vec<u8>,
}

impl Source for Space {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<()> {
        let start =
            address.checked_sub(self.base).and_then(|start| usize::try_from(start).ok()).ok_or(Error::EFAULT)?;
        let end = start.checked_add(into.len()).ok_or(Error::EFAULT)?;
        into.copy_from_slice(self.bytes.get(start..end).ok_or(Error::EFAULT)?);
        Ok(())
    }
}

/// A space of whole pages that holds the strings and a list of their addresses, both up to the very end.
fn space_of(strings: &[&[u8]]) -> (Space, u64) {
    let length: usize = strings.iter().map(|string| string.len() + 1).sum();
    let list = 8 * (strings.len() + 1);
    let total = (length + list).next_multiple_of(4096);
    let base = 0x10_0000;
    let (mut bytes, mut addresses) = (vec![0xff; total], Vec::new());
    let mut at = total - length;
    for string in strings {
        addresses.extend((base + at as u64).to_le_bytes());
        bytes[at..at + string.len()].copy_from_slice(string);
        bytes[at + string.len()] = 0;
        at += string.len() + 1;
    }
    addresses.extend([0; 8]);
    bytes[..list].copy_from_slice(&addresses);
    (Space { base, bytes }, base)
}

#[test]
fn strings_are_read_up_to_the_edge_of_a_hole() {
    let (space, list) = space_of(&[b"one", b"", b"three"]);
    let mut bytes = vec![0; 1024];
    let mut area = Area::new(&mut bytes);
    area.push_list(&space, list, 0).expect("strings");
    assert_eq!((area.count(), area.used()), (3, 11));
    assert_eq!(area.starts().collect::<Vec<_>>(), [0, 4, 5]);
    assert_eq!(&bytes[..11], b"one\0\0three\0");
}

#[test]
fn leading_strings_are_left_out_on_demand() {
    let (space, list) = space_of(&[b"script", b"x"]);
    let mut bytes = vec![0; 1024];
    let mut area = Area::new(&mut bytes);
    area.push(b"/bin/sh").expect("room");
    area.push_list(&space, list, 1).expect("strings");
    assert_eq!(&bytes[..10], b"/bin/sh\0x\0");
}

#[test]
fn unreadable_strings_and_lists_fault() {
    let (space, list) = space_of(&[b"one"]);
    let mut bytes = vec![0; 8192];
    let mut area = Area::new(&mut bytes);
    assert_eq!(area.push_from(&space, 0x1000), Err(Error::EFAULT));
    assert_eq!(area.push_list(&space, u64::MAX - 3, 0), Err(Error::EFAULT));
    assert_eq!(area.push_list(&space, list + 1, 0), Err(Error::EFAULT), "addresses read off alignment");
    assert_eq!(area.push_list(&space, 0, 0), Ok(()));
}

#[test]
fn too_much_is_refused() {
    let big = vec![b'x'; 100_000];
    let (space, list) = space_of(&[&big, &big, &big]);
    let mut bytes = vec![0; ARGUMENTS_MAXIMUM];
    assert_eq!(Area::new(&mut bytes).push_list(&space, list, 0), Err(Error::E2BIG));
    let many: Vec<&[u8]> = vec![b""; 40_000];
    let (space, list) = space_of(&many);
    assert_eq!(Area::new(&mut bytes).push_list(&space, list, 0), Err(Error::E2BIG), "addresses count as well");
}

#[test]
fn a_path_has_a_limit() {
    let (space, _) = space_of(&[&[b'p'; 600]]);
    let address = space.base + 4096 - 601;
    assert_eq!(read_path(&space, address, &mut [0; 1024]).map(<[u8]>::len), Ok(600));
    assert_eq!(read_path(&space, address, &mut [0; 300]), Err(Error::ENAMETOOLONG));
}

proptest! {
    #[test]
    fn any_strings_arrive_whole(strings in proptest::collection::vec(proptest::collection::vec(1..=255_u8, 0..5000), 0..12)) {
        let strings: Vec<&[u8]> = strings.iter().map(Vec::as_slice).collect();
        let (space, list) = space_of(&strings);
        let mut bytes = vec![0; ARGUMENTS_MAXIMUM];
        let mut area = Area::new(&mut bytes);
        area.push_list(&space, list, 0).expect("strings");
        let starts: Vec<usize> = area.starts().collect();
        prop_assert_eq!(starts.len(), strings.len());
        for (start, string) in starts.into_iter().zip(strings) {
            prop_assert_eq!(&bytes[start..start + string.len()], string);
            prop_assert_eq!(bytes[start + string.len()], 0);
        }
    }
}
