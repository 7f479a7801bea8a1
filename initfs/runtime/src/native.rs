//! Starting a native group: a program of the boot image without a process around it.
//!
//! Decides where its stack lies and what its first descriptors are (docs/programs.md: 0 its socket, 1 the boot image, 2 the
//! kernel's log). Main functions: [`load`], [`start`]. Neighbours: `elf` plans, `socket::authority` performs; `boot` starts
//! servers by this, the process server its loaders.

use crate::elf::layout::{Step, steps};
use crate::elf::{Plan, Segment, plan};
use crate::error::{Error, Result};
use crate::file::File;
use crate::memory::Protection;
use crate::socket::Socket;
use kernel_abi::redox::flag::MapFlags;
use kernel_abi::verb::{MapRequest, ThreadStart};

/// Descriptor at which a native server finds the boot image.
pub const IMAGE: usize = 1;
/// Descriptor at which a native server finds the kernel's log.
pub const LOG: usize = 2;

/// Status of the process server after it has told on the log that process 1 is dead; nothing is wrong with the server.
pub const INIT_ENDED: i32 = 2;

/// First address above a native group's stack, and the stack's length.
const STACK_TOP: u64 = 0x7000_0000_0000;
const STACK_LENGTH: u64 = 256 << 10;

/// Most bytes cleared by one call.
const ZEROS: [u8; 256] = [0; 256];

/// A program of the boot image: the image's memory object, where the program starts in it, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The image's memory object.
    pub image: &'a File,
    /// Where the program starts in the image, a multiple of the page size.
    pub offset: u64,
    /// Its bytes, to read.
    pub bytes: &'a [u8],
}

/// Maps a program into an empty group; gives its plan.
///
/// # Errors
/// ENOEXEC, or as the kernel refuses a step. What was mapped stays: the group is to be killed.
pub fn load(socket: &Socket, group: u64, program: &Program<'_>) -> Result<Plan> {
    let plan = plan(program.bytes, program.bytes.len() as u64)?;
    for segment in plan.segments() {
        for step in steps(segment) {
            perform(socket, group, program, segment, step)?;
        }
    }
    Ok(plan)
}

fn perform(socket: &Socket, group: u64, program: &Program<'_>, segment: &Segment, step: Step) -> Result<()> {
    match step {
        Step::MapFile { address, length, offset } => {
            let offset = program.offset.checked_add(offset).ok_or(Error::ENOEXEC)?;
            let descriptor = program.image.descriptor() as u64;
            map(
                socket,
                group,
                segment.protection(),
                MapRequest { descriptor, offset, address, length, flags: 0, label: 0 },
            )
        }
        Step::MapZero { address, length } => map_anonymous(socket, group, segment.protection(), address, length),
        Step::Copy { address, length, offset } => {
            let start = usize::try_from(offset).map_err(|_| Error::ENOEXEC)?;
            let end = start.checked_add(usize::try_from(length).map_err(|_| Error::ENOEXEC)?).ok_or(Error::ENOEXEC)?;
            write(socket, group, address, program.bytes.get(start..end).ok_or(Error::ENOEXEC)?)
        }
        Step::Clear { mut address, mut length } => {
            while length > 0 {
                let part = length.min(ZEROS.len() as u64);
                write(socket, group, address, ZEROS.get(..part as usize).unwrap_or(&ZEROS))?;
                address = address.saturating_add(part);
                length = length.saturating_sub(part);
            }
            Ok(())
        }
    }
}

fn write(socket: &Socket, group: u64, address: u64, bytes: &[u8]) -> Result<()> {
    let written = socket.write_memory(group, address, bytes)?;
    if written == bytes.len() { Ok(()) } else { Err(Error::EFAULT) }
}

/// Maps fresh memory into a group.
///
/// # Errors
/// EEXIST, EINVAL, ENOMEM, ESRCH.
pub fn map_anonymous(socket: &Socket, group: u64, protection: Protection, address: u64, length: u64) -> Result<()> {
    map(socket, group, protection, MapRequest { descriptor: u64::MAX, offset: 0, address, length, flags: 0, label: 0 })
}

fn map(socket: &Socket, group: u64, protection: Protection, request: MapRequest) -> Result<()> {
    let flags = (protection.flags() | MapFlags::MAP_PRIVATE).bits() as u64;
    socket.map(group, &MapRequest { flags, ..request })
}

/// Loads a program into an empty group and makes its thread with this argument, which waits for NOT_STARTED to be released. Descriptors are
/// the caller's to grant.
///
/// # Errors
/// As [`load`], and as the kernel refuses a thread. The group is to be killed then.
pub fn start(socket: &Socket, group: u64, program: &Program<'_>, argument: u64) -> Result<u64> {
    let plan = load(socket, group, program)?;
    map_anonymous(socket, group, Protection::ReadWrite, STACK_TOP.saturating_sub(STACK_LENGTH), STACK_LENGTH)?;
    socket.create_thread(group, &ThreadStart { entry: plan.entry, stack: STACK_TOP, arguments: [argument, 0, 0] })
}
