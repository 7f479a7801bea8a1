//! What `status`, `threads`, `lwp/TID/info` and the others tell, as records.
//!
//! Decides the facts; `proc` renders the text. Main methods: `process_status`, `thread_status`, `thread_info`. Neighbours:
//! `proc_abi::status` (layouts), `kernel` (what only the kernel knows of a thread).

use proc_abi::id::{Pid, Tid};
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::sigaction::SigAction;
use proc_abi::status::{GROUPS_MAX, ProcessFlags, ProcessState, ProcessStatus, ThreadState, ThreadStatus};

use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, ThreadRef};
use crate::kernel::Kernel;
use crate::notice::event_flags;
use crate::process::{Flags, Life, Process};
use crate::request::describe;
use crate::thread::Stage;
use crate::turn::Turn;

/// `ThreadInformation::state`: it waits in a call.
const KERNEL_WAITING: u32 = 1;

impl<K: Kernel> Turn<'_, K> {
    /// The binary twin of `status`.
    ///
    /// # Errors
    /// ESRCH.
    pub fn process_status(&mut self, pid: Pid) -> Result<ProcessStatus> {
        let group = self.process(pid).ok_or(Errno::ESRCH)?.group;
        let run_time = self.kernel.group_information(group).map_or(0, |known| known.run_time);
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        let raw = |pid: Option<Pid>| pid.map_or(0, Pid::raw);
        let (user, group) = (process.credentials.user, process.credentials.group);
        let supplementary = &process.credentials.groups;
        let mut groups = [0; GROUPS_MAX];
        for (to, from) in groups.iter_mut().zip(supplementary) {
            *to = *from;
        }
        Ok(ProcessStatus {
            size: size_of::<ProcessStatus>() as u32,
            state: state(process) as u32,
            flags: flags(process).bits(),
            pid: pid.raw(),
            parent: raw(process.real_parent),
            tracer: raw(process.parent.filter(|_| process.is(Flags::TRACED))),
            process_group: process.process_group,
            session: process.session,
            uid: [user.real, user.effective, user.saved],
            gid: [group.real, group.effective, group.saved],
            threads: u32::try_from(process.threads.len()).unwrap_or(u32::MAX),
            stop: stop_value(process),
            reporter: process.xthread.map_or(0, Tid::raw),
            event_mask: process.events.bits(),
            name: process.name,
            group_count: u32::try_from(supplementary.len().min(GROUPS_MAX)).unwrap_or(0),
            pending: process.queue.pending(),
            caught: process.actions.select(SigAction::is_caught),
            ignored: process.actions.select(SigAction::is_ignored),
            run_time,
            groups,
        })
    }

    /// The binary twin of one line of `threads`, by position, oldest first.
    ///
    /// # Errors
    /// ESRCH without such a process, ENOENT past its last thread.
    pub fn thread_status(&mut self, pid: Pid, index: usize) -> Result<ThreadStatus> {
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        let thread = process.threads.get(index).ok_or(Errno::ENOENT)?;
        let (kernel, stopped) = (thread.kernel, process.should_stop() || process.is(Flags::TOKEN_STOP));
        let known = self.kernel.thread_information(kernel)?;
        let waits_for = self.table.find_group(KernelGroup(known.waits_for)).map_or(0, Pid::raw);
        let thread = self.thread(ThreadRef { pid, tid: self.tid_at(pid, index)? }).ok_or(Errno::ENOENT)?;
        let state = match thread.stage {
            Stage::Dying => ThreadState::Dying,
            Stage::Pending(..) | Stage::Stopped(..) => ThreadState::Reporting,
            Stage::Away if stopped => ThreadState::Stopped,
            Stage::Away if known.state == KERNEL_WAITING => ThreadState::Waiting,
            Stage::Away => ThreadState::Running,
        };
        Ok(ThreadStatus {
            size: size_of::<ThreadStatus>() as u32,
            state: state as u32,
            tid: thread.tid.raw(),
            held: u32::from(thread.is_held()),
            pl_flags: event_flags(thread).bits(),
            syscall_code: known.call,
            blocked: thread.mask,
            pending: thread.queue.pending(),
            waits_for,
            name: thread.name,
            run_time: known.run_time,
            reserved: 0,
        })
    }

    fn tid_at(&self, pid: Pid, index: usize) -> Result<Tid> {
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        process.threads.get(index).map(|thread| thread.tid).ok_or(Errno::ENOENT)
    }

    /// What LWPINFO would tell, for `lwp/TID/info` and `siginfo`; the caller has checked the debug right.
    ///
    /// # Errors
    /// ESRCH; EBUSY unless the process is in a complete stop.
    pub fn thread_info(&self, pid: Pid, tid: Tid) -> Result<LwpInfo> {
        let process = self.live(pid)?;
        let thread = process.thread(tid).ok_or(Errno::ESRCH)?;
        if !process.is(Flags::STOP_COMPLETE) {
            return Err(Errno::EBUSY);
        }
        Ok(describe(thread, true))
    }
}

fn state(process: &Process) -> ProcessState {
    match process.life {
        Life::New => ProcessState::New,
        Life::Exiting(_) => ProcessState::Exiting,
        Life::Zombie(_) => ProcessState::Zombie,
        Life::Normal if process.is(Flags::STOPPED_TRACE) => ProcessState::TraceStopped,
        Life::Normal if process.is(Flags::STOPPED_SIG) => ProcessState::JobStopped,
        Life::Normal => ProcessState::Running,
    }
}

fn flags(process: &Process) -> ProcessFlags {
    let pairs = [
        (Flags::TRACED, ProcessFlags::TRACED),
        (Flags::WAITED, ProcessFlags::COLLECTED),
        (Flags::TOKEN_STOP, ProcessFlags::OPERATOR_STOP),
        (Flags::SUGID, ProcessFlags::SUGID),
        (Flags::PROTECTED, ProcessFlags::PROTECTED),
        (Flags::NOTRACE, ProcessFlags::NO_TRACE),
        (Flags::INEXEC, ProcessFlags::IN_EXEC),
        (Flags::STOP_COMPLETE, ProcessFlags::ALL_STOPPED),
    ];
    let mut shown = ProcessFlags::empty();
    for (flag, fact) in pairs {
        shown.set(fact, process.is(flag));
    }
    let waits = process.threads.iter().any(|thread| thread.vfork_child.is_some());
    shown.set(ProcessFlags::VFORK_WAIT, waits);
    shown
}

fn stop_value(process: &Process) -> i32 {
    match process.zombie() {
        Some(status) => status.encode(),
        None if process.should_stop() => process.xsig.map_or(0, |signal| signal.number()),
        None => 0,
    }
}
