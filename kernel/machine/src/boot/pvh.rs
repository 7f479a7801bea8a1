//! The PVH hand-over: `hvm_start_info` (Xen's public/arch-x86/hvm/start_info.h), as QEMU's `-kernel` gives it.
//!
//! Decides how that structure becomes a [`Handover`]; version 1 is needed because version 0 has no memory map. Main
//! function: [`parse`]. Neighbours: `handover`, `start`.

use zerocopy::FromBytes;

use super::handover::{BootMemory, COMMAND_LINE_BYTES, Handover, HandoverError, command_line, read};
use super::memory_map::PhysicalRange;

const MAGIC: u32 = 0x336e_c578;
/// Type of usable memory in the map (that of the BIOS's E820 call).
const MEMORY_USABLE: u32 = 1;
/// More entries than any firmware writes; bounds the loop.
const MAX_ENTRIES: u32 = 512;

#[derive(FromBytes)]
#[repr(C)]
struct StartInformation {
    magic: u32,
    version: u32,
    _flags: u32,
    module_count: u32,
    modules: u64,
    command_line: u64,
    _rsdp: u64,
    memory_map: u64,
    memory_map_entries: u32,
    _reserved: u32,
}

#[derive(FromBytes)]
#[repr(C)]
struct Module {
    start: u64,
    length: u64,
    _command_line: u64,
    _reserved: u64,
}

#[derive(FromBytes)]
#[repr(C)]
struct MemoryMapEntry {
    start: u64,
    length: u64,
    kind: u32,
    _reserved: u32,
}

/// Reads the structure at `address`.
pub(super) fn parse(memory: &impl BootMemory, address: u64) -> Result<Handover, HandoverError> {
    let information: StartInformation = read(memory, address)?;
    if information.magic != MAGIC {
        return Err(HandoverError::BadMagic);
    }
    if information.version == 0 || information.memory_map == 0 || information.memory_map_entries == 0 {
        return Err(HandoverError::NoMemoryMap);
    }
    let mut handover = Handover::default();
    read_memory_map(memory, &information, &mut handover)?;
    if information.module_count > 0 {
        let module: Module = read(memory, information.modules)?;
        handover.image = PhysicalRange::new(module.start, module.length);
    }
    if information.command_line != 0 {
        handover.command_line = read_command_line(memory, information.command_line);
    }
    Ok(handover)
}

fn read_memory_map(
    memory: &impl BootMemory,
    information: &StartInformation,
    handover: &mut Handover,
) -> Result<(), HandoverError> {
    for index in 0..information.memory_map_entries.min(MAX_ENTRIES) {
        let offset = u64::from(index).saturating_mul(size_of::<MemoryMapEntry>() as u64);
        let address = information.memory_map.checked_add(offset).ok_or(HandoverError::Unreachable)?;
        let entry: MemoryMapEntry = read(memory, address)?;
        if entry.kind == MEMORY_USABLE
            && let Some(range) = PhysicalRange::new(entry.start, entry.length)
        {
            handover.memory.insert(range);
        }
    }
    Ok(())
}

/// The string may end where memory ends, so it is read in pieces.
fn read_command_line(memory: &impl BootMemory, address: u64) -> arrayvec::ArrayVec<u8, COMMAND_LINE_BYTES> {
    let bytes =
        (0..COMMAND_LINE_BYTES as u64).map_while(|offset| memory.bytes(address.checked_add(offset)?, 1)?.first());
    let kept: arrayvec::ArrayVec<u8, COMMAND_LINE_BYTES> = bytes.copied().take_while(|byte| *byte != 0).collect();
    command_line(&kept)
}

#[cfg(test)]
mod tests;
