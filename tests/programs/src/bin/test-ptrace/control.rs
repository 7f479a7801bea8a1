//! Who traces whom: TRACE_ME, ATTACH, DETACH, and who is told of the end.
//!
//! FreeBSD: sys_process.c (PT_TRACE_ME, PT_ATTACH, PT_DETACH), kern_exit.c (proc_reparent). Neighbours: `forks`, `errors`.

use core::time::Duration;
use proc_abi::child::{Child, ChildFlags};
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGUSR1};
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};
use runtime::process::ptrace::{Address, request};
use runtime::process::trace::trace_me;
use runtime::process::wait::{Who, wait, wait6};
use runtime::process::{self, Pid};
use runtime::{Error, Result, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, SAME_PLACE, Tracee, ask};
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a traced child stops once and ends once", run: a_traced_child_stops_once_and_ends_once },
    Case { name: "an attached child stops once and ends once", run: an_attached_child_stops_once_and_ends_once },
    Case { name: "the debugger reaps before the parent", run: the_debugger_reaps_before_the_parent },
    Case { name: "a stranger reaps before the parent", run: a_stranger_reaps_before_the_parent },
    Case { name: "a traced process keeps its parent", run: a_traced_process_keeps_its_parent },
    Case { name: "attach leaves a sleep alone", run: attach_leaves_a_sleep_alone },
    Case { name: "a job-stopped process can be attached to", run: a_job_stopped_process_can_be_attached_to },
    Case { name: "requests wait for wait", run: requests_wait_for_wait },
    Case { name: "nobody attaches in a circle", run: nobody_attaches_in_a_circle },
    Case { name: "tracing begins once", run: tracing_begins_once },
    Case { name: "detach delivers its signal", run: detach_delivers_its_signal },
    Case { name: "the death of a tracer kills", run: the_death_of_a_tracer_kills },
    Case { name: "children are listed with their flags", run: children_are_listed_with_their_flags },
    Case { name: "a pending sigstop does not outlive the tracer", run: a_pending_sigstop_does_not_outlive_the_tracer },
    Case {
        name: "detach from a job-stopped process tells nobody",
        run: detach_from_a_job_stopped_process_tells_nobody,
    },
];

fn nothing_new(pid: Pid) -> Verdict {
    ensure_equal!(wait(Who::Process(pid), WaitOptions::NOHANG), Ok(None));
    Ok(())
}

fn a_traced_child_stops_once_and_ends_once() -> Verdict {
    let tracee = Tracee::start(|| 5)?;
    nothing_new(tracee.0)?;
    tracee.finishes(5)
}

fn an_attached_child_stops_once_and_ends_once() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 6))?;
    let tracee = Tracee::attach(child)?;
    nothing_new(child)?;
    tracee.go()?;
    gate.open()?;
    tracee.ends(WaitStatus::Exited(6))
}

/// What a debugger that is a process of its own does: attach, let go, and reap when the gate opens.
fn debug(target: Pid, attached: &Gate, reap: &Gate) -> Verdict {
    let tracee = Tracee::attach(target)?;
    tracee.go()?;
    attached.open()?;
    reap.pass()?;
    tracee.ends(WaitStatus::Exited(1))
}

fn parent_sees_the_exit_last(start_debugger: impl FnOnce(Pid, &Gate, &Gate) -> Result<Pid, Failure>) -> Verdict {
    let (go, attached, reap) = (Gate::new()?, Gate::new()?, Gate::new()?);
    let child = start(|| i32::from(go.pass().is_ok()))?;
    let debugger = start_debugger(child, &attached, &reap)?;
    attached.pass()?;
    go.open()?;
    time::sleep_fully(Duration::from_millis(20));
    nothing_new(child)?;
    reap.open()?;
    ensure_equal!(next_change(debugger, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(1));
    Ok(())
}

fn the_debugger_reaps_before_the_parent() -> Verdict {
    parent_sees_the_exit_last(|target, attached, reap| start(|| i32::from(debug(target, attached, reap).is_err())))
}

fn a_stranger_reaps_before_the_parent() -> Verdict {
    parent_sees_the_exit_last(|target, attached, reap| {
        start(|| {
            let stranger = start(|| i32::from(debug(target, attached, reap).is_err()));
            let ended = stranger.and_then(|stranger| next_change(stranger, WaitOptions::empty()));
            i32::from(ended != Ok(WaitStatus::Exited(0)))
        })
    })
}

fn a_traced_process_keeps_its_parent() -> Verdict {
    let (go, attached, reap) = (Gate::new()?, Gate::new()?, Gate::new()?);
    let own = process::id();
    let child = start(|| i32::from(go.pass().is_ok() && process::parent_id() == own))?;
    let debugger = start(|| i32::from(debug(child, &attached, &reap).is_err()))?;
    attached.pass()?;
    go.open()?;
    reap.open()?;
    ensure_equal!(next_change(debugger, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(1));
    Ok(())
}

fn attach_leaves_a_sleep_alone() -> Verdict {
    let length = Duration::from_millis(200);
    let child = start(|| {
        let before = time::now();
        let whole = time::sleep(length).is_ok();
        i32::from(whole && time::now().saturating_sub(before) >= length)
    })?;
    time::sleep_fully(Duration::from_millis(20));
    let tracee = Tracee::attach(child)?;
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(1))
}

fn a_job_stopped_process_can_be_attached_to() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 3))?;
    process::kill(child.raw(), Some(SIGSTOP))?;
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
    let tracee = Tracee::attach(child)?;
    tracee.resume(Request::Detach)?;
    gate.open()?;
    tracee.ends(WaitStatus::Exited(3))
}

