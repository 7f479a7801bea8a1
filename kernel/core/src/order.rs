//! Effects of a batch: which of them a server may order, and who does each.
//!
//! Decides that a refused effect leaves nothing half done: all are checked before any is done, and what was checked cannot
//! fail. Main methods: [`Core::check_effects`], [`Core::do_effect`]. Neighbours: `batch` (brings them), `reply`, `fill`
//! and `suspend` (what they do), `kernel_abi::effect` (layout).

use kernel_abi::effect::{Effect, EffectVerb, EntryOutcome, StopNews};
use kernel_abi::stop::{Causes, LastClose, PostCall};
use kernel_abi::verb::BATCH_EFFECTS;

use crate::Core;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::memory::{Budget, SpaceKey};
use crate::pending::{Interruption, Outcome};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::suspend::{armed_calls, user_reasons};
use crate::target::Wanted;
use crate::thread::ThreadKey;

/// Who orders, and from where its effects take bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders {
    pub(crate) scheme: SchemeKey,
    /// The scheme may order about threads and groups.
    pub(crate) authority: bool,
    pub(crate) space: SpaceKey,
    /// `Batch::bytes`.
    pub(crate) bytes: u64,
}

impl<M: Machine> Core<M> {
    /// Nothing changes unless all effects are allowed, but for the buffers of calls that wait to have them filled.
    ///
    /// # Errors
    /// The first that is not, and why.
    pub(crate) fn check_effects(
        &mut self,
        key: ThreadKey,
        orders: &Orders,
        effects: &[Effect],
    ) -> Result<(), (u32, Errno)> {
        let mut budget = Budget::call();
        for (index, effect) in (0..).zip(effects) {
            let verb = EffectVerb::from_raw(effect.verb).ok_or((index, Errno::EINVAL))?;
            if !orders.authority && needs_authority(verb) {
                return Err((index, Errno::EPERM));
            }
            self.check_effect(key, orders, (verb, effect), &mut budget).map_err(|errno| (index, errno))?;
        }
        Ok(())
    }

    fn check_effect(
        &mut self,
        key: ThreadKey,
        orders: &Orders,
        (verb, effect): (EffectVerb, &Effect),
        budget: &mut Budget,
    ) -> Result<(), Errno> {
        let scheme = orders.scheme;
        use EffectVerb as V;
        let [word, second, ..] = effect.words;
        match verb {
            V::Reply | V::ReplyStore | V::ReplyRestart | V::ReplyFrame => {
                PostCall::from_bits(effect.flags).map(|_| ()).ok_or(Errno::EINVAL)
            }
            V::Notify => Ok(()),
            V::ReplyFill => self.fill_buffer(orders, effect, budget),
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
                if verb == V::Stop {
                    StopNews::from_raw(second).ok_or(Errno::EINVAL)?;
                }
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

    /// Does an effect that was checked.
    pub(crate) fn do_effect(&mut self, key: ThreadKey, scheme: SchemeKey, effect: &Effect) {
        use EffectVerb as V;
        let Some(verb) = V::from_raw(effect.verb) else {
            return;
        };
        let [word, ..] = effect.words;
        match verb {
            V::Reply | V::ReplyFill => self.reply(scheme, effect),
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
            V::Stop => {
                let news = StopNews::from_raw(second).unwrap_or(StopNews::Awaited);
                self.stop_group(key, user_reasons(word).unwrap_or_default(), news);
            }
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
