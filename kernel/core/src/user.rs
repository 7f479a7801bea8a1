//! From a thread to what it uses: its group, its space, its descriptors, its memory.
//!
//! Decides nothing: look-ups shared by the calls, and copies of small structures. Neighbours: every call; `memory::walk`.

use crate::Core;
use crate::errno::Errno;
use crate::file::{DescriptionKey, Object};
use crate::group::GroupKey;
use crate::memory::{Accessor, SpaceKey};
use crate::seam::Machine;
use crate::thread::ThreadKey;

impl<M: Machine> Core<M> {
    /// The thread's group.
    pub(crate) fn group_of(&self, key: ThreadKey) -> Option<GroupKey> {
        Some(self.threads.get(key)?.group)
    }

    /// The space the thread runs in.
    pub(crate) fn space_of(&self, key: ThreadKey) -> Option<SpaceKey> {
        self.groups.get(self.group_of(key)?)?.space
    }

    /// The open file that a descriptor of the thread's group names.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn description_of(&self, key: ThreadKey, descriptor: usize) -> Result<DescriptionKey, Errno> {
        let group = self.group_of(key).and_then(|group| self.groups.get(group)).ok_or(Errno::EBADF)?;
        Ok(group.table.get(descriptor)?.description)
    }

    /// What that open file is.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn object_of(&self, key: ThreadKey, descriptor: usize) -> Result<Object, Errno> {
        let description = self.description_of(key, descriptor)?;
        self.descriptions.get(description).map(|entry| entry.object).ok_or(Errno::EBADF)
    }

    /// Copies bytes out of a program's memory, all or EFAULT.
    ///
    /// # Errors
    /// EFAULT; ENOMEM if a page could not be filled in.
    #[inline]
    pub(crate) fn copy_in(&mut self, space: SpaceKey, address: u64, into: &mut [u8]) -> Result<(), Errno> {
        self.memory
            .read(&mut self.machine, space, address, into, Accessor::Program)
            .map_err(|short| short_errno(short.kind))
    }

    /// Copies bytes into a program's memory, all or EFAULT (what lies before the hole may be written).
    ///
    /// # Errors
    /// EFAULT; ENOMEM if a page could not be filled in.
    #[inline]
    pub(crate) fn copy_out(&mut self, space: SpaceKey, address: u64, from: &[u8]) -> Result<(), Errno> {
        self.memory
            .write(&mut self.machine, space, address, from, Accessor::Program)
            .map_err(|short| short_errno(short.kind))
    }
}

/// What a hole in a program's buffer means for its call.
pub(crate) fn short_errno(kind: kernel_abi::stop::FaultKind) -> Errno {
    match kind {
        kernel_abi::stop::FaultKind::NoMemory => Errno::ENOMEM,
        _ => Errno::EFAULT,
    }
}
