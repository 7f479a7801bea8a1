//! What the server asks of the kernel: the socket's verbs, loading of the loader, and the time.
//!
//! Decides the one seam between the server and the machine. Main trait: [`Verbs`]; main type: [`Refusal`]. Neighbours:
//! `socket` in the binary implements it by system calls, the host tests by a model. No call of it waits for anybody but
//! [`Verbs::batch`], which waits for messages.

use kernel_abi::descriptor::DescriptorInformation;
use kernel_abi::message::Slot;
use kernel_abi::registers::RegisterSet;
use kernel_abi::verb::{ForkFlags, Forked, GroupInformation, RegionInformation, ThreadInformation, ThreadStart};
use ptrace::{Errno, Result};
use runtime::socket::Orders;

/// Why a batch was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error.
    pub errno: Errno,
    /// Index of the effect that was refused; `None` if the batch as a whole was, or if only receiving failed.
    pub effect: Option<usize>,
}

/// Whether a batch waits for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until one arrives.
    Yes,
    /// Not at all.
    No,
}

/// The kernel and the boot image, as the server uses them. Names are the kernel's raw ones.
pub trait Verbs {
    /// Performs all effects or none, then receives into `inbox`; how many messages.
    ///
    /// # Errors
    /// What was refused; nothing was done then.
    fn batch(&mut self, orders: &Orders<'_>, inbox: &mut [Slot], wait: Wait) -> core::result::Result<usize, Refusal>;

    /// Fills `into` from a pending call's buffer at an offset, or memory at an address for process calls; how much.
    ///
    /// # Errors
    /// EFAULT, ESRCH.
    fn copy_in(&mut self, tag: u64, offset: u64, into: &mut [u8]) -> Result<usize>;

    /// The way back, all or nothing.
    ///
    /// # Errors
    /// EFAULT, ESRCH.
    fn copy_out(&mut self, tag: u64, offset: u64, from: &[u8]) -> Result<()>;

    /// Reads a group's memory, short at a hole.
    ///
    /// # Errors
    /// EFAULT, ENOMEM, ESRCH.
    fn read_memory(&mut self, group: u64, address: u64, into: &mut [u8]) -> Result<usize>;

    /// Writes a group's memory as a debugger does, short at a hole.
    ///
    /// # Errors
    /// EFAULT, ENOMEM, ESRCH.
    fn write_memory(&mut self, group: u64, address: u64, from: &[u8]) -> Result<usize>;

    /// Reads a register set of a thread that does not run; its size.
    ///
    /// # Errors
    /// EBUSY, ESRCH, EOPNOTSUPP.
    fn get_registers(&mut self, thread: u64, set: RegisterSet, into: &mut [u8]) -> Result<usize>;

    /// Sets a register set, checked as a whole.
    ///
    /// # Errors
    /// EINVAL, EBUSY, ESRCH.
    fn set_registers(&mut self, thread: u64, set: RegisterSet, from: &[u8]) -> Result<()>;

    /// Components of the extended state that the machine has enabled (XCR0).
    fn extended_mask(&mut self) -> u64;

    /// Copies a thread into a new group.
    ///
    /// # Errors
    /// ENOMEM, ENFILE, EBUSY, ESRCH.
    fn fork(&mut self, parent: u64, flags: ForkFlags, cookie: u32) -> Result<Forked>;

    /// Makes an empty group for processes that sees the names that `namesake` sees, or all.
    ///
    /// # Errors
    /// ENOMEM.
    fn create_group(&mut self, namesake: Option<u64>) -> Result<u64>;

    /// Makes a thread, held by NOT_STARTED.
    ///
    /// # Errors
    /// EINVAL, ENOMEM, ESRCH.
    fn create_thread(&mut self, group: u64, start: &ThreadStart) -> Result<u64>;

    /// Puts the loader into an empty group and makes its thread, held by NOT_STARTED; the thread. The group is to be killed
    /// if this fails.
    ///
    /// # Errors
    /// ENOMEM, E2BIG, ENOEXEC for a loader that is none.
    fn load_loader(&mut self, group: u64, what: &LoaderInput<'_>) -> Result<u64>;

    /// Makes a call for a thread that does not run; its raw result.
    ///
    /// # Errors
    /// EINVAL, EBUSY, ESRCH.
    fn remote_call(&mut self, thread: u64, number: usize, arguments: [u64; 6]) -> Result<u64>;

    /// Puts an open file of a group's table into another group's, at this descriptor.
    ///
    /// # Errors
    /// EBADF, ENOMEM, ESRCH.
    fn lend(&mut self, group: u64, source: u64, descriptor: u64, target: u64) -> Result<()>;

    /// Puts the helper of core dumps into an empty group and makes its thread, held by NOT_STARTED; the thread. The group is to
    /// be killed if this fails.
    ///
    /// # Errors
    /// ENOMEM, ENOEXEC for a helper that is none.
    fn load_dumper(&mut self, group: u64, target: u64) -> Result<u64>;

    /// What the kernel knows of a thread.
    ///
    /// # Errors
    /// ESRCH.
    fn thread_information(&mut self, thread: u64) -> Result<ThreadInformation>;

    /// What the kernel knows of a group.
    ///
    /// # Errors
    /// ESRCH.
    fn group_information(&mut self, group: u64) -> Result<GroupInformation>;

    /// One region of a group's address map.
    ///
    /// # Errors
    /// ENOENT past the last, ESRCH.
    fn region(&mut self, group: u64, index: u64) -> Result<RegionInformation>;

    /// The first open descriptor of a group from a number on.
    ///
    /// # Errors
    /// ENOENT past the last, ESRCH.
    fn descriptor(&mut self, group: u64, from: u64) -> Result<DescriptorInformation>;

    /// Puts the kernel's own handle on a target (`ObjectKind`, thread or group, session, rights) into a group's table.
    ///
    /// # Errors
    /// EINVAL, ENOMEM, ESRCH.
    fn grant_object(&mut self, group: u64, object: [u64; 4], descriptor: u32) -> Result<()>;

    /// The scheme and the server's number of an open file in a group's table.
    ///
    /// # Errors
    /// EBADF, ESRCH.
    fn identify(&mut self, group: u64, descriptor: u64) -> Result<(u64, u64)>;

    /// Nanoseconds since boot.
    fn now(&mut self) -> u64;

    /// Writes a line to the kernel's log.
    fn log(&mut self, line: core::fmt::Arguments<'_>);
}

/// What a loader is to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoaderInput<'a> {
    /// This path, with its last part as the only argument and no environment.
    Path(&'a str),
    /// What execve was given.
    Memory {
        /// The loader's descriptor of a handle on the caller's memory.
        descriptor: u32,
        /// Addresses there of path, argument list and environment list.
        addresses: [u64; 3],
    },
}
