//! Multiboot2 information, good and bad.
//!
//! The tags are laid out by hand, as GRUB does. Neighbours: `multiboot2`, `handover::fake`.

use super::super::handover::HandoverError;
use super::super::handover::fake::FakeMemory;
use super::super::memory_map::PhysicalRange;
use super::parse;

const BASE: u64 = 0x1_0000;

fn tag(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend((content.len() as u32 + 8).to_le_bytes());
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn information(tags: &[Vec<u8>]) -> FakeMemory {
    let body = tags.concat();
    let mut bytes = (body.len() as u32 + 8).to_le_bytes().to_vec();
    bytes.extend([0; 4]);
    bytes.extend(body);
    FakeMemory { base: BASE, bytes }
}

fn module(start: u32, end: u32) -> Vec<u8> {
    tag(3, &[&start.to_le_bytes()[..], &end.to_le_bytes()[..], b"image\0"].concat())
}

fn memory_map(entry_size: u32, entries: &[(u64, u64, u32)]) -> Vec<u8> {
    let mut content = entry_size.to_le_bytes().to_vec();
    content.extend(0_u32.to_le_bytes());
    for (start, length, kind) in entries {
        content.extend(start.to_le_bytes());
        content.extend(length.to_le_bytes());
        content.extend(kind.to_le_bytes());
        content.extend([0; 4]);
    }
    tag(6, &content)
}

#[test]
fn known_tags_are_read_and_others_skipped() {
    let memory = information(&[
        tag(1, b"a b\0"),
        tag(99, b"???"),
        module(0x40_0000, 0x40_0800),
        module(0x50_0000, 0x50_0800),
        memory_map(24, &[(0x10_0000, 0x10_0000, 1), (0x30_0000, 0x1000, 3)]),
        tag(0, &[]),
    ]);
    let handover = parse(&memory, BASE).unwrap();
    assert_eq!(handover.command_line.as_slice(), b"a b");
    assert_eq!(handover.image, Some(PhysicalRange { start: 0x40_0000, end: 0x40_0800 }));
    assert_eq!(handover.memory.total(), 0x10_0000);
}

#[test]
fn missing_end_tag_is_refused() {
    let memory = information(&[tag(1, b"a\0")]);
    assert_eq!(parse(&memory, BASE).unwrap_err(), HandoverError::Unreachable);
}

#[test]
fn tag_smaller_than_its_header_is_refused() {
    let mut bad = tag(1, b"a\0");
    bad[4..8].copy_from_slice(&4_u32.to_le_bytes());
    assert_eq!(parse(&information(&[bad, tag(0, &[])]), BASE).unwrap_err(), HandoverError::Unreachable);
}

#[test]
fn tag_beyond_the_information_is_refused() {
    let mut bad = tag(1, b"a\0");
    bad[4..8].copy_from_slice(&0xffff_fff8_u32.to_le_bytes());
    assert_eq!(parse(&information(&[bad, tag(0, &[])]), BASE).unwrap_err(), HandoverError::Unreachable);
}

#[test]
fn memory_map_with_short_entries_is_refused() {
    let memory = information(&[memory_map(0, &[(0, 0x1000, 1)]), tag(0, &[])]);
    assert_eq!(parse(&memory, BASE).unwrap_err(), HandoverError::Unreachable);
}

#[test]
fn missing_memory_map_is_refused() {
    assert_eq!(parse(&information(&[tag(0, &[])]), BASE).unwrap_err(), HandoverError::NoMemoryMap);
}
