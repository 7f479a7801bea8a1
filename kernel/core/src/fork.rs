//! Fork: a child group with a copy of the parent's table and frame at once, and of its space by a kernel job.
//!
//! Decides that the parent does not run while its space is copied (reason COPYING) and that a failed copy leaves the parent
//! as it was. Main type: [`Copying`]. Neighbours: `socket` (the verb), `birth`, `memory::fork`, `teardown` (runs the job).

use kernel_abi::registers::RFLAGS_TF;
use kernel_abi::stop::Reasons;
use kernel_abi::verb::{ForkFlags, Forked};

use crate::Core;
use crate::birth::NewThread;
use crate::errno::Errno;
use crate::file::DescriptorTable;
use crate::group::GroupKey;
use crate::inbox::{Item, Node};
use crate::memory::{Budget, ForkJob, Progress, SpaceKey};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// A copy in progress.
#[derive(Debug)]
pub(crate) struct Copying {
    job: ForkJob,
    parent: GroupKey,
    child: GroupKey,
    server: SchemeKey,
    cookie: u64,
    node: Node,
}

/// No scheme has this key.
const NOBODY: SchemeKey = SchemeKey::from_raw(0);

impl<M: Machine> Core<M> {
    /// SocketVerb::Fork.
    ///
    /// # Errors
    /// ENOMEM, ENFILE, ESRCH; nothing is left of the child then.
    pub(crate) fn fork(&mut self, parent: ThreadKey, flags: ForkFlags, cookie: u64) -> Result<Forked, Errno> {
        let parent_key = self.threads.get(parent).ok_or(Errno::ESRCH)?.group;
        let group = self.groups.get(parent_key).ok_or(Errno::ESRCH)?;
        if group.reasons.contains(Reasons::COPYING) {
            return Err(Errno::EBUSY);
        }
        let (space, priority) = (group.space.ok_or(Errno::ESRCH)?, group.priority);
        let share = flags.contains(ForkFlags::SHARE_SPACE);
        let child_space = self.child_space(space, share)?;
        let child = self.fork_group(parent_key, child_space, priority).inspect_err(|_| {
            self.memory.release_space(child_space);
            self.reap_soon();
        })?;
        let made = self.fork_thread(parent, child).and_then(|thread| {
            if !share {
                self.start_copy((parent_key, child), (space, child_space), cookie)?;
            }
            Ok(Forked { group: child.raw(), thread: thread.raw() })
        });
        made.inspect_err(|_| self.discard_group(child))
    }

    /// Ends a group that its server has not heard of: nobody is told.
    fn discard_group(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get_mut(key) {
            group.server = NOBODY;
        }
        self.kill_group(key);
    }

    /// The child's space: the parent's own, or a new one that a job fills.
    fn child_space(&mut self, parent: SpaceKey, share: bool) -> Result<SpaceKey, Errno> {
        if share {
            self.memory.retain_space(parent);
            return Ok(parent);
        }
        Ok(self.memory.create_space(&mut self.machine)?)
    }

    fn fork_group(&mut self, parent: GroupKey, space: SpaceKey, priority: u8) -> Result<GroupKey, Errno> {
        let group = self.groups.get(parent).ok_or(Errno::ESRCH)?;
        let server = group.server;
        let table = group.table.duplicate()?;
        let saturated = |descriptor: &crate::file::Descriptor| {
            let references = self.descriptions.get(descriptor.description).map_or(0, |entry| entry.references);
            references > u32::MAX / 2
        };
        if table.iter().any(saturated) {
            return Err(Errno::ENFILE);
        }
        let child = self.create_group(server, space, DescriptorTable::default(), priority)?;
        for descriptor in table.iter() {
            if let Some(entry) = self.descriptions.get_mut(descriptor.description) {
                entry.references = entry.references.saturating_add(1);
            }
        }
        let (process, view) = self.groups.get(parent).map(|group| (group.process, group.view)).unwrap_or_default();
        if let Some(group) = self.groups.get_mut(child) {
            group.table = table;
            group.process = process;
            group.view = view;
        }
        Ok(child)
    }

    /// The child's thread: the parent's frame as fork returns it, and its extended state.
    fn fork_thread(&mut self, parent: ThreadKey, child: GroupKey) -> Result<ThreadKey, Errno> {
        let context = &self.threads.get(parent).ok_or(Errno::ESRCH)?.context;
        let mut registers = context.registers;
        (registers.rax, registers.rdx) = (0, 1);
        registers.rflags &= !RFLAGS_TF;
        let (bases, extended) = ((context.fs_base, context.gs_base), context.extended);
        let latched = self.threads.get(parent).map(|thread| thread.latched).unwrap_or_default();
        let new = NewThread { group: child, registers, bases, reasons: Reasons::NOT_STARTED };
        let key = self.create_thread(new)?;
        self.machine.save_extended(extended);
        if let Some(thread) = self.threads.get_mut(key) {
            thread.latched = latched;
            let own = thread.context.extended;
            self.machine.copy((extended, 0), (own, 0), crate::seam::PAGE_SIZE);
            self.machine.forget_extended(own);
        }
        Ok(key)
    }

    /// Hands the copy to the job loop. Neither side runs before it is over.
    fn start_copy(
        &mut self,
        (parent, child): (GroupKey, GroupKey),
        spaces: (SpaceKey, SpaceKey),
        cookie: u64,
    ) -> Result<(), Errno> {
        self.jobs.reserve(self.groups.len())?;
        let server = self.groups.get(parent).ok_or(Errno::ESRCH)?.server;
        let node = self.nodes.reserve()?;
        for key in [parent, child] {
            if let Some(group) = self.groups.get_mut(key) {
                group.reasons |= Reasons::COPYING;
            }
        }
        self.scheduler.reschedule = true;
        let job = ForkJob::new(&mut self.memory, spaces.0, spaces.1);
        self.jobs.begin_copy(Copying { job, parent, child, server, cookie, node });
        Ok(())
    }

    /// One step of a copy; at the end the parent may run again and the server hears how it went. A child whose space is
    /// not whole never runs.
    pub(crate) fn copy_step(&mut self, mut copying: Copying) {
        let errno = match copying.job.step(&mut self.memory, &mut self.machine, &mut Budget::call()) {
            Ok(Progress::More) => {
                self.jobs.go_on_copying(copying);
                return;
            }
            Ok(Progress::Done) => {
                self.continue_group(copying.child, Reasons::COPYING, 0);
                0
            }
            Err(_) => Errno::ENOMEM.0,
        };
        self.jobs.end_copy();
        self.continue_group(copying.parent, Reasons::COPYING, 0);
        let item = Item::Job { cookie: copying.cookie, errno };
        self.deliver_owned(copying.server, copying.node, item);
    }
}
