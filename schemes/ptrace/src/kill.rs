//! SIGKILL: nothing that keeps threads from running holds it up.
//!
//! Decides when it does what, the moment it is sent and again wherever something ends that it waited for: an untraced process
//! dies, a traced one stops where it is and shows it to its tracer. No thread has to come to a boundary for that, so neither
//! stop tokens nor held threads, waits for a vfork child, calls that nobody ends, or other signals are in its way; the
//! tracer's own stop is, as in FreeBSD (kern_sig.c, tdsendsignal). Main method: `heed_kill`. Neighbours: `send` (react),
//! `resume` and `exec` (what ends), `stop` (the stop).

use proc_abi::id::{Pid, Tid};
use proc_abi::signal::SIGKILL;
use proc_abi::wait::WaitStatus;

use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::thread::{Stage, Thread};
use crate::turn::Turn;

/// What becomes of a SIGKILL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// Something that must come first heeds it afterwards.
    Wait,
    /// The process dies.
    Die,
    /// The process ends, and a tracer that wants to may see its threads go.
    End,
    /// The tracer is shown it.
    Show,
}

impl<K: Kernel> Turn<'_, K> {
    /// Does what a pending SIGKILL asks for, if there is one.
    pub(crate) fn heed_kill(&mut self, pid: Pid) {
        let Some(process) = self.process(pid).filter(|process| is_killed(process)) else { return };
        let status = WaitStatus::Killed(SIGKILL);
        match course(process) {
            Course::Wait => {}
            Course::Die => self.exit_now(pid, process.ending.unwrap_or(status)),
            Course::End => self.begin_exit(pid, None, status),
            Course::Show => self.show_kill(pid),
        }
    }

    fn show_kill(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let own = |thread: &&mut Thread| thread.queue.pending().contains(SIGKILL);
        let named =
            process.threads.iter_mut().find(own).and_then(|thread| thread.queue.take(SIGKILL).map(|_| thread.tid));
        if named.is_none() {
            process.queue.take(SIGKILL);
        }
        let reporter = reporter(process, named);
        self.stop_where_it_is(pid, reporter, SIGKILL);
    }
}

fn is_killed(process: &Process) -> bool {
    let own = process.threads.iter().any(|thread| thread.queue.pending().contains(SIGKILL));
    process.is_alive() && (own || process.queue.pending().contains(SIGKILL))
}

fn course(process: &Process) -> Course {
    if process.is(Flags::PROTECTED) {
        return Course::Wait;
    }
    if !process.is(Flags::TRACED) {
        return Course::Die;
    }
    if process.should_stop() || process.is(Flags::SINGLE_EXIT) || process.ends_by_cause() {
        return Course::Wait;
    }
    if !(process.diverts_signals() && process.stops.signals.contains(SIGKILL)) {
        return Course::End;
    }
    // Nobody commands a process between two images, so nobody could answer.
    if process.is(Flags::INEXEC) { Course::Wait } else { Course::Show }
}

/// The thread it was sent to, or the oldest, but none that still has to look at the answer to an earlier stop.
fn reporter(process: &Process, named: Option<Tid>) -> Option<Tid> {
    let is_free = |thread: &&Thread| !matches!(thread.stage, Stage::Stopped(..));
    let named = process.live_threads().filter(|thread| Some(thread.tid) == named).find(is_free);
    named.or_else(|| process.live_threads().find(is_free)).map(|thread| thread.tid)
}
