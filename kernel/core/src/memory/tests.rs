//! Tests of memory as a whole, on the fake machine: single behaviours by name, then random use against a model.
//!
//! Main type: [`World`], a machine with its memory and short ways to use them. Neighbours: `memory`, `fake`.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow is a failing test")]

mod copies;
mod failures;
mod forks;
mod mapping;
mod model;
mod objects;
mod protection;
mod random;
mod walks;

use kernel_abi::stop::FaultKind;

use super::audit::InUse;
use super::map::{MapError, Mapped, NewRegion, Placement, Source};
use super::{
    Access, Accessor, Budget, ForkJob, Memory, ObjectKey, OutOfMemory, PageRange, Progress, Protection, Sharing,
    SpaceKey,
};
use crate::fake::FakeMachine;
use crate::seam::{FrameRange, PAGE_SIZE, PhysicalMemory};

const PAGE: u64 = PAGE_SIZE as u64;
/// An address for tests, 8 pages below a boundary between two tables.
const BASE: u64 = 0x1f_8000;
const READ: Protection = Protection::READ;
const READ_WRITE: Protection = READ.union(Protection::WRITE);
const ALL: Protection = READ_WRITE.union(Protection::EXECUTE);

/// A machine and its memory; the first frames belong to a boot image.
struct World {
    machine: FakeMachine,
    memory: Memory,
}

/// Frames of the boot image.
const IMAGE: u32 = 4;

/// Byte 0 of each page of the boot image, counted up from here.
const IMAGE_BYTE: u8 = 0x40;

impl World {
    fn new(frames: u32) -> Self {
        let mut machine = FakeMachine::new(frames);
        let all = machine.usable();
        let image = FrameRange { first: all.first, count: IMAGE };
        for (frame, byte) in (image.first..).take(IMAGE as usize).zip(IMAGE_BYTE..) {
            machine.write(crate::seam::Frame(frame), 0, &[byte; PAGE_SIZE]);
        }
        let memory = Memory::new(&[all], &[image]).unwrap();
        Self { machine, memory }
    }

    fn image(&self) -> FrameRange {
        FrameRange { count: IMAGE, ..self.machine.usable() }
    }

    fn space(&mut self) -> SpaceKey {
        self.memory.create_space(&mut self.machine).unwrap()
    }

    fn in_use(&self) -> InUse {
        self.memory.in_use(&self.machine)
    }

    fn audit(&self) {
        self.memory.audit(&self.machine, &[]);
    }

    /// Maps to the end, a page of budget at a time, with an audit after each step.
    fn map(&mut self, space: SpaceKey, placement: Placement, new: NewRegion) -> Result<u64, MapError> {
        loop {
            let mapped = self.memory.map(&mut self.machine, space, placement, new, &mut Budget::pages(2));
            self.audit();
            if let Mapped::At(address) = mapped? {
                return Ok(address);
            }
        }
    }

    /// Private memory at a fixed address.
    fn anonymous(&mut self, space: SpaceKey, address: u64, pages: u64, protection: Protection) {
        let new = private(pages, protection);
        assert_eq!(self.map(space, Placement::Free(address), new), Ok(address));
    }

    /// An object at a fixed address.
    fn object(&mut self, space: SpaceKey, address: u64, key: ObjectKey, protection: Protection, sharing: Sharing) {
        let pages = self.memory.objects.get(key).unwrap().length();
        let new = NewRegion { sharing, source: Source::Object { key, offset: 0 }, ..private(pages, protection) };
        assert_eq!(self.map(space, Placement::Free(address), new), Ok(address));
    }

    fn unmap(&mut self, space: SpaceKey, address: u64, pages: u64) -> Result<(), MapError> {
        let mut left = PageRange::new(address, pages * PAGE);
        while let Some(range) = left {
            left = self.memory.unmap(&mut self.machine, space, range, &mut Budget::pages(2))?;
            self.audit();
        }
        Ok(())
    }

    fn protect(&mut self, space: SpaceKey, address: u64, pages: u64, to: Protection) -> Result<(), MapError> {
        let mut left = PageRange::new(address, pages * PAGE);
        while let Some(range) = left {
            left = self.memory.protect(&mut self.machine, space, range, to, &mut Budget::pages(2))?;
            self.audit();
        }
        Ok(())
    }

    fn fault(&mut self, space: SpaceKey, address: u64, access: Access) -> Result<(), FaultKind> {
        let result = self.memory.fault(&mut self.machine, space, address, access);
        self.audit();
        result
    }

    fn get(&mut self, space: SpaceKey, address: u64, by: Accessor) -> Result<u8, FaultKind> {
        let result = self.memory.read_value(&mut self.machine, space, address, by);
        self.audit();
        result
    }

    fn put(&mut self, space: SpaceKey, address: u64, byte: u8, by: Accessor) -> Result<(), FaultKind> {
        let result = self.memory.write_value(&mut self.machine, space, address, &byte, by);
        self.audit();
        result
    }

    /// Forks to the end, a few pages at a time.
    fn fork(&mut self, parent: SpaceKey) -> Result<SpaceKey, OutOfMemory> {
        let child = self.memory.create_space(&mut self.machine)?;
        let mut job = ForkJob::new(&mut self.memory, parent, child);
        loop {
            let progress = job.step(&mut self.memory, &mut self.machine, &mut Budget::pages(2));
            self.audit();
            match progress {
                Ok(Progress::Done) => return Ok(child),
                Ok(Progress::More) => {}
                Err(error) => {
                    self.release(child);
                    return Err(error);
                }
            }
        }
    }

    /// Gives up a space and frees what that leaves without references.
    fn release(&mut self, space: SpaceKey) {
        self.memory.release_space(space);
        self.reap();
    }

    fn reap(&mut self) {
        while self.memory.reap(&mut self.machine, &mut Budget::pages(2)) == Progress::More {
            self.audit();
        }
        self.audit();
        assert!(self.memory.is_reaped());
    }
}

/// Private memory.
fn private(pages: u64, protection: Protection) -> NewRegion {
    NewRegion {
        length: pages * PAGE,
        protection,
        maximum: ALL,
        sharing: Sharing::Private,
        source: Source::Anonymous,
        label: 0,
        scheme: 0,
        origin: 0,
    }
}
