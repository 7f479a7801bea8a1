//! Plans of hand-made files: a sound one, and one for each rule that a file can break.
//!
//! Files are built field by field and then spoiled. Neighbours: `elf::plan`; the fuzz target starts from these bytes.

use super::{ElfError, check, plan};
use proptest::prelude::*;

struct File(Vec<u8>);

/// type, flags, offset, address, file size, memory size.
type Header = (u32, u32, u64, u64, u64, u64);

const LOAD: u32 = 1;
const CODE: Header = (LOAD, 5, 0x1000, 0x40_1000, 0x10, 0x10);
const DATA: Header = (LOAD, 6, 0x2000, 0x40_2000, 0x20, 0x3000);
const ENTRY: u64 = 0x40_1004;

impl File {
    fn new(entry: u64, headers: &[Header]) -> Self {
        let mut bytes = vec![0; 0x2020];
        bytes[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
        let mut file = Self(bytes);
        file.put(16, &2_u16.to_le_bytes());
        file.put(18, &62_u16.to_le_bytes());
        file.put(20, &1_u32.to_le_bytes());
        file.put(24, &entry.to_le_bytes());
        file.put(32, &64_u64.to_le_bytes());
        file.put(54, &56_u16.to_le_bytes());
        file.put(56, &u16::try_from(headers.len()).expect("few").to_le_bytes());
        for (index, &(kind, flags, offset, address, file_size, memory_size)) in headers.iter().enumerate() {
            let at = 64 + 56 * index;
            file.put(at, &kind.to_le_bytes());
            file.put(at + 4, &flags.to_le_bytes());
            for (field, value) in [offset, address, address, file_size, memory_size, 0x1000].into_iter().enumerate() {
                file.put(at + 8 + 8 * field, &value.to_le_bytes());
            }
        }
        file
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn plan(&self) -> Result<super::Plan, ElfError> {
        check(&self.0);
        plan(&self.0, self.0.len() as u64)
    }
}

#[test]
fn a_sound_file_is_planned() {
    let plan = File::new(ENTRY, &[CODE, DATA]).plan().expect("a plan");
    let [code, data] = plan.segments() else { panic!("two segments") };
    assert!(code.is_executable() && !code.is_writable() && data.is_writable());
    assert_eq!((data.end_page(), data.file_end(), data.file_end_page()), (0x40_5000, 0x40_2020, 0x40_3000));
    assert_eq!(code.mapped_offset(), Some(0x1000));
    assert_eq!((plan.entry, plan.program_headers), (ENTRY, 0), "no segment holds the program headers");
}

#[test]
fn program_headers_are_found_in_the_segment_that_holds_them() {
    let head = (LOAD, 4, 0, 0x40_0000, 0x200, 0x200);
    let plan = File::new(ENTRY, &[head, CODE]).plan().expect("a plan");
    assert_eq!((plan.program_headers, plan.program_header_count), (0x40_0040, 2));
}

#[test]
fn other_files_are_refused() {
    let spoiled = |at: usize, bytes: &[u8]| {
        let mut file = File::new(ENTRY, &[CODE]);
        file.put(at, bytes);
        file.plan()
    };
    assert_eq!(spoiled(0, b"#"), Err(ElfError::NotElf));
    assert_eq!(spoiled(4, &[1]), Err(ElfError::Machine), "32-bit");
    assert_eq!(spoiled(5, &[2]), Err(ElfError::Machine), "big-endian");
    assert_eq!(spoiled(18, &[183]), Err(ElfError::Machine), "another machine");
    assert_eq!(spoiled(16, &[3]), Err(ElfError::Type), "position-independent");
    assert_eq!(spoiled(54, &[57]), Err(ElfError::ProgramHeaders));
    assert_eq!(spoiled(32, &u64::MAX.to_le_bytes()), Err(ElfError::ProgramHeaders));
    assert_eq!(spoiled(32, &0x1000_u64.to_le_bytes()), Err(ElfError::ProgramHeaders), "beyond the first page");
    assert_eq!(spoiled(56, &[0, 0]), Err(ElfError::Count));
    assert_eq!(spoiled(64, &[3]), Err(ElfError::Dynamic));
}

#[test]
fn a_file_cut_anywhere_is_refused_or_planned_within_what_is_left() {
    let file = File::new(ENTRY, &[CODE, DATA]);
    for length in 0..file.0.len() {
        check(&file.0[..length]);
        assert!(plan(&file.0[..length], length as u64).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn segments_that_lie_wrong_are_refused() {
    let with = |header: Header| File::new(ENTRY, &[CODE, header]).plan().map(|_| ());
    assert_eq!(with((LOAD, 6, 0x2000, 0x40_2000, 0x21, 0x21)), Err(ElfError::Truncated));
    assert_eq!(with((LOAD, 6, 0x2000, 0x40_2000, 0x20, 0x1f)), Err(ElfError::Truncated));
    assert_eq!(with((LOAD, 6, u64::MAX, 0x40_2000, 0x20, 0x20)), Err(ElfError::Truncated));
    assert_eq!(with((LOAD, 6, 0x2000, u64::MAX, 0x20, 0x20)), Err(ElfError::Place));
    assert_eq!(with((LOAD, 6, 0x2000, 0x40_2000, 0x20, u64::MAX)), Err(ElfError::Place));
    assert_eq!(with((LOAD, 6, 0x2000, 0x7fff_ffff_e000, 0x20, 0x1001)), Err(ElfError::Place));
    assert_eq!(with((LOAD, 6, 0x2000, 0xffff_8000_0000_0000, 0x20, 0x20)), Err(ElfError::Place), "the kernel half");
    assert_eq!(with((LOAD, 6, 0x2000, 0x1000, 0x20, 0x20)), Err(ElfError::Place), "below user space");
    assert_eq!(with((LOAD, 6, 0x2000, 0x40_1010, 0x20, 0x20)), Err(ElfError::Overlap), "on the same page");
    assert_eq!(with((LOAD, 6, 0x2000, 0x40_0000, 0x20, 0x20)), Err(ElfError::Overlap), "out of order");
    assert_eq!(with((LOAD, 6, 0x2000, 0x7fff_ffff_e000, 0x20, 0x1000)), Ok(()), "the last page");
}

#[test]
fn an_entry_outside_of_code_is_refused() {
    for entry in [0, 0x40_1010, 0x40_2000, 0xffff_8000_0000_0000, u64::MAX] {
        assert_eq!(File::new(entry, &[CODE, DATA]).plan(), Err(ElfError::Entry), "{entry:#x}");
    }
}

#[test]
fn too_many_segments_are_refused() {
    let many: Vec<Header> = (0..17).map(|n| (LOAD, 5, 0x1000, 0x40_0000 + n * 0x1000, 1, 8)).collect();
    assert_eq!(File::new(0x40_0000, &many).plan(), Err(ElfError::Count));
    assert!(File::new(0x40_0000, &many[..16]).plan().is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_planned_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
    }

    #[test]
    fn a_spoiled_file_is_planned_or_refused(at in 0..200_usize, value in any::<u64>(), width in 1..=8_usize) {
        let mut file = File::new(ENTRY, &[CODE, DATA]);
        file.put(at, &value.to_le_bytes()[..width]);
        check(&file.0);
    }
}
