//! The loaders of execves under way: for whom each one works.
//!
//! Decides lookups alone. Main type: [`Processes`]. Neighbours: `exec` (the protocol), `kernel` starts loaders, `core_dump` keeps
//! the helpers of its own.

use proc_abi::id::Pid;

use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, KernelThread};
use crate::kernel::Loader;
use crate::table::Processes;

impl Processes {
    pub(crate) fn reserve_loader(&mut self) -> Result<()> {
        self.loaders.try_reserve(1).map_err(|_| Errno::ENOMEM)
    }

    /// Adds the loader of a process's execve; room was reserved.
    pub(crate) fn add_loader(&mut self, loader: Loader, pid: Pid) {
        self.loaders.push((loader, pid));
    }

    /// Forgets a loader; true if there was one.
    pub(crate) fn remove_loader(&mut self, group: KernelGroup) -> bool {
        let before = self.loaders.len();
        self.loaders.retain(|(loader, _)| loader.group != group);
        self.loaders.len() != before
    }

    /// For whom this thread loads an image.
    pub(crate) fn loader_of_thread(&self, thread: KernelThread) -> Option<Pid> {
        self.loaders.iter().find(|(loader, _)| loader.thread == thread).map(|(_, pid)| *pid)
    }

    /// For whom this group loads an image.
    pub(crate) fn loader_of_group(&self, group: KernelGroup) -> Option<Pid> {
        self.loaders.iter().find(|(loader, _)| loader.group == group).map(|(_, pid)| *pid)
    }
}
