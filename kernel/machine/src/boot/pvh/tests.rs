//! PVH structures, good and bad.
//!
//! The structures are laid out by hand at a base address, as QEMU does. Neighbours: `pvh`, `handover::fake`.

use super::super::handover::HandoverError;
use super::super::handover::fake::FakeMemory;
use super::super::memory_map::PhysicalRange;
use super::parse;

const BASE: u64 = 0x9000;
const MODULES: u64 = BASE + 0x100;
const MEMORY_MAP: u64 = BASE + 0x200;
const COMMAND_LINE: u64 = BASE + 0x300;

fn start_information() -> FakeMemory {
    let mut bytes = vec![0; 0x400];
    let mut put = |at: u64, value: &[u8]| {
        let at = (at - BASE) as usize;
        bytes[at..at + value.len()].copy_from_slice(value);
    };
    put(BASE, &0x336e_c578_u32.to_le_bytes());
    put(BASE + 4, &1_u32.to_le_bytes());
    put(BASE + 12, &1_u32.to_le_bytes());
    put(BASE + 16, &MODULES.to_le_bytes());
    put(BASE + 24, &COMMAND_LINE.to_le_bytes());
    put(BASE + 40, &MEMORY_MAP.to_le_bytes());
    put(BASE + 48, &2_u32.to_le_bytes());
    put(MODULES, &0x40_0000_u64.to_le_bytes());
    put(MODULES + 8, &0x1234_u64.to_le_bytes());
    put(MEMORY_MAP, &0x10_0000_u64.to_le_bytes());
    put(MEMORY_MAP + 8, &0x70_0000_u64.to_le_bytes());
    put(MEMORY_MAP + 16, &1_u32.to_le_bytes());
    put(MEMORY_MAP + 24, &0xf000_0000_u64.to_le_bytes());
    put(MEMORY_MAP + 32, &0x1000_u64.to_le_bytes());
    put(MEMORY_MAP + 40, &2_u32.to_le_bytes());
    put(COMMAND_LINE, b"one two\0junk");
    FakeMemory { base: BASE, bytes }
}

#[test]
fn complete_structure_is_read() {
    let handover = parse(&start_information(), BASE).unwrap();
    assert_eq!(handover.image, Some(PhysicalRange { start: 0x40_0000, end: 0x40_1234 }));
    assert_eq!(handover.command_line.as_slice(), b"one two");
    assert_eq!(handover.memory.total(), 0x70_0000);
}

#[test]
fn wrong_magic_is_refused() {
    let mut memory = start_information();
    memory.bytes[0] ^= 1;
    assert_eq!(parse(&memory, BASE).unwrap_err(), HandoverError::BadMagic);
}

#[test]
fn version_without_memory_map_is_refused() {
    let mut memory = start_information();
    memory.bytes[4] = 0;
    assert_eq!(parse(&memory, BASE).unwrap_err(), HandoverError::NoMemoryMap);
}

#[test]
fn addresses_out_of_reach_are_refused() {
    assert_eq!(parse(&start_information(), u64::MAX - 8).unwrap_err(), HandoverError::Unreachable);
    let mut memory = start_information();
    memory.bytes[40..48].copy_from_slice(&(u64::MAX - 8).to_le_bytes());
    assert_eq!(parse(&memory, BASE).unwrap_err(), HandoverError::Unreachable);
}

#[test]
fn module_that_wraps_around_is_no_image() {
    let mut memory = start_information();
    memory.bytes[0x108..0x110].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(parse(&memory, BASE).unwrap().image, None);
}

#[test]
fn unterminated_command_line_ends_with_memory() {
    let mut memory = start_information();
    memory.bytes[0x300..].fill(b'x');
    assert_eq!(parse(&memory, BASE).unwrap().command_line.len(), 0x100);
}
