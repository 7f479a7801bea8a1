//! Memory objects as files: reads and writes at an offset, without a mapping.
//!
//! Decides that bytes which were never written read as zeros and that a file ends with its last page. Main functions:
//! [`Memory::read_object`], [`Memory::write_object`]. Neighbours: `copy` (the same between spaces), `file::memory_object`.

use kernel_abi::stop::FaultKind;

use super::fault::Accessor;
use super::walk::offset_of;
use super::{Budget, Hardware, Memory, ObjectKey, SpaceKey};
use crate::seam::{PAGE_SIZE, Page};

/// What a page reads as before it is written.
static ZEROS: [u8; PAGE_SIZE] = [0; PAGE_SIZE];

impl Memory {
    /// Reads an object into a program's buffer until the budget is spent or the object ends; how many bytes.
    ///
    /// # Errors
    /// Why the first byte of the buffer cannot be written.
    pub fn read_object(
        &mut self,
        machine: &mut impl Hardware,
        (object, offset): (ObjectKey, u64),
        (space, address): (SpaceKey, u64),
        length: u64,
        budget: &mut Budget,
    ) -> Result<u64, FaultKind> {
        let length = self.readable(object, offset, length);
        let mut done = 0;
        while done < length && budget.spend() {
            let (from, to) = (offset.saturating_add(done), address.saturating_add(done));
            let target = match self.frame_of(machine, space, Page::containing(to), Accessor::Program.writes()) {
                Ok(target) => target,
                Err(kind) if done == 0 => return Err(kind),
                Err(_) => break,
            };
            let count = piece(from, to, length.saturating_sub(done));
            let source = self.objects.get(object).and_then(|object| object.frame(Page::containing(from).0));
            match source {
                Some(source) => machine.copy((source, offset_of(from)), (target, offset_of(to)), count),
                None => machine.write(target, offset_of(to), ZEROS.get(..count).unwrap_or_default()),
            }
            done = done.saturating_add(count as u64);
        }
        Ok(done)
    }

    /// Writes a program's buffer into an object, likewise.
    ///
    /// # Errors
    /// Why the first byte of the buffer cannot be read, or NoMemory if there is no frame for the object's page.
    pub fn write_object(
        &mut self,
        machine: &mut impl Hardware,
        (object, offset): (ObjectKey, u64),
        (space, address): (SpaceKey, u64),
        length: u64,
        budget: &mut Budget,
    ) -> Result<u64, FaultKind> {
        let length = self.readable(object, offset, length);
        let mut done = 0;
        while done < length && budget.spend() {
            let (to, from) = (offset.saturating_add(done), address.saturating_add(done));
            let frames = self
                .frame_of(machine, space, Page::containing(from), Accessor::Program.reads())
                .and_then(|source| Ok((source, self.fill_object(machine, object, Page::containing(to))?)));
            let (source, target) = match frames {
                Ok(frames) => frames,
                Err(kind) if done == 0 => return Err(kind),
                Err(_) => break,
            };
            let count = piece(from, to, length.saturating_sub(done));
            machine.copy((source, offset_of(from)), (target, offset_of(to)), count);
            done = done.saturating_add(count as u64);
        }
        Ok(done)
    }

    /// How much of `length` bytes from an offset on the object has.
    fn readable(&self, object: ObjectKey, offset: u64, length: u64) -> u64 {
        let pages = self.objects.get(object).map_or(0, super::MemoryObject::length);
        length.min(Page(pages).start().saturating_sub(offset))
    }

    fn fill_object(
        &mut self,
        machine: &mut impl Hardware,
        object: ObjectKey,
        page: Page,
    ) -> Result<crate::seam::Frame, FaultKind> {
        let object = self.objects.get_mut(object).ok_or(FaultKind::BeyondObject)?;
        object.frame_or_fill(page.0, machine, &mut self.frames).map_err(|_| FaultKind::NoMemory)
    }
}

/// Bytes up to the end of a page on either side.
fn piece(one: u64, other: u64, left: u64) -> usize {
    let room = PAGE_SIZE.saturating_sub(offset_of(one).max(offset_of(other)));
    usize::try_from(left).unwrap_or(room).min(room)
}
