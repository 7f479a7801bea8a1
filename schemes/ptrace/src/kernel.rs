//! What the state machine asks of the kernel on the way to a decision: reads, writes and creations that can fail.
//!
//! Decides the seam between this crate and the server: whatever cannot fail is an [`crate::Effect`] instead, so a turn that
//! is refused has changed nothing here. Main trait: [`Kernel`]. Neighbours: `proc` implements it by socket verbs, host
//! tests by a model. No call of it blocks: each is one kernel entry.

use kernel_abi::registers::RegisterSet;
use kernel_abi::verb::{ForkFlags, Forked, GroupInformation, RegionInformation, ThreadInformation, ThreadStart};
use proc_abi::id::Pid;
use proc_abi::lwpinfo::NAME_SIZE;

use crate::core_dump::Helper;
use crate::errno::Result;
use crate::id::{KernelGroup, KernelThread, Tag};

/// The kernel, as far as one process server may ask it.
pub trait Kernel {
    /// Fills `into` from the caller's memory; EFAULT unless all of it can be read.
    ///
    /// # Errors
    /// EFAULT; ESRCH if the call is gone.
    fn copy_in(&mut self, tag: Tag, address: u64, into: &mut [u8]) -> Result<()>;

    /// Writes `from` to the caller's memory; EFAULT unless all of it can be written.
    ///
    /// # Errors
    /// EFAULT; ESRCH if the call is gone.
    fn copy_out(&mut self, tag: Tag, address: u64, from: &[u8]) -> Result<()>;

    /// Fills `into` from a group's memory, short at a hole.
    ///
    /// # Errors
    /// EFAULT if nothing can be read, ENOMEM.
    fn read_memory(&mut self, group: KernelGroup, address: u64, into: &mut [u8]) -> Result<usize>;

    /// Writes to a group's memory as a debugger does, short at a hole.
    ///
    /// # Errors
    /// EFAULT if nothing can be written, ENOMEM.
    fn write_memory(&mut self, group: KernelGroup, address: u64, from: &[u8]) -> Result<usize>;

    /// Fills `into` with a register set of a thread that does not run; gives the set's size.
    ///
    /// # Errors
    /// EBUSY while it runs, ESRCH, EOPNOTSUPP if the machine lacks the set.
    fn get_registers(&mut self, thread: KernelThread, set: RegisterSet, into: &mut [u8]) -> Result<usize>;

    /// Validates a register set, then sets it as a whole.
    ///
    /// # Errors
    /// EINVAL, EBUSY while the thread runs, ESRCH.
    fn set_registers(&mut self, thread: KernelThread, set: RegisterSet, from: &[u8]) -> Result<()>;

    /// Makes a call that the kernel serves for a thread that does not run; its raw result.
    ///
    /// # Errors
    /// EINVAL for a call that cannot be made so, EBUSY for a thread in a call, ESRCH.
    fn remote_call(&mut self, thread: KernelThread, number: usize, arguments: [u64; 6]) -> Result<u64>;

    /// Components of the extended state that the machine has enabled (XCR0).
    fn extended_mask(&mut self) -> u64;

    /// Makes a copy of a thread in a new group, held by NOT_STARTED; unless the space is shared a Job message with this
    /// cookie tells when the copy is complete.
    ///
    /// # Errors
    /// ENOMEM, ENFILE; EBUSY while another copy of the same group is made.
    fn fork(&mut self, parent: KernelThread, flags: ForkFlags, cookie: u32) -> Result<Forked>;

    /// Makes a thread in a group, held by NOT_STARTED.
    ///
    /// # Errors
    /// EINVAL for addresses no thread may have, ENOMEM.
    fn create_thread(&mut self, group: KernelGroup, start: &ThreadStart) -> Result<KernelThread>;

    /// What the kernel knows of a thread.
    ///
    /// # Errors
    /// ESRCH.
    fn thread_information(&mut self, thread: KernelThread) -> Result<ThreadInformation>;

    /// What the kernel knows of a group.
    ///
    /// # Errors
    /// ESRCH.
    fn group_information(&mut self, group: KernelGroup) -> Result<GroupInformation>;

    /// One region of a group's address map.
    ///
    /// # Errors
    /// ENOENT past the last.
    fn region(&mut self, group: KernelGroup, index: u64) -> Result<RegionInformation>;

    /// Which file a region maps: fills `path` as far as it goes. None if nobody can name it.
    fn region_file(&mut self, region: &RegionInformation, path: &mut [u8]) -> Option<FileName>;

    /// Makes the loader group of an execve, its thread held by NOT_STARTED, with the caller's namespace and descriptors it
    /// needs, and the three arguments of the call where the loader finds them.
    ///
    /// # Errors
    /// Any errno of execve that is known before the file is opened.
    fn start_loader(&mut self, caller: &LoaderRequest) -> Result<Loader>;

    /// Makes the helper group of a core dump, its thread held by NOT_STARTED, with a copy of the tracer's open file.
    ///
    /// # Errors
    /// EBADF, ENOMEM; nothing is left then.
    fn start_dumper(&mut self, tracer: KernelGroup, descriptor: u32, target: Pid) -> Result<Helper>;

    /// What the open file is that a loader built an image from.
    ///
    /// # Errors
    /// EBADF and what Identify gives.
    fn identify_image(&mut self, loader: KernelGroup, descriptor: u64) -> Result<Image>;
}

/// Which file a region maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileName {
    /// Bytes of its path, also if it did not fit.
    pub length: usize,
    /// Its number in its file system.
    pub file: u64,
    /// Its file system.
    pub file_system: u32,
}

/// For whom a loader is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoaderRequest {
    /// The caller's pending execve.
    pub tag: Tag,
    /// Its group.
    pub group: KernelGroup,
    /// Its thread.
    pub thread: KernelThread,
    /// Addresses of path, argument vector and environment vector.
    pub arguments: [u64; 3],
}

/// The loader of an execve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Loader {
    /// Its group.
    pub group: KernelGroup,
    /// Its thread.
    pub thread: KernelThread,
    /// Where the loader itself lies, address and length; unmapped when the image takes over.
    pub range: (u64, u64),
}

/// What the server knows of an executable file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Owner to run as, if the file is of the sealed image and says so.
    pub set_user: Option<u32>,
    /// Group to run as, likewise.
    pub set_group: Option<u32>,
    /// Last part of its path, NUL-terminated.
    pub name: [u8; NAME_SIZE],
}
