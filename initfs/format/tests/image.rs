//! The reader on good and on damaged images: every rule of the layout is broken once, then bytes at random.
//!
//! Images are written by initfs-pack and damaged here, with a fresh checksum, so that the rule in question is the one
//! that answers. Neighbours: initfs/pack/tests shows that sound files survive the round trip.

use initfs_format::{Child, EntryRecord, Error, Header, Image, PAGE_SIZE, PathError, check, checksum};
use initfs_pack::{Contents, PackedFile};
use proptest::prelude::*;
use std::mem::offset_of;

const FILES: [(&str, &str); 7] = [
    ("/a-b", "1"),
    ("/a.b", "2"),
    ("/a/c", ""),
    ("/a/d/e", "4"),
    ("/a/d/f", "5"),
    ("/ab", "6"),
    ("/etc/motd", "hello"),
];

fn sample() -> Vec<u8> {
    let mut contents = Contents::new();
    for (path, data) in FILES {
        contents.add(path, PackedFile::new(data.into(), 0o644).expect("a mode")).expect("a path");
    }
    contents.to_image().expect("an image")
}

/// The sample with `bytes` written at `offset`, and its checksum put right again.
fn damaged(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut image = sample();
    image[offset..offset + bytes.len()].copy_from_slice(bytes);
    seal(&mut image);
    image
}

fn seal(image: &mut [u8]) {
    let sum = checksum(image).to_le_bytes();
    let field = offset_of!(Header, checksum);
    image[field..field + 4].copy_from_slice(&sum);
}

fn record(index: usize, field: usize) -> usize {
    size_of::<Header>() + index * size_of::<EntryRecord>() + field
}

fn refused(offset: usize, bytes: &[u8]) -> Error {
    Image::parse(&damaged(offset, bytes)).expect_err("the image is damaged")
}

fn names(directory: &str) -> Vec<(String, bool)> {
    let bytes = sample();
    let image = Image::parse(&bytes).expect("a sound image");
    let name = |child: Child<'_>| (child.name.to_owned(), child.file.is_some());
    image.children(directory).map(name).collect()
}

#[test]
fn files_are_found_by_path() {
    let bytes = sample();
    let image = Image::parse(&bytes).expect("a sound image");
    for (path, data) in FILES {
        let entry = image.find(path).expect("the file is there");
        assert_eq!((entry.path, entry.data), (path, data.as_bytes()));
    }
    for path in ["", "/", "/a", "/a/d", "/a/d/", "/zzz", "a-b"] {
        assert_eq!(image.find(path), None, "{path:?}");
    }
}

#[test]
fn directories_list_each_name_once() {
    let file = |name: &str| (name.to_owned(), true);
    let directory = |name: &str| (name.to_owned(), false);
    assert_eq!(names("/"), [file("a-b"), file("a.b"), directory("a"), file("ab"), directory("etc")]);
    assert_eq!(names("/a"), [file("c"), directory("d")]);
    assert_eq!(names("/a/d"), [file("e"), file("f")]);
    for nothing in ["/a/c", "/b", "/a/", "/etc/motd", "/et"] {
        assert_eq!(names(nothing), [], "{nothing:?}");
    }
}

#[test]
fn bytes_after_the_image_are_ignored() {
    let mut bytes = sample();
    let length = bytes.len();
    bytes.extend_from_slice(b"padding of the loader");
    assert_eq!(Image::parse(&bytes).map(|image| image.bytes().len()), Ok(length));
}

#[test]
fn an_image_without_files_is_an_image() {
    let bytes = Contents::new().to_image().expect("an image");
    assert_eq!(Image::parse(&bytes).map(|image| image.entries().count()), Ok(0));
    check(&bytes);
}

#[test]
fn damage_without_a_new_checksum_is_noticed() {
    let mut bytes = sample();
    *bytes.last_mut().expect("bytes") ^= 1;
    assert!(matches!(Image::parse(&bytes), Err(Error::Checksum { .. })));
}

