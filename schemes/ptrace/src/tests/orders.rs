//! The model's side of effects: each is done as the kernel does it.
//!
//! Decides what an effect may name: what the kernel would refuse fails the test, unless it has only died. Main method:
//! [`Model::perform`]. Neighbours: `model`, `world` (hands effects over in their order).

use kernel_abi::calls;
use kernel_abi::effect::{EntryOutcome, StopNews};
use kernel_abi::stop::PostCall;

use super::model::{Message, Model, Outcome, Thread};
use crate::{Effect, Farewell, Interruption, Kernel, KernelGroup, KernelThread, SessionId, Tag};

impl Model {
    fn of_tag(&mut self, tag: Tag) -> Option<u64> {
        let found = self.threads.iter().find(|(_, thread)| thread.call.is_some_and(|call| call.tag == tag.0));
        found.map(|(id, _)| *id)
    }

    fn answer(&mut self, tag: Tag, outcome: Outcome, post: PostCall) {
        if let Some(id) = self.of_tag(tag) {
            self.thread(id).post_call |= post.bits();
            self.finish(id, outcome);
        }
    }

    /// Does what a batch says; an effect that the kernel would refuse fails the test, unless what it names has died.
    pub(super) fn perform(&mut self, effect: &Effect) {
        match *effect {
            Effect::Reply { tag, result, post, .. } => self.answer(tag, Outcome::Result(result), post),
            Effect::ReplyStore { tag, result, post, store } => {
                let stored = self.copy_out(tag, store.address, &store.value.to_le_bytes());
                let result = stored.map_or_else(|errno| kernel_abi::encode_result(Err(errno.number())), |()| result);
                self.answer(tag, Outcome::Result(result), post);
            }
            Effect::ReplyRestart { tag } => self.answer(tag, Outcome::Restart, PostCall::empty()),
            Effect::ReplyFrame { tag, post } => self.answer(tag, Outcome::Frame, post),
            Effect::Timer { cookie, deadline } => {
                self.timers.insert(cookie, deadline);
            }
            Effect::Resume { thread, outcome, result } => self.resume(thread, outcome, result),
            Effect::Hold { thread, reasons } => self.with(thread, |thread| thread.reasons |= reasons.bits()),
            Effect::Release { thread, reasons } => self.with(thread, |thread| thread.reasons &= !reasons.bits()),
            Effect::Post { thread } => self.with(thread, |thread| thread.boundary = true),
            Effect::Interrupt { thread, ending } => self.interrupt(thread, ending),
            Effect::Step { thread, stepping } => {
                self.with(thread, |thread| thread.step = stepping == crate::Stepping::Armed);
            }
            Effect::Kill { thread, farewell } => self.kill_thread(thread, farewell),
            Effect::ExecCommit { loader, thread, .. } => {
                self.with(thread, |thread| thread.step = false);
                self.kill_group(loader.0);
            }
            Effect::SessionOpen { session, group, tracer, .. } => self.open(session, group, tracer),
            Effect::SessionEnd { session } => {
                self.leaves.remove(&session.0);
                assert!(self.sessions.remove(&session.0).is_some(), "session is there");
            }
            Effect::Delegate { session, thread } => {
                assert!(self.sessions.contains_key(&session.0), "session is there");
                match thread {
                    Some(thread) => self.leaves.insert(session.0, thread),
                    None => self.leaves.remove(&session.0),
                };
            }
            Effect::SessionCollect { session } => {
                self.sessions.get_mut(&session.0).expect("session is there").1 = true;
            }
            Effect::SessionPolicy { session, .. } => {
                assert!(self.sessions.contains_key(&session.0), "session is there");
            }
            Effect::Stop { .. } | Effect::Continue { .. } | Effect::Arm { .. } | Effect::KillGroup { .. } => {
                self.perform_group(effect);
            }
            Effect::Identity { .. } | Effect::Epoch { .. } => self.perform_group(effect),
            Effect::Wake { address, .. } => self.woken.push(address),
        }
    }

    fn perform_group(&mut self, effect: &Effect) {
        let (Effect::Stop { group, .. }
        | Effect::Continue { group, .. }
        | Effect::Arm { group, .. }
        | Effect::KillGroup { group }
        | Effect::Identity { group, .. }
        | Effect::Epoch { group }) = *effect
        else {
            return;
        };
        let Some(state) = self.groups.get_mut(&group.0) else { return };
        match *effect {
            Effect::Stop { reasons, news, .. } => {
                state.reasons |= reasons.bits();
                state.epoch += u64::from(news == StopNews::Complete);
                if news == StopNews::Awaited {
                    self.inbox.retain(|message| *message != Message::Stopped(group.0));
                    self.inbox.push_back(Message::Stopped(group.0));
                }
            }
            Effect::Continue { reasons, .. } => {
                state.reasons &= !reasons.bits();
                state.epoch += 1;
            }
            Effect::Arm { causes, calls, .. } => (state.armed, state.calls) = (causes.bits(), calls),
            Effect::Identity { badge, incarnation, .. } => (state.badge, state.incarnation) = (badge, incarnation),
            Effect::Epoch { .. } => state.epoch += 1,
            _ => self.kill_group(group.0),
        }
    }

    fn with(&mut self, thread: KernelThread, change: impl FnOnce(&mut Thread)) {
        if let Some(thread) = self.threads.get_mut(&thread.0) {
            change(thread);
        }
    }

    fn open(&mut self, session: SessionId, group: KernelGroup, tracer: KernelGroup) {
        assert!(self.groups.contains_key(&group.0) && self.groups.contains_key(&tracer.0));
        assert!(self.sessions.insert(session.0, (group.0, false)).is_none(), "a number is never used twice");
    }

    fn resume(&mut self, thread: KernelThread, outcome: EntryOutcome, result: usize) {
        let Some(state) = self.threads.get_mut(&thread.0) else { return };
        assert!(state.report.take().is_some(), "a resumed thread has a report: {state:?}");
        match (std::mem::take(&mut state.entry), outcome) {
            (true, EntryOutcome::Run) => self.body(thread.0),
            (true, EntryOutcome::Skip) => self.finish(thread.0, Outcome::Result(result)),
            (false, _) => assert_eq!(outcome, EntryOutcome::Run, "only an entry can be skipped"),
        }
    }

    fn kill_thread(&mut self, thread: KernelThread, farewell: Farewell) {
        let id = thread.0;
        if !self.threads.contains_key(&id) {
            return;
        }
        if farewell == Farewell::Silent {
            self.kill(id);
            return;
        }
        self.inbox
            .retain(|message| !matches!(message, Message::Report(other, ..) | Message::Call(other, _) if *other == id));
        let state = self.thread(id);
        *state = Thread {
            group: state.group,
            reasons: state.reasons,
            retire: Some(1),
            registers: state.registers,
            ..Thread::default()
        };
    }

    fn interrupt(&mut self, thread: KernelThread, ending: Interruption) {
        let id = thread.0;
        let Some(call) = self.threads.get(&id).and_then(|thread| thread.call) else { return };
        let row = calls::by_shown(call.number);
        if row.is_none_or(|row| row.served == calls::Served::ProcessServer || row.short) {
            return;
        }
        let restart = ending == Interruption::Restart && row.is_some_and(|row| row.restartable);
        let eintr = Outcome::Result(kernel_abi::encode_result(Err(4)));
        self.finish(id, if restart { Outcome::Restart } else { eintr });
    }
}
