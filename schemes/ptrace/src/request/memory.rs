//! READ_I, READ_D, WRITE_I, WRITE_D and IO: the target's memory.
//!
//! Decides sizes and errno; the kernel does the walk and the private copies. Neighbours: `kernel` (read_memory,
//! write_memory). FreeBSD: sys_process.c (proc_rwmem, PT_READ_I, PT_IO); specification sections 4 and 4.1.

use proc_abi::io::{IoDescriptor, IoOperation};
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::id::KernelGroup;
use crate::kernel::Kernel;
use crate::turn::Turn;

/// Bytes moved at a time through the server's own buffer.
const CHUNK: usize = 4096;
/// Most bytes moved by one request, so that nobody keeps the server busy; the caller is told how many.
const LIMIT: u64 = 16 << 20;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn read_word(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let group = self.live(at.pid)?.group;
        let mut word = 0_i32;
        match self.kernel.read_memory(group, asked.address, word.as_mut_bytes()) {
            Ok(count) if count == size_of::<i32>() => Ok(word),
            // Any shortfall, whatever its reason (FreeBSD: proc_rwmem's caller turns it into ENOMEM).
            _ => Err(Errno::ENOMEM),
        }
    }

    pub(super) fn write_word(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let group = self.live(at.pid)?.group;
        match self.kernel.write_memory(group, asked.address, asked.data.as_bytes()) {
            Ok(count) if count == size_of::<i32>() => Ok(0),
            _ => Err(Errno::ENOMEM),
        }
    }

    pub(super) fn transfer(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let mut descriptor = IoDescriptor::default();
        self.argument(arguments, asked.address, descriptor.as_mut_bytes())?;
        let at = self.admitted(asked)?;
        let operation = IoOperation::from_raw(descriptor.op).ok_or(Errno::EINVAL)?;
        let group = self.live(at.pid)?.group;
        if descriptor.len > i64::MAX.unsigned_abs() {
            return Err(Errno::EINVAL);
        }
        let wanted = descriptor.len.min(LIMIT);
        let mut moved = 0_u64;
        if wanted == 0 {
            self.touch(group, descriptor.offs)?;
        }
        while moved < wanted {
            let count = usize::try_from(wanted.saturating_sub(moved)).unwrap_or(CHUNK).min(CHUNK);
            let theirs = descriptor.offs.checked_add(moved).ok_or(Errno::EFAULT)?;
            let ours = descriptor.addr.checked_add(moved).ok_or(Errno::EFAULT)?;
            match operation {
                IoOperation::ReadD | IoOperation::ReadI => self.read_chunk(group, theirs, arguments, ours, count)?,
                IoOperation::WriteD | IoOperation::WriteI => self.write_chunk(group, theirs, arguments, ours, count)?,
            }
            moved = moved.saturating_add(count as u64);
        }
        let told = IoDescriptor { len: moved, ..descriptor };
        self.give(arguments, asked.address, told.as_bytes())?;
        Ok(0)
    }

    /// A transfer of nothing still needs its first page.
    fn touch(&mut self, group: KernelGroup, address: u64) -> Result<()> {
        let mut byte = [0];
        self.kernel.read_memory(group, address, &mut byte).and_then(|count| whole(count, 1))
    }

    fn read_chunk(
        &mut self,
        group: KernelGroup,
        theirs: u64,
        arguments: &mut Arguments<'_>,
        ours: u64,
        count: usize,
    ) -> Result<()> {
        let mut buffer = [0; CHUNK];
        let chunk = buffer.get_mut(..count).ok_or(Errno::EINVAL)?;
        whole(self.kernel.read_memory(group, theirs, chunk)?, count)?;
        self.give(arguments, ours, chunk)
    }

    fn write_chunk(
        &mut self,
        group: KernelGroup,
        theirs: u64,
        arguments: &Arguments<'_>,
        ours: u64,
        count: usize,
    ) -> Result<()> {
        let mut buffer = [0; CHUNK];
        let chunk = buffer.get_mut(..count).ok_or(Errno::EINVAL)?;
        self.argument(arguments, ours, chunk)?;
        whole(self.kernel.write_memory(group, theirs, chunk)?, count)
    }
}

fn whole(count: usize, wanted: usize) -> Result<()> {
    if count == wanted { Ok(()) } else { Err(Errno::EFAULT) }
}
