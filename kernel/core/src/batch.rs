//! Batches: effects are checked all together, then done all or not at all, then messages are received.
//!
//! Decides which effects a server may order and that a refused one leaves nothing half done. Neighbours: `reply` and
//! `suspend` (what effects do), `receive`, `socket` (the verb that brings a batch), `kernel_abi::effect` (layout).

use kernel_abi::effect::{Effect, EffectVerb, EntryOutcome};
use kernel_abi::stop::{Causes, LastClose, PostCall};
use kernel_abi::verb::{BATCH_EFFECTS, BATCH_WAIT, Batch};
use zerocopy::{FromZeros, IntoBytes};

use crate::Core;
use crate::call::{Done, Served};
use crate::complete::next_tag;
use crate::errno::Errno;
use crate::file::Waiter;
use crate::group::GroupKey;
use crate::memory::SpaceKey;
use crate::pending::{Interruption, Outcome, Wait};
use crate::scheme::{Receiver, SchemeKey};
use crate::seam::Machine;
use crate::suspend::{armed_calls, user_reasons};
use crate::target::Wanted;
use crate::thread::{Receiving, ThreadKey};

/// Offset of `Batch::refused`.
const REFUSED: u64 = core::mem::offset_of!(Batch, refused) as u64;

impl<M: Machine> Core<M> {
    /// SocketVerb::Batch.
    pub(crate) fn batch(&mut self, key: ThreadKey, scheme: SchemeKey, space: SpaceKey, payload: (u64, u64)) -> Served {
        if payload.1 != size_of::<Batch>() as u64 {
            return Err(Errno::EINVAL);
        }
        let mut batch = Batch::new_zeroed();
        self.copy_in(space, payload.0, batch.as_mut_bytes())?;
        let waits = batch.inbox_count > 0 && batch.flags & BATCH_WAIT != 0;
        let entry = self.schemes.get_mut(scheme).ok_or(Errno::EBADF)?;
        if batch.effect_count as usize > BATCH_EFFECTS {
            return Err(Errno::EINVAL);
        }
        if waits && entry.receiver.is_some() {
            return Err(Errno::EBUSY);
        }
        if batch.effect_count == 0 {
            entry.journal = batch.journal;
        } else {
            self.order(key, scheme, space, &batch, payload.0)?;
            if self.threads.get(key).is_none() {
                // It ordered its own end: messages are for those who are left.
                return Ok(Done::Wait);
            }
        }
        self.receive_or_wait(key, space, waits, Receiving { scheme, array: batch.inbox, capacity: batch.inbox_count })
    }