#[test]
fn a_sealed_image_is_read_without_its_checksum() {
    let mut bytes = sample();
    bytes[offset_of!(Header, checksum)] ^= 1;
    assert!(Image::parse(&bytes).is_err());
    assert!(Image::parse_sealed(&bytes).is_ok());
    *bytes.last_mut().expect("bytes") ^= 1;
    assert_eq!(Image::parse_sealed(&bytes).err(), Some(Error::Reserved), "all other rules hold");
}

#[test]
fn every_truncation_is_refused() {
    let bytes = sample();
    for length in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        assert_eq!(Image::parse(&bytes[..length]).err(), Some(Error::Truncated), "{length}");
    }
}

#[test]
fn a_wrong_header_is_refused() {
    assert_eq!(refused(offset_of!(Header, magic), b"X"), Error::Magic);
    assert_eq!(refused(offset_of!(Header, version), &[2]), Error::Version(2));
    assert_eq!(refused(offset_of!(Header, total_length), &[1]), Error::Length);
    assert_eq!(refused(offset_of!(Header, total_length), &[0xff; 8]), Error::Length);
    assert_eq!(refused(offset_of!(Header, total_length), &0xffff_ffff_ffff_f000_u64.to_le_bytes()), Error::Truncated);
    assert_eq!(refused(offset_of!(Header, reserved), &[1]), Error::Reserved);
    assert_eq!(refused(offset_of!(Header, entry_count), &[0xff; 4]), Error::Table);
    assert_eq!(refused(offset_of!(Header, entry_count), &[6]), Error::PathPlace(0));
}

#[test]
fn a_wrong_record_is_refused() {
    let at = |field| record(1, field);
    assert_eq!(refused(at(offset_of!(EntryRecord, path_offset)), &[0xff; 4]), Error::PathPlace(1));
    assert_eq!(refused(at(offset_of!(EntryRecord, path_length)), &[0xff; 4]), Error::PathPlace(1));
    assert_eq!(refused(at(offset_of!(EntryRecord, path_length)), &[0]), Error::Path(1, PathError::Relative));
    assert_eq!(refused(at(offset_of!(EntryRecord, mode)), &[0xff, 0xff]), Error::Mode(1));
    assert_eq!(refused(at(offset_of!(EntryRecord, reserved)), &[1]), Error::Reserved);
    assert_eq!(refused(at(offset_of!(EntryRecord, data_length)), &[0xff; 8]), Error::DataPlace(1));
    assert_eq!(refused(at(offset_of!(EntryRecord, data_length)), &5000_u64.to_le_bytes()), Error::DataPlace(2));
    for offset in [0, PAGE_SIZE, 2 * PAGE_SIZE + 1, 3 * PAGE_SIZE, u64::MAX] {
        assert_eq!(refused(at(offset_of!(EntryRecord, data_offset)), &offset.to_le_bytes()), Error::DataPlace(1));
    }
}

#[test]
fn wrong_paths_are_refused() {
    let first = size_of::<Header>() + FILES.len() * size_of::<EntryRecord>();
    assert_eq!(refused(first, b"x"), Error::Path(0, PathError::Relative));
    assert_eq!(refused(first + 1, b"\xff"), Error::Path(0, PathError::Encoding));
    assert_eq!(refused(first, b"/zzz"), Error::Order(1));
    assert_eq!(refused(first, b"/a.b"), Error::Order(1));
}

#[test]
fn a_byte_between_files_is_refused() {
    let bytes = sample();
    assert_eq!(refused(bytes.len() - 1, &[1]), Error::Reserved);
    assert_eq!(refused(usize::try_from(PAGE_SIZE).expect("small") - 1, &[1]), Error::Reserved);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        check(&bytes);
    }

    #[test]
    fn any_damage_to_the_structures_is_read_or_refused(
        damage in prop::collection::vec((8_usize..360, any::<u8>()), 1..4),
        cut in 0_usize..2,
    ) {
        let mut bytes = sample();
        for (offset, byte) in damage {
            bytes[offset] = byte;
        }
        seal(&mut bytes);
        check(&bytes[..bytes.len() - cut]);
    }
}
