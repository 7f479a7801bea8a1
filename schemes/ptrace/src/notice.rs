//! Telling others: the parent by SIGCHLD and by waking its waits, observers by records.
//!
//! Decides what goes into siginfo and records. Main methods: `tell_parent`, `publish_stop`, `identify`. Neighbours: `stop`,
//! `exit` and `resume` have news, `wait` reads state rather than news. FreeBSD: kern_sig.c (childproc_jobstate,
//! childproc_stopped, childproc_continued, childproc_exited).

use kernel_abi::effect::{GROUP_PRIVILEGED, GROUP_PROTECTED};
use proc_abi::badge::{Badge, Part};
use proc_abi::event::{EventFlags, PL_EVENT_SIGNAL};
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::{CLD_CONTINUED, CLD_STOPPED, CLD_TRAPPED, SigInfo};
use proc_abi::signal::SIGCHLD;
use proc_abi::wait::WaitStatus;

use crate::effect::{Effect, Notice};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::queue::Queued;
use crate::thread::{DebugFlags, Thread};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Tells the one who waits for a process what became of it.
    pub(crate) fn tell_parent(&mut self, pid: Pid, code: i32, status: i32) {
        let Some(process) = self.process(pid) else { return };
        let Some(parent) = process.parent else { return };
        let stop = matches!(code, CLD_STOPPED | CLD_TRAPPED | CLD_CONTINUED);
        let unwanted = self
            .process(parent)
            .is_none_or(|parent| parent.actions.discards(SIGCHLD) || stop && parent.actions.ignores_child_stops());
        if unwanted {
            self.wake_waiters(parent);
            return;
        }
        let info = child_info(process, code, status);
        self.wake_waiters(parent);
        let queued = Queued { child: Some(pid), ..Queued::with(info, SIGCHLD) };
        let _never_refused = self.send(parent, queued);
    }

    /// Takes back the SIGCHLD that a child sent.
    pub(crate) fn forget_child_signal(&mut self, parent: Option<Pid>, child: Pid) {
        if let Some(parent) = parent.and_then(|parent| self.process_mut(parent)) {
            parent.queue.delete_child(child);
        }
    }

    /// Tells the kernel who a process is: what it stamps on messages and answers by itself.
    pub(crate) fn identify(&mut self, pid: Pid) {
        let Some(process) = self.process(pid).filter(|process| process.zombie().is_none()) else { return };
        let parent = process.real_parent.map_or(0, Pid::raw);
        let effect = Effect::Identity {
            group: process.group,
            badge: badge(process, Part::Program),
            flags: identity_flags(process),
            pid: unsigned(pid.raw()),
            parent: unsigned(parent),
            incarnation: process.incarnation,
        };
        self.order(effect);
    }

    /// A stop, with what its reporting thread would tell a debugger.
    pub(crate) fn publish_stop(&mut self, pid: Pid, kind: EventKind) {
        if let Some(record) = self.is_watched(pid).then(|| self.stop_record(pid, kind)).flatten() {
            self.publish(pid, record);
        } else {
            self.pass_over(pid);
        }
    }

    /// The record of the present stop.
    pub(crate) fn stop_record(&self, pid: Pid, kind: EventKind) -> Option<EventRecord> {
        let process = self.process(pid)?;
        let signal = process.xsig?;
        let mut record = EventRecord::new(kind, pid.raw());
        record.wait_status = WaitStatus::Stopped(signal).encode();
        record.signal = signal.number();
        let reporter = process.xthread.and_then(|tid| process.thread(tid));
        if kind == EventKind::TraceStop {
            // Without a reporter it is the thread that requests about the process are for.
            record.tid = process.default_thread().map_or(0, Tid::raw);
        }
        if let Some(thread) = reporter.filter(|_| kind == EventKind::TraceStop) {
            let flags = event_flags(thread);
            record.pl_event = PL_EVENT_SIGNAL;
            record.pl_flags = flags.bits();
            record.siginfo = thread.info;
            record.child_pid = thread.child.map_or(0, Pid::raw);
            if flags.intersects(EventFlags::SCE | EventFlags::SCX) {
                record.syscall_code = thread.call.code;
                record.syscall_narg = thread.call.arguments;
            }
        }
        Some(record)
    }

    /// Something happened to a process as a whole.
    pub(crate) fn publish_process(&mut self, pid: Pid, kind: EventKind) {
        if self.is_watched(pid) {
            self.publish(pid, EventRecord::new(kind, pid.raw()));
        } else {
            self.pass_over(pid);
        }
    }

    /// Something happened to one of its threads.
    pub(crate) fn publish_thread(&mut self, at: ThreadRef, kind: EventKind) {
        if !self.is_watched(at.pid) {
            self.pass_over(at.pid);
            return;
        }
        let mut record = EventRecord::new(kind, at.pid.raw());
        record.tid = at.tid.raw();
        self.publish(at.pid, record);
    }

    /// It made a child.
    pub(crate) fn publish_fork(&mut self, at: ThreadRef, child: Pid) {
        let mut record = EventRecord::new(EventKind::Forked, at.pid.raw());
        record.tid = at.tid.raw();
        record.child_pid = child.raw();
        self.publish(at.pid, record);
    }

    /// It is dead.
    pub(crate) fn publish_death(&mut self, pid: Pid, status: WaitStatus) {
        let record = death_record(pid, status);
        self.publish(pid, record);
    }

    fn is_watched(&self, pid: Pid) -> bool {
        self.process(pid).is_some_and(|process| process.is(Flags::WATCHED))
    }

    /// What nobody reads and the server need not know has a number all the same.
    fn pass_over(&mut self, pid: Pid) {
        if let Some(process) = self.process_mut(pid) {
            process.sequence = process.sequence.saturating_add(1);
        }
    }

    fn publish(&mut self, pid: Pid, mut record: EventRecord) {
        let Some(process) = self.process_mut(pid) else { return };
        process.sequence = process.sequence.saturating_add(1);
        record.sequence = process.sequence;
        self.table.effects.tell(Notice::Happened(record));
    }
}

