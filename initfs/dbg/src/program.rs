//! The program file: its symbols, and its bytes for the time when there is no process.
//!
//! Decides what is taken from an ELF file. Main types: [`Program`], [`Segment`]. Neighbours: `symbols` (the names), `code`
//! (memory where there is a process, else these bytes). The system's own loader judges whether the file can run; here a
//! file that is no ELF file only has no symbols.

use crate::symbols::Symbols;
use alloc::string::String;
use alloc::vec::Vec;
use elf::ElfBytes;
use elf::abi::PT_LOAD;
use elf::endian::LittleEndian;

/// A program that can be run, or that runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// Where it was read from.
    pub(crate) path: String,
    /// First instruction.
    pub(crate) entry: u64,
    /// Its symbols.
    pub(crate) symbols: Symbols,
    segments: Vec<Segment>,
}

/// Bytes that the file wants at an address.
#[derive(Clone, Debug)]
struct Segment {
    address: u64,
    bytes: Vec<u8>,
}

impl Program {
    /// What `contents`, read from `path`, tells.
    pub(crate) fn read(path: String, contents: &[u8]) -> Self {
        let Ok(file) = ElfBytes::<LittleEndian>::minimal_parse(contents) else {
            return Self { path, ..Self::default() };
        };
        let mut segments = Vec::new();
        for header in file.segments().into_iter().flatten().filter(|header| header.p_type == PT_LOAD) {
            if let Ok(bytes) = file.segment_data(&header) {
                segments.push(Segment { address: header.p_vaddr, bytes: bytes.to_vec() });
            }
        }
        Self { path, entry: file.ehdr.e_entry, symbols: Symbols::read(&file), segments }
    }

    /// The file's bytes for `address`, as many as there are up to the length of `buffer`.
    pub(crate) fn copy(&self, address: u64, buffer: &mut [u8]) -> usize {
        for segment in &self.segments {
            let Some(offset) = address.checked_sub(segment.address) else { continue };
            let Some(rest) = usize::try_from(offset).ok().and_then(|offset| segment.bytes.get(offset..)) else {
                continue;
            };
            let count = rest.len().min(buffer.len());
            if count > 0 {
                if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
                    to.copy_from_slice(from);
                }
                return count;
            }
        }
        0
    }
}
