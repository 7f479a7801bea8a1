//! The one ordered way back to user code: everything owed to a thread is settled here, one report at a time.
//!
//! Decides the order: retry of the call, retirement, outcome of the call, traps, post-call stop, post-hold stop, boundary.
//! Suspension needs no place in it: a suspended thread is not picked. Neighbours: `scheduler` (calls [`Core::prepare`]),
//! `complete` (outcomes), `batch` (RESUME continues here). The entry stop comes before the body of a call, in `exit`.

use kernel_abi::calls;
use kernel_abi::message::NATIVE_FAULT;
use kernel_abi::stop::{Cause, Causes, PostCall};

use crate::Core;
use crate::exit::{VECTOR_BREAKPOINT, VECTOR_DEBUG};
use crate::group::Group;
use crate::inbox::Item;
use crate::seam::Machine;
use crate::thread::{Due, Phase, Resume, StopRecord, Thread, ThreadKey};

impl<M: Machine> Core<M> {
    /// Settles what `key` owes, if it does not return plainly; true if it can enter user code now, false if it was parked, waits or is gone.
    pub(crate) fn prepare(&mut self, key: ThreadKey) -> bool {
        let Some(thread) = self.threads.get_mut(key) else {
            return false;
        };
        if thread.resume == Resume::Retry {
            thread.resume = Resume::User;
            self.retry_call(key);
        }
        self.prepare_exit(key)
    }

    fn prepare_exit(&mut self, key: ThreadKey) -> bool {
        let Some(thread) = self.threads.get_mut(key).filter(|thread| thread.may_run()) else {
            return false;
        };
        let Some(group) = self.groups.get(thread.group).filter(|group| group.reasons.is_empty()) else {
            return false;
        };
        if let Some(word) = thread.due.retire.take() {
            self.retire(key, word);
            return false;
        }
        thread.apply_outcome();
        thread.apply_note();
        let stop = thread.due.trap.take().or_else(|| thread.next_report(group));
        if let Some(stop) = stop {
            self.report(key, stop);
        }
        stop.is_none()
    }

    /// A thread that is to die reports that first if its group asks for it.
    fn retire(&mut self, key: ThreadKey, word: u64) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let armed = self.groups.get(thread.group).is_some_and(|group| group.armed.contains(Causes::THREAD_EXIT));
        if armed && word != DYING {
            thread.due = Due { retire: Some(DYING), ..Due::default() };
            self.report(key, StopRecord::new(Cause::ThreadExit, [word]));
        } else {
            self.kill_thread(key);
        }
    }

    /// Parks a thread and tells its server, or the tracer that runs it without. A native group has nobody to tell: whatever would be reported ends it.
    pub(crate) fn report(&mut self, key: ThreadKey, stop: StopRecord) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let Some(group) = self.groups.get_mut(thread.group) else {
            return;
        };
        if !group.process {
            group.status = native_fault_status(&stop);
            let (group, rip) = (thread.group, thread.context.registers.rip);
            log::error!("native group {:#x} stopped by {stop:x?} at {rip:#x}", group.raw());
            self.kill_group(group);
            return;
        }
        thread.report = Some(stop);
        let (node, server) = (thread.nodes.report, group.server);
        if group.run.is_under_way() && self.stop_for_tracer(key, &stop) {
            return;
        }
        self.deliver(server, node, Item::Report(key));
    }
}

impl Thread {
    /// The first of: exit or start stop, post-hold stop, boundary.
    fn next_report(&mut self, group: &Group) -> Option<StopRecord> {
        let stops = self.phase == Phase::Exit && group.stops_at_exit(self.latched.number);
        self.phase = Phase::User;
        let bits = self.due.post_call.take().unwrap_or_default();
        let word = core::mem::take(&mut self.due.post_word);
        self.due.post_hold |= bits.contains(PostCall::POST_HOLD);
        self.due.boundary |= bits.contains(PostCall::BOUNDARY);
        if stops || bits.contains(PostCall::REPORT) {
            let call = calls::by_number(self.latched.number);
            let shown = call.map_or(u64::MAX, |call| u64::from(call.shown));
            let words = [shown, u64::from(bits.bits()), self.result as u64, word];
            return Some(StopRecord::new(Cause::CallExit, words));
        }
        if core::mem::take(&mut self.due.post_hold) {
            return Some(StopRecord::new(Cause::PostHold, []));
        }
        core::mem::take(&mut self.due.boundary).then(|| StopRecord::new(Cause::Boundary, []))
    }
}

/// Word of a retirement that was reported already.
const DYING: u64 = u64::MAX;

fn native_fault_status(stop: &StopRecord) -> u64 {
    let vector = match stop.cause {
        Cause::Fault => stop.words.first().copied().unwrap_or_default(),
        Cause::Breakpoint => u64::from(VECTOR_BREAKPOINT),
        Cause::Step | Cause::HardwareBreak => u64::from(VECTOR_DEBUG),
        Cause::CallEntry
        | Cause::CallExit
        | Cause::ThreadStart
        | Cause::ThreadExit
        | Cause::GroupExit
        | Cause::PostHold
        | Cause::Boundary => 0,
    };
    NATIVE_FAULT | vector
}
