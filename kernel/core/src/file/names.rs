//! UNLINKAT and FRENAME: changes of names, which the servers of schemes carry out.
//!
//! Decides that the kernel's own names are fixed and that a file cannot move to another server. Neighbours: `open` (what a
//! path leads to), `request`. FreeBSD: vfs_syscalls.c (kern_funlinkat, kern_renameat).

use kernel_abi::redox::flag::AT_REMOVEDIR;
use kernel_abi::redox::schemev2::Opcode;

use super::Object;
use super::open::Place;
use crate::Core;
use crate::call::Served;
use crate::errno::Errno;
use crate::pending::{After, Direction};
use crate::request::Request;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

impl<M: Machine> Core<M> {
    /// UNLINKAT(directory, path, length, flags): removes a name; with AT_REMOVEDIR that of a directory.
    pub(crate) fn unlink_call(&mut self, key: ThreadKey, directory: usize, path: (u64, u64), flags: usize) -> Served {
        if flags & !AT_REMOVEDIR != 0 {
            return Err(Errno::EINVAL);
        }
        let (scheme, handle, buffer) = self.name_of(key, directory, path)?;
        self.change_names(key, (scheme, handle), Opcode::UnlinkAt, buffer, flags as u64)
    }

    /// FRENAME(descriptor, path, length): the name by which the file was opened becomes this absolute path.
    pub(crate) fn rename_call(&mut self, key: ThreadKey, descriptor: usize, path: (u64, u64)) -> Served {
        let Object::Scheme { scheme, handle, .. } = self.object_of(key, descriptor)? else {
            return Err(Errno::EROFS);
        };
        let (target, _, buffer) = self.name_of(key, kernel_abi::NAMESPACE, path)?;
        if target != scheme {
            return Err(Errno::EXDEV);
        }
        self.change_names(key, (scheme, handle), Opcode::Frename, buffer, 0)
    }

    /// The server of a path, what the rest is relative to, and where in the caller's memory the rest lies.
    fn name_of(
        &mut self,
        key: ThreadKey,
        directory: usize,
        path: (u64, u64),
    ) -> Result<(SchemeKey, u64, (u64, u64)), Errno> {
        let bytes = self.read_path(key, path)?;
        let text = core::str::from_utf8(&bytes).map_err(|_| Errno::EINVAL)?;
        match self.resolve(key, directory, text)? {
            Place::Kernel(..) => Err(Errno::EROFS),
            Place::Server(scheme, handle, rest) => {
                let skipped = text.len().saturating_sub(rest.len()) as u64;
                Ok((scheme, handle, (path.0.saturating_add(skipped), rest.len() as u64)))
            }
        }
    }

    fn change_names(
        &mut self,
        key: ThreadKey,
        (scheme, handle): (SchemeKey, u64),
        opcode: Opcode,
        buffer: (u64, u64),
        word: u64,
    ) -> Served {
        let words = [word, 0, 0, 0, 0, 0, 0, 0];
        let direction = Direction::In;
        self.request(key, Request { scheme, handle, opcode, buffer, direction, words, after: After::Plain })
    }
}
