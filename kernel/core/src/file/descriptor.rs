//! CLOSE, DUP_INTO and FCNTL: calls on descriptors more than on what they name.
//!
//! Decides what is shared between copies of a descriptor (all but close-on-exec) and which files have named duplicates:
//! a pipe its other end, a handle on a target one that can only read.
//! Neighbours: `table`, `install`, `pipe` (its second end), `request` (named duplicates of a scheme's files).

use kernel_abi::redox::flag::{F_DUPFD, F_GETFD, F_GETFL, F_SETFD, F_SETFL, O_ACCMODE, O_FCNTL_MASK, O_RDONLY};
use kernel_abi::redox::schemev2::Opcode;

use super::table::TABLE_LIMIT;
use super::{DescriptionKey, Descriptor, Object, pipe};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::pending::{After, Direction};
use crate::request::Request;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Name of the second end of a pipe.
const PEER: &[u8] = b"peer";
/// Name of a handle on the same target that can only read.
const READ: &[u8] = b"read";

impl<M: Machine> Core<M> {
    /// CLOSE(descriptor).
    pub(crate) fn close_call(&mut self, key: ThreadKey, descriptor: usize) -> Served {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let taken = self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table.take(descriptor)?;
        self.release_description(taken.description);
        Ok(Done::Value(0))
    }

    /// DUP_INTO(descriptor, target, name): without a name the same open file, else another one of its kind.
    pub(crate) fn dup_call(&mut self, key: ThreadKey, descriptor: usize, target: usize, name: (u64, u64)) -> Served {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let (description, entry) = self.file_of(key, descriptor)?;
        let (object, flags) = (entry.object, entry.flags);
        if name.1 == 0 {
            return self.dup_same((group, descriptor), target, description).map(Done::Value);
        }
        match object {
            Object::Scheme { scheme, handle, .. } => {
                self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table.reserve(target)?;
                let (opcode, direction, after) = (Opcode::Dup, Direction::In, After::Open { target, flags });
                self.request(key, Request { scheme, handle, opcode, buffer: name, direction, words: [0; 8], after })
            }
            Object::Pipe(end) => {
                self.check_name(key, name, PEER)?;
                self.dup_peer((group, target), end, flags)
            }
            Object::Target(handle) => {
                self.check_name(key, name, READ)?;
                let reader = Object::Target(handle.reader().ok_or(Errno::EBADF)?);
                self.install(group, target, reader, flags & !O_ACCMODE | O_RDONLY).map(Done::Value)
            }
            Object::Socket(_)
            | Object::Events(_)
            | Object::Memory(_)
            | Object::Timer(_)
            | Object::Serial(_)
            | Object::Log
            | Object::System(_) => Err(Errno::EINVAL),
        }
    }

    /// The same open file at another number; what is open there is closed, as dup2 does.
    fn dup_same(
        &mut self,
        (group, descriptor): (GroupKey, usize),
        target: usize,
        description: DescriptionKey,
    ) -> Result<usize, Errno> {
        if target == descriptor {
            return Ok(descriptor);
        }
        self.retain_description(description)?;
        let table = &mut self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table;
        let before = table.take(target).ok();
        match table.reserve(target) {
            Ok(index) => {
                table.fill(index, Descriptor { description, close_on_exec: false });
                before.into_iter().for_each(|old| self.release_description(old.description));
                Ok(index)
            }
            Err(errno) => {
                // A number that was taken can be reserved, so nothing was closed here.
                self.release_description(description);
                Err(errno)
            }
        }
    }

    /// The one name that a duplicate of this kind can have; all are four letters long.
    fn check_name(&mut self, key: ThreadKey, name: (u64, u64), wanted: &[u8]) -> Result<(), Errno> {
        let mut bytes = [0; PEER.len()];
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        if name.1 != PEER.len() as u64 {
            return Err(Errno::EINVAL);
        }
        self.copy_in(space, name.0, &mut bytes)?;
        if bytes == wanted { Ok(()) } else { Err(Errno::EINVAL) }
    }

    fn dup_peer(&mut self, (group, target): (GroupKey, usize), end: pipe::End, flags: usize) -> Served {
        let peer = self.make_peer(end)?;
        let installed = self.install(group, target, peer, flags).inspect_err(|_| self.unmake_peer(end));
        installed.map(Done::Value)
    }

    /// FCNTL(descriptor, command, argument).
    pub(crate) fn fcntl_call(&mut self, key: ThreadKey, descriptor: usize, command: usize, argument: usize) -> Served {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let (description, entry) = self.file_of(key, descriptor)?;
        let (object, flags) = (entry.object, entry.flags);
        let table = &mut self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table;
        match command {
            F_GETFD => {
                let on = table.get(descriptor)?.close_on_exec;
                Ok(Done::Value(if on { kernel_abi::FD_CLOEXEC } else { 0 }))
            }
            F_SETFD => {
                table.set_close_on_exec(descriptor, argument & kernel_abi::FD_CLOEXEC != 0)?;
                Ok(Done::Value(0))
            }
            F_GETFL => Ok(Done::Value(flags)),
            F_SETFL => {
                if let Some(entry) = self.descriptions.get_mut(description) {
                    entry.flags = (flags & !O_FCNTL_MASK) | (argument & O_FCNTL_MASK);
                }
                Ok(Done::Value(0))
            }
            F_DUPFD if argument >= TABLE_LIMIT => Err(Errno::EINVAL),
            F_DUPFD => {
                let index = table.reserve_from(argument)?;
                self.retain_description(description)?;
                if let Some(group) = self.groups.get_mut(group) {
                    group.table.fill(index, Descriptor { description, close_on_exec: false });
                }
                Ok(Done::Value(index))
            }
            _ => self.forward_fcntl(key, object, command, argument),
        }
    }

    fn forward_fcntl(&mut self, key: ThreadKey, object: Object, command: usize, argument: usize) -> Served {
        let Object::Scheme { scheme, handle, .. } = object else {
            return Err(Errno::EINVAL);
        };
        let words = [command as u64, argument as u64, 0, 0, 0, 0, 0, 0];
        let (opcode, direction, after) = (Opcode::Fcntl, Direction::In, After::Plain);
        self.request(key, Request { scheme, handle, opcode, buffer: (0, 0), direction, words, after })
    }
}
