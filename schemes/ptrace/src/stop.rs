//! Trace stops and job-control stops: how a process comes to stand still, and who is told.
//!
//! Decides the first half of FreeBSD's ptracestop (kern_sig.c; specification section 5.2): who reports, what is remembered,
//! when the stop counts as complete. Neighbours: `advance` brings threads here, `resume` is the other half, `wait` collects.
//!
//! Unlike FreeBSD a thread that comes second does not enter a stop of its own: its report stays pending, untouched, until the
//! process runs again. So there is always one reporting thread, and a detach meets no half-taken event (section 5.4, hazard).

use kernel_abi::effect::StopNews;
use kernel_abi::stop::Reasons;
use proc_abi::event_record::EventKind;
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::{CLD_STOPPED, CLD_TRAPPED, SigInfo};
use proc_abi::signal::Signal;

use crate::effect::Effect;
use crate::id::{KernelGroup, ThreadRef};
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::queue::Queued;
use crate::table::Processes;
use crate::thread::{DebugFlags, Point, Stage, Stop};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// A parked thread stops for an event.
    pub(crate) fn stop_for_event(&mut self, at: ThreadRef, signal: Signal, point: Point) {
        self.stop_thread(at, signal, SigInfo::default(), Stop::Event(point));
    }

    /// A parked thread stops for a signal that was taken from its queue.
    pub(crate) fn stop_for_signal(&mut self, at: ThreadRef, queued: Queued) {
        let info = SigInfo { signo: queued.signal.number(), ..queued.info };
        self.stop_thread(at, queued.signal, info, Stop::Signal(queued));
    }

    fn stop_thread(&mut self, at: ThreadRef, signal: Signal, info: SigInfo, stop: Stop) {
        let place = self.table.next_place();
        let Some(thread) = self.thread_mut(at) else { return };
        thread.xsig = Some(signal);
        thread.info = info;
        thread.flags.insert(DebugFlags::XSIG);
        thread.stage = Stage::Stopped(stop, place);
        self.begin_trace_stop(at.pid, Some(at.tid), signal);
    }

    /// Stops the whole process for a signal that no thread takes from a queue: each stays where it is, and what it waits for
    /// goes on. This thread reports, or none.
    pub(crate) fn stop_where_it_is(&mut self, pid: Pid, reporter: Option<Tid>, signal: Signal) {
        if let Some(thread) = reporter.and_then(|tid| self.thread_mut(ThreadRef { pid, tid })) {
            thread.flags.insert(DebugFlags::XSIG);
            thread.xsig = Some(signal);
            thread.info = SigInfo::new(signal, 0);
        }
        self.begin_trace_stop(pid, reporter, signal);
    }

    fn begin_trace_stop(&mut self, pid: Pid, reporter: Option<Tid>, signal: Signal) {
        let Some(process) = self.process_mut(pid) else { return };
        process.xthread = reporter;
        process.xsig = Some(signal);
        process.flags.insert(Flags::STOPPED_SIG | Flags::STOPPED_TRACE);
        process.flags.remove(Flags::STOP_COMPLETE | Flags::WAITED);
        let group = process.group;
        self.begin_stop(pid, group, Reasons::TRACE);
    }

    /// Stops the whole process for job control.
    pub(crate) fn begin_job_stop(&mut self, pid: Pid, signal: Signal) {
        let Some(process) = self.process_mut(pid) else { return };
        process.xsig = Some(signal);
        process.flags.insert(Flags::STOPPED_SIG);
        process.flags.remove(Flags::STOP_COMPLETE | Flags::WAITED | Flags::CONTINUED);
        let group = process.group;
        self.begin_stop(pid, group, Reasons::JOB);
    }

    /// A stop is complete at once if all threads are parked, or if the kernel has nothing more to tell of any.
    fn begin_stop(&mut self, pid: Pid, group: KernelGroup, reasons: Reasons) {
        let known = self.table.is_alone || self.process(pid).is_some_and(Process::all_parked);
        if !known {
            self.order(Effect::Stop { group, reasons, news: StopNews::Awaited });
            self.table.refresh_news(pid);
            return;
        }
        let news = if reasons.contains(Reasons::TRACE) { StopNews::Complete } else { StopNews::Known };
        self.order(Effect::Stop { group, reasons, news });
        self.tell_stop(pid);
    }

    /// The kernel says that no thread of the group can run. A message from before our last resume is old news.
    pub fn stopped(&mut self, group: KernelGroup, epoch: u64) {
        let Some(pid) = self.table.find_group(group) else { return };
        let Some(process) = self.process(pid) else { return };
        let awaited = process.should_stop() && !process.is(Flags::STOP_COMPLETE);
        if awaited && epoch >= process.epoch {
            self.complete_stop(pid);
        }
    }

    /// A process whose threads are all parked needs no word from the kernel.
    pub(crate) fn complete_if_parked(&mut self, pid: Pid) {
        let Some(process) = self.process(pid) else { return };
        let awaited = process.should_stop() && !process.is(Flags::STOP_COMPLETE);
        if awaited && process.all_parked() {
            self.complete_stop(pid);
        }
    }

    /// A stop that was awaited is complete.
    fn complete_stop(&mut self, pid: Pid) {
        let Some(process) = self.process(pid) else { return };
        if process.is(Flags::STOPPED_TRACE) {
            let group = process.group;
            self.order(Effect::Epoch { group });
        }
        self.tell_stop(pid);
    }

    /// The kernel has a complete stop, or orders for one: who waits for it is told.
    fn tell_stop(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        process.flags.insert(Flags::STOP_COMPLETE);
        process.flags.remove(Flags::WAITED);
        let traced = process.is(Flags::STOPPED_TRACE);
        let signal = process.xsig;
        let (kind, code) = if traced { (EventKind::TraceStop, CLD_TRAPPED) } else { (EventKind::JobStop, CLD_STOPPED) };
        if traced {
            process.raise_epoch();
        }
        self.table.refresh_news(pid);
        self.publish_stop(pid, kind);
        let status = signal.map_or(0, Signal::number);
        self.tell_parent(pid, code, status);
    }
}

impl Processes {
    /// Whether the message that is worked off next is known to be the only one. Nobody runs meanwhile, so nothing that a
    /// process has done is unseen then, and its stop is complete at once.
    pub const fn note_alone(&mut self, is_alone: bool) {
        self.is_alone = is_alone;
    }
}