/// The record of a death.
pub(crate) fn death_record(pid: Pid, status: WaitStatus) -> EventRecord {
    let exited = matches!(status, WaitStatus::Exited(_));
    let kind = if exited { EventKind::Exited } else { EventKind::Killed };
    let mut record = EventRecord::new(kind, pid.raw());
    record.wait_status = status.encode();
    if !exited {
        record.signal = crate::exit::death_code(status).1;
    }
    record
}

/// What a stop of this thread shows in `pl_flags`; specification section 4, LWPINFO.
pub(crate) fn event_flags(thread: &Thread) -> EventFlags {
    let has = |flag| thread.flags.contains(flag);
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::SI, has(DebugFlags::XSIG) && thread.info.signo != 0);
    if has(DebugFlags::SCE) {
        flags.insert(EventFlags::SCE);
    } else if has(DebugFlags::SCX) {
        flags.insert(EventFlags::SCX);
    }
    flags.set(EventFlags::EXEC, has(DebugFlags::EXEC));
    if has(DebugFlags::FORK) {
        flags.insert(EventFlags::FORKED);
        flags.set(EventFlags::VFORKED, has(DebugFlags::VFORK));
    } else if has(DebugFlags::VFORK) && !has(DebugFlags::SCX) {
        flags.insert(EventFlags::VFORK_DONE);
    }
    flags.set(EventFlags::CHILD, has(DebugFlags::CHILD));
    flags.set(EventFlags::BORN, has(DebugFlags::BORN));
    flags.set(EventFlags::EXITED, has(DebugFlags::EXIT));
    flags
}

/// siginfo of a child's news, as SIGCHLD and wait6 carry it.
pub(crate) fn child_info(child: &Process, code: i32, status: i32) -> SigInfo {
    let uid = child.credentials.user.real;
    SigInfo { pid: child.pid.raw(), uid, status, ..SigInfo::new(SIGCHLD, code) }
}

/// What the kernel stamps on requests of a process, or of its loader.
pub(crate) fn badge(process: &Process, part: Part) -> u64 {
    Badge::new(process.pid, process.credentials.user.effective, part).raw()
}

pub(crate) fn identity_flags(process: &Process) -> u64 {
    let privileged = if process.credentials.is_privileged() { GROUP_PRIVILEGED } else { 0 };
    let protected = if process.is(Flags::PROTECTED) { GROUP_PROTECTED } else { 0 };
    privileged | protected
}

fn unsigned(id: i32) -> u64 {
    u64::from(id.unsigned_abs())
}
