//! Long changes of a map: FUNMAP, MPROTECT and FMAP over what is mapped, a bounded number of pages in an entry.
//!
//! Decides what goes on when a change is longer than one entry may be, and who sees how much of it. Main types: [`Change`],
//! [`Changing`]. Neighbours: `map` (the calls), `memory` (each step), `teardown` (runs the job), docs/pending-calls.md.
//!
//! The first step is done in the call. What is left is a job of the kernel, and until it is over no thread of the group runs
//! (reason CHANGING), as if the change were one: FreeBSD's vm_map.c keeps others away by the map's lock. Stops, holds and
//! signals do not delay it, so a sibling never waits for a thread that a debugger holds. A debugger that reads memory
//! meanwhile finds the front of the range changed. A group that dies takes what is left with it.

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::memory::{Budget, Mapped, NewRegion, ObjectKey, PageRange, Placement, Protection, Source, SpaceKey};
use crate::pending::{Outcome, Pending, Wait};
use crate::seam::Machine;
use crate::thread::ThreadKey;
use kernel_abi::stop::Reasons;

/// What is left to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// Nothing is mapped there any more.
    Unmap(PageRange),
    /// The pages get another protection.
    Protect(PageRange, Protection),
    /// What is in the way of a region goes, then the region is made.
    Map(Placement, NewRegion),
}

impl Change {
    /// The memory object that the rest of the change needs.
    const fn object(&self) -> Option<ObjectKey> {
        match self {
            Self::Map(_, NewRegion { source: Source::Object { key, .. }, .. }) => Some(*key),
            Self::Map(..) | Self::Unmap(_) | Self::Protect(..) => None,
        }
    }
}

/// A change under way, with references on its space and its object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Changing {
    change: Change,
    group: GroupKey,
    space: SpaceKey,
    /// The call that waits for it.
    tag: u64,
}

/// How far one entry came.
enum Step {
    /// To the end, with this result.
    Done(usize),
    /// This is left.
    More(Change),
}

impl<M: Machine> Core<M> {
    /// A change by a call of `key`: done at once if it is short.
    ///
    /// # Errors
    /// As the change, and ENOMEM before anything was done. EAGAIN: a call that somebody makes for a stopped thread cannot
    /// wait; its first pages are done, and made again it goes on.
    pub(crate) fn change(&mut self, key: ThreadKey, space: SpaceKey, change: Change) -> Served {
        self.jobs.reserve(self.groups.len())?;
        match self.change_step(space, change)? {
            Step::Done(value) => Ok(Done::Value(value)),
            Step::More(rest) => self.go_on_changing(key, space, rest),
        }
    }

    fn change_step(&mut self, space: SpaceKey, change: Change) -> Result<Step, Errno> {
        let (memory, machine, budget) = (&mut self.memory, &mut self.machine, &mut Budget::call());
        Ok(match change {
            Change::Unmap(range) => {
                let rest = memory.unmap(machine, space, range, budget)?;
                self.reap_soon();
                rest.map_or(Step::Done(0), |rest| Step::More(Change::Unmap(rest)))
            }
            Change::Protect(range, protection) => {
                let rest = memory.protect(machine, space, range, protection, budget)?;
                rest.map_or(Step::Done(0), |rest| Step::More(Change::Protect(rest, protection)))
            }
            Change::Map(placement, region) => {
                let mapped = memory.map(machine, space, placement, region, budget)?;
                self.reap_soon();
                match mapped {
                    Mapped::At(address) => Step::Done(address as usize),
                    Mapped::More => Step::More(change),
                }
            }
        })
    }

    /// Leaves the rest to a job and makes the call wait for it.
    fn go_on_changing(&mut self, key: ThreadKey, space: SpaceKey, change: Change) -> Served {
        let thread = self.threads.get(key).ok_or(Errno::ESRCH)?;
        let (group_key, pending) = (thread.group, thread.pending);
        if self.scheduler.current != Some(key) && pending.is_none() {
            return Err(Errno::EAGAIN);
        }
        if let Some(Pending { wait: Wait::Scheme(wait), interrupted: Some(_), .. }) = pending {
            // The server has answered: it need not hear of the interruption any more.
            self.unlink_node(wait.scheme, |nodes| nodes.cancel, key);
        }
        self.hold_for_change(group_key);
        self.memory.retain_space(space);
        if let Some(object) = change.object() {
            self.memory.objects.retain(object);
        }
        let tag = self.begin_wait(key, Wait::Change);
        self.jobs.begin_change(Changing { change, group: group_key, space, tag });
        Ok(Done::Wait)
    }

    /// One step of a change that goes on.
    pub(crate) fn changing_step(&mut self, changing: Changing) {
        let alive = self.groups.get(changing.group).is_some_and(|group| !group.dying);
        let step = if alive { self.change_step(changing.space, changing.change) } else { Err(Errno::ESRCH) };
        match step {
            Ok(Step::More(change)) => self.jobs.go_on_changing(Changing { change, ..changing }),
            Ok(Step::Done(value)) => self.end_changing(&changing, Ok(value)),
            Err(errno) => self.end_changing(&changing, Err(errno.0)),
        }
    }

    fn end_changing(&mut self, changing: &Changing, result: Result<usize, u32>) {
        self.jobs.end_change();
        if let Some(object) = changing.change.object() {
            self.memory.objects.release(object);
        }
        self.memory.release_space(changing.space);
        self.reap_soon();
        self.complete_tag(changing.tag, Outcome::Result(kernel_abi::encode_result(result)));
        self.release_from_change(changing.group);
    }

    /// No thread of the group runs until the change is over.
    pub(crate) fn hold_for_change(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get_mut(key) {
            group.changes = group.changes.saturating_add(1);
            group.reasons |= Reasons::CHANGING;
            self.scheduler.reschedule = true;
        }
    }

    /// A change of the group is over, perhaps the last.
    pub(crate) fn release_from_change(&mut self, key: GroupKey) {
        let Some(group) = self.groups.get_mut(key) else {
            return;
        };
        group.changes = group.changes.saturating_sub(1);
        if group.changes == 0 {
            self.continue_group(key, Reasons::CHANGING, 0);
        }
    }
}
