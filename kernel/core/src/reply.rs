//! Answers of servers: what the kernel does with them before the caller sees a result.
//!
//! Decides that a server's answer cannot do more than its call allows: a length beyond the buffer, or a success where a
//! descriptor was due, is the caller's EIO. Answers to abandoned calls change nothing. Neighbours: `batch` (REPLY effects),
//! `pending` ([`After`]), `complete`.

use kernel_abi::effect::{Effect, OPEN_POSITIONED};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::stop::PostCall;
use kernel_abi::{decode_result, encode_result};

use crate::Core;
use crate::call::{Done, Served};
use crate::complete::interrupted_outcome;
use crate::errno::Errno;
use crate::file::{DescriptionKey, Descriptor, Object};
use crate::group::GroupKey;
use crate::inbox::Item;
use crate::pending::{After, Ask, Outcome, Pending, SchemeWait, Wait};
use crate::scheduler::Place;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::target::{Target, Wanted};
use crate::thread::{Thread, ThreadKey};

impl<M: Machine> Core<M> {
    /// The taken call of this scheme that an answer names; `None` for abandoned ones.
    pub(crate) fn answered(&self, scheme: SchemeKey, tag: u64) -> Option<(ThreadKey, &SchemeWait)> {
        let (key, pending) = self.call_of_tag(tag)?;
        match &pending.wait {
            Wait::Scheme(wait) if wait.scheme == scheme && wait.taken => Some((key, wait)),
            _ => None,
        }
    }

    /// REPLY: a raw result.
    pub(crate) fn reply(&mut self, scheme: SchemeKey, effect: &Effect) {
        let Some((key, wait)) = self.answered(scheme, effect.target) else {
            return;
        };
        let [raw, ..] = effect.words;
        let raw = if is_plausible(wait, raw as usize) { raw as usize } else { encode_result(Err(Errno::EIO.0)) };
        self.end_call(key, effect, raw);
    }

    /// REPLY_STORE: REPLY for a call that has one small result in memory.
    pub(crate) fn reply_store(&mut self, scheme: SchemeKey, effect: &Effect) {
        let Some((key, wait)) = self.answered(scheme, effect.target) else {
            return;
        };
        let [raw, _, address, value, ..] = effect.words;
        let stored = match (wait.ask, self.space_of(key)) {
            (Ask::Process { .. }, Some(space)) => self.copy_out(space, address, &(value as u32).to_le_bytes()),
            (Ask::Request { .. }, _) => Err(Errno::EIO),
            (Ask::Process { .. }, None) => Err(Errno::EFAULT),
        };
        self.end_call(key, effect, stored.map_or_else(|errno| encode_result(Err(errno.0)), |()| raw as usize));
    }

