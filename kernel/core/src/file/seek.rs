//! LSEEK: where the next read or write of a file begins.
//!
//! Decides which files have an offset and its range (0 to 2^63 - 1). Neighbours: `description` (moves offsets), `reply` (the
//! size that SEEK_END on a server's file needs).

use kernel_abi::encode_result;
use kernel_abi::redox::flag::{SEEK_CUR, SEEK_END, SEEK_SET};
use kernel_abi::redox::schemev2::Opcode;

use super::{DescriptionKey, Object};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::pending::{After, Direction, Outcome};
use crate::request::Request;
use crate::seam::Machine;
use crate::thread::ThreadKey;

impl<M: Machine> Core<M> {
    /// LSEEK(descriptor, displacement, whence).
    pub(crate) fn seek_call(&mut self, key: ThreadKey, descriptor: usize, displacement: u64, whence: usize) -> Served {
        let (description, entry) = self.file_of(key, descriptor)?;
        let (object, offset) = (entry.object, entry.offset);
        let size = match object {
            Object::Memory(object) => Some(self.memory_length(object)),
            Object::Scheme { positioned: true, .. } | Object::System(_) | Object::Target(_) => None,
            Object::Scheme { positioned: false, .. }
            | Object::Socket(_)
            | Object::Pipe(_)
            | Object::Events(_)
            | Object::Timer(_)
            | Object::Serial(_)
            | Object::Log => return Err(Errno::ESPIPE),
        };
        let displacement = displacement.cast_signed();
        let base = match (whence, size, object) {
            (SEEK_SET, _, _) => 0,
            (SEEK_CUR, _, _) => offset,
            (SEEK_END, Some(size), _) => size,
            (SEEK_END, None, Object::Scheme { scheme, handle, .. }) => {
                self.retain_description(description)?;
                let after = After::Seek { description, displacement };
                let (opcode, direction) = (Opcode::Fsize, Direction::In);
                let request = Request { scheme, handle, opcode, buffer: (0, 0), direction, words: [0; 8], after };
                return self.request(key, request).inspect_err(|_| self.drop_follow_up(after));
            }
            _ => return Err(Errno::EINVAL),
        };
        self.seek(description, base, displacement).map(Done::Value)
    }

    /// The server said how long the file is.
    pub(crate) fn finish_seek(&mut self, description: DescriptionKey, displacement: i64, size: u64) -> Outcome {
        let sought = self.seek(description, size, displacement);
        self.release_description(description);
        Outcome::Result(encode_result(sought.map_err(|errno| errno.0)))
    }

    fn seek(&mut self, description: DescriptionKey, base: u64, displacement: i64) -> Result<usize, Errno> {
        let offset = base.checked_add_signed(displacement).filter(|offset| i64::try_from(*offset).is_ok());
        let offset = offset.ok_or(Errno::EINVAL)?;
        self.descriptions.get_mut(description).ok_or(Errno::EBADF)?.offset = offset;
        Ok(offset as usize)
    }
}
