//! Stop verbs: reasons not to run, reports answered, calls interrupted, single steps.
//!
//! Decides what changes when a server orders a stop: only reasons, never the run state, so nothing that happens meanwhile
//! is lost. With one CPU every thread but the caller is parked at its user frame, so a stop is complete at once; the
//! Stopped message goes to the end of the inbox, behind every process call the group had queued (docs/pending-calls.md).
//! Neighbours: `batch` (who orders), `scheduler`, `complete`.

use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::calls;
use kernel_abi::effect::StopNews;
use kernel_abi::registers::RFLAGS_TF;
use kernel_abi::stop::{Causes, Reasons};

use crate::Core;
use crate::complete::interrupted_outcome;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::inbox::{Item, Node};
use crate::pending::{Interruption, Wait};
use crate::scheduler::Place;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::{Phase, Resume, ThreadKey, ThreadNodes};

/// The reasons that servers may set and clear.
///
/// # Errors
/// EINVAL for others.
pub(crate) fn user_reasons(raw: u64) -> Result<Reasons, Errno> {
    let reasons = Reasons::from_bits(raw).ok_or(Errno::EINVAL)?;
    let own = Reasons::COPYING | Reasons::CHANGING | Reasons::DYING;
    if reasons.intersects(own) { Err(Errno::EINVAL) } else { Ok(reasons) }
}

/// The calls that an ARM with these words is for: it names those that are left out.
pub(crate) fn armed_calls(words: [u64; 6]) -> CallStops {
    let [_, entry_low, entry_high, exit_low, exit_high, _] = words;
    CallStops {
        entry: CallSet::from_words([entry_low, entry_high]).complement(),
        exit: CallSet::from_words([exit_low, exit_high]).complement(),
    }
}

impl<M: Machine> Core<M> {
    /// RESUME: the report is answered and the thread goes on with what it still owes.
    pub(crate) fn resume(&mut self, key: ThreadKey, skip: Option<usize>) {
        if let Some(thread) = self.threads.get_mut(key)
            && let Some(group) = self.groups.get(thread.group)
            && thread.report.take().is_some()
        {
            thread.resume_entry(group, skip);
            self.scheduler.enqueue(key, thread, group, Place::Front);
        }
    }

    /// HOLD.
    pub(crate) fn hold(&mut self, key: ThreadKey, reasons: Reasons) {
        if let Some(thread) = self.threads.get_mut(key) {
            thread.reasons |= reasons;
        }
        self.scheduler.reschedule = true;
    }

    /// RELEASE.
    pub(crate) fn release(&mut self, key: ThreadKey, reasons: Reasons) {
        if let Some(thread) = self.threads.get_mut(key) {
            thread.reasons &= !reasons;
        }
        self.enqueue(key, Place::Back);
    }

    /// STOP of a group. If its server knows where every thread is, news of an earlier stop stay where they are.
    pub(crate) fn stop_group(&mut self, key: GroupKey, reasons: Reasons, news: StopNews) {
        let Some(group) = self.groups.get_mut(key) else {
            return;
        };
        group.reasons |= reasons;
        self.scheduler.reschedule = true;
        match news {
            StopNews::Known => {}
            StopNews::Complete => group.stop_epoch = group.stop_epoch.wrapping_add(1),
            StopNews::Awaited => {
                let (server, node) = (group.server, group.nodes.stopped);
                self.unlink_stopped(key);
                self.deliver(server, node, Item::Stopped(key));
            }
        }
    }

    /// News of an earlier stop are old: a new one belongs behind what the group has done since, and a stop that ended is none.
    fn unlink_stopped(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get(key).filter(|group| self.nodes.is_linked(group.nodes.stopped))
            && let Some(scheme) = self.schemes.get_mut(group.server)
        {
            self.nodes.unlink(group.nodes.stopped, &mut scheme.queue);
        }
    }

    /// CONTINUE of a group; a resume from a trace stop raises the epoch.
    pub(crate) fn continue_group(&mut self, key: GroupKey, reasons: Reasons, resumes: u64) {
        let Self { threads, groups, schemes, nodes, scheduler, .. } = self;
        let Some(group) = groups.get_mut(key) else {
            return;
        };
        group.reasons &= !reasons;
        if resumes != 0 {
            group.stop_epoch = group.stop_epoch.wrapping_add(1);
        }
        if !group.reasons.is_empty() {
            return;
        }
        let stopped = group.nodes.stopped;
        if nodes.is_linked(stopped)
            && let Some(scheme) = schemes.get_mut(group.server)
        {
            nodes.unlink(stopped, &mut scheme.queue);
        }
        for key in &group.threads {
            if let Some(thread) = threads.get_mut(*key) {
                scheduler.enqueue(*key, thread, group, Place::Back);
            }
        }
    }

    /// EPOCH.
    pub(crate) fn raise_epoch(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get_mut(key) {
            group.stop_epoch = group.stop_epoch.wrapping_add(1);
        }
    }