    /// Ends an answered call with a raw result. Most have no follow-up and were not interrupted.
    fn end_call(&mut self, key: ThreadKey, effect: &Effect, raw: usize) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let Some(Pending { wait: Wait::Scheme(wait), interrupted, .. }) = &thread.pending else {
            return;
        };
        let (after, plain) = (wait.after, matches!(wait.after, After::Plain) && interrupted.is_none());
        if let Ask::Process { .. } = wait.ask {
            thread.owe_post_call(effect);
        }
        match self.groups.get(thread.group) {
            Some(group) if plain => {
                thread.end_wait(Outcome::Result(raw));
                self.scheduler.enqueue(key, thread, group, Place::Front);
            }
            _ => self.settle(key, after, Outcome::Result(raw)),
        }
    }

    /// REPLY_RESTART and REPLY_FRAME.
    pub(crate) fn reply_outcome(&mut self, scheme: SchemeKey, effect: &Effect, outcome: Outcome) {
        let Some((key, wait)) = self.answered(scheme, effect.target) else {
            return;
        };
        let (ask, after) = (wait.ask, wait.after);
        let outcome = match (outcome, ask) {
            // Only a process server sets frames.
            (Outcome::Frame, Ask::Request { .. }) => Outcome::Result(encode_result(Err(Errno::EIO.0))),
            (outcome, _) => outcome,
        };
        if let (Ask::Process { .. }, Some(thread)) = (ask, self.threads.get_mut(key)) {
            thread.owe_post_call(effect);
        }
        self.settle(key, after, outcome);
    }

    /// REPLY_OPEN: a new open file of the scheme for the caller. If it has no room or is not there any more, the server hears
    /// that the file is closed.
    pub(crate) fn reply_open(&mut self, scheme: SchemeKey, effect: &Effect) {
        let [handle, bits, ..] = effect.words;
        let Some((key, wait)) = self.answered(scheme, effect.target) else {
            self.close_unclaimed(scheme, handle);
            return;
        };
        let after = wait.after;
        let object = Object::Scheme { scheme, handle, positioned: bits & OPEN_POSITIONED != 0 };
        let result = match (after, self.group_of(key)) {
            (After::Open { target, flags }, Some(group)) => self.install(group, target, object, flags),
            (after, _) => {
                self.drop_follow_up(after);
                Err(Errno::EIO)
            }
        };
        if result.is_err() {
            self.close_unclaimed(scheme, handle);
        }
        self.complete(key, Outcome::Result(encode_result(result.map_err(|errno| errno.0))));
    }

    fn close_unclaimed(&mut self, scheme: SchemeKey, handle: u64) {
        // The check made room for every effect of the batch.
        if let Ok(node) = self.nodes.reserve() {
            self.deliver_owned(scheme, node, Item::Closed { handle });
        }
    }

    /// REPLY_DESCRIPTOR: an open file of the server's own, for the caller or for its mapping.
    pub(crate) fn reply_descriptor(&mut self, scheme: SchemeKey, effect: &Effect, source: DescriptionKey) {
        let Some((key, wait)) = self.answered(scheme, effect.target) else {
            return;
        };
        let wait = *wait;
        let result = match wait.after {
            After::Open { target, flags } => self.install_copy(key, target, source, flags),
            After::Map { request } => match self.reply_map(key, request, source, effect.words[1], &wait) {
                Ok(Done::Value(address)) => Ok(address),
                Ok(Done::Wait) => return,
                Err(errno) => Err(errno),
            },
            After::Plain | After::Advance(_) | After::Seek { .. } | After::Subscribe { .. } => {
                self.drop_follow_up(wait.after);
                Err(Errno::EIO)
            }
        };
        self.complete(key, Outcome::Result(encode_result(result.map_err(|errno| errno.0))));
    }

    fn reply_map(
        &mut self,
        key: ThreadKey,
        request: crate::map::Request,
        source: DescriptionKey,
        offset: u64,
        wait: &SchemeWait,
    ) -> Served {
        let label = match wait.ask {
            Ask::Request { handle, .. } => handle,
            Ask::Process { .. } => return Err(Errno::EIO),
        };
        match self.descriptions.get(source).map(|description| description.object) {
            Some(Object::Memory(object)) => self.finish_map(key, request, object, offset, wait.scheme, label),
            _ => Err(Errno::EIO),
        }
    }

    fn install_copy(
        &mut self,
        key: ThreadKey,
        target: usize,
        source: DescriptionKey,
        flags: usize,
    ) -> Result<usize, Errno> {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        self.share(group, target, source, flags & kernel_abi::O_CLOEXEC != 0)
    }

    /// Puts one more reference to an open file into a group's table.
    ///
    /// # Errors
    /// As `DescriptorTable::reserve`; ENFILE if the file has too many references.
    pub(crate) fn share(
        &mut self,
        group: GroupKey,
        target: usize,
        description: DescriptionKey,
        close_on_exec: bool,
    ) -> Result<usize, Errno> {
        let table = &mut self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table;
        let index = table.reserve(target)?;
        let entry = self.descriptions.get_mut(description).ok_or(Errno::EBADF)?;
        entry.references = entry.references.checked_add(1).ok_or(Errno::ENFILE)?;
        table.fill(index, Descriptor { description, close_on_exec });
        Ok(index)
    }

    /// REPLY_OBJECT: the kernel's own handle on a target.
    pub(crate) fn reply_object(&mut self, scheme: SchemeKey, effect: &Effect, wanted: Wanted) {
        let Some((key, wait)) = self.answered(scheme, effect.target) else {
            return;
        };
        let after = wait.after;
        let result = match (after, self.group_of(key)) {
            (After::Open { target: descriptor, flags }, Some(group)) => self
                .make_target(scheme, wanted)
                .and_then(|target: Target| self.install(group, descriptor, Object::Target(target), flags)),
            (after, _) => {
                self.drop_follow_up(after);
                Err(Errno::EIO)
            }
        };
        self.complete(key, Outcome::Result(encode_result(result.map_err(|errno| errno.0))));
    }

    /// Ends a call that a server answered or that cannot be delivered: the follow-up first, then the outcome.
    pub(crate) fn settle(&mut self, key: ThreadKey, after: After, outcome: Outcome) {
        let outcome = self.interruption_applied(key, outcome);
        let value = match outcome {
            Outcome::Result(raw) => decode_result(raw).ok(),
            Outcome::Restart | Outcome::Frame => None,
        };
        let outcome = match after {
            After::Plain => outcome,
            After::Advance(description) => {
                if let Some(count) = value {
                    self.advance(description, count as u64);
                }
                self.release_description(description);
                outcome
            }
            After::Seek { description, displacement } => match value {
                Some(size) => self.finish_seek(description, displacement, size as u64),
                None => {
                    self.release_description(description);
                    outcome
                }
            },
            After::Subscribe { queue, source } => match value {
                Some(ready) => self.finish_subscription((queue, source), ready),
                None => {
                    self.drop_subscription((queue, source));
                    outcome
                }
            },
            After::Open { .. } | After::Map { .. } if value.is_some() => {
                Outcome::Result(encode_result(Err(Errno::EIO.0)))
            }
            After::Open { .. } | After::Map { .. } => outcome,
        };
        self.complete(key, outcome);
    }

    /// Drops the references that the follow-up of an abandoned call holds.
    pub(crate) fn drop_follow_up(&mut self, after: After) {
        match after {
            After::Advance(description) | After::Seek { description, .. } => self.release_description(description),
            After::Subscribe { queue, source } => self.drop_subscription((queue, source)),
            After::Plain | After::Open { .. } | After::Map { .. } => {}
        }
    }

    /// A call that was asked to end and did nothing is made again if its interrupter wanted that.
    fn interruption_applied(&self, key: ThreadKey, outcome: Outcome) -> Outcome {
        let interrupted = Outcome::Result(encode_result(Err(Errno::EINTR.0)));
        let Some(thread) = self.threads.get(key) else {
            return outcome;
        };
        match thread.pending.and_then(|pending| pending.interrupted) {
            Some(how) if outcome == interrupted => interrupted_outcome(thread.latched.number, how),
            _ => outcome,
        }
    }
}

impl Thread {
    /// What a process server orders with its answer. Other servers have no say in when their clients stop.
    fn owe_post_call(&mut self, effect: &Effect) {
        self.due.post_call = Some(PostCall::from_bits_truncate(effect.flags)).filter(|orders| !orders.is_empty());
        self.due.post_word = effect.words[1];
    }
}

/// A server's result is an error, or a count that fits the caller's buffer where the call has one to fill or empty.
fn is_plausible(wait: &SchemeWait, raw: usize) -> bool {
    let counted = match wait.ask {
        Ask::Request { opcode, .. } => {
            matches!(opcode, Opcode::Read | Opcode::Write | Opcode::Getdents | Opcode::Fpath)
        }
        Ask::Process { .. } => false,
    };
    decode_result(raw).map_or_else(|errno| errno != 0, |value| !counted || value as u64 <= wait.buffer.1)
}
