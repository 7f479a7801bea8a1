//! What only a socket with process authority may ask: memory and registers of threads, groups, forks, descriptors.
//!
//! Decides nothing: each function is one verb of `kernel_abi::verb` with its payload typed. Kernel ids of threads and
//! groups are plain numbers here, as in messages. Neighbours: boot and the process server.

use super::Socket;
use crate::error::{Error, Result};
use crate::file::File;
use alloc::vec::Vec;
use kernel_abi::descriptor::DescriptorInformation;
use kernel_abi::registers::RegisterSet;
use kernel_abi::verb::{
    ForkFlags, Forked, GroupInformation, Lend, MapRequest, RegionInformation, RemoteCall, SocketVerb,
    ThreadInformation, ThreadStart,
};
use zerocopy::{FromZeros, IntoBytes};

impl Socket {
    /// Reads a group's memory as a debugger does; short at a hole.
    ///
    /// # Errors
    /// EFAULT if nothing could be read, ESRCH.
    pub fn read_memory(&self, group: u64, address: u64, into: &mut [u8]) -> Result<usize> {
        self.verb(SocketVerb::ReadMemory, group, address, into)
    }

    /// Writes a group's memory as a debugger does, making private copies; short at a hole.
    ///
    /// # Errors
    /// EFAULT if nothing could be written, ESRCH, ENOMEM.
    pub fn write_memory(&self, group: u64, address: u64, from: &[u8]) -> Result<usize> {
        self.verb_reading(SocketVerb::WriteMemory, group, address, from)
    }

    /// Reads a register set of a parked thread; gives its length.
    ///
    /// # Errors
    /// EBUSY while the thread runs, ESRCH.
    pub fn registers(&self, thread: u64, set: RegisterSet, into: &mut [u8]) -> Result<usize> {
        self.verb(SocketVerb::GetRegisters, thread, set as u64, into)
    }

    /// Sets a register set of a parked thread, as a whole.
    ///
    /// # Errors
    /// EINVAL for values that may not be, EBUSY, ESRCH.
    pub fn set_registers(&self, thread: u64, set: RegisterSet, from: &[u8]) -> Result<()> {
        self.verb_reading(SocketVerb::SetRegisters, thread, set as u64, from).map(drop)
    }

    /// Makes an empty group that reports to this socket and sees the names that `namesake` sees, or all.
    ///
    /// # Errors
    /// ENOMEM; ESRCH for another's group.
    pub fn create_group(&self, namesake: Option<u64>, priority: u64) -> Result<u64> {
        self.verb(SocketVerb::CreateGroup, namesake.unwrap_or(0), priority, &mut []).map(|group| group as u64)
    }

    /// Makes a thread, which does not run until NOT_STARTED is released.
    ///
    /// # Errors
    /// ENOMEM, ESRCH; EINVAL for an entry or stack outside user space.
    pub fn create_thread(&self, group: u64, start: &ThreadStart) -> Result<u64> {
        self.verb_reading(SocketVerb::CreateThread, group, 0, start.as_bytes()).map(|thread| thread as u64)
    }

    /// Copies the group of a parked thread; `cookie` comes back in the Job message.
    ///
    /// # Errors
    /// ENOMEM, ESRCH, EBUSY.
    pub fn fork(&self, parent: u64, flags: ForkFlags, cookie: u32) -> Result<Forked> {
        let mut forked = Forked::new_zeroed();
        let second = flags.bits() | u64::from(cookie).wrapping_shl(32);
        self.verb(SocketVerb::Fork, parent, second, forked.as_mut_bytes())?;
        Ok(forked)
    }

    /// Maps memory into a group.
    ///
    /// # Errors
    /// EEXIST where something is mapped already, EINVAL, ENOMEM, ESRCH, EBADF.
    pub fn map(&self, group: u64, request: &MapRequest) -> Result<()> {
        self.verb_reading(SocketVerb::Map, group, 0, request.as_bytes()).map(drop)
    }

