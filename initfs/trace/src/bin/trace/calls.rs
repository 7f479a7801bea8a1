//! System calls from their entry to their exit, of all threads.
//!
//! Decides that a call is one line, told when it is done, so that calls of several threads do not mix; one that never ends
//! is told at its thread's end. A call whose memory is not looked at costs one write: the question goes with the resume.
//! Main type: [`Calls`]. Neighbours: `tracer` (when), `target` (the questions), the library (words).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use proc_abi::event_record::EventRecord;
use runtime::process::Pid;
use runtime::{Error, Result, time};
use trace::call::{Entered, Memory, complete, describe, reads_memory};
use trace::result;
use trace::summary::{Outcome, Summary};

use crate::target::{Target, Then};

/// A thread between the two stops of a call.
#[derive(Debug)]
struct Pending {
    pid: Pid,
    tid: i32,
    entered: Entered,
    since: Duration,
}

/// Calls that are under way, and counts of those that are over.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pending: Vec<Pending>,
    summary: Summary,
}

/// Nothing is looked at any more.
struct Gone;

impl Memory for Gone {
    fn read(&self, _: u64, _: &mut [u8]) -> usize {
        0
    }
}

impl Calls {
    /// The table of `-c`.
    pub(crate) fn table(&self) -> String {
        self.summary.table()
    }

    /// A thread stopped at an entry; it goes on.
    pub(crate) fn enter(&mut self, target: &Target, stop: &EventRecord) -> Result<()> {
        self.take(stop.tid);
        let looks = reads_memory(stop.syscall_code);
        let words = target.arguments(stop.tid, if looks { Then::Wait } else { Then::Go })?;
        let entered = describe(stop.syscall_code, &words, target);
        self.pending.try_reserve(1).map_err(|_| Error::ENOMEM)?;
        self.pending.push(Pending { pid: target.pid, tid: stop.tid, entered, since: time::now() });
        if looks { target.resume(None) } else { Ok(()) }
    }

    /// A thread stopped at an exit; gives the line of its call, and the thread goes on.
    pub(crate) fn leave(&mut self, target: &Target, stop: &EventRecord) -> Result<Option<String>> {
        let Some(pending) = self.take(stop.tid) else {
            return target.resume(None).map(|()| None);
        };
        let took = time::now().saturating_sub(pending.since);
        let looks = pending.entered.is_filled();
        let told = target.result(stop.tid, if looks { Then::Wait } else { Then::Go })?;
        let text = complete(&pending.entered, result::count(&told), target);
        if looks {
            target.resume(None)?;
        }
        let outcome = if told.error > 0 { Outcome::Failed } else { Outcome::Done };
        self.summary.count(pending.entered.name, outcome, took);
        Ok(Some(format!("{text} {}", result::describe(pending.entered.name, &told))))
    }

    /// Lines of the calls that end without a result, because their processes are gone.
    pub(crate) fn unfinished(&mut self, is_gone: impl Fn(Pid) -> bool) -> Vec<(i32, String)> {
        self.end(|pending| is_gone(pending.pid))
    }

    /// The same for one thread.
    pub(crate) fn unfinished_of(&mut self, tid: i32) -> Vec<(i32, String)> {
        self.end(|pending| pending.tid == tid)
    }

    fn end(&mut self, is_gone: impl Fn(&Pending) -> bool) -> Vec<(i32, String)> {
        let mut lines = Vec::new();
        while let Some(index) = self.pending.iter().position(&is_gone) {
            let pending = self.pending.remove(index);
            self.summary.count(pending.entered.name, Outcome::Done, Duration::ZERO);
            lines.push((pending.tid, format!("{} = ?", complete(&pending.entered, None, &Gone))));
        }
        lines
    }

    fn take(&mut self, tid: i32) -> Option<Pending> {
        let index = self.pending.iter().position(|pending| pending.tid == tid)?;
        Some(self.pending.swap_remove(index))
    }
}
