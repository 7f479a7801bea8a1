//! The errno matrix, part two: every request on targets in every other state.
//!
//! FreeBSD: sys_process.c (kern_ptrace). Neighbours: `errors` has the request list and the first states;
//! schemes/ptrace/src/tests/errno.rs has the whole matrix on the host.

use core::time::Duration;
use proc_abi::request::Request;
use proc_abi::signal::SIGSTOP;
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};
use runtime::process::wait::wait6;
use runtime::{Error, process, thread, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee, ask, information};
use test_programs::{ensure, ensure_equal};

use crate::errors::{all_refuse, requests, with_memory};
use crate::victim::Victim;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a stop that nobody collected is ebusy", run: a_stop_that_nobody_collected_is_ebusy },
    Case { name: "the dead are esrch", run: the_dead_are_esrch },
    Case { name: "a thread stands for its process in every state", run: a_thread_stands_for_its_process },
    Case { name: "a process is not its own tracee", run: a_process_is_not_its_own_tracee },
    Case { name: "init is eperm", run: init_is_eperm },
    Case { name: "a job stop is no trace stop", run: a_job_stop_is_no_trace_stop },
    Case { name: "an operator's stop is no trace stop", run: an_operators_stop_is_no_trace_stop },
    Case { name: "a collected stop admits every request", run: a_collected_stop_admits_every_request },
];

fn a_stop_that_nobody_collected_is_ebusy() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 4))?;
    let tracee = Tracee(child);
    tracee.ask(Request::Attach, 0, 0)?;
    all_refuse(tracee.id(), Error::EBUSY)?;
    let looking = WaitOptions::TRAPPED | WaitOptions::STOPPED | WaitOptions::NOWAIT;
    wait6(IdType::Pid, tracee.id(), looking)?;
    all_refuse(tracee.id(), Error::EBUSY)?;
    ensure_equal!(tracee.ask(Request::Attach, 0, 0), Err(Error::EBUSY));
    tracee.stops(SIGSTOP)?;
    tracee.go()?;
    gate.open()?;
    tracee.ends(WaitStatus::Exited(4))
}

fn the_dead_are_esrch() -> Verdict {
    let child = start(|| 0)?;
    wait6(IdType::Pid, child.raw(), WaitOptions::EXITED | WaitOptions::NOWAIT)?;
    all_refuse(child.raw(), Error::ESRCH)?;
    ensure_equal!(ask(Request::Attach, child.raw(), 0, 0), Err(Error::ESRCH));
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    // A tracee that is dead and that its tracer has not waited for.
    let tracee = Tracee::start(|| 0)?;
    let tid = tracee.information()?.lwpid;
    tracee.go()?;
    wait6(IdType::Pid, tracee.id(), WaitOptions::EXITED | WaitOptions::NOWAIT)?;
    for id in [tracee.id(), tid] {
        all_refuse(id, Error::ESRCH)?;
    }
    tracee.ends(WaitStatus::Exited(0))
}

fn a_thread_stands_for_its_process() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 4))?;
    let tid = Victim::tid_of(child)?.raw();
    all_refuse(tid, Error::EPERM)?;
    let tracee = Tracee(child);
    ask(Request::Attach, tid, 0, 0)?;
    all_refuse(tid, Error::EBUSY)?;
    tracee.stops(SIGSTOP)?;
    ensure_equal!(information(tid)?.lwpid, tid);
    tracee.go()?;
    all_refuse(tid, Error::EBUSY)?;
    gate.open()?;
    tracee.ends(WaitStatus::Exited(4))?;
    all_refuse(tid, Error::ESRCH)
}

/// CLEARSTEP on the calling thread is the one exception.
fn a_process_is_not_its_own_tracee() -> Verdict {
    let own = process::id();
    let tid = thread::current()?.raw();
    for id in [own, tid] {
        for what in requests() {
            let expected = if what == Request::ClearStep { Ok(0) } else { Err(Error::EPERM) };
            let found = with_memory(what, id);
            ensure!(found == expected, "{what:?} of {id} gave {found:?}");
        }
        ensure_equal!(ask(Request::Attach, id, 0, 0), Err(Error::EINVAL));
    }
    Ok(())
}

fn init_is_eperm() -> Verdict {
    all_refuse(1, Error::EPERM)?;
    ensure_equal!(ask(Request::Attach, 1, 0, 0), Err(Error::EPERM));
    Ok(())
}

fn sleeper() -> Result<process::Pid, Failure> {
    start(|| {
        time::sleep_fully(Duration::from_secs(60));
        0
    })
}

fn kill(pid: process::Pid) -> Verdict {
    let signal = proc_abi::signal::SIGKILL;
    process::kill(pid.raw(), Some(signal))?;
    ensure_equal!(next_change(pid, WaitOptions::empty())?, WaitStatus::Killed(signal));
    Ok(())
}

fn a_job_stop_is_no_trace_stop() -> Verdict {
    let child = sleeper()?;
    process::kill(child.raw(), Some(SIGSTOP))?;
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
    all_refuse(child.raw(), Error::EPERM)?;
    kill(child)
}

fn an_operators_stop_is_no_trace_stop() -> Verdict {
    let child = sleeper()?;
    let control = runtime::proc::Control::open(child)?;
    control.file().write_all(b"stop")?;
    all_refuse(child.raw(), Error::EPERM)?;
    control.file().write_all(b"cont")?;
    kill(child)
}

/// No request of those that let the target stay stopped finds a check of the common ones in its way.
fn a_collected_stop_admits_every_request() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let tid = tracee.information()?.lwpid;
    let resumes = [
        Request::Continue,
        Request::Step,
        Request::Detach,
        Request::Kill,
        Request::ToSce,
        Request::ToScx,
        Request::Syscall,
        // Zeros are no registers that a program can have.
        Request::SetRegs,
        Request::SetFpRegs,
    ];
    for id in [tracee.id(), tid] {
        for what in requests().filter(|what| !resumes.contains(what)) {
            let found = with_memory(what, id);
            let common = [Error::EPERM, Error::EBUSY, Error::ESRCH];
            ensure!(!common.iter().any(|error| found == Err(*error)), "{what:?} of {id} gave {found:?}");
        }
    }
    ensure_equal!(ask(Request::ClearStep, tid, 0, 0), Ok(0));
    ensure_equal!(ask(Request::SetEventMask, tid, 8, 4), Err(Error::EFAULT));
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}
