//! The load plan of an ELF file: which bytes go to which pages, or why the file cannot be run.
//!
//! Decides what an executable may look like: ELF64 for x86-64, ET_EXEC, all in user space, nothing overlapping, its entry
//! in an executable segment. Pure: bytes in, [`Plan`] out; the `elf` crate takes the fields apart. Neighbours: `boot` and
//! the process server load programs from the image by it, the loader everything else.

pub mod layout;

use crate::error::Error;
use crate::memory::{PAGE_SIZE, Protection};
use elf::abi;
use elf::endian::LittleEndian;
use elf::file::{Class, FileHeader, parse_ident};
use elf::segment::{ProgramHeader, SegmentTable};

/// How much of a file [`plan`] needs to see: header and program headers lie in its first page (as FreeBSD asks).
pub const HEAD: usize = PAGE_SIZE;

/// Most segments that a program can have.
pub const MAXIMUM_SEGMENTS: usize = 16;

/// First address that a program may use (kernel: USER_START) and the first it may not (USER_END).
const USER: core::ops::Range<u64> = 0x1_0000..0x0000_7fff_ffff_f000;

const PAGE: u64 = PAGE_SIZE as u64;

/// Size of the ELF64 header, and of one ELF64 program header.
const HEADER_SIZE: usize = 64;
const PROGRAM_HEADER_SIZE: u16 = 56;

/// What is wrong with a file. A program that hits any of these gets ENOEXEC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElfError {
    /// No ELF header.
    NotElf,
    /// An ELF file for another machine, word size or byte order.
    Machine,
    /// Not ET_EXEC: a library, an object, or a program to be relocated.
    Type,
    /// The program headers are not in the first page, or not of the right size.
    ProgramHeaders,
    /// It names an interpreter, or asks for thread-local storage set up by one.
    Dynamic,
    /// More than [`MAXIMUM_SEGMENTS`] segments, or none.
    Count,
    /// A segment's bytes reach beyond the end of the file, or its file size exceeds its memory size.
    Truncated,
    /// A segment lies outside user space, or its end overflows.
    Place,
    /// Two segments share a page, or are not in the order of addresses.
    Overlap,
    /// The entry point is in no executable segment.
    Entry,
}

impl From<ElfError> for Error {
    fn from(_: ElfError) -> Self {
        Self::ENOEXEC
    }
}

/// One segment: `file_size` bytes at `offset` of the file, then zeros up to `memory_size`, at `address`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// First address.
    pub address: u64,
    /// Bytes in memory, at least 1.
    pub memory_size: u64,
    /// Where its bytes start in the file.
    pub offset: u64,
    /// How many there are.
    pub file_size: u64,
    /// `PF_*` bits.
    flags: u32,
}

impl Segment {
    /// Its pages may be written.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        self.flags & abi::PF_W != 0
    }

    /// Its pages may be executed.
    #[must_use]
    pub const fn is_executable(&self) -> bool {
        self.flags & abi::PF_X != 0
    }

    /// Protection of its pages. Every page is readable, as on x86 it must be to be of any use; a segment that asks for
    /// both gets both.
    #[must_use]
    pub const fn protection(&self) -> Protection {
        match (self.is_writable(), self.is_executable()) {
            (false, false) => Protection::Read,
            (true, false) => Protection::ReadWrite,
            (false, true) => Protection::ReadExecute,
            (true, true) => Protection::ReadWriteExecute,
        }
    }

    /// First address of its first page.
    #[must_use]
    pub const fn first_page(&self) -> u64 {
        self.address & !(PAGE - 1)
    }

    /// First address after its last page; inside user space, so it cannot overflow.
    #[must_use]
    pub const fn end_page(&self) -> u64 {
        self.end().saturating_add(PAGE - 1) & !(PAGE - 1)
    }

    /// First address after it.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.address.saturating_add(self.memory_size)
    }

    /// First address after what comes from the file.
    #[must_use]
    pub const fn file_end(&self) -> u64 {
        self.address.saturating_add(self.file_size)
    }

    /// First address after the pages that hold bytes of the file.
    #[must_use]
    pub const fn file_end_page(&self) -> u64 {
        if self.file_size == 0 { self.first_page() } else { self.file_end().saturating_add(PAGE - 1) & !(PAGE - 1) }
    }

    /// Where in the file its first page starts, if file and memory agree in the place within a page: only then can pages
    /// of the file be mapped.
    #[must_use]
    pub fn mapped_offset(&self) -> Option<u64> {
        let within = self.address % PAGE;
        if self.offset % PAGE == within { self.offset.checked_sub(within) } else { None }
    }
}

/// What to load and where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// First instruction.
    pub entry: u64,
    /// Where the program headers are in memory; 0 if no segment holds them.
    pub program_headers: u64,
    /// Their count.
    pub program_header_count: u64,
    segments: [Segment; MAXIMUM_SEGMENTS],
    count: usize,
}

impl Plan {
    /// The segments in the order of their addresses, no two on one page.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        self.segments.get(..self.count).unwrap_or_default()
    }

    /// Size of one program header.
    #[must_use]
    pub const fn program_header_size(&self) -> u64 {
        PROGRAM_HEADER_SIZE as u64
    }

    fn add(&mut self, segment: Segment) -> Result<(), ElfError> {
        if self.segments().last().is_some_and(|last| segment.first_page() < last.end_page()) {
            return Err(ElfError::Overlap);
        }
        *self.segments.get_mut(self.count).ok_or(ElfError::Count)? = segment;
        self.count = self.count.saturating_add(1);
        Ok(())
    }
}

