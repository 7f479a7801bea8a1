//! A child that is traced, or only there to be attached to.
//!
//! Decides how targets begin and end: a traced one says so itself and stops by SIGSTOP, so it is left where its own work
//! starts. Control goes by process calls here (ptrace and wait4). Main type: [`Target`]. Neighbours: `debugger` controls the
//! same target by files.

use crate::failure::{Failure, Verdict, expect};
use core::hint::black_box;
use proc_abi::id::{Pid, Tid};
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP, SigSet, Signal};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::ptrace::{self, Address};
use runtime::process::trace::trace_me;
use runtime::process::wait::{Who, wait, wait_for_death};
use runtime::process::{self, Fork};
use runtime::{fault, signal};
use zerocopy::IntoBytes;

/// PT_CONTINUE and its like: go on where the thread is.
pub(crate) const HERE: u64 = 1;

/// A child of this program with one thread.
#[derive(Debug)]
pub(crate) struct Target {
    pid: Pid,
    standing: Standing,
}

/// How a target is found when it is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Untraced.
    Free,
    /// In a trace stop.
    Stopped,
}

impl Target {
    /// A child that does `work` untraced.
    pub(crate) fn untraced(work: impl FnOnce()) -> Verdict<Self> {
        match process::fork()? {
            Fork::Parent(pid) => Ok(Self { pid, standing: Standing::Free }),
            Fork::Child => {
                work();
                process::exit(1)
            }
        }
    }

    /// A child that this program traces, stopped before it does `work`.
    pub(crate) fn traced(work: impl FnOnce()) -> Verdict<Self> {
        let mut target = Self::untraced(|| {
            // The parent finds out by what it waits for.
            let _ = trace_me();
            let _ = process::kill(process::id(), Some(SIGSTOP));
            work()
        })?;
        target.wait(SIGSTOP)?;
        target.standing = Standing::Stopped;
        Ok(target)
    }

    pub(crate) const fn pid(&self) -> Pid {
        self.pid
    }

    /// Its thread.
    pub(crate) fn thread(&self) -> Verdict<Tid> {
        let mut list = [0_i32];
        ptrace::request(Request::GetLwpList.raw(), self.pid.raw(), Address::Fill(list.as_mut_bytes()), 1)?;
        let [thread] = list;
        Tid::new(thread).ok_or(Failure::new("a thread id", u64::from(thread.unsigned_abs())))
    }

    /// Makes a request that takes no memory.
    #[inline(always)]
    pub(crate) fn request(&self, request: Request, address: u64, data: i32) -> Verdict<usize> {
        Ok(ptrace::request(request.raw(), self.pid.raw(), Address::Number(address), data)?)
    }

    /// Makes a request that fills `memory`.
    #[inline(always)]
    pub(crate) fn request_filling(&self, request: Request, memory: &mut [u8]) -> Verdict {
        ptrace::request(request.raw(), self.pid.raw(), Address::Fill(memory), 0)?;
        Ok(())
    }

    /// Makes a request that reads `memory`.
    #[inline(always)]
    pub(crate) fn request_reading(&self, request: Request, memory: &[u8]) -> Verdict {
        ptrace::request(request.raw(), self.pid.raw(), Address::Read(memory), 0)?;
        Ok(())
    }

    /// Lets it run by `request` until it stops by SIGTRAP.
    #[inline(always)]
    pub(crate) fn run(&self, request: Request) -> Verdict {
        self.request(request, HERE, 0)?;
        self.wait(proc_abi::signal::SIGTRAP)
    }

    /// Waits until it has stopped by `signal`.
    #[inline(always)]
    pub(crate) fn wait(&self, signal: Signal) -> Verdict {
        let waited = wait(Who::Process(self.pid), WaitOptions::empty())?;
        match waited.map(|waited| waited.status) {
            Some(WaitStatus::Stopped(found)) => expect(
                "a stop's signal",
                u64::from(found.number().unsigned_abs()),
                u64::from(signal.number().unsigned_abs()),
            ),
            other => {
                Err(Failure::new("a wait status", other.map_or(0, |status| u64::from(status.encode().unsigned_abs()))))
            }
        }
    }

    /// Kills it and waits for its end. A process in a trace stop only notes a SIGKILL: its tracer has to ask.
    pub(crate) fn finish(self) -> Verdict {
        match self.standing {
            Standing::Free => process::kill(self.pid.raw(), Some(SIGKILL))?,
            Standing::Stopped => self.request(Request::Kill, 0, 0).map(drop)?,
        }
        match wait_for_death(self.pid)? {
            WaitStatus::Killed(SIGKILL) => Ok(()),
            other => Err(Failure::new("a death", u64::from(other.encode().unsigned_abs()))),
        }
    }
}

/// Work of a target: computes for ever.
pub(crate) fn spin() {
    let mut sum = 0_u64;
    loop {
        sum = black_box(sum).wrapping_add(1);
    }
}

/// Work of a target: sleeps for ever.
pub(crate) fn sleep() {
    loop {
        signal::suspend(SigSet::EMPTY);
    }
}

/// Work of a target: runs onto one breakpoint again and again.
pub(crate) fn meet_breakpoints() {
    loop {
        fault::breakpoint();
    }
}

/// Work of a target: makes the shortest system call again and again.
pub(crate) fn call_for_ever() {
    loop {
        black_box(process::parent_id());
    }
}
