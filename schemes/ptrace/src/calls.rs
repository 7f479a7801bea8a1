//! Process calls: from a number and six registers to what is done.
//!
//! Decides which call goes where, and which are put off while the process is stopping. Main method: `process_call`; one
//! file per family below. Neighbours: `kernel_abi::calls` is the table of numbers, `turn` answers.

mod credentials;
mod groups;
mod identity;
mod kill;
mod machine;
mod resource;
mod signal;
mod thread;
mod timed;
mod waiting;

pub(crate) use kill::standing;

use proc_abi::request::Request;
use proc_abi::wait::WaitStatus;

use crate::blocked::{Blocked, Waiting};
use crate::errno::{Errno, Result};
use crate::fork::Kind;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::thread::Deferred;
use crate::turn::{ProcessCall, Turn};

/// How a call stands after its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It returns this value.
    Value(u64),
    /// It was answered, or waits.
    Settled,
}

/// Numbers as FreeBSD has them (sys/syscall.h); the table in `kernel_abi::calls` is checked against them by a test.
pub(crate) mod number {
    pub(crate) const EXIT: u32 = 1;
    pub(crate) const FORK: u32 = 2;
    pub(crate) const WAIT4: u32 = 7;
    pub(crate) const GETPID: u32 = 20;
    pub(crate) const SETUID: u32 = 23;
    pub(crate) const GETUID: u32 = 24;
    pub(crate) const GETEUID: u32 = 25;
    pub(crate) const PTRACE: u32 = 26;
    pub(crate) const KILL: u32 = 37;
    pub(crate) const GETPPID: u32 = 39;
    pub(crate) const GETEGID: u32 = 43;
    pub(crate) const GETGID: u32 = 47;
    pub(crate) const SIGALTSTACK: u32 = 53;
    pub(crate) const EXECVE: u32 = 59;
    pub(crate) const VFORK: u32 = 66;
    pub(crate) const GETGROUPS: u32 = 79;
    pub(crate) const SETGROUPS: u32 = 80;
    pub(crate) const GETPGRP: u32 = 81;
    pub(crate) const SETPGID: u32 = 82;
    pub(crate) const SETITIMER: u32 = 83;
    pub(crate) const GETITIMER: u32 = 86;
    pub(crate) const SETREUID: u32 = 126;
    pub(crate) const SETREGID: u32 = 127;
    pub(crate) const SETSID: u32 = 147;
    pub(crate) const SYSARCH: u32 = 165;
    pub(crate) const SETGID: u32 = 181;
    pub(crate) const SETEGID: u32 = 182;
    pub(crate) const SETEUID: u32 = 183;
    pub(crate) const GETRLIMIT: u32 = 194;
    pub(crate) const SETRLIMIT: u32 = 195;
    pub(crate) const GETPGID: u32 = 207;
    pub(crate) const GETSID: u32 = 310;
    pub(crate) const SETRESUID: u32 = 311;
    pub(crate) const SETRESGID: u32 = 312;
    pub(crate) const SIGPROCMASK: u32 = 340;
    pub(crate) const SIGSUSPEND: u32 = 341;
    pub(crate) const SIGPENDING: u32 = 343;
    pub(crate) const SIGTIMEDWAIT: u32 = 345;
    pub(crate) const GETRESUID: u32 = 360;
    pub(crate) const GETRESGID: u32 = 361;
    pub(crate) const SIGACTION: u32 = 416;
    pub(crate) const SIGRETURN: u32 = 417;
    pub(crate) const THR_EXIT: u32 = 431;
    pub(crate) const THR_SELF: u32 = 432;
    pub(crate) const THR_KILL: u32 = 433;
    pub(crate) const THR_SUSPEND: u32 = 442;
    pub(crate) const THR_WAKE: u32 = 443;
    pub(crate) const THR_NEW: u32 = 455;
    pub(crate) const SIGQUEUE: u32 = 456;
    pub(crate) const THR_SET_NAME: u32 = 464;
    pub(crate) const THR_KILL2: u32 = 481;
    pub(crate) const WAIT6: u32 = 532;
    pub(crate) const PROCCTL: u32 = 544;
}

