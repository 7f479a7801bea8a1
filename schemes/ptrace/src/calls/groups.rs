//! Process groups and sessions.
//!
//! Decides getpgrp, getpgid, setpgid, getsid and setsid. Neighbours: `family` knows which groups are orphaned, `calls::kill`
//! sends to groups. FreeBSD: kern_prot.c (sys_setpgid, sys_setsid and so on); there is no login name and no terminal here.

use proc_abi::id::Pid;

use super::{low, number};
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::turn::{ProcessCall, Turn};

impl<K: Kernel> Turn<'_, K> {
    pub(crate) fn process_groups(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<u64> {
        let [first, second, ..] = call.arguments;
        match call.number {
            number::GETPGRP => Ok(unsigned(self.live(at.pid)?.process_group)),
            number::GETPGID => Ok(unsigned(self.named(at.pid, low(first))?.process_group)),
            number::GETSID => Ok(unsigned(self.named(at.pid, low(first))?.session)),
            number::SETPGID => self.setpgid(at.pid, low(first), low(second)),
            number::SETSID => self.setsid(at.pid),
            _ => Err(Errno::ENOSYS),
        }
    }

    /// The process that an argument names: 0 is the caller's.
    fn named(&self, caller: Pid, raw: i32) -> Result<&Process> {
        let pid = if raw == 0 { caller } else { Pid::new(raw).ok_or(Errno::ESRCH)? };
        self.live(pid)
    }

    /// Checks in FreeBSD's order: number, child or self, session, exec, leader, group.
    fn setpgid(&mut self, caller: Pid, target: i32, group: i32) -> Result<u64> {
        if group < 0 {
            return Err(Errno::EINVAL);
        }
        let own_session = self.live(caller)?.session;
        let process = self.named(caller, target)?;
        if process.pid != caller {
            if process.real_parent != Some(caller) {
                return Err(Errno::ESRCH);
            }
            if process.session != own_session {
                return Err(Errno::EPERM);
            }
            if process.is(Flags::EXECED) {
                return Err(Errno::EACCES);
            }
        }
        if process.session == process.pid.raw() {
            return Err(Errno::EPERM);
        }
        let pid = process.pid;
        let group = if group == 0 { pid.raw() } else { group };
        if group != pid.raw() && !self.group_exists(group, own_session) {
            return Err(Errno::EPERM);
        }
        if let Some(process) = self.process_mut(pid) {
            process.process_group = group;
        }
        Ok(0)
    }

    fn group_exists(&self, group: i32, session: i32) -> bool {
        let mut members = self.table.pids().iter().filter_map(|pid| self.process(*pid));
        members.any(|process| process.process_group == group && process.session == session)
    }

    fn setsid(&mut self, caller: Pid) -> Result<u64> {
        let own = caller.raw();
        let mut all = self.table.pids().iter().filter_map(|pid| self.process(*pid));
        if all.any(|process| process.process_group == own) {
            return Err(Errno::EPERM);
        }
        if let Some(process) = self.process_mut(caller) {
            process.process_group = own;
            process.session = own;
        }
        Ok(unsigned(own))
    }
}

fn unsigned(id: i32) -> u64 {
    u64::from(id.unsigned_abs())
}
