//! GET_CHILDREN: the processes that a process waits for, and those that it made and somebody else traces.
//!
//! Decides the order (children, then orphans, newest first each) and the flags. The target need not be traced: a debugger
//! looks for its own tracees by it. Neighbours: `family` keeps the lists, `proc_abi::child` has the layout. FreeBSD: its
//! newest sys_process.c has the request; truss(1) uses it.

use proc_abi::child::{Child, ChildFlags};
use proc_abi::id::Pid;
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::family::List;
use crate::kernel::Kernel;
use crate::process::{Flags, Life};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// With no room it only counts.
    pub(super) fn list_children(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let size = usize::try_from(asked.data).map_err(|_| Errno::EINVAL)?;
        let count = self.children_of(at.pid).count();
        if size != 0 && size.checked_div(size_of::<Child>()).is_none_or(|room| room < count) {
            return Err(Errno::ENOMEM);
        }
        let told = if size == 0 { 0 } else { count };
        let mut address = asked.address;
        for index in 0..told {
            let Some((pid, list)) = self.children_of(at.pid).nth(index) else { break };
            let child = Child { pid: pid.raw(), flags: self.child_flags(asked.caller.pid, pid, list).bits() };
            self.give(arguments, address, child.as_bytes())?;
            address = address.checked_add(size_of::<Child>() as u64).ok_or(Errno::EFAULT)?;
        }
        i32::try_from(count).map_err(|_| Errno::EINVAL)
    }

    /// Those that can be found; one that is still being copied is nobody's yet.
    fn children_of(&self, pid: Pid) -> impl Iterator<Item = (Pid, List)> {
        let born = |(child, _): &(Pid, List)| self.process(*child).is_some_and(|child| child.life != Life::New);
        self.chain(pid, List::Children).chain(self.chain(pid, List::Orphans)).filter(born)
    }

    fn chain(&self, head: Pid, list: List) -> impl Iterator<Item = (Pid, List)> {
        let first = self.process(head).and_then(|process| process.links.first(list));
        let next = move |pid: &Pid| self.process(*pid).and_then(|process| process.links.next(list));
        core::iter::successors(first, next).map(move |pid| (pid, list))
    }

    fn child_flags(&self, caller: Pid, child: Pid, list: List) -> ChildFlags {
        let mut flags = ChildFlags::empty();
        flags.set(ChildFlags::ORPHAN, list == List::Orphans);
        let Some(process) = self.process(child) else { return flags };
        let traced = process.is(Flags::TRACED);
        flags.set(ChildFlags::TRACED, traced);
        flags.set(ChildFlags::TRACED_BY_ME, traced && process.parent == Some(caller));
        flags.set(ChildFlags::EXITED, process.zombie().is_some());
        flags
    }
}