impl<K: Kernel> Turn<'_, K> {
    /// A process call has arrived.
    pub fn process_call(&mut self, call: &ProcessCall) {
        let Some(at) = self.table.find_thread(call.thread) else {
            if !self.dumper_call(call) {
                self.loader_call(call);
            }
            return;
        };
        // The kernel abandons the calls of a process that is being ended; there is nobody to answer.
        if self.live(at.pid).is_err() {
            return;
        }
        if self.must_wait(at, call) {
            let deferred = Deferred { tag: call.tag, number: call.number, arguments: call.arguments };
            if let Some(thread) = self.thread_mut(at) {
                thread.deferred = Some(deferred);
            }
            return;
        }
        match self.dispatch(at, call) {
            Ok(Progress::Value(value)) => self.answer(at, call.tag, Ok(value)),
            Ok(Progress::Settled) => {}
            Err(errno) => self.answer(at, call.tag, Err(errno)),
        }
    }

    /// Calls that end or replace threads wait while the process is stopping, or while another thread is in exec. So does
    /// TRACE_ME: a job-control stop of a traced process could be ended by nobody (FreeBSD has that race).
    fn must_wait(&self, at: ThreadRef, call: &ProcessCall) -> bool {
        let traced = call.number == number::PTRACE && low(call.arguments[0]) == Request::TraceMe.raw();
        if !traced && !matches!(call.number, number::EXIT | number::EXECVE | number::THR_EXIT) {
            return false;
        }
        let Some(process) = self.process(at.pid) else { return false };
        let held = process.thread(at.tid).is_some_and(crate::thread::Thread::is_held);
        process.should_stop() || held || process.exec.is_some()
    }

    /// Makes a put-off call, if it can be made now.
    pub(crate) fn make_deferred_call(&mut self, at: ThreadRef) {
        let Some(thread) = self.thread_mut(at) else { return };
        let Some(deferred) = thread.deferred.take() else { return };
        let call = ProcessCall {
            tag: deferred.tag,
            thread: thread.kernel,
            number: deferred.number,
            arguments: deferred.arguments,
        };
        self.process_call(&call);
    }

    fn dispatch(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<Progress> {
        let arguments = &call.arguments;
        match call.number {
            number::EXIT => {
                self.exit(at, call);
                Ok(Progress::Settled)
            }
            number::FORK => self.fork(at, call, Kind::Fork).map(settled),
            number::VFORK => self.fork(at, call, Kind::Vfork).map(settled),
            number::EXECVE => self.execve(at, call).map(settled),
            number::WAIT4 => self.wait4(at, call).map(settled),
            number::WAIT6 => self.wait6(at, call).map(settled),
            number::PTRACE => self.ptrace_call(at, call),
            number::KILL => self.kill(at, arguments).map(value),
            number::SIGQUEUE => self.sigqueue(at, arguments).map(value),
            number::SYSARCH => self.sysarch(at, call).map(value),
            number::PROCCTL => self.procctl(at, call).map(value),
            number::GETRLIMIT => self.getrlimit(at, call).map(value),
            number::SETRLIMIT => self.setrlimit(at, call).map(value),
            number::SETITIMER => self.setitimer(at, call).map(value),
            number::GETITIMER => self.getitimer(at, call).map(value),
            called => self.dispatch_family(at, call, called),
        }
    }

    fn dispatch_family(&mut self, at: ThreadRef, call: &ProcessCall, called: u32) -> Result<Progress> {
        match called {
            number::GETPID | number::GETPPID | number::GETUID | number::GETEUID | number::GETGID | number::GETEGID => {
                self.identity(at, called).map(Progress::Value)
            }
            number::GETGROUPS | number::GETRESUID | number::GETRESGID => {
                self.identity_out(at, call).map(Progress::Value)
            }
            number::SETUID | number::SETEUID | number::SETREUID | number::SETRESUID => {
                self.set_users(at, call).map(value)
            }
            number::SETGID | number::SETEGID | number::SETREGID | number::SETRESGID => {
                self.set_groups_ids(at, call).map(value)
            }
            number::SETGROUPS => self.setgroups(at, call).map(value),
            number::GETPGRP | number::GETPGID | number::SETPGID | number::GETSID | number::SETSID => {
                self.process_groups(at, call).map(Progress::Value)
            }
            number::SIGACTION
            | number::SIGPROCMASK
            | number::SIGPENDING
            | number::SIGSUSPEND
            | number::SIGTIMEDWAIT
            | number::SIGALTSTACK
            | number::SIGRETURN => self.signal_call(at, call),
            number::THR_EXIT
            | number::THR_SELF
            | number::THR_KILL
            | number::THR_KILL2
            | number::THR_SUSPEND
            | number::THR_WAKE
            | number::THR_NEW
            | number::THR_SET_NAME => self.thread_call(at, call),
            // exec_ready and exec_failed are for loaders only.
            _ => Err(Errno::ENOSYS),
        }
    }

    fn exit(&mut self, at: ThreadRef, call: &ProcessCall) {
        if let Some(thread) = self.thread_mut(at) {
            thread.blocked = Some(Blocked { tag: call.tag, waiting: Waiting::Exit });
        }
        self.begin_exit(at.pid, Some(at.tid), WaitStatus::Exited(low(call.arguments[0]) & 0xff));
    }
}

fn value(_done: ()) -> Progress {
    Progress::Value(0)
}

fn settled(_done: ()) -> Progress {
    Progress::Settled
}

/// An `int` argument: the low 32 bits of its register.
pub(crate) const fn low(argument: u64) -> i32 {
    (argument & 0xffff_ffff) as u32 as i32
}

/// An unsigned 32-bit argument.
pub(crate) const fn low_unsigned(argument: u64) -> u32 {
    (argument & 0xffff_ffff) as u32
}
