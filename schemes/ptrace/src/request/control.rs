//! TRACE_ME, ATTACH, DETACH: who traces whom.
//!
//! Decides the beginning and the end of tracing. Neighbours: `session` (the kernel's side of it), `stop` (the stop of an
//! attach), `resume` (the end of one), `family`. FreeBSD: sys_process.c (proc_set_traced, PT_ATTACH, PT_DETACH);
//! specification section 4 and section 11 (attach is transparent: a sleeping call is neither cut short nor restarted).

use kernel_abi::stop::{LastClose, Reasons};
use proc_abi::event::{DEFAULT_EVENT_MASK, EventMask};
use proc_abi::event_record::EventKind;
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, SIGTRAP};
use proc_abi::wait::WaitStatus;

use super::{Asked, resume_signal};
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::process::{Flags, Tie};
use crate::stops::Stops;
use crate::thread::DebugFlags;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn trace_me(&mut self, asked: &Asked) -> Result<i32> {
        let own = asked.caller.pid;
        self.may_debug(own, own)?;
        let process = self.live(own)?;
        if process.is(Flags::TRACED) {
            return Err(Errno::EBUSY);
        }
        let tracer = process.parent.filter(|parent| *parent != Pid::INIT).ok_or(Errno::EPERM)?;
        if self.table.sessions.is_taken(own, tracer) {
            return Err(Errno::EBUSY);
        }
        self.table.sessions.reserve()?;
        self.set_traced(own, tracer, Tie::Call);
        if let Some(process) = self.process_mut(own).filter(|process| process.is(Flags::PPWAIT)) {
            // Its parent waits for it in vfork and could not answer: signals are not diverted before exec.
            process.flags.insert(Flags::PPTRACE);
        }
        Ok(0)
    }

    pub(super) fn attach(&mut self, asked: &Asked) -> Result<i32> {
        let target = self.admitted(asked)?.pid;
        self.table.sessions.reserve()?;
        let oldest = self.live(target)?.oldest().ok_or(Errno::ESRCH)?;
        let tie = if asked.caller.tid.is_some() { Tie::Call } else { Tie::Files };
        self.set_traced(target, asked.caller.pid, tie);
        let tracer = Some(asked.caller.pid);
        // FreeBSD kern_exit.c, proc_reparent: who waits for it already keeps it where it is.
        if self.process(target).is_some_and(|process| process.parent != tracer) {
            self.table.reparent(target, tracer);
        }
        self.undo_job_stop(target);
        self.stop_attached(target, oldest);
        Ok(0)
    }

    fn set_traced(&mut self, pid: Pid, tracer: Pid, tie: Tie) {
        let last_close = LastClose::Kill;
        let session = self.table.ensure_session(tracer, pid, last_close);
        let Some(process) = self.process_mut(pid) else { return };
        process.flags.insert(Flags::TRACED);
        process.events = DEFAULT_EVENT_MASK;
        process.tracing = session;
        (process.tie, process.last_close) = (tie, last_close);
        self.arm(pid);
        self.publish_process(pid, EventKind::Attached);
    }

    /// A process that job control has stopped runs, to be stopped again for its tracer.
    fn undo_job_stop(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid).filter(|process| process.is(Flags::STOPPED_SIG)) else { return };
        process.flags.remove(Flags::STOPPED_SIG | Flags::STOP_COMPLETE | Flags::WAITED);
        process.raise_epoch();
        let group = process.group;
        self.table.refresh_news(pid);
        self.order(Effect::Continue { group, reasons: Reasons::JOB });
    }

    /// The SIGSTOP of an attach stops the group where it is and is used up by that. The oldest thread reports.
    fn stop_attached(&mut self, target: Pid, oldest: Tid) {
        if let Some(process) = self.process_mut(target) {
            process.queue.delete(SIGCONT);
        }
        self.stop_where_it_is(target, Some(oldest), SIGSTOP);
    }

    pub(super) fn detach(&mut self, asked: &Asked) -> Result<i32> {
        let target = self.admitted(asked)?.pid;
        let signal = resume_signal(asked.data)?;
        self.end_tracing(target);
        self.resume(target, signal);
        Ok(0)
    }

    /// Tracing ends; the process is still stopped. Its real parent waits for it again.
    fn end_tracing(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        process.flags.remove(Flags::TRACED | Flags::WAITED | Flags::PPTRACE | Flags::STOP_COMPLETE);
        process.events = EventMask::empty();
        process.stops = Stops::default();
        let session = process.tracing.take();
        let (tracer, real) = (process.parent, process.real_parent);
        for thread in &mut process.threads {
            thread.flags.remove(DebugFlags::BORN);
        }
        self.release_held(pid);
        if tracer != real {
            self.forget_child_signal(tracer, pid);
            self.table.reparent(pid, real);
        }
        if let Some(session) = session {
            self.table.renew_session(session);
        }
        self.arm(pid);
        self.publish_process(pid, EventKind::Detached);
    }

    /// No thread is held back any more.
    fn release_held(&mut self, pid: Pid) {
        let mut index = 0_usize;
        while let Some(thread) = self.process_mut(pid).and_then(|process| process.threads.get_mut(index)) {
            index = index.saturating_add(1);
            if thread.is_held() {
                thread.flags.remove(DebugFlags::SUSPEND);
                let kernel = thread.kernel;
                self.order(Effect::Release { thread: kernel, reasons: Reasons::HELD });
            }
        }
    }

    /// The tracer is gone and wanted its target dead.
    pub(crate) fn abandon_tracee(&mut self, pid: Pid) {
        if self.process(pid).is_some_and(|process| process.is(Flags::TRACED)) {
            self.end_tracing(pid);
            self.exit_now(pid, WaitStatus::Killed(SIGKILL));
        }
    }

    /// The tracer is gone and wanted its target to live: it runs on as after a detach. A signal that it was stopped for is
    /// its own and is taken; a SIGTRAP was the tracer's.
    pub(crate) fn let_tracee_run(&mut self, pid: Pid) {
        let Some(process) = self.process(pid).filter(|process| process.is(Flags::TRACED)) else { return };
        let stopped = process.is(Flags::STOPPED_TRACE);
        let taken = process.xthread.and_then(|tid| process.thread(tid)?.stopping_signal());
        // A SIGKILL is shown without a thread that takes it.
        let signal = taken.or(process.xsig.filter(|signal| *signal == SIGKILL));
        self.end_tracing(pid);
        if stopped {
            self.resume(pid, signal.filter(|signal| *signal != SIGTRAP));
        } else {
            // Threads that it held may have had something to tell.
            self.run_on(pid);
        }
        self.heed_kill(pid);
    }
}
