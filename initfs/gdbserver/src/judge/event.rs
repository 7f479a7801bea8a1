//! Stops that the kernel makes for debuggers: exec, forks, threads, system calls.
//!
//! Decides which of them the client hears of, and what happens to a child that it does not hear of: it loses the breakpoints
//! its memory was copied with and runs alone. Methods of [`Engine`]. Neighbours: `judge`, `process::code`.

use super::Verdict;
use crate::engine::Engine;
use crate::linux::calls;
use crate::process::code::Code;
use crate::process::{Origin, Process};
use crate::report::{Reason, Report};
use crate::signal::to_client;
use crate::system::{Change, Outcome, Stop, System, Text};
use proc_abi::event::EventFlags;
use proc_abi::id::Pid;

impl<S: System> Engine<S> {
    /// Judges an event stop.
    pub(super) fn judge_event(&mut self, pid: Pid, stop: &Stop) -> Outcome<Verdict> {
        if stop.flags.contains(EventFlags::EXEC) {
            return self.executed(pid, stop);
        }
        if let Some(child) = stop.child.filter(|_| stop.flags.contains(EventFlags::FORKED)) {
            return self.forked(pid, child, stop);
        }
        let events = self.client.vfork_events;
        let (process, _) = self.process(pid)?;
        if stop.flags.contains(EventFlags::VFORK_DONE) {
            process.lends = false;
            process.code.shared = false;
            if events {
                return Ok(Verdict::Tells(Report::trap(stop.thread, Reason::VforkDone)));
            }
            return self.go_on(pid, None);
        }
        if stop.flags.contains(EventFlags::BORN) {
            // A new thread has no debug registers.
            process.watch.changed |= !process.watch.is_empty();
            return self.go_on(pid, None);
        }
        let entry = stop.flags.contains(EventFlags::SCE) && !stop.flags.contains(EventFlags::SCX);
        let number = calls::to_client(stop.call);
        if stop.flags.contains(EventFlags::EXITED) || !process.catch.covers(number) {
            return self.go_on(pid, None);
        }
        let reason = if entry { Reason::CallEntry(number) } else { Reason::CallReturn(number) };
        Ok(Verdict::Tells(Report::trap(stop.thread, reason)))
    }

    /// Another image runs: nothing of what was known of the old one is true.
    fn executed(&mut self, pid: Pid, stop: &Stop) -> Outcome<Verdict> {
        self.return_memory(pid);
        let events = self.client.exec_events;
        let (process, system) = self.process(pid)?;
        process.code = Code::default();
        process.watch.clear();
        process.watch.changed = false;
        process.held.clear();
        (process.armed, process.late) = (None, None);
        let reason = if events { Reason::Exec(system.text(pid, Text::Executable)?) } else { Reason::Signal };
        Ok(Verdict::Tells(Report::trap(stop.thread, reason)))
    }

    /// A child that used its parent's memory leaves it: breakpoints that were put in for the child are the parent's to remove.
    pub(crate) fn return_memory(&mut self, pid: Pid) {
        let Some(child) = self.find(pid) else { return };
        let (lender, patches) = (child.lender.take(), core::mem::take(&mut child.code.patches));
        if let Some(parent) = lender.and_then(|lender| self.find(lender)) {
            parent.code.patches.extend(patches);
        }
    }

    fn forked(&mut self, pid: Pid, child: Pid, stop: &Stop) -> Outcome<Verdict> {
        let vfork = stop.flags.contains(EventFlags::VFORKED);
        let tells = if vfork { self.client.vfork_events } else { self.client.fork_events };
        let first = self.system.adopt(child)?;
        let (parent, system) = self.process(pid)?;
        parent.lends = vfork;
        if vfork {
            parent.clean_code(system)?;
        }
        let Change::Stopped(child_stop) = first else {
            self.system.bury(child);
            return self.go_on(pid, None);
        };
        let signal = to_client(child_stop.signal);
        let report = Report::Stopped { thread: child_stop.thread, signal, reason: Reason::Signal };
        let mut new = Process::new(child, Origin::Attached, child_stop.thread, report);
        new.code = parent.code.clone();
        new.watch = parent.watch;
        new.watch.changed |= !new.watch.is_empty();
        new.catch = parent.catch.clone();
        new.lender = vfork.then_some(pid);
        if tells {
            let make = if vfork { Reason::Vfork } else { Reason::Fork };
            let general = self.general;
            self.add(new);
            self.general = general;
            return Ok(Verdict::Tells(Report::trap(stop.thread, make(child, child_stop.thread))));
        }
        parent.code.shared = vfork;
        new.watch.clear();
        // The child may have been killed meanwhile.
        let _ = new.clean_code(system).and_then(|()| new.apply_watch(system)).and_then(|()| system.detach(child, None));
        self.go_on(pid, None)
    }
}
