//! Sessions: one debugger's authority over one group, and the bond that fires when the debugger is gone.
//!
//! Decides when a handle that was given out for a session is dead, without asking the server. Main type: [`Session`].
//! Neighbours: `target` (checks on every use), `batch` (SESSION effects), `teardown` (a dying tracer fires its bonds).

use kernel_abi::call_set::CallStops;
use kernel_abi::effect::{Effect, EffectVerb, StopNews};
use kernel_abi::stop::{Causes, LastClose, Reasons};
use kernel_abi::verb::BATCH_EFFECTS;

use crate::Core;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::inbox::{Item, Node};
use crate::run::Leave;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// One session. Its number is the server's and never used twice.
#[derive(Debug)]
pub(crate) struct Session {
    /// The group under debugging.
    pub(crate) target: GroupKey,
    /// The debugger's group.
    pub(crate) tracer: GroupKey,
    /// Stop epoch that the tracer has collected.
    pub(crate) collected: Option<u64>,
    /// Its run handles may run the target.
    pub(crate) leave: Option<Leave>,
    policy: LastClose,
    node: Node,
}

impl<M: Machine> Core<M> {
    /// SESSION_OPEN can be done; makes room for it and for those of the rest of its batch.
    ///
    /// # Errors
    /// EINVAL, ESRCH, EPERM, EEXIST, ENOMEM.
    pub(crate) fn check_session(&mut self, scheme: SchemeKey, effect: &Effect) -> Result<(), Errno> {
        let [number, tracer, policy, ..] = effect.words;
        LastClose::from_raw(policy).ok_or(Errno::EINVAL)?;
        self.own_group(scheme, tracer)?;
        self.own_group(scheme, effect.target)?;
        if number == 0 || self.sessions.contains_key(&number) {
            return Err(Errno::EEXIST);
        }
        self.sessions.try_reserve(BATCH_EFFECTS).map_err(|_| Errno::ENOMEM)?;
        Ok(self.nodes.reserve_free(BATCH_EFFECTS)?)
    }

    /// Whether the session is there, over a group that reports to the scheme.
    ///
    /// # Errors
    /// ESRCH, EPERM.
    pub(crate) fn own_session(&self, scheme: SchemeKey, number: u64) -> Result<(), Errno> {
        let session = self.sessions.get(&number).ok_or(Errno::ESRCH)?;
        self.own_group(scheme, session.target.raw()).map(|_| ())
    }

    /// SESSION_OPEN, SESSION_END, SESSION_POLICY, SESSION_COLLECT and DELEGATE.
    pub(crate) fn session_effect(&mut self, verb: EffectVerb, effect: &Effect) {
        match verb {
            EffectVerb::SessionOpen => self.open_session(effect),
            EffectVerb::SessionEnd => {
                if let Some(session) = self.sessions.remove(&effect.target) {
                    self.nodes.give(session.node);
                }
            }
            EffectVerb::Delegate => {
                let [allowed, label, thread, ..] = effect.words;
                let leave = Leave { thread: ThreadKey::from_raw(thread), label };
                if let Some(session) = self.sessions.get_mut(&effect.target) {
                    session.leave = (allowed != 0).then_some(leave);
                }
            }
            EffectVerb::SessionPolicy => {
                let [policy, ..] = effect.words;
                if let (Some(session), Some(policy)) =
                    (self.sessions.get_mut(&effect.target), LastClose::from_raw(policy))
                {
                    session.policy = policy;
                }
            }
            _ => {
                if let Some(session) = self.sessions.get_mut(&effect.target)
                    && let Some(group) = self.groups.get(session.target)
                {
                    session.collected = Some(group.stop_epoch);
                }
            }
        }
    }

    fn open_session(&mut self, effect: &Effect) {
        let [number, tracer, policy, ..] = effect.words;
        // The check made room for every effect of the batch.
        let Ok(node) = self.nodes.reserve() else {
            return;
        };
        let policy = LastClose::from_raw(policy).unwrap_or(LastClose::Kill);
        let (target, tracer) = (GroupKey::from_raw(effect.target), GroupKey::from_raw(tracer));
        let before =
            self.sessions.insert(number, Session { target, tracer, collected: None, leave: None, policy, node });
        if let Some(before) = before {
            // The same batch used the number twice: the later one counts.
            self.nodes.give(before.node);
        }
    }

    /// A group is gone: sessions over it end, bonds of sessions it had as tracer fire. Needs no server.
    pub(crate) fn end_sessions_of(&mut self, group: GroupKey) {
        while let Some(number) = self.find_session(|session| session.target == group) {
            if let Some(session) = self.sessions.remove(&number) {
                self.nodes.give(session.node);
            }
        }
        while let Some(number) = self.find_session(|session| session.tracer == group) {
            if let Some(session) = self.sessions.remove(&number) {
                self.fire(number, &session);
            }
        }
    }

    /// The one with the lowest number, so that several end in the order in which they were opened.
    fn find_session(&self, wanted: impl Fn(&Session) -> bool) -> Option<u64> {
        self.sessions.iter().filter(|(_, session)| wanted(session)).map(|(number, _)| *number).min()
    }

    fn fire(&mut self, number: u64, session: &Session) {
        let Some(server) = self.groups.get(session.target).map(|group| group.server) else {
            self.nodes.give(session.node);
            return;
        };
        match session.policy {
            LastClose::Kill => self.kill_group(session.target),
            LastClose::Run => {
                self.arm(session.target, Causes::empty(), CallStops::ALL);
                self.continue_group(session.target, Reasons::TRACE, 1);
            }
            LastClose::Stop => self.stop_group(session.target, Reasons::OPERATOR, StopNews::Known),
        }
        let item = Item::SessionLost { session: number, policy: session.policy as u64 };
        self.deliver_owned(server, session.node, item);
    }
}
