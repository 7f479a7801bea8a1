//! The end of threads and groups, and the kernel jobs that release what they had, a bounded piece at a time.
//!
//! Decides that death needs no allocation and no server: nodes, job slots and reports were reserved at birth. Main types:
//! [`Jobs`], [`Job`]. Neighbours: `birth`, `fork` (the other job), `memory` (reap), `session` (bonds of a dead tracer).

use alloc::collections::VecDeque;

use crate::Core;
use crate::change::Changing;
use crate::errno::Errno;
use crate::exec::Closing;
use crate::fork::Copying;
use crate::group::GroupKey;
use crate::inbox::Item;
use crate::memory::{Budget, OutOfMemory, Progress};
use crate::seam::Machine;
use crate::thread::{Due, Phase, Resume, ThreadKey};
use kernel_abi::stop::Reasons;

/// Threads ended and descriptors closed in one entry.
const RELEASES: usize = 64;

/// Work of the kernel's own that is done in steps between user code.
#[derive(Debug)]
pub(crate) enum Job {
    /// A group whose threads are gone or do not run any more: end them, close its descriptors, give up its space, say that it
    /// is dead.
    Group(GroupKey),
    /// The copy of a space for fork.
    Copy(Copying),
    /// A long change of what is mapped.
    Change(Changing),
    /// The rest of the descriptors that an exec closes.
    Close(Closing),
}

/// The jobs, in turn.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    queue: VecDeque<Job>,
    /// Copies under way. They can outlive both groups.
    copies: usize,
    /// Changes under way. They can outlive their group.
    changes: usize,
    /// Spaces or objects without references wait to be freed.
    reaping: bool,
}

impl Jobs {
    /// Makes room for the release of `groups` groups, the copies and changes under way and one more.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self, groups: usize) -> Result<(), OutOfMemory> {
        let wanted = groups.saturating_add(self.copies).saturating_add(self.changes).saturating_add(1);
        let missing = wanted.saturating_sub(self.queue.len());
        self.queue.try_reserve(missing).map_err(|_| OutOfMemory)
    }

    /// Adds a job in room that was reserved.
    fn push(&mut self, job: Job) {
        self.queue.push_back(job);
    }

    /// Adds a new copy in room that was reserved.
    pub(crate) fn begin_copy(&mut self, copying: Copying) {
        self.copies = self.copies.saturating_add(1);
        self.push(Job::Copy(copying));
    }

    /// Another step of a copy.
    pub(crate) fn go_on_copying(&mut self, copying: Copying) {
        self.push(Job::Copy(copying));
    }

    /// A copy is over.
    pub(crate) fn end_copy(&mut self) {
        self.copies = self.copies.saturating_sub(1);
    }

    /// Adds a new change in room that was reserved.
    pub(crate) fn begin_change(&mut self, changing: Changing) {
        self.changes = self.changes.saturating_add(1);
        self.push(Job::Change(changing));
    }

    /// Another step of a change.
    pub(crate) fn go_on_changing(&mut self, changing: Changing) {
        self.push(Job::Change(changing));
    }

    /// Adds a new pass over a table in room that was reserved; it counts as a change.
    pub(crate) fn begin_closing(&mut self, closing: Closing) {
        self.changes = self.changes.saturating_add(1);
        self.push(Job::Close(closing));
    }

    /// Another step of a pass.
    pub(crate) fn go_on_closing(&mut self, closing: Closing) {
        self.push(Job::Close(closing));
    }

    /// A change is over.
    pub(crate) fn end_change(&mut self) {
        self.changes = self.changes.saturating_sub(1);
    }

    /// Something is left to do.
    pub(crate) fn is_pending(&self) -> bool {
        self.reaping || !self.queue.is_empty()
    }
}

impl<M: Machine> Core<M> {
    /// One step of one job.
    pub(crate) fn run_job(&mut self) {
        self.jobs.reaping = self.memory.reap(&mut self.machine, &mut Budget::call()) == Progress::More;
        match self.jobs.queue.pop_front() {
            Some(Job::Group(group)) => self.release_group(group),
            Some(Job::Copy(copying)) => self.copy_step(copying),
            Some(Job::Change(changing)) => self.changing_step(changing),
            Some(Job::Close(closing)) => self.closing_step(closing),
            None => {}
        }
    }

    /// Something lost its last reference: memory is freed by the next steps.
    pub(crate) fn reap_soon(&mut self) {
        self.jobs.reaping = true;
    }