    /// ARM.
    pub(crate) fn arm(&mut self, key: GroupKey, causes: Causes, calls: CallStops) {
        if let Some(group) = self.groups.get_mut(key) {
            group.arm(causes, calls);
        }
    }

    /// IDENTITY.
    pub(crate) fn identify_group(&mut self, key: GroupKey, words: [u64; 6]) {
        if let Some(group) = self.groups.get_mut(key) {
            let [badge, flags, pid, parent, incarnation, ..] = words;
            (group.badge, group.flags, group.incarnation) = (badge, flags, incarnation);
            (group.pid, group.parent_pid) = (pid as u32, parent as u32);
        }
    }

    /// POST: the thread reports Boundary before its next user instruction.
    pub(crate) fn post(&mut self, key: ThreadKey) {
        if let Some(thread) = self.threads.get_mut(key) {
            thread.due.boundary = true;
        }
    }

    /// STEP: the trap flag, remembered as the kernel's (FreeBSD TDB_STEP) unless the program had set it itself.
    pub(crate) fn set_step(&mut self, key: ThreadKey, on: bool) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let flags = &mut thread.context.registers.rflags;
        if on && *flags & RFLAGS_TF == 0 {
            *flags |= RFLAGS_TF;
            thread.stepping = true;
        } else if !on {
            *flags &= !RFLAGS_TF;
            thread.stepping = false;
        }
        thread.context.full_restore = true;
    }

    /// INTERRUPT: the call is to end. What no server has taken ends here; a server is asked by Cancel. A call that never
    /// waits is left alone: its answer comes soon, and undone it would be a failure that no program expects.
    pub(crate) fn interrupt(&mut self, key: ThreadKey, how: Interruption) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let (number, cancel) = (thread.latched.number, thread.nodes.cancel);
        let Some(pending) = thread.pending.as_mut() else {
            // Woken or parked at the entry stop: should the body wait, it ends at once.
            let body_to_come = thread.resume == Resume::Retry || matches!(thread.phase, Phase::Entry { .. });
            thread.interrupted = Some(how).filter(|_| body_to_come);
            return;
        };
        let tag = pending.tag;
        match pending.wait {
            Wait::Scheme(_) if calls::by_number(number).is_some_and(|call| call.short) => {}
            Wait::Scheme(wait) if wait.taken => {
                pending.interrupted = Some(how);
                self.deliver(wait.scheme, cancel, Item::Cancel { tag, thread: key });
            }
            Wait::Scheme(wait) => {
                self.unlink_node(wait.scheme, |nodes| nodes.call, key);
                self.settle(key, wait.after, interrupted_outcome(number, how));
            }
            Wait::Inbox => {
                self.end_receiving(key);
                self.complete(key, interrupted_outcome(number, Interruption::Error));
            }
            // The target runs already: made again, the call would be a second run.
            Wait::Run => self.complete(key, interrupted_outcome(number, Interruption::Error)),
            Wait::Sleep { deadline } => self.interrupt_sleep(key, deadline),
            // Half a change is none that a program expects: it goes on to its end.
            Wait::Change => {}
            Wait::Object | Wait::Futex => self.complete(key, interrupted_outcome(number, how)),
        }
    }

    /// A call that has just begun to wait ends if that was asked before.
    pub(crate) fn interrupt_as_asked(&mut self, key: ThreadKey) {
        if let Some(thread) = self.threads.get_mut(key)
            && thread.pending.is_some()
            && let Some(how) = thread.interrupted.take()
        {
            self.interrupt(key, how);
        }
    }

    /// Takes what waits in one of the thread's nodes out of the inbox it waits in.
    pub(crate) fn unlink_node(&mut self, scheme: SchemeKey, which: fn(&ThreadNodes) -> Node, key: ThreadKey) {
        if let Some(thread) = self.threads.get(key)
            && let Some(entry) = self.schemes.get_mut(scheme)
        {
            self.nodes.unlink(which(&thread.nodes), &mut entry.queue);
        }
    }

    /// The pending call is nobody's any more: its server is told, its references are dropped, its answer will be ignored.
    pub(crate) fn abandon(&mut self, key: ThreadKey) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let cancel = thread.nodes.cancel;
        let Some(pending) = thread.pending.take() else {
            return;
        };
        let wait = match pending.wait {
            Wait::Scheme(wait) => wait,
            Wait::Inbox => return self.end_receiving(key),
            Wait::Object | Wait::Sleep { .. } | Wait::Futex | Wait::Run | Wait::Change => return,
        };
        if wait.taken {
            self.deliver(wait.scheme, cancel, Item::Cancel { tag: pending.tag, thread: key });
        } else {
            self.unlink_node(wait.scheme, |nodes| nodes.call, key);
        }
        self.drop_follow_up(wait.after);
    }
}
