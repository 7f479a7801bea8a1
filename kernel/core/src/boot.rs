//! From the machine's memory and the boot image to the first thread.
//!
//! Decides what the first program gets: the image's `/boot`, in a native group with the root authority. Descriptor 0 is its
//! socket with process authority, 1 the image as a memory object, 2 the log. Main types: [`BootInformation`],
//! [`BootError`]. Neighbours: `initfs_format` (the image), the `elf` crate, `birth`.

use alloc::vec::Vec;

use elf::ElfBytes;
use elf::abi::{ET_EXEC, PF_W, PF_X, PT_LOAD};
use elf::endian::LittleEndian;
use elf::segment::ProgramHeader;
use initfs_format::Image;
use kernel_abi::effect::Effect;
use kernel_abi::registers::FloatRegisters;
use kernel_abi::stop::Reasons;
use kernel_abi::verb::BATCH_EFFECTS;
use zerocopy::FromZeros;

use crate::birth::NewThread;
use crate::errno::Errno;
use crate::file::{DescriptorTable, Object};
use crate::frame::start_registers;
use crate::memory::{
    Accessor, Budget, Mapped, Memory, NewRegion, ObjectKey, Placement, Protection, Sharing, Source, SpaceKey,
};
use crate::scheduler::SERVER_PRIORITY;
use crate::scheme::{Name, Scheme};
use crate::seam::{FrameRange, Machine, PAGE_SIZE};
use crate::{Core, group::GroupKey};

/// Path of the first program.
const FIRST_PROGRAM: &str = "/boot";
/// Its stack.
const STACK_TOP: u64 = 0x7000_0000;
const STACK_LENGTH: u64 = 64 * 1024;

/// What the machine found when it started.
#[derive(Clone, Copy, Debug)]
pub struct BootInformation<'a> {
    /// Free memory.
    pub usable: &'a [FrameRange],
    /// Frames of the boot image.
    pub image: FrameRange,
    /// The same, to read.
    pub image_bytes: &'a [u8],
}

/// Why the system cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootError {
    /// Less memory than the kernel needs.
    Memory,
    /// The boot image is missing or damaged.
    Image(initfs_format::Error),
    /// The image has no `/boot`, or it is no static ELF64 program.
    Program,
}

impl From<Errno> for BootError {
    fn from(_: Errno) -> Self {
        Self::Memory
    }
}

impl From<crate::memory::OutOfMemory> for BootError {
    fn from(_: crate::memory::OutOfMemory) -> Self {
        Self::Memory
    }
}

fn room_for_effects() -> Result<Vec<Effect>, BootError> {
    let mut room = Vec::new();
    room.try_reserve_exact(BATCH_EFFECTS).map_err(|_| BootError::Memory)?;
    room.resize(BATCH_EFFECTS, Effect::default());
    Ok(room)
}

impl<M: Machine> Core<M> {
    /// The kernel with its first thread ready to run.
    ///
    /// # Errors
    /// [`BootError`].
    pub fn boot(machine: M, information: &BootInformation<'_>) -> Result<Self, BootError> {
        let mut core = Self::empty(machine, information)?;
        let image = Image::parse(information.image_bytes).map_err(BootError::Image)?;
        let object = core.memory.objects.create_window(information.image)?;
        core.image = Some(object);
        let program = image.find(FIRST_PROGRAM).ok_or(BootError::Program)?;
        core.start_first(program.data, object)?;
        Ok(core)
    }

    /// A kernel without threads.
    pub(crate) fn empty(machine: M, information: &BootInformation<'_>) -> Result<Self, BootError> {
        Ok(Self {
            machine,
            memory: Memory::new(information.usable, &[information.image])?,
            threads: Default::default(),
            groups: Default::default(),
            schemes: Default::default(),
            descriptions: Default::default(),
            pipes: Default::default(),
            queues: Default::default(),
            files: Default::default(),
            sessions: Default::default(),
            namespace: Default::default(),
            nodes: Default::default(),
            timers: Default::default(),
            futexes: Default::default(),
            scheduler: Default::default(),
            jobs: Default::default(),
            straight: false,
            effects: room_for_effects()?,
            float: FloatRegisters::new_zeroed(),
            last_tag: 0,
            image: None,
        })
    }

