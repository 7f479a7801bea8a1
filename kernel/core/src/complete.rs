//! How a call ends: the outcome waits beside the frame until the thread runs again, then it is put in.
//!
//! Decides that an answer which arrives during a stop changes no register that a debugger could see, and what happens when
//! the debugger moved the frame away meanwhile ([`Note`]). Neighbours: `reply`, `suspend`, `due`; docs/pending-calls.md.

use crate::Core;
use crate::errno::Errno;
use crate::pending::{Interruption, Note, Outcome, Pending, Wait};
use crate::scheduler::Place;
use crate::seam::Machine;
use crate::thread::{Phase, Resume, Thread, ThreadKey};

/// Length of the SYSCALL instruction.
const SYSCALL_LENGTH: u64 = 2;

impl<M: Machine> Core<M> {
    /// Makes the current call of `key` wait; returns the tag that names it.
    pub(crate) fn begin_wait(&mut self, key: ThreadKey, wait: Wait) -> u64 {
        let tag = next_tag(&mut self.last_tag, key);
        if let Some(thread) = self.threads.get_mut(key) {
            thread.begin_wait(tag, wait);
        }
        tag
    }

    /// The pending call that has this tag, and its thread.
    pub(crate) fn call_of_tag(&self, tag: u64) -> Option<(ThreadKey, &Pending)> {
        let index = u32::try_from(tag & TAG_INDEX_MASK).ok()?;
        let (key, thread) = self.threads.at_index(index)?;
        let pending = thread.pending.as_ref()?;
        (pending.tag == tag).then_some((key, pending))
    }

    /// Ends the pending call of `key`.
    pub(crate) fn complete(&mut self, key: ThreadKey, outcome: Outcome) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let cancelled = match &thread.pending {
            Some(Pending { wait: Wait::Scheme(wait), interrupted: Some(_), .. }) => Some(wait.scheme),
            _ => None,
        };
        thread.end_wait(outcome);
        if let Some(group) = self.groups.get(thread.group) {
            self.scheduler.enqueue(key, thread, group, Place::Front);
        }
        if let Some(scheme) = cancelled {
            // Whether the server still has to hear of the interruption or not: the call is over.
            self.unlink_node(scheme, |nodes| nodes.cancel, key);
        }
    }

    /// Ends the call with this tag; one that was moved away meanwhile has the outcome in its note.
    pub(crate) fn complete_tag(&mut self, tag: u64, outcome: Outcome) {
        if let Some((key, _)) = self.call_of_tag(tag) {
            self.complete(key, outcome);
            return;
        }
        let index = u32::try_from(tag & TAG_INDEX_MASK).ok();
        if let Some((key, _)) = index.and_then(|index| self.threads.at_index(index))
            && let Some(note) = self.threads.get_mut(key).and_then(|thread| thread.note.as_mut())
            && note.change == Some(tag)
        {
            note.outcome = outcome;
        }
    }

    /// What a wait on a kernel object is over for: the call is tried again. Stale tags are ignored.
    pub(crate) fn wake(&mut self, key: ThreadKey, tag: u64) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        if thread.pending.is_some_and(|pending| pending.tag == tag) {
            thread.pending = None;
            self.make_ready(key, Resume::Retry);
        }
    }

    /// A debugger is about to move the frame of a thread in a call: the call's outcome becomes a note. A call that has
    /// not ended is abandoned; it is made again, or fails with EINTR, if the frame ever comes back.
    ///
    /// # Errors
    /// ENOMEM; nothing has changed.
    pub(crate) fn detach_call(&mut self, key: ThreadKey) -> Result<(), Errno> {
        let thread = self.threads.get_mut(key).ok_or(Errno::ESRCH)?;
        if thread.outcome.is_none() && thread.pending.is_none() && thread.resume == Resume::User {
            return Ok(());
        }
        // The effects of a batch are done, a target runs, a server has begun what only it knows: none must be done again.
        let begun = thread.pending.is_some_and(|pending| pending.has_begun());
        let how = if thread.receiving.is_some() || begun { Interruption::Error } else { Interruption::Restart };
        let interrupted = interrupted_outcome(thread.latched.number, how);
        let taken = thread.pending.is_some_and(|pending| matches!(pending.wait, Wait::Scheme(wait) if wait.taken));
        let change = thread.pending.filter(|pending| matches!(pending.wait, Wait::Change)).map(|pending| pending.tag);
        let fresh = if taken { Some(self.nodes.reserve()?) } else { None };
        self.abandon(key);
        let thread = self.threads.get_mut(key).ok_or(Errno::ESRCH)?;
        if let Some(fresh) = fresh {
            // The news of the end wait in the old node, and the next call of the thread can be another server's.
            self.nodes.give(core::mem::replace(&mut thread.nodes.cancel, fresh));
        }
        let outcome = thread.outcome.take().unwrap_or(interrupted);
        thread.note = Some(Note { frame: position(&thread.context.registers), outcome, change });
        thread.phase = Phase::User;
        self.make_ready(key, Resume::User);
        Ok(())
    }
}

impl Thread {
    /// Puts the outcome of its call into the frame.
    pub(crate) fn apply_outcome(&mut self) {
        let Some(outcome) = self.outcome.take() else {
            return;
        };
        let registers = &mut self.context.registers;
        match outcome {
            Outcome::Result(raw) => {
                registers.rax = raw as u64;
                self.result = raw;
            }
            Outcome::Restart => {
                registers.rax = self.latched.number as u64;
                registers.rip = registers.rip.wrapping_sub(SYSCALL_LENGTH);
                self.context.full_restore = true;
                self.result = kernel_abi::encode_result(Err(RESTARTED));
            }
            Outcome::Frame => {
                self.context.full_restore = true;
                self.result = kernel_abi::encode_result(Err(JUST_RETURN));
            }
        }
        self.phase = Phase::Exit;
    }

    /// Applies a waiting note if the debugger put back exactly the frame it belongs to.
    pub(crate) fn apply_note(&mut self) {
        if let Some(note) = self.note
            && note.frame == position(&self.context.registers)
        {
            self.note = None;
            self.outcome = Some(note.outcome);
            self.apply_outcome();
        }
    }
}

/// A new tag for a call of `key`. The slab index in it lets an answer find the thread without a table of tags.
#[inline]
pub(crate) fn next_tag(last: &mut u64, key: ThreadKey) -> u64 {
    *last = last.wrapping_add(1);
    (*last << TAG_INDEX_BITS) | (key.raw() & TAG_INDEX_MASK)
}

/// RIP, RSP and RAX: what a note is matched with.
pub(crate) fn position(registers: &kernel_abi::registers::Registers) -> (u64, u64, u64) {
    (registers.rip, registers.rsp, registers.rax)
}

/// How a call that has done nothing ends when it is interrupted.
pub(crate) fn interrupted_outcome(number: usize, interruption: Interruption) -> Outcome {
    let restartable = kernel_abi::calls::by_number(number).is_some_and(|call| call.restartable);
    match interruption {
        Interruption::Restart if restartable => Outcome::Restart,
        Interruption::Restart | Interruption::Error => Outcome::Result(kernel_abi::encode_result(Err(Errno::EINTR.0))),
    }
}

const TAG_INDEX_BITS: u32 = 24;
const TAG_INDEX_MASK: u64 = (1 << TAG_INDEX_BITS) - 1;

/// Shown as the result of a call that is made again (FreeBSD ERESTART is -1 as an errno).
const RESTARTED: u32 = 4095;
/// Shown as the result of a call that set the frame (FreeBSD EJUSTRETURN is -2 as an errno).
const JUST_RETURN: u32 = 4094;
