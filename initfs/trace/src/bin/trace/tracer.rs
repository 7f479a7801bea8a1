//! The loop over stops: which thread is in which call, what is written, how everything goes on.
//!
//! Decides that a call is one line, written when it is done, so that calls of several threads do not mix; one that never
//! ends is written at its thread's end. Main type: [`Tracer`]. Neighbours: `target` (requests), the library (words).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::request::Request;
use proc_abi::sigaction::ActionFlags;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTRAP, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::proc::after_exec;
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Pid};
use runtime::signal::{SignalAction, set_action};
use runtime::{Error, Result, time};
use trace::call::{Entered, complete, describe};
use trace::options::{Follow, Form, Options, What};
use trace::summary::{Outcome, Summary};
use trace::{change, result};

use crate::output::Output;
use crate::target::{Target, start};

/// Signals that end the tracing, not what is traced.
pub(crate) const CAUGHT: [Signal; 3] = [SIGHUP, SIGINT, SIGTERM];
/// Added to a signal's number, as shells do.
const KILLED: i32 = 128;

static LEAVING: AtomicBool = AtomicBool::new(false);

extern "C" fn leave(_: i32, _: &SigInfo, _: &UserContext) {
    LEAVING.store(true, Ordering::Relaxed);
}

/// A thread between the two stops of a call.
#[derive(Debug)]
struct Pending {
    pid: Pid,
    tid: i32,
    entered: Entered,
    since: Duration,
}

/// All that is followed.
#[derive(Debug)]
pub(crate) struct Tracer {
    options: Options,
    output: Output,
    summary: Summary,
    pending: Vec<Pending>,
    /// Processes that are traced; those that have not shown their first stop are `fresh` too.
    traced: Vec<Pid>,
    fresh: Vec<Pid>,
    first: Pid,
    status: i32,
}

impl Tracer {
    /// Starts the program, or attaches to the process.
    pub(crate) fn begin(options: Options, output: Output) -> Result<Self> {
        for signal in CAUGHT {
            set_action(signal, SignalAction::Handle(leave, ActionFlags::empty(), SigSet::EMPTY))?;
        }
        let first = match &options.what {
            What::Program(program) => start(program)?,
            What::Process(raw) => {
                let pid = Pid::new(*raw).ok_or(Error::ESRCH)?;
                after_exec(pid, || Target(*raw).attach())?;
                pid
            }
        };
        let (traced, fresh) = (Vec::from([first]), Vec::from([first]));
        let (summary, pending) = (Summary::default(), Vec::new());
        Ok(Self { options, output, summary, pending, traced, fresh, first, status: 0 })
    }

    /// Follows until nothing is left.
    pub(crate) fn run(mut self) -> Result<i32> {
        let mut asked = false;
        while !self.traced.is_empty() {
            if LEAVING.load(Ordering::Relaxed) && !asked {
                asked = true;
                self.stop_all();
            }
            match wait(Who::Any, WaitOptions::empty()) {
                Ok(Some(waited)) => self.change(waited.pid, waited.status),
                Ok(None) | Err(Error::EINTR) => {}
                Err(Error::ECHILD) => break,
                Err(error) => return Err(error),
            }
        }
        if self.options.form == Form::Summary {
            self.output.write(&self.summary.table());
        }
        Ok(self.status)
    }

    /// Stops everything, so that it can be let go.
    fn stop_all(&self) {
        for pid in &self.traced {
            // One that has just ended needs no stop.
            let _ = process::kill(pid.raw(), Some(SIGSTOP));
        }
    }

