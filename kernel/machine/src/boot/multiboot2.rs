//! The Multiboot2 hand-over (Multiboot2 specification 2.0, section 3.6), as GRUB gives it.
//!
//! Decides how its tags become a [`Handover`]; unknown tags are skipped, as the specification asks. Main function:
//! [`parse`]. Neighbours: `handover`, `start`.

use zerocopy::FromBytes;

use super::handover::{BootMemory, Handover, HandoverError, command_line, read};
use super::memory_map::PhysicalRange;

const TAG_END: u32 = 0;
const TAG_COMMAND_LINE: u32 = 1;
const TAG_MODULE: u32 = 3;
const TAG_MEMORY_MAP: u32 = 6;
const MEMORY_USABLE: u32 = 1;
/// Larger than what any loader writes; bounds the loops.
const MAX_BYTES: u32 = 1 << 20;

#[derive(FromBytes)]
#[repr(C)]
struct Header {
    total_size: u32,
    _reserved: u32,
}

#[derive(FromBytes)]
#[repr(C)]
struct Tag {
    kind: u32,
    size: u32,
}

#[derive(FromBytes)]
#[repr(C)]
struct MemoryMapHeader {
    entry_size: u32,
    _entry_version: u32,
}

#[derive(FromBytes)]
#[repr(C)]
struct MemoryMapEntry {
    start: u64,
    length: u64,
    kind: u32,
    _reserved: u32,
}

/// Reads the information at `address`.
pub(super) fn parse(memory: &impl BootMemory, address: u64) -> Result<Handover, HandoverError> {
    let header: Header = read(memory, address)?;
    if header.total_size > MAX_BYTES {
        return Err(HandoverError::Unreachable);
    }
    let bytes = memory.bytes(address, u64::from(header.total_size)).ok_or(HandoverError::Unreachable)?;
    let mut rest = bytes.get(size_of::<Header>()..).ok_or(HandoverError::Unreachable)?;
    let mut handover = Handover::default();
    loop {
        let (tag, _) = Tag::read_from_prefix(rest).map_err(|_| HandoverError::Unreachable)?;
        if tag.kind == TAG_END {
            break;
        }
        let size = tag.size as usize;
        let content = rest.get(size_of::<Tag>()..size).ok_or(HandoverError::Unreachable)?;
        read_tag(tag.kind, content, &mut handover)?;
        rest = rest.get(size.next_multiple_of(8)..).ok_or(HandoverError::Unreachable)?;
    }
    if handover.memory.total() == 0 { Err(HandoverError::NoMemoryMap) } else { Ok(handover) }
}

fn read_tag(kind: u32, content: &[u8], handover: &mut Handover) -> Result<(), HandoverError> {
    match kind {
        TAG_COMMAND_LINE => handover.command_line = command_line(content),
        TAG_MODULE if handover.image.is_none() => {
            let ([start, end], _) = <[u32; 2]>::read_from_prefix(content).map_err(|_| HandoverError::Unreachable)?;
            handover.image = Some(PhysicalRange { start: u64::from(start), end: u64::from(end) });
        }
        TAG_MEMORY_MAP => read_memory_map(content, handover)?,
        _ => {}
    }
    Ok(())
}

fn read_memory_map(content: &[u8], handover: &mut Handover) -> Result<(), HandoverError> {
    let (header, entries) = MemoryMapHeader::read_from_prefix(content).map_err(|_| HandoverError::Unreachable)?;
    let entry_size = header.entry_size as usize;
    if entry_size < size_of::<MemoryMapEntry>() {
        return Err(HandoverError::Unreachable);
    }
    for bytes in entries.chunks_exact(entry_size) {
        let (entry, _) = MemoryMapEntry::read_from_prefix(bytes).map_err(|_| HandoverError::Unreachable)?;
        if entry.kind == MEMORY_USABLE
            && let Some(range) = PhysicalRange::new(entry.start, entry.length)
        {
            handover.memory.insert(range);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
