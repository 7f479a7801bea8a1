//! Reports of the kernel: a thread is parked, and this is why.
//!
//! Decides what each cause means here. Neighbours: `kernel_abi::stop` (causes and their words), `fault` (which signal a
//! fault is), `advance` (what the thread does next). FreeBSD: subr_syscall.c (syscallenter, syscallret), trap.c,
//! kern_thread.c; specification section 6.

use kernel_abi::effect::EntryOutcome;
use kernel_abi::stop::Cause;
use proc_abi::event_record::EventKind;
use proc_abi::run::{argument_count, trap_information};
use proc_abi::stop_event::StopCauses;

use crate::effect::Effect;
use crate::errno::Errno;
use crate::fault;
use crate::id::{KernelThread, ThreadRef};
use crate::kernel::Kernel;
use crate::process::Process;
use crate::thread::{DebugFlags, Latched, Point, Stage};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// A thread is parked with a report.
    pub fn report(&mut self, thread: KernelThread, cause: Cause, words: &[u64; 8]) {
        let Some(at) = self.table.find_thread(thread) else {
            if !self.dumper_report(thread) {
                self.loader_report(thread);
            }
            return;
        };
        let point = match cause {
            Cause::CallEntry => self.at_entry(at, words),
            Cause::CallExit => self.at_exit(at, words),
            Cause::Step | Cause::Breakpoint | Cause::HardwareBreak => {
                trap_information(cause, words).map_or(Point::Scan, Point::Trap)
            }
            Cause::Fault => Point::Trap(fault::siginfo(words)),
            Cause::ThreadExit => self.at_thread_exit(at),
            Cause::PostHold => Point::VforkDone,
            Cause::GroupExit | Cause::ThreadStart | Cause::Boundary => Point::Scan,
        };
        self.park(at, point);
        if cause == Cause::GroupExit {
            self.let_go(at);
            return;
        }
        if self.process(at.pid).is_some_and(Process::should_stop) {
            self.complete_if_parked(at.pid);
        } else {
            self.advance(at);
        }
    }

    fn park(&mut self, at: ThreadRef, point: Point) {
        let place = self.table.next_place();
        if let Some(thread) = self.thread_mut(at) {
            thread.stage = Stage::Pending(point, place);
        }
    }

    pub(crate) fn at_entry(&mut self, at: ThreadRef, words: &[u64; 8]) -> Point {
        if let Some(thread) = self.thread_mut(at) {
            thread.call = latched(words[0], words[1]);
            thread.flags.remove(DebugFlags::SCX);
            thread.flags.insert(DebugFlags::SCE);
        }
        Point::CallEntry
    }

    pub(crate) fn at_exit(&mut self, at: ThreadRef, words: &[u64; 8]) -> Point {
        if let Some(thread) = self.thread_mut(at) {
            let arguments = argument_count(u64::from(low(words[0])));
            thread.call = Latched { result: words[2], ..latched(words[0], u64::from(arguments)) };
            thread.flags.remove(DebugFlags::SCE);
            thread.flags.insert(DebugFlags::SCX);
        }
        Point::CallExit
    }

    fn at_thread_exit(&mut self, at: ThreadRef) -> Point {
        if let Some(thread) = self.thread_mut(at) {
            thread.flags.insert(DebugFlags::EXIT);
        }
        Point::Exit
    }

    /// A thread is gone.
    pub fn thread_dead(&mut self, thread: KernelThread) {
        let Some(at) = self.table.find_thread(thread) else { return };
        self.forget_dumps(at.pid, Some(at));
        if self.live(at.pid).is_ok() {
            self.publish_thread(at, EventKind::ThreadGone);
        }
        let was_reporting = self.process(at.pid).is_some_and(|process| process.xthread == Some(at.tid));
        self.table.remove_thread(at);
        if let Some(process) = self.process_mut(at.pid).filter(|_| was_reporting) {
            process.xthread = None;
        }
        self.complete_if_parked(at.pid);
        self.threads_ended(at.pid);
    }

    /// The kernel no longer wants the call to wait: whatever is done here, it ends with EINTR.
    pub fn cancel(&mut self, thread: KernelThread) {
        let Some(at) = self.table.find_thread(thread) else { return };
        if let Some(blocked) = self.take_interruptible(at) {
            self.answer(at, blocked.tag, Err(Errno::EINTR));
        }
    }

    /// The thread goes on: whatever it is owed next is the kernel's business.
    pub(crate) fn let_go(&mut self, at: ThreadRef) {
        let Some(process) = self.process_mut(at.pid) else { return };
        let Some(thread) = process.thread(at.tid) else { return };
        let owes_scan = !process.deliverable(thread).is_empty();
        let Some(thread) = process.thread_mut(at.tid) else { return };
        let kernel = thread.kernel;
        if !thread.is_parked() {
            return;
        }
        let unstarted = thread.stage.is_unstarted();
        let given = thread.given_result.take();
        let leaving = thread.flags.contains(DebugFlags::EXIT);
        thread.stage = if leaving { Stage::Dying } else { Stage::Away };
        thread.passed = StopCauses::empty();
        if owes_scan && !leaving {
            self.order(Effect::Post { thread: kernel });
        }
        if unstarted {
            self.order(Effect::Release { thread: kernel, reasons: kernel_abi::stop::Reasons::NOT_STARTED });
        } else {
            let outcome = given.map_or(EntryOutcome::Run, |_| EntryOutcome::Skip);
            self.order(Effect::Resume { thread: kernel, outcome, result: given.unwrap_or(0) });
        }
    }
}

fn low(word: u64) -> u32 {
    (word & u64::from(u32::MAX)) as u32
}

fn latched(code: u64, arguments: u64) -> Latched {
    Latched { code: low(code), arguments: low(arguments), result: 0 }
}
