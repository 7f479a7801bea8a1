//! The executable file: opening it, and bringing its segments into memory.
//!
//! Decides what may be executed at all (a regular file with an execute bit) and the way of each segment: pages of the file
//! where its server maps them, else copies. Main type: [`Executable`]. Neighbours: `runtime::elf` (the plan and its steps).

use runtime::elf::layout::{Step, steps};
use runtime::elf::{HEAD, Plan, Segment, plan};
use runtime::file::status::Kind;
use runtime::file::{File, OpenFlags};
use runtime::memory::Protection;
use runtime::memory::place::Placed;
use runtime::{Error, Result};

/// First address above the stack: one page below the signal trampoline.
pub(crate) const STACK_TOP: u64 = 0x7fff_ffff_c000;
/// Its length; pages come on first use.
pub(crate) const STACK_LENGTH: u64 = 8 << 20;

/// A file that is to be executed.
#[derive(Debug)]
pub(crate) struct Executable {
    file: File,
    size: u64,
    head: [u8; HEAD],
    head_length: usize,
}

impl Executable {
    /// Opens the file at `path` and reads its first page.
    pub(crate) fn open(path: &[u8]) -> Result<Self> {
        let file = File::open_absolute(path, OpenFlags::READ)?;
        let status = file.status()?;
        if status.kind() != Kind::Regular || !status.is_executable() {
            return Err(Error::EACCES);
        }
        let mut executable = Self { file, size: status.size, head: [0; HEAD], head_length: 0 };
        executable.read_head()?;
        Ok(executable)
    }

    fn read_head(&mut self) -> Result<()> {
        while let Some(rest) = self.head.get_mut(self.head_length..).filter(|rest| !rest.is_empty()) {
            let count = self.file.read_at(rest, self.head_length as u64)?;
            if count == 0 {
                break;
            }
            self.head_length = self.head_length.saturating_add(count);
        }
        Ok(())
    }

    /// The first page, zeros after the end of a shorter file.
    pub(crate) const fn head_page(&self) -> &[u8; HEAD] {
        &self.head
    }

    /// How much of the first page is the file's.
    pub(crate) const fn head_length(&self) -> usize {
        self.head_length
    }

    /// The open file.
    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// Brings all segments into memory.
    pub(crate) fn load(&self) -> Result<Plan> {
        let plan = plan(self.head.get(..self.head_length).unwrap_or_default(), self.size)?;
        for segment in plan.segments() {
            self.load_segment(segment)?;
        }
        Ok(plan)
    }

    fn load_segment(&self, segment: &Segment) -> Result<()> {
        let writes = steps(segment).any(|step| step.writes());
        let protection = segment.protection();
        // Pages that are filled here are writable until they are complete.
        let first = if writes { writable(protection) } else { protection };
        let mut last: Option<Placed> = None;
        for step in steps(segment) {
            match step {
                Step::MapFile { address, length, offset } => {
                    last = Some(self.map_file(address, length, offset, first, protection)?);
                }
                Step::MapZero { address, length } => {
                    finish(last.take(), writes, protection)?;
                    last = Some(Placed::anonymous(address, length, first).map_err(taken)?);
                }
                Step::Copy { address, length, offset } => {
                    last.as_mut().ok_or(Error::ENOEXEC)?.fill(&self.file, offset, address, length)?;
                }
                Step::Clear { address, length } => last.as_mut().ok_or(Error::ENOEXEC)?.clear(address, length)?,
            }
        }
        finish(last, writes, protection)
    }

    /// Maps pages of the file; a server that maps none has them copied.
    fn map_file(
        &self,
        address: u64,
        length: u64,
        offset: u64,
        first: Protection,
        protection: Protection,
    ) -> Result<Placed> {
        match Placed::file(&self.file, offset, address, length, first) {
            Err(Error::ENODEV | Error::EOPNOTSUPP | Error::ENOSYS) => {}
            result => return result.map_err(taken),
        }
        let mut pages = Placed::anonymous(address, length, writable(protection)).map_err(taken)?;
        let available = self.size.saturating_sub(offset).min(length);
        pages.fill(&self.file, offset, address, available)?;
        pages.protect(first)?;
        Ok(pages)
    }
}

/// Takes away the permission to write that was needed for filling.
fn finish(pages: Option<Placed>, writes: bool, protection: Protection) -> Result<()> {
    match pages {
        Some(mut pages) if writes => pages.protect(protection),
        _ => Ok(()),
    }
}

const fn writable(protection: Protection) -> Protection {
    match protection {
        Protection::ReadExecute | Protection::ReadWriteExecute => Protection::ReadWriteExecute,
        Protection::None | Protection::Read | Protection::ReadWrite => Protection::ReadWrite,
    }
}

/// A segment in a place that is taken (the stack's, the loader's) makes the file one that cannot be run.
fn taken(error: Error) -> Error {
    match error {
        Error::EEXIST | Error::EINVAL => Error::ENOEXEC,
        other => other,
    }
}