    /// KILL with a report: the thread dies when it next could run, telling its server first if that is armed. Ordered again
    /// it changes nothing, so that the end is reported once.
    pub(crate) fn retire_thread(&mut self, key: ThreadKey) {
        if self.threads.get(key).is_some_and(|thread| thread.due.retire.is_some()) {
            return;
        }
        self.abandon(key);
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        // The body of a call that is parked at its entry stop is not run any more.
        thread.phase = Phase::User;
        thread.outcome = None;
        thread.note = None;
        thread.report = None;
        thread.due = Due { retire: Some(1), ..Due::default() };
        self.unlink_report(key);
        self.make_ready(key, Resume::User);
    }

    /// The thread is gone at once.
    pub(crate) fn kill_thread(&mut self, key: ThreadKey) {
        self.abandon(key);
        self.unlink_report(key);
        let Some(thread) = self.threads.remove(key) else {
            return;
        };
        if self.scheduler.current == Some(key) {
            self.scheduler.current = None;
        }
        self.machine.forget_extended(thread.context.extended);
        self.memory.frames.release(thread.context.extended);
        self.nodes.give(thread.nodes.call);
        self.nodes.give(thread.nodes.cancel);
        self.nodes.give(thread.nodes.report);
        let group_key = thread.group;
        let Some(group) = self.groups.get_mut(group_key) else {
            self.nodes.give(thread.nodes.death);
            return;
        };
        if let Some(place) = group.threads.iter().rposition(|other| *other == key) {
            group.threads.remove(place);
        }
        let last = group.threads.is_empty();
        let (server, badge, status) = (group.server, group.badge, group.status);
        let item = Item::ThreadDead { thread: key, group: group_key, badge, status };
        self.deliver_owned(server, thread.nodes.death, item);
        if last {
            self.begin_release(group_key);
        }
    }

    /// A group whose threads are gone, or do not run any more, is released, once.
    fn begin_release(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get_mut(key).filter(|group| !group.dying) {
            group.dying = true;
            self.end_run(key, Errno::ESRCH);
            self.jobs.push(Job::Group(key));
        }
    }

    fn unlink_report(&mut self, key: ThreadKey) {
        let group = self.threads.get(key).map(|thread| thread.group);
        if let Some(server) = group.and_then(|group| self.groups.get(group)).map(|group| group.server) {
            self.unlink_node(server, |nodes| nodes.report, key);
        }
    }

    /// The group ends: none of its threads runs again, and they are gone at once or, if they are many, by the steps of its
    /// release. A group that never had one is released, too.
    pub(crate) fn kill_group(&mut self, key: GroupKey) {
        // Whoever is in the middle of a call is not there for what comes after it.
        if let Some(current) = self.scheduler.current.filter(|current| self.group_of(*current) == Some(key)) {
            self.kill_thread(current);
        }
        self.kill_some(key);
        if let Some(group) = self.groups.get_mut(key).filter(|group| !group.threads.is_empty()) {
            group.reasons |= Reasons::DYING;
            self.scheduler.reschedule = true;
        }
        self.begin_release(key);
    }

    /// Ends threads of a group, the newest first; how many more releases there may be in this entry.
    fn kill_some(&mut self, key: GroupKey) -> usize {
        let mut left = RELEASES;
        while left > 0
            && let Some(thread) = self.groups.get(key).and_then(|group| group.threads.last().copied())
        {
            self.kill_thread(thread);
            left = left.saturating_sub(1);
        }
        left
    }

    /// One step of a dead group's release.
    fn release_group(&mut self, key: GroupKey) {
        for _ in 0..self.kill_some(key) {
            let Some(group) = self.groups.get_mut(key) else {
                return;
            };
            match group.table.take_last() {
                Some(descriptor) => self.release_description(descriptor.description),
                None => {
                    self.forget_group(key);
                    return;
                }
            }
        }
        self.jobs.push(Job::Group(key));
    }

    /// Everything is closed: the space goes, bonds fire, the server hears of it.
    fn forget_group(&mut self, key: GroupKey) {
        self.end_sessions_of(key);
        let Some(group) = self.groups.remove(key) else {
            return;
        };
        if let Some(space) = group.space {
            self.memory.release_space(space);
            self.reap_soon();
        }
        self.nodes.give(group.nodes.stopped);
        self.nodes.give(group.nodes.run);
        let item = Item::GroupDead { group: key, badge: group.badge, status: group.status };
        self.deliver_owned(group.server, group.nodes.death, item);
    }
}

#[cfg(test)]
impl Jobs {
    /// Copies under way.
    pub(crate) const fn copies(&self) -> usize {
        self.copies
    }
}
