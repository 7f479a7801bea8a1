//! Calls that tell who a process is.
//!
//! Decides getpid, getppid and the get*id family. Neighbours: the kernel answers getpid and getppid by itself from what
//! `notice::identify` told it; the server still can. FreeBSD: kern_prot.c.

use proc_abi::status::GROUPS_MAX;
use zerocopy::IntoBytes;

use super::{low, number};
use crate::credentials::Ids;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::turn::{ProcessCall, Turn};

impl<K: Kernel> Turn<'_, K> {
    pub(crate) fn identity(&self, at: ThreadRef, called: u32) -> Result<u64> {
        let process = self.live(at.pid)?;
        let credentials = &process.credentials;
        Ok(match called {
            number::GETPID => u64::from(at.pid.raw().unsigned_abs()),
            number::GETPPID => process.real_parent.map_or(0, |parent| u64::from(parent.raw().unsigned_abs())),
            number::GETUID => u64::from(credentials.user.real),
            number::GETEUID => u64::from(credentials.user.effective),
            number::GETGID => u64::from(credentials.group.real),
            number::GETEGID => u64::from(credentials.group.effective),
            _ => return Err(Errno::ENOSYS),
        })
    }

    pub(super) fn identity_out(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<u64> {
        let credentials = &self.live(at.pid)?.credentials;
        let (user, group) = (credentials.user, credentials.group);
        match call.number {
            number::GETRESUID => self.copy_ids(call, user),
            number::GETRESGID => self.copy_ids(call, group),
            number::GETGROUPS => self.getgroups(at, call),
            _ => Err(Errno::ENOSYS),
        }
    }

    fn copy_ids(&mut self, call: &ProcessCall, ids: Ids) -> Result<u64> {
        for (address, id) in call.arguments.iter().zip([ids.real, ids.effective, ids.saved]) {
            if *address != 0 {
                self.kernel.copy_out(call.tag, *address, id.as_bytes())?;
            }
        }
        Ok(0)
    }

    /// getgroups(count, list): a count of 0 asks how many there are.
    fn getgroups(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<u64> {
        let groups = &self.live(at.pid)?.credentials.groups;
        let count = groups.len();
        let mut list = [0_u32; GROUPS_MAX];
        for (into, from) in list.iter_mut().zip(groups) {
            *into = *from;
        }
        let room = low(call.arguments[0]);
        if room == 0 {
            return Ok(count as u64);
        }
        if usize::try_from(room).map_or(true, |room| room < count) {
            return Err(Errno::EINVAL);
        }
        let bytes = list.get(..count).unwrap_or_default().as_bytes();
        self.kernel.copy_out(call.tag, call.arguments[1], bytes)?;
        Ok(count as u64)
    }
}