    fn start_first(&mut self, program: &[u8], image: ObjectKey) -> Result<(), BootError> {
        let scheme = self.schemes.insert(Scheme::new(Name::default(), true, GroupKey::from_raw(0)))?;
        let space = self.memory.create_space(&mut self.machine)?;
        let group = self.create_group(scheme, space, DescriptorTable::default(), SERVER_PRIORITY)?;
        if let Some(entry) = self.schemes.get_mut(scheme) {
            entry.owner = group;
        }
        self.memory.objects.retain(image);
        for object in [Object::Socket(scheme), Object::Memory(image), Object::Log] {
            self.install(group, kernel_abi::LOWEST_FREE, object, kernel_abi::redox::flag::O_RDWR)?;
        }
        let entry = self.load(space, program)?;
        self.map_fixed(
            space,
            STACK_TOP.saturating_sub(STACK_LENGTH),
            STACK_LENGTH,
            Protection::READ | Protection::WRITE,
        )?;
        let registers = start_registers(entry, STACK_TOP, [0; 3]).map_err(|_| BootError::Program)?;
        let new = NewThread { group, registers, bases: (0, 0), reasons: Reasons::empty() };
        let thread = self.create_thread(new)?;
        self.enqueue(thread, crate::scheduler::Place::Back);
        Ok(())
    }

    /// Maps and fills the segments; returns the entry point.
    fn load(&mut self, space: SpaceKey, program: &[u8]) -> Result<u64, BootError> {
        let file = ElfBytes::<LittleEndian>::minimal_parse(program).map_err(|_| BootError::Program)?;
        if file.ehdr.e_type != ET_EXEC {
            return Err(BootError::Program);
        }
        for segment in file.segments().ok_or(BootError::Program)?.iter().filter(|segment| segment.p_type == PT_LOAD) {
            let bytes = file.segment_data(&segment).map_err(|_| BootError::Program)?;
            self.load_segment(space, &segment, bytes)?;
        }
        Ok(file.ehdr.e_entry)
    }

    fn load_segment(&mut self, space: SpaceKey, segment: &ProgramHeader, bytes: &[u8]) -> Result<(), BootError> {
        let page = PAGE_SIZE as u64;
        let start = segment.p_vaddr & !page.wrapping_sub(1);
        let length = segment.p_vaddr.checked_sub(start).and_then(|skip| skip.checked_add(segment.p_memsz));
        let mut protection = Protection::READ;
        protection.set(Protection::WRITE, segment.p_flags & PF_W != 0);
        protection.set(Protection::EXECUTE, segment.p_flags & PF_X != 0);
        self.map_fixed(space, start, length.ok_or(BootError::Program)?, protection)?;
        // As a debugger would write: the program itself may not write its text.
        self.memory
            .write(&mut self.machine, space, segment.p_vaddr, bytes, Accessor::Debugger)
            .map_err(|_| BootError::Memory)
    }

    fn map_fixed(
        &mut self,
        space: SpaceKey,
        address: u64,
        length: u64,
        protection: Protection,
    ) -> Result<(), BootError> {
        let region = NewRegion {
            length,
            protection,
            maximum: Protection::all(),
            sharing: Sharing::Private,
            source: Source::Anonymous,
            label: 0,
            scheme: 0,
            origin: 0,
        };
        match self.memory.map(&mut self.machine, space, Placement::Free(address), region, &mut Budget::call()) {
            Ok(Mapped::At(_)) => Ok(()),
            Ok(Mapped::More) | Err(_) => Err(BootError::Program),
        }
    }
}
