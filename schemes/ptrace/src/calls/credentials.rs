//! Calls that change who a process is.
//!
//! Decides the set*id family's rules on top of `credentials::Ids`, and what follows a change: P_SUGID, the kernel's badge,
//! and every session of the process judged again. FreeBSD: kern_prot.c (sys_setuid, sys_setresuid, setsugid and so on).

use alloc::vec::Vec;

use proc_abi::id::Pid;
use proc_abi::status::GROUPS_MAX;
use zerocopy::IntoBytes;

use super::{low, low_unsigned, number};
use crate::credentials::{IdChange, Ids};
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::turn::{ProcessCall, Turn};

/// The id that leaves things as they are.
const UNCHANGED: u32 = u32::MAX;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn set_users(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let credentials = &self.live(at.pid)?.credentials;
        let privileged = credentials.is_privileged();
        let before = credentials.user;
        let change = id_change(before, call, privileged);
        let after = before.changed(change, privileged)?;
        if let Some(process) = self.process_mut(at.pid) {
            process.credentials.user = after;
        }
        self.identity_changed(at.pid, before != after);
        Ok(())
    }

    pub(super) fn set_groups_ids(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let credentials = &self.live(at.pid)?.credentials;
        let privileged = credentials.is_privileged();
        let before = credentials.group;
        let change = id_change(before, call, privileged);
        let after = before.changed(change, privileged)?;
        if let Some(process) = self.process_mut(at.pid) {
            process.credentials.group = after;
        }
        self.identity_changed(at.pid, before != after);
        Ok(())
    }

    pub(super) fn setgroups(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        if !self.live(at.pid)?.credentials.is_privileged() {
            return Err(Errno::EPERM);
        }
        let count = usize::try_from(low(call.arguments[0])).map_err(|_| Errno::EINVAL)?;
        let mut list = [0_u32; GROUPS_MAX];
        let wanted = list.get_mut(..count).ok_or(Errno::EINVAL)?;
        self.kernel.copy_in(call.tag, call.arguments[1], wanted.as_mut_bytes())?;
        let mut groups = Vec::new();
        groups.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
        groups.extend_from_slice(wanted);
        if let Some(process) = self.process_mut(at.pid) {
            process.credentials.groups = groups;
        }
        self.identity_changed(at.pid, true);
        Ok(())
    }

    /// Follows a change of credentials: remembered until exec, told to the kernel, judged for every session.
    fn identity_changed(&mut self, pid: Pid, changed: bool) {
        if !changed {
            return;
        }
        if let Some(process) = self.process_mut(pid) {
            process.flags.insert(Flags::SUGID);
        }
        self.identify(pid);
        self.judge_sessions(pid);
    }
}

/// What a call of the family asks for; its number says which.
fn id_change(ids: Ids, call: &ProcessCall, privileged: bool) -> IdChange {
    let [first, second, third] = [0, 1, 2].map(|index: usize| {
        let raw = call.arguments.get(index).copied().map_or(UNCHANGED, low_unsigned);
        (raw != UNCHANGED).then_some(raw)
    });
    match call.number {
        // POSIX: all three ids with privilege, else the effective one; -1 is an id like any other nobody has.
        number::SETUID | number::SETGID if privileged => {
            let id = Some(low_unsigned(call.arguments[0]));
            IdChange { real: id, effective: id, saved: id }
        }
        number::SETUID | number::SETGID | number::SETEUID | number::SETEGID => {
            IdChange { effective: Some(low_unsigned(call.arguments[0])), ..IdChange::default() }
        }
        number::SETREUID | number::SETREGID => ids.re_change(first, second),
        _ => IdChange { real: first, effective: second, saved: third },
    }
}
