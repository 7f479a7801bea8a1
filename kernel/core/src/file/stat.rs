//! FSTAT, FPATH, getdirentries and FEVENT: questions about an open file.
//!
//! Decides what the kernel's own files answer; those of user schemes are asked of their servers. Neighbours: `request`,
//! `event` (readiness).

use core::mem::offset_of;

use kernel_abi::redox::data::Stat;
use kernel_abi::redox::flag::{EventFlags, MODE_CHR, MODE_FIFO, MODE_FILE};
use kernel_abi::redox::schemev2::Opcode;
use zerocopy::{Immutable, IntoBytes};

use super::Object;
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::pending::{After, Direction};
use crate::request::Request;
use crate::seam::{Machine, PAGE_SIZE, SerialPort};
use crate::thread::ThreadKey;

/// Redox's `Stat` as bytes, its padding by name: it leaves the kernel as zeros.
#[derive(Clone, Copy, Debug, Default, IntoBytes, Immutable)]
#[repr(C)]
struct StatBytes {
    device: u64,
    inode: u64,
    mode: u16,
    padding: u16,
    links: u32,
    user: u32,
    group: u32,
    size: u64,
    block_size: u32,
    padding_blocks: u32,
    blocks: u64,
    times: [u64; 6],
}

const _: () = assert!(size_of::<StatBytes>() == size_of::<Stat>());
const _: () = assert!(offset_of!(StatBytes, mode) == offset_of!(Stat, st_mode));
const _: () = assert!(offset_of!(StatBytes, links) == offset_of!(Stat, st_nlink));
const _: () = assert!(offset_of!(StatBytes, size) == offset_of!(Stat, st_size));
const _: () = assert!(offset_of!(StatBytes, blocks) == offset_of!(Stat, st_blocks));
const _: () = assert!(offset_of!(StatBytes, times) == offset_of!(Stat, st_mtime));

/// Permissions of the kernel's own files: they have no owners, opening them is what is judged.
const PERMISSIONS: u16 = 0o600;

/// Bytes in a block of `st_blocks`.
const BLOCK: u64 = 512;

/// What every path by a scheme's name begins with.
pub(crate) const SCHEMES: &[u8] = b"/scheme/";

/// The path of a file of the kernel's own that has one.
pub(crate) const fn own_path(object: Object) -> Option<&'static [u8]> {
    Some(match object {
        Object::Pipe(_) => b"/scheme/pipe",
        Object::Events(_) => b"/scheme/event",
        Object::Memory(_) => b"/scheme/memory/anonymous",
        Object::Timer(_) => b"/scheme/time",
        Object::Serial(SerialPort::Console) => b"/scheme/serial/0",
        Object::Serial(SerialPort::Debugger) => b"/scheme/serial/1",
        Object::Log => b"/scheme/log",
        Object::System(_) => b"/scheme/sys",
        Object::Scheme { .. } | Object::Socket(_) | Object::Target(_) => return None,
    })
}

impl<M: Machine> Core<M> {
    /// FSTAT(descriptor, buffer).
    pub(crate) fn stat_call(&mut self, key: ThreadKey, descriptor: usize, buffer: (u64, u64)) -> Served {
        let object = self.object_of(key, descriptor)?;
        let (kind, size) = match object {
            Object::Scheme { .. } => {
                return self.ask_about(key, object, Opcode::Fstat, (buffer, Direction::Out), [0; 2]);
            }
            Object::Pipe(_) => (MODE_FIFO, 0),
            Object::Memory(object) => (MODE_FILE, self.memory_length(object)),
            Object::System(_) | Object::Target(_) => (MODE_FILE, 0),
            Object::Socket(_) | Object::Events(_) | Object::Timer(_) | Object::Serial(_) | Object::Log => (MODE_CHR, 0),
        };
        if buffer.1 < size_of::<StatBytes>() as u64 {
            return Err(Errno::EINVAL);
        }
        let stat = StatBytes {
            mode: kind | PERMISSIONS,
            links: 1,
            size,
            block_size: PAGE_SIZE as u32,
            blocks: size.div_ceil(BLOCK),
            ..StatBytes::default()
        };
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_out(space, buffer.0, stat.as_bytes())?;
        Ok(Done::Value(0))
    }

    /// FPATH(descriptor, buffer).
    pub(crate) fn path_call(&mut self, key: ThreadKey, descriptor: usize, buffer: (u64, u64)) -> Served {
        let object = self.object_of(key, descriptor)?;
        if let Object::Scheme { .. } = object {
            return self.ask_about(key, object, Opcode::Fpath, (buffer, Direction::Out), [0; 2]);
        }
        self.read_text(key, own_path(object).ok_or(Errno::EOPNOTSUPP)?, buffer, 0)
    }

    /// getdirentries(descriptor, buffer, position).
    pub(crate) fn directory_call(
        &mut self,
        key: ThreadKey,
        descriptor: usize,
        buffer: (u64, u64),
        position: u64,
    ) -> Served {
        let object = self.object_of(key, descriptor)?;
        self.ask_about(key, object, Opcode::Getdents, (buffer, Direction::Out), [position, 0])
    }

    /// FEVENT(descriptor, flags): which of the flags are true now.
    pub(crate) fn event_call(&mut self, key: ThreadKey, descriptor: usize, flags: u64) -> Served {
        let wanted = EventFlags::from_bits(flags as usize).ok_or(Errno::EINVAL)?;
        let description = self.description_of(key, descriptor)?;
        let object = self.object_of(key, descriptor)?;
        if let Object::Scheme { .. } = object {
            return self.ask_about(key, object, Opcode::Fevent, ((0, 0), Direction::In), [flags, 0]);
        }
        Ok(Done::Value((self.readiness(description) & wanted).bits()))
    }

    /// Asks the server of a file; the kernel's own files are no directories.
    fn ask_about(
        &mut self,
        key: ThreadKey,
        object: Object,
        opcode: Opcode,
        (buffer, direction): ((u64, u64), Direction),
        [first, second]: [u64; 2],
    ) -> Served {
        let Object::Scheme { scheme, handle, .. } = object else {
            return Err(Errno::ENOTDIR);
        };
        let words = [first, second, 0, 0, 0, 0, 0, 0];
        self.request(key, Request { scheme, handle, opcode, buffer, direction, words, after: After::Plain })
    }
}