/// Makes the plan of a file of `length` bytes that starts with `head` (its first [`HEAD`] bytes, or all of a shorter one).
///
/// # Errors
/// The first rule that the file breaks.
pub fn plan(head: &[u8], length: u64) -> Result<Plan, ElfError> {
    let head = head.get(..HEAD.min(head.len())).unwrap_or_default();
    let header = parse_header(head)?;
    let headers = program_headers(head, &header)?;
    let mut plan = Plan {
        entry: header.e_entry,
        program_headers: 0,
        program_header_count: header.e_phnum.into(),
        segments: [Segment::default(); MAXIMUM_SEGMENTS],
        count: 0,
    };
    for program_header in headers.iter() {
        match program_header.p_type {
            abi::PT_LOAD if program_header.p_memsz > 0 => plan.add(check_segment(&program_header, length)?)?,
            abi::PT_INTERP | abi::PT_DYNAMIC => return Err(ElfError::Dynamic),
            _ => {}
        }
    }
    if plan.count == 0 {
        return Err(ElfError::Count);
    }
    let holds_entry = |segment: &&Segment| (segment.address..segment.end()).contains(&plan.entry);
    if !plan.segments().iter().find(holds_entry).is_some_and(Segment::is_executable) {
        return Err(ElfError::Entry);
    }
    plan.program_headers = address_of(plan.segments(), header.e_phoff).unwrap_or(0);
    Ok(plan)
}

fn parse_header(head: &[u8]) -> Result<FileHeader<LittleEndian>, ElfError> {
    let (identification, rest) = head.split_at_checked(abi::EI_NIDENT).ok_or(ElfError::NotElf)?;
    if !identification.starts_with(&abi::ELFMAGIC) {
        return Err(ElfError::NotElf);
    }
    let identification = parse_ident::<LittleEndian>(identification).map_err(|_| ElfError::Machine)?;
    let tail = rest.get(..HEADER_SIZE.saturating_sub(abi::EI_NIDENT)).ok_or(ElfError::NotElf)?;
    if identification.1 != Class::ELF64 {
        return Err(ElfError::Machine);
    }
    let header = FileHeader::parse_tail(identification, tail).map_err(|_| ElfError::NotElf)?;
    if header.e_machine != abi::EM_X86_64 || header.version != u32::from(abi::EV_CURRENT) {
        return Err(ElfError::Machine);
    }
    if header.e_type == abi::ET_EXEC { Ok(header) } else { Err(ElfError::Type) }
}

fn program_headers<'a>(
    head: &'a [u8],
    header: &FileHeader<LittleEndian>,
) -> Result<SegmentTable<'a, LittleEndian>, ElfError> {
    if header.e_phentsize != PROGRAM_HEADER_SIZE {
        return Err(ElfError::ProgramHeaders);
    }
    let start = usize::try_from(header.e_phoff).map_err(|_| ElfError::ProgramHeaders)?;
    let size = usize::from(header.e_phnum).saturating_mul(PROGRAM_HEADER_SIZE.into());
    let end = start.checked_add(size).ok_or(ElfError::ProgramHeaders)?;
    let bytes = head.get(start..end).ok_or(ElfError::ProgramHeaders)?;
    Ok(SegmentTable::new(header.endianness, Class::ELF64, bytes))
}

fn check_segment(header: &ProgramHeader, length: u64) -> Result<Segment, ElfError> {
    let end = header.p_vaddr.checked_add(header.p_memsz).ok_or(ElfError::Place)?;
    if header.p_vaddr < USER.start || end > USER.end {
        return Err(ElfError::Place);
    }
    let file_end = header.p_offset.checked_add(header.p_filesz).ok_or(ElfError::Truncated)?;
    if file_end > length || header.p_filesz > header.p_memsz {
        return Err(ElfError::Truncated);
    }
    Ok(Segment {
        address: header.p_vaddr,
        memory_size: header.p_memsz,
        offset: header.p_offset,
        file_size: header.p_filesz,
        flags: header.p_flags,
    })
}

/// Where the byte at `offset` of the file is in memory.
fn address_of(segments: &[Segment], offset: u64) -> Option<u64> {
    segments.iter().find_map(|segment| {
        let within = offset.checked_sub(segment.offset).filter(|&within| within < segment.file_size)?;
        segment.address.checked_add(within)
    })
}

/// Plans arbitrary bytes and checks what a plan promises: the entry point of the fuzz target.
///
/// # Panics
/// If a plan breaks its promises.
pub fn check(bytes: &[u8]) {
    let Ok(plan) = plan(bytes, bytes.len() as u64) else { return };
    let mut previous = USER.start;
    let mut entry = false;
    for segment in plan.segments() {
        assert!(segment.first_page() >= previous, "segments are in order, apart");
        assert!(segment.memory_size > 0 && segment.file_size <= segment.memory_size, "a segment holds its file's part");
        assert!(segment.offset.saturating_add(segment.file_size) <= bytes.len() as u64, "the file holds it");
        previous = segment.end_page();
        entry |= segment.is_executable() && (segment.address..segment.end()).contains(&plan.entry);
    }
    assert!(previous <= USER.end && entry, "all is in user space, the entry in code");
}

#[cfg(test)]
mod tests;