    fn change(&mut self, pid: Pid, status: WaitStatus) {
        match status {
            WaitStatus::Stopped(signal) => {
                // A target that dies meanwhile says so by its end.
                let _ = self.stopped(pid, signal);
            }
            WaitStatus::Exited(code) => self.ended(pid, status, code),
            WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) => {
                self.ended(pid, status, KILLED.saturating_add(signal.number()));
            }
            WaitStatus::Continued => {}
        }
    }

    fn ended(&mut self, pid: Pid, status: WaitStatus, code: i32) {
        while let Some(index) = self.pending.iter().position(|pending| pending.pid == pid) {
            let pending = self.pending.swap_remove(index);
            self.unfinished(&pending);
        }
        self.tell(pid, pid.raw(), change::end(status));
        self.traced.retain(|traced| *traced != pid);
        if pid == self.first {
            self.status = code;
        }
    }

    fn stopped(&mut self, pid: Pid, signal: Signal) -> Result<()> {
        if !self.traced.contains(&pid) {
            self.traced.push(pid);
            self.fresh.push(pid);
        }
        let target = Target(pid.raw());
        let info = target.information()?;
        let fresh = self.fresh.iter().position(|fresh| *fresh == pid);
        if LEAVING.load(Ordering::Relaxed) {
            return self.let_go(pid, signal, info);
        }
        if let Some(index) = fresh {
            self.fresh.swap_remove(index);
            target.set_events(self.events())?;
            return target.resume(Request::Continue, None);
        }
        let flags = EventFlags::from_bits_retain(info.flags);
        if flags.contains(EventFlags::SI) || signal != SIGTRAP {
            self.tell(pid, info.lwpid, change::signal(signal, &info.siginfo));
            return target.resume(Request::Continue, Some(signal));
        }
        self.event(pid, &info, flags);
        target.resume(Request::Continue, None)
    }

    /// Ends tracing; a signal that was about to be taken is, but not the stop that this tracer asked for.
    fn let_go(&mut self, pid: Pid, signal: Signal, info: LwpInfo) -> Result<()> {
        self.traced.retain(|traced| *traced != pid);
        let taken = EventFlags::from_bits_retain(info.flags).contains(EventFlags::SI) && signal != SIGSTOP;
        Target(pid.raw()).resume(Request::Detach, taken.then_some(signal))?;
        if signal != SIGSTOP {
            // The stop is still on its way: it must not last.
            process::kill(pid.raw(), Some(SIGCONT))?;
        }
        Ok(())
    }

    fn events(&self) -> EventMask {
        let calls = EventMask::EXEC | EventMask::SCE | EventMask::SCX;
        match self.options.follow {
            Follow::No => calls,
            Follow::Forks => calls | EventMask::FORK | EventMask::LWP,
        }
    }

    fn event(&mut self, pid: Pid, info: &LwpInfo, flags: EventFlags) {
        let target = Target(info.lwpid);
        if flags.contains(EventFlags::BORN) {
            return self.tell(pid, info.lwpid, String::from("--- thread begins ---"));
        }
        if flags.contains(EventFlags::EXITED) {
            if let Some(pending) = self.take_pending(info.lwpid) {
                self.unfinished(&pending);
            }
            return self.tell(pid, info.lwpid, String::from("+++ thread ends +++"));
        }
        if flags.contains(EventFlags::SCX) {
            self.leaves(pid, info, target);
        } else if flags.contains(EventFlags::SCE) {
            self.enters(pid, info, target);
        }
    }

    fn enters(&mut self, pid: Pid, info: &LwpInfo, target: Target) {
        let Ok(words) = target.arguments() else { return };
        let entered = describe(info.syscall_code, &words, &target);
        self.take_pending(info.lwpid);
        self.pending.push(Pending { pid, tid: info.lwpid, entered, since: time::now() });
    }

    fn leaves(&mut self, pid: Pid, info: &LwpInfo, target: Target) {
        let (Some(pending), Ok(told)) = (self.take_pending(info.lwpid), target.result()) else { return };
        if !self.options.selection.contains(pending.entered.name) {
            return;
        }
        let outcome = if told.error > 0 { Outcome::Failed } else { Outcome::Done };
        self.summary.count(pending.entered.name, outcome, time::now().saturating_sub(pending.since));
        let text = complete(&pending.entered, result::count(&told), &target);
        self.tell(pid, info.lwpid, format!("{text} {}", result::describe(&told)));
    }

    /// A call without a result: its thread is gone.
    fn unfinished(&mut self, pending: &Pending) {
        if !self.options.selection.contains(pending.entered.name) {
            return;
        }
        self.summary.count(pending.entered.name, Outcome::Done, Duration::ZERO);
        let text = complete(&pending.entered, None, &Target(0));
        self.tell(pending.pid, pending.tid, format!("{text} = ?"));
    }

    fn take_pending(&mut self, tid: i32) -> Option<Pending> {
        let index = self.pending.iter().position(|pending| pending.tid == tid)?;
        Some(self.pending.swap_remove(index))
    }

    /// Writes a line, with its process where there may be several.
    fn tell(&self, pid: Pid, tid: i32, text: String) {
        if self.options.form == Form::Summary {
            return;
        }
        self.output.line(match self.options.follow {
            Follow::No => text,
            Follow::Forks if tid == pid.raw() => format!("{tid} {text}"),
            Follow::Forks => format!("{}/{tid} {text}", pid.raw()),
        });
    }
}
