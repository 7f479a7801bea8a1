//! VM_TIMESTAMP and VM_ENTRY: the target's address map.
//!
//! Decides how a walk proceeds and ends. Neighbours: `kernel` (region, region_file). FreeBSD: sys_process.c
//! (ptrace_vm_entry); specification section 4.

use proc_abi::vm_entry::VmEntry;
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::turn::Turn;

/// Most bytes of a path, with its NUL.
const PATH_SIZE: usize = 1024;
const NO_FILE: i64 = -1;
const NO_FILE_SYSTEM: u32 = u32::MAX;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn map_timestamp(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let group = self.live(at.pid)?.group;
        Ok(low_half(self.kernel.group_information(group)?.map_timestamp))
    }

    pub(super) fn map_entry(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let mut entry = VmEntry::default();
        self.argument(arguments, asked.address, entry.as_mut_bytes())?;
        let at = self.admitted(asked)?;
        let group = self.live(at.pid)?.group;
        let index = u64::try_from(entry.entry).unwrap_or(0);
        let count = u64::from(self.kernel.group_information(group)?.regions);
        if index >= count {
            return Err(if index == count { Errno::ENOENT } else { Errno::EINVAL });
        }
        let region = self.kernel.region(group, index)?;
        let room = usize::try_from(entry.pathlen).unwrap_or(usize::MAX);
        let mut told = VmEntry {
            entry: i32::try_from(index.saturating_add(1)).unwrap_or(i32::MAX),
            timestamp: low_half(region.timestamp),
            start: region.start,
            end: region.end.wrapping_sub(1),
            offset: region.offset,
            prot: region.protection,
            fileid: NO_FILE,
            fsid: NO_FILE_SYSTEM,
            pad: 0,
            ..entry
        };
        if room != 0 {
            told.pathlen = 0;
            let mut path = [0; PATH_SIZE];
            if let Some(name) = self.kernel.region_file(&region, &mut path) {
                let length = name.length.checked_add(1).ok_or(Errno::ENAMETOOLONG)?;
                if length > room || length > PATH_SIZE {
                    return Err(Errno::ENAMETOOLONG);
                }
                if let Some(end) = path.get_mut(name.length) {
                    *end = 0;
                }
                self.give(arguments, entry.path, path.get(..length).unwrap_or_default())?;
                told.pathlen = u32::try_from(length).map_err(|_| Errno::ENAMETOOLONG)?;
                told.fileid = name.file.cast_signed();
                told.fsid = name.file_system;
            }
        }
        self.give(arguments, asked.address, told.as_bytes())?;
        Ok(0)
    }
}

/// FreeBSD's counters are 32 bits wide.
fn low_half(counter: u64) -> i32 {
    (counter & u64::from(u32::MAX)) as u32 as i32
}