    /// Copies a descriptor into a group's table at the number `target`.
    ///
    /// # Errors
    /// EBADF, ESRCH, ENOMEM.
    pub fn grant(&self, group: u64, file: &File, target: u32) -> Result<()> {
        let own = u32::try_from(file.descriptor()).map_err(|_| Error::EBADF)?;
        let second = u64::from(own) | u64::from(target).wrapping_shl(32);
        self.verb(SocketVerb::Grant, group, second, &mut []).map(drop)
    }

    /// Puts an open file of another group's table into a group's table at the number `target`.
    ///
    /// # Errors
    /// EBADF, ESRCH, ENOMEM.
    pub fn lend(&self, group: u64, source: u64, descriptor: u64, target: u64) -> Result<()> {
        let lend = Lend { source, descriptor, target, reserved: 0 };
        self.verb_reading(SocketVerb::Lend, group, 0, lend.as_bytes()).map(drop)
    }

    /// Puts the kernel's own handle on a target into a group's table at the number `target`: kind, thread or group,
    /// session, rights, as effect ReplyObject has them.
    ///
    /// # Errors
    /// EINVAL, ESRCH, ENOMEM.
    pub fn grant_object(&self, group: u64, object: [u64; 4], target: u32) -> Result<()> {
        self.verb_reading(SocketVerb::GrantObject, group, target.into(), object.as_bytes()).map(drop)
    }

    /// Makes a call for a thread that does not run; its raw result.
    ///
    /// # Errors
    /// EINVAL for a call that cannot be made so, EBUSY, ESRCH.
    pub fn remote_call(&self, thread: u64, number: usize, arguments: [u64; 6]) -> Result<u64> {
        let mut call = RemoteCall { number: number as u64, arguments, result: 0 };
        self.verb(SocketVerb::Remote, thread, 0, call.as_mut_bytes())?;
        Ok(call.result)
    }

    /// What a thread does.
    ///
    /// # Errors
    /// ESRCH.
    pub fn thread_information(&self, thread: u64) -> Result<ThreadInformation> {
        let mut information = ThreadInformation::new_zeroed();
        self.verb(SocketVerb::ThreadInformation, thread, 0, information.as_mut_bytes())?;
        Ok(information)
    }

    /// What a group has.
    ///
    /// # Errors
    /// ESRCH.
    pub fn group_information(&self, group: u64) -> Result<GroupInformation> {
        let mut information = GroupInformation::new_zeroed();
        self.verb(SocketVerb::GroupInformation, group, 0, information.as_mut_bytes())?;
        Ok(information)
    }

    /// A region of a group's address space, by its index in the order of addresses.
    ///
    /// # Errors
    /// ENOENT at the end, ESRCH.
    pub fn region(&self, group: u64, index: u64) -> Result<RegionInformation> {
        let mut information = RegionInformation::new_zeroed();
        self.verb(SocketVerb::Region, group, index, information.as_mut_bytes())?;
        Ok(information)
    }

    /// All regions of a group's address space.
    ///
    /// # Errors
    /// ESRCH, ENOMEM.
    pub fn regions(&self, group: u64) -> Result<Vec<RegionInformation>> {
        let mut regions = Vec::new();
        loop {
            match self.region(group, regions.len() as u64) {
                Ok(region) => {
                    regions.try_reserve(1)?;
                    regions.push(region);
                }
                Err(Error::ENOENT) => return Ok(regions),
                Err(error) => return Err(error),
            }
        }
    }

    /// The first open descriptor of a group from a number on.
    ///
    /// # Errors
    /// ENOENT at the end, ESRCH.
    pub fn descriptor(&self, group: u64, from: u64) -> Result<DescriptorInformation> {
        let mut information = DescriptorInformation::new_zeroed();
        self.verb(SocketVerb::Descriptor, group, from, information.as_mut_bytes())?;
        Ok(information)
    }

    /// What a descriptor of a group names: the scheme's id and the server's number of the open file.
    ///
    /// # Errors
    /// EBADF, ESRCH.
    pub fn identify(&self, group: u64, descriptor: u64) -> Result<(u64, u64)> {
        let mut words = [0_u64; 2];
        self.verb(SocketVerb::Identify, group, descriptor, words.as_mut_bytes())?;
        let [scheme, number] = words;
        Ok((scheme, number))
    }
}
