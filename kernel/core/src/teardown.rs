//! The end of threads and groups, and the kernel jobs that release what they had, a bounded piece at a time.
//!
//! Decides that death needs no allocation and no server: nodes, job slots and reports were reserved at birth. Main types:
//! [`Jobs`], [`Job`]. Neighbours: `birth`, `fork` (the other job), `memory` (reap), `session` (bonds of a dead tracer).

use alloc::collections::VecDeque;

use crate::Core;
use crate::fork::Copying;
use crate::group::GroupKey;
use crate::inbox::Item;
use crate::memory::{Budget, OutOfMemory, Progress};
use crate::seam::Machine;
use crate::thread::{Due, Resume, State, ThreadKey};

/// Descriptors closed in one step.
const CLOSES: usize = 64;

/// Work of the kernel's own that is done in steps between user code.
#[derive(Debug)]
pub(crate) enum Job {
    /// A group without threads: close its descriptors, give up its space, say that it is dead.
    Group(GroupKey),
    /// The copy of a space for fork.
    Copy(Copying),
}

/// The jobs, in turn.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    queue: VecDeque<Job>,
    /// Spaces or objects without references wait to be freed.
    reaping: bool,
}

impl Jobs {
    /// Makes room for `count` jobs in all.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self, count: usize) -> Result<(), OutOfMemory> {
        let missing = count.saturating_sub(self.queue.len());
        self.queue.try_reserve(missing).map_err(|_| OutOfMemory)
    }

    /// Adds a job in room that was reserved.
    pub(crate) fn push(&mut self, job: Job) {
        self.queue.push_back(job);
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
            None => {}
        }
    }

    /// Something lost its last reference: memory is freed by the next steps.
    pub(crate) fn reap_soon(&mut self) {
        self.jobs.reaping = true;
    }

    /// KILL with a report: the thread dies when it next could run, telling its server first if that is armed.
    pub(crate) fn retire_thread(&mut self, key: ThreadKey) {
        self.abandon(key);
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        thread.outcome = None;
        thread.note = None;
        thread.report = None;
        thread.due = Due { retire: Some(1), ..Due::default() };
        self.unlink_report(key);
        if let Some(thread) = self.threads.get_mut(key) {
            thread.state = State::Waiting;
        }
        self.make_ready(key, Resume::User);
    }

    /// The thread is gone at once.
    pub(crate) fn kill_thread(&mut self, key: ThreadKey) {
        self.abandon(key);
        self.unlink_report(key);
        let Some(thread) = self.threads.remove(key) else {
            return;
        };
        if self.current == Some(key) {
            self.current = None;
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
        group.threads.retain(|other| *other != key);
        let last = group.threads.is_empty();
        let (server, badge, status) = (group.server, group.badge, group.status);
        let item = Item::ThreadDead { thread: key, group: group_key, badge, status };
        self.deliver_owned(server, thread.nodes.death, item);
        if last {
            self.jobs.push(Job::Group(group_key));
        }
    }

    fn unlink_report(&mut self, key: ThreadKey) {
        let Some(thread) = self.threads.get(key) else {
            return;
        };
        let Some(server) = self.groups.get(thread.group).map(|group| group.server) else {
            return;
        };
        if let Some(scheme) = self.schemes.get_mut(server) {
            self.nodes.unlink(thread.nodes.report, &mut scheme.queue);
        }
    }

    /// All threads of the group are gone at once; a group that never had one is released, too.
    pub(crate) fn kill_group(&mut self, key: GroupKey) {
        let Some(group) = self.groups.get(key) else {
            return;
        };
        if group.threads.is_empty() {
            if group.space.is_some() {
                self.jobs.push(Job::Group(key));
            }
            return;
        }
        while let Some(thread) = self.groups.get(key).and_then(|group| group.threads.last().copied()) {
            self.kill_thread(thread);
        }
    }

    /// One step of a dead group's release.
    fn release_group(&mut self, key: GroupKey) {
        for _ in 0..CLOSES {
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
        let item = Item::GroupDead { group: key, badge: group.badge, status: group.status };
        self.deliver_owned(group.server, group.nodes.death, item);
    }
}