    /// The rest of a batch whose effects are done: a message has arrived, or was taken by another thread meanwhile.
    pub(crate) fn receive_again(&mut self, key: ThreadKey, receiving: Receiving) -> Served {
        let entry = self.schemes.get(receiving.scheme).ok_or(Errno::EBADF)?;
        if entry.receiver.is_some() {
            return Err(Errno::EBUSY);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.receive_or_wait(key, space, true, receiving)
    }
    #[inline]
    fn receive_or_wait(&mut self, key: ThreadKey, space: SpaceKey, waits: bool, receiving: Receiving) -> Served {
        let Receiving { scheme, array, capacity } = receiving;
        let news = self.schemes.get(scheme).is_some_and(|entry| !entry.queue.is_empty());
        let count = if news { self.receive(scheme, space, array, capacity)? } else { 0 };
        if count > 0 || !waits {
            return Ok(Done::Value(count));
        }
        let thread = self.threads.get_mut(key).ok_or(Errno::ESRCH)?;
        let entry = self.schemes.get_mut(scheme).ok_or(Errno::EBADF)?;
        let tag = next_tag(&mut self.last_tag, key);
        thread.begin_wait(tag, Wait::Inbox);
        thread.receiving = Some(receiving);
        entry.receiver = Some(Receiver { waiter: Waiter { thread: key, tag }, space, place: array });
        // Whoever made the scheme may have passed the socket on.
        entry.owner = thread.group;
        Ok(Done::Wait)
    }

    /// The call that waits for messages ends some other way.
    pub(crate) fn end_receiving(&mut self, key: ThreadKey) {
        if let Some(thread) = self.threads.get_mut(key)
            && let Some(receiving) = thread.receiving.take()
            && let Some(entry) = self.schemes.get_mut(receiving.scheme)
        {
            entry.receiver = entry.receiver.filter(|receiver| receiver.waiter.thread != key);
        }
    }

    /// Does what a batch orders, or nothing.
    fn order(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        space: SpaceKey,
        batch: &Batch,
        at: u64,
    ) -> Result<(), Errno> {
        let mut room = core::mem::take(&mut self.effects);
        let effects = room.get_mut(..batch.effect_count as usize).ok_or(Errno::EINVAL);
        let done = effects.and_then(|effects| {
            self.copy_in(space, batch.effects, effects.as_mut_bytes())?;
            self.check_effects(key, scheme, effects).or_else(|(index, errno)| {
                let place = at.checked_add(REFUSED).ok_or(Errno::EFAULT)?;
                self.copy_out(space, place, index.as_bytes())?;
                Err(errno)
            })?;
            effects.iter().for_each(|effect| self.do_effect(key, scheme, effect));
            if let Some(entry) = self.schemes.get_mut(scheme) {
                entry.journal = batch.journal;
            }
            Ok(())
        });
        self.effects = room;
        done
    }

    /// Nothing changes unless all effects are allowed.
    ///
    /// # Errors
    /// The first that is not, and why.
    fn check_effects(&mut self, key: ThreadKey, scheme: SchemeKey, effects: &[Effect]) -> Result<(), (u32, Errno)> {
        let authority = self.schemes.get(scheme).is_some_and(|entry| entry.authority);
        for (index, effect) in (0..).zip(effects) {
            let verb = EffectVerb::from_raw(effect.verb).ok_or((index, Errno::EINVAL))?;
            if !authority && needs_authority(verb) {
                return Err((index, Errno::EPERM));
            }
            self.check_effect(key, scheme, verb, effect).map_err(|errno| (index, errno))?;
        }
        Ok(())
    }

    fn check_effect(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        verb: EffectVerb,
        effect: &Effect,
    ) -> Result<(), Errno> {
        use EffectVerb as V;
        let [word, ..] = effect.words;
        match verb {
            V::Reply | V::ReplyStore | V::ReplyRestart | V::ReplyFrame => {
                PostCall::from_bits(effect.flags).map(|_| ()).ok_or(Errno::EINVAL)
            }
            V::Notify => Ok(()),
            // A file that reaches nobody is closed by a message, which needs a place.
            V::ReplyOpen => Ok(self.nodes.reserve_free(BATCH_EFFECTS)?),
            V::ReplyDescriptor => self.description_of(key, word as usize).map(|_| ()),
            V::ReplyObject => wanted_object(effect).map(|_| ()),
            V::Timer => self.reserve_server_timers(),
            V::Resume => {
                EntryOutcome::from_raw(word).ok_or(Errno::EINVAL)?;
                let key = self.own_thread(scheme, effect.target)?;
                let parked = self.threads.get(key).is_some_and(|thread| thread.report.is_some());
                if parked { Ok(()) } else { Err(Errno::EBUSY) }
            }
            V::Hold | V::Release => {
                user_reasons(word)?;
                self.own_thread(scheme, effect.target).map(|_| ())
            }
            V::Post | V::Interrupt | V::Step | V::Kill => self.own_thread(scheme, effect.target).map(|_| ()),
            V::Stop | V::Continue => {
                user_reasons(word)?;
                self.own_group(scheme, effect.target).map(|_| ())
            }
            V::Arm => {
                Causes::from_bits(word).ok_or(Errno::EINVAL)?;
                self.own_group(scheme, effect.target).map(|_| ())
            }
            V::KillGroup | V::Identity | V::Epoch | V::Wake => self.own_group(scheme, effect.target).map(|_| ()),
            V::SessionOpen => self.check_session(scheme, effect),
            V::SessionEnd | V::SessionCollect | V::Delegate => self.own_session(scheme, effect.target),
            V::SessionPolicy => {
                LastClose::from_raw(word).ok_or(Errno::EINVAL)?;
                self.own_session(scheme, effect.target)
            }
            V::ExecCommit => self.check_exec(scheme, effect),
        }
    }

    fn do_effect(&mut self, key: ThreadKey, scheme: SchemeKey, effect: &Effect) {
        use EffectVerb as V;
        let Some(verb) = V::from_raw(effect.verb) else {
            return;
        };
        let [word, ..] = effect.words;
        match verb {
            V::Reply => self.reply(scheme, effect),
            V::ReplyStore => self.reply_store(scheme, effect),
            V::ReplyOpen => self.reply_open(scheme, effect),
            V::ReplyRestart => self.reply_outcome(scheme, effect, Outcome::Restart),
            V::ReplyFrame => self.reply_outcome(scheme, effect, Outcome::Frame),
            V::ReplyDescriptor => {
                if let Ok(source) = self.description_of(key, word as usize) {
                    self.reply_descriptor(scheme, effect, source);
                }
            }
            V::ReplyObject => {
                if let Ok(wanted) = wanted_object(effect) {
                    self.reply_object(scheme, effect, wanted);
                }
            }
            V::Notify => self.notify_scheme(scheme, effect.target, word),
            V::Timer => self.set_server_timer(scheme, effect.target, word),
            V::SessionOpen | V::SessionEnd | V::SessionCollect | V::SessionPolicy | V::Delegate => {
                self.session_effect(verb, effect);
            }
            V::ExecCommit => self.commit_exec(effect),
            V::Resume | V::Hold | V::Release | V::Post | V::Interrupt | V::Step | V::Kill => {
                self.thread_effect(verb, effect);
            }
            V::Stop | V::Continue | V::Arm | V::KillGroup | V::Identity | V::Epoch | V::Wake => {
                self.group_effect(verb, effect);
            }
        }
    }

    fn thread_effect(&mut self, verb: EffectVerb, effect: &Effect) {
        use EffectVerb as V;
        let key = ThreadKey::from_raw(effect.target);
        let [word, second, ..] = effect.words;
        match verb {
            V::Resume => self.resume(key, (word == EntryOutcome::Skip as u64).then_some(second as usize)),
            V::Hold => self.hold(key, user_reasons(word).unwrap_or_default()),
            V::Release => self.release(key, user_reasons(word).unwrap_or_default()),
            V::Post => self.post(key),
            V::Interrupt if word == 0 => self.interrupt(key, Interruption::Error),
            V::Interrupt => self.interrupt(key, Interruption::Restart),
            V::Step => self.set_step(key, word != 0),
            V::Kill if word != 0 => self.retire_thread(key),
            _ => self.kill_thread(key),
        }
    }

    fn group_effect(&mut self, verb: EffectVerb, effect: &Effect) {
        use EffectVerb as V;
        let key = GroupKey::from_raw(effect.target);
        let [word, second, ..] = effect.words;
        match verb {
            V::Stop if second == 1 => self.suspend_group(key, user_reasons(word).unwrap_or_default()),
            V::Stop => self.stop_group(key, user_reasons(word).unwrap_or_default()),
            V::Continue => self.continue_group(key, user_reasons(word).unwrap_or_default(), second),
            V::Arm => self.arm(key, Causes::from_bits_truncate(word), armed_calls(effect.words)),
            V::Identity => self.identify_group(key, effect.words),
            V::Epoch => self.raise_epoch(key),
            V::Wake => self.wake_word(key, word),
            _ => self.kill_group(key),
        }
    }

    /// A thread that reports to this scheme.
    pub(crate) fn own_thread(&self, scheme: SchemeKey, raw: u64) -> Result<ThreadKey, Errno> {
        let key = ThreadKey::from_raw(raw);
        let thread = self.threads.get(key).ok_or(Errno::ESRCH)?;
        self.own_group(scheme, thread.group.raw())?;
        Ok(key)
    }

    /// A group that reports to this scheme.
    pub(crate) fn own_group(&self, scheme: SchemeKey, raw: u64) -> Result<GroupKey, Errno> {
        let key = GroupKey::from_raw(raw);
        let group = self.groups.get(key).ok_or(Errno::ESRCH)?;
        if group.server == scheme { Ok(key) } else { Err(Errno::EPERM) }
    }
}

/// Effects on threads and groups.
fn needs_authority(verb: EffectVerb) -> bool {
    verb == EffectVerb::ReplyObject || verb as u32 >= EffectVerb::Resume as u32
}

fn wanted_object(effect: &Effect) -> Result<Wanted, Errno> {
    let [kind, on, session, rights, ..] = effect.words;
    Wanted::from_words([kind, on, session, rights])
}
