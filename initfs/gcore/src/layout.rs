//! The head of a core file: ELF header, program headers, notes.
//!
//! Decides where everything lies: the head is padded to a page, the regions follow in order, whole. Main function: [`head`].
//! Neighbours: `note`, `write` (the memory behind it). ELF specification, chapters 4 and 5.

use alloc::vec::Vec;
use zerocopy::{Immutable, IntoBytes};

use crate::image::Image;
use crate::note::notes;

const PAGE: u64 = 4096;
/// PN_XNUM: so many program headers need another way of counting.
const HEADERS_MAX: usize = 0xffff;
const LOAD: u32 = 1;
const NOTE: u32 = 4;
/// ET_CORE and EM_X86_64.
const KIND: u16 = 4;
const MACHINE: u16 = 62;

/// Elf64_Ehdr.
#[derive(Clone, Copy, Debug, IntoBytes, Immutable)]
#[repr(C)]
struct FileHeader {
    identity: [u8; 16],
    kind: u16,
    machine: u16,
    version: u32,
    entry: u64,
    program_headers: u64,
    section_headers: u64,
    flags: u32,
    size: u16,
    program_header_size: u16,
    program_header_count: u16,
    section_header_size: u16,
    section_header_count: u16,
    section_names: u16,
}

const _: () = assert!(size_of::<FileHeader>() == 64);

/// Elf64_Phdr.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    physical: u64,
    file_size: u64,
    memory_size: u64,
    alignment: u64,
}

const _: () = assert!(size_of::<ProgramHeader>() == 56);

/// ELF, 64 bits, little endian, version 1.
const IDENTITY: [u8; 16] = [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Everything before the memory, and the length of the whole file. None for more regions or memory than a file can have.
#[must_use]
pub fn head(image: &Image) -> Option<(Vec<u8>, u64)> {
    let count = image.regions.len().checked_add(1).filter(|count| *count < HEADERS_MAX)?;
    let notes = notes(image);
    let headers = size_of::<ProgramHeader>().checked_mul(count)?;
    let notes_at = size_of::<FileHeader>().checked_add(headers)?;
    let length = notes_at.checked_add(notes.len())?.checked_next_multiple_of(usize::try_from(PAGE).ok()?)?;
    let mut out = Vec::new();
    out.try_reserve_exact(length).ok()?;
    out.extend_from_slice(file_header(u16::try_from(count).ok()?).as_bytes());
    let (offset, file_size) = (notes_at as u64, notes.len() as u64);
    let note = ProgramHeader { kind: NOTE, offset, file_size, alignment: 4, ..ProgramHeader::default() };
    out.extend_from_slice(note.as_bytes());
    let mut offset = length as u64;
    for region in &image.regions {
        let length = region.length();
        let header = ProgramHeader {
            kind: LOAD,
            flags: flags(region.protection),
            offset,
            address: region.start,
            file_size: length,
            memory_size: length,
            alignment: PAGE,
            ..ProgramHeader::default()
        };
        out.extend_from_slice(header.as_bytes());
        offset = offset.checked_add(length)?;
    }
    out.extend_from_slice(&notes);
    out.resize(length, 0);
    Some((out, offset))
}

fn file_header(count: u16) -> FileHeader {
    FileHeader {
        identity: IDENTITY,
        kind: KIND,
        machine: MACHINE,
        version: 1,
        entry: 0,
        program_headers: size_of::<FileHeader>() as u64,
        section_headers: 0,
        flags: 0,
        size: size_of::<FileHeader>() as u16,
        program_header_size: size_of::<ProgramHeader>() as u16,
        program_header_count: count,
        section_header_size: 0,
        section_header_count: 0,
        section_names: 0,
    }
}

/// PF_R 4, PF_W 2, PF_X 1: the other way round than a mapping's.
const fn flags(protection: u32) -> u32 {
    (protection & 1) << 2 | protection & 2 | (protection & 4) >> 2
}