/// A stop that was only looked at counts as little as one that nobody waited for.
fn requests_wait_for_wait() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 4))?;
    let tracee = Tracee(child);
    tracee.ask(Request::Attach, 0, 0)?;
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0), Err(Error::EBUSY));
    let options = WaitOptions::TRAPPED | WaitOptions::STOPPED | WaitOptions::NOWAIT;
    let (seen, _) = wait6(IdType::Pid, child.raw(), options)?;
    ensure_equal!(seen.map(|seen| seen.status), Some(WaitStatus::Stopped(SIGSTOP)));
    for request in [Request::GetNumLwps, Request::Kill, Request::Continue, Request::Detach] {
        ensure_equal!(tracee.ask(request, SAME_PLACE, 0), Err(Error::EBUSY));
    }
    tracee.stops(SIGSTOP)?;
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0), Ok(1));
    tracee.go()?;
    ensure_equal!(tracee.ask(Request::Kill, 0, 0), Err(Error::EBUSY));
    gate.open()?;
    tracee.ends(WaitStatus::Exited(4))
}

fn nobody_attaches_in_a_circle() -> Verdict {
    let own = process::id();
    ensure_equal!(ask(Request::Attach, own, 0, 0), Err(Error::EINVAL));
    let tracee = Tracee::start(|| match ask(Request::Attach, own, 0, 0) {
        Err(Error::EINVAL) => 0,
        _ => 1,
    })?;
    tracee.finishes(0)
}

fn tracing_begins_once() -> Verdict {
    let tracee = Tracee::start(|| i32::from(trace_me() != Err(Error::EBUSY)))?;
    ensure_equal!(tracee.ask(Request::Attach, 0, 0), Err(Error::EBUSY));
    tracee.finishes(0)
}

fn detach_delivers_its_signal() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    ensure_equal!(tracee.ask(Request::Detach, SAME_PLACE, 129), Err(Error::EINVAL));
    tracee.ask(Request::Detach, SAME_PLACE, SIGUSR1.number())?;
    tracee.ends(WaitStatus::Killed(SIGUSR1))
}

fn the_death_of_a_tracer_kills() -> Verdict {
    let (go, attached) = (Gate::new()?, Gate::new()?);
    let child = start(|| go.pass().map_or(9, |()| 0))?;
    let debugger = start(|| {
        let began = Tracee::attach(child).and_then(Tracee::go).and_then(|()| Ok(attached.open()?));
        i32::from(began.is_err())
    })?;
    attached.pass()?;
    ensure_equal!(next_change(debugger, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    ensure!(process::kill(child.raw(), None).is_err(), "the tracee is reaped");
    Ok(())
}

/// GET_CHILDREN of the calling process, with room for so many.
fn list_own(children: &mut [Child], room: usize) -> Result<usize> {
    let data = i32::try_from(room.saturating_mul(size_of::<Child>())).unwrap_or(i32::MAX);
    let address = Address::Fill(children.as_mut_bytes());
    request(Request::GetChildren.raw(), process::id(), address, data)
}

fn children_are_listed_with_their_flags() -> Verdict {
    let gate = Gate::new()?;
    let plain = start(|| gate.pass().map_or(9, |()| 0))?;
    let tracee = Tracee::start(|| 0)?;
    let mut told = [Child::default(); 3];
    ensure_equal!(list_own(&mut told, 0), Ok(2));
    ensure_equal!(list_own(&mut told, 1), Err(Error::ENOMEM));
    ensure_equal!(list_own(&mut told, 3), Ok(2));
    let traced = (ChildFlags::TRACED | ChildFlags::TRACED_BY_ME).bits();
    let newest = Child { pid: tracee.id(), flags: traced };
    ensure_equal!(told, [newest, Child { pid: plain.raw(), flags: 0 }, Child::default()]);
    gate.open()?;
    // Seen dead, but not taken.
    wait6(IdType::Pid, plain.raw(), WaitOptions::EXITED | WaitOptions::NOWAIT)?;
    ensure_equal!(list_own(&mut told, 3), Ok(2));
    let [_, second, _] = told;
    ensure_equal!(second.flags, ChildFlags::EXITED.bits());
    ensure_equal!(next_change(plain, WaitOptions::empty())?, WaitStatus::Exited(0));
    tracee.finishes(0)
}

/// The target is stopped, with another SIGSTOP behind it, when the tracer exits: the death wins.
fn a_pending_sigstop_does_not_outlive_the_tracer() -> Verdict {
    let child = start(|| {
        time::sleep_fully(Duration::from_secs(60));
        0
    })?;
    let debugger = start(|| {
        let attached = Tracee::attach(child).is_ok();
        i32::from(!attached || process::kill(child.raw(), Some(SIGSTOP)).is_err())
    })?;
    ensure_equal!(next_change(debugger, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Killed(SIGKILL));
    Ok(())
}

/// The job stop is over with the attach, and after the detach the process runs; that it was continued is no news (FreeBSD
/// tells it in later versions).
fn detach_from_a_job_stopped_process_tells_nobody() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 3))?;
    process::kill(child.raw(), Some(SIGSTOP))?;
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
    let tracee = Tracee::attach(child)?;
    tracee.resume(Request::Detach)?;
    let options = WaitOptions::CONTINUED | WaitOptions::STOPPED | WaitOptions::NOHANG;
    ensure_equal!(wait(Who::Process(child), options), Ok(None));
    gate.open()?;
    tracee.ends(WaitStatus::Exited(3))
}
