//! Orphaned process groups: groups that nobody is left to continue.
//!
//! Decides which groups are orphaned and what happens when one becomes so (FreeBSD kern_proc.c: fixjobc, orphanpg; there it
//! is a count, here it is looked up). Main methods: `is_orphaned_group`, `hang_up_if_orphaned`. Neighbours: `exit` is how a
//! group loses its last tie, `send` and `scan` throw a terminal's stop signals away in such a group.

use proc_abi::id::Pid;
use proc_abi::siginfo::SI_KERNEL;
use proc_abi::signal::{SIGCONT, SIGHUP};

use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::queue::Queued;
use crate::table::Processes;
use crate::turn::Turn;

impl Processes {
    /// No member of the process group has its real parent in another group of the same session (FreeBSD pg_jobc == 0).
    pub(crate) fn is_orphaned_group(&self, group: i32) -> bool {
        !self.pids().iter().filter_map(|pid| self.get(*pid)).any(|member| self.ties(member, group))
    }

    fn ties(&self, member: &Process, group: i32) -> bool {
        if member.process_group != group || !member.is_alive() {
            return false;
        }
        let parent = member.real_parent.and_then(|pid| self.get(pid));
        parent.is_some_and(|parent| parent.session == member.session && parent.process_group != group)
    }
}

impl<K: Kernel> Turn<'_, K> {
    /// The process group that this process keeps from being orphaned; it may be so when the process has changed.
    pub(crate) fn kept_group(&self, pid: Pid) -> Option<i32> {
        let process = self.process(pid)?;
        self.table.ties(process, process.process_group).then_some(process.process_group)
    }

    /// Stopped members of a group that has just been orphaned are hung up and continued: nobody else would continue them.
    pub(crate) fn hang_up_if_orphaned(&mut self, kept: Option<i32>) {
        let Some(group) = kept.filter(|group| self.table.is_orphaned_group(*group)) else { return };
        let members = || self.table.pids().iter().filter_map(|pid| self.process(*pid));
        let stopped = |member: &Process| member.is(Flags::STOPPED_SIG) && !member.is(Flags::STOPPED_TRACE);
        if !members().any(|member| member.process_group == group && stopped(member)) {
            return;
        }
        let mut index = 0_usize;
        while let Some(member) = self.table.pids().get(index).copied() {
            index = index.saturating_add(1);
            if self.process(member).is_some_and(|process| process.process_group == group) {
                for signal in [SIGHUP, SIGCONT] {
                    let _never_refused = self.send(member, Queued::new(signal, SI_KERNEL));
                }
            }
        }
    }
}
