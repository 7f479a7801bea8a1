//! Forks that are followed, or not, by a parent and by a debugger from outside.
//!
//! FreeBSD: kern_fork.c (do_fork, fork_return), sys_process.c (PT_FOLLOW_FORK). Neighbours: `control`, `calls`.

use proc_abi::event::{EventFlags, EventMask};
use proc_abi::request::Request;
use proc_abi::signal::{SIGSTOP, SIGTRAP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::ptrace::{Address, request};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Fork, Pid, vfork};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee};
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "both halves of a followed fork report", run: both_halves_of_a_followed_fork_report },
    Case { name: "a detached child is its parent's alone", run: a_detached_child_is_its_parents_alone },
    Case { name: "a detached forker is still a child", run: a_detached_forker_is_still_a_child },
    Case { name: "a stranger follows a fork", run: a_stranger_follows_a_fork },
    Case { name: "a stranger lets the child go", run: a_stranger_lets_the_child_go },
    Case { name: "a stranger lets the forker go", run: a_stranger_lets_the_forker_go },
    Case { name: "a fork that is not followed", run: a_fork_that_is_not_followed },
    Case { name: "a vfork tells when its wait is over", run: a_vfork_tells_when_its_wait_is_over },
    Case { name: "a followed vfork reports three times", run: a_followed_vfork_reports_three_times },
];

/// What the forkers here do: their child exits with 1, they wait for it and exit with 2.
fn fork_and_wait() -> i32 {
    match process::fork() {
        Ok(Fork::Child) => 1,
        Ok(Fork::Parent(child)) => match next_change(child, WaitOptions::empty()) {
            Ok(WaitStatus::Exited(1)) => 2,
            _ => 3,
        },
        Err(_) => 4,
    }
}

fn vfork_and_wait() -> i32 {
    match vfork(&mut || 1).map(|child| next_change(child, WaitOptions::empty())) {
        Ok(Ok(WaitStatus::Exited(1))) => 2,
        _ => 3,
    }
}

/// Collects the two stops of a followed fork, in whichever order they come; gives forker and child.
pub(crate) fn both_stops(forker: Tracee) -> Result<(Tracee, Tracee), Failure> {
    let mut child = None;
    let mut told = None;
    for _ in 0..2 {
        let Some(waited) = wait(Who::Any, WaitOptions::empty())? else { return Err(Failure::new("wait told nothing")) };
        let stopped = Tracee(waited.pid);
        let expected = if stopped == forker { SIGTRAP } else { SIGSTOP };
        // FreeBSD reports a new child's first stop as SIGSTOP or SIGTRAP, as its version has it: the flag decides.
        ensure!(matches!(waited.status, WaitStatus::Stopped(_)), "expected {expected:?}, found {:?}", waited.status);
        let info = stopped.information()?;
        let flags = EventFlags::from_bits_retain(info.flags);
        if stopped == forker {
            ensure!(flags.contains(EventFlags::FORKED | EventFlags::SCX), "the forker shows {flags:?}");
            told = Pid::new(info.child_pid);
        } else {
            ensure!(flags.contains(EventFlags::CHILD | EventFlags::SCX), "the child shows {flags:?}");
            child = Some(stopped);
        }
    }
    let child = child.ok_or_else(|| Failure::new("the child did not stop"))?;
    ensure_equal!(told, Some(child.0));
    Ok((forker, child))
}

fn follow(tracee: Tracee) -> Result<(Tracee, Tracee), Failure> {
    tracee.ask(Request::FollowFork, 0, 1)?;
    tracee.go()?;
    both_stops(tracee)
}

fn finish_both(forker: Tracee, child: Tracee) -> Verdict {
    child.go()?;
    forker.go()?;
    child.ends(WaitStatus::Exited(1))?;
    forker.ends(WaitStatus::Exited(2))
}

fn both_halves_of_a_followed_fork_report() -> Verdict {
    let (forker, child) = follow(Tracee::start(fork_and_wait)?)?;
    finish_both(forker, child)
}

fn only_the_forker_is_left((forker, child): (Tracee, Tracee)) -> Verdict {
    child.resume(Request::Detach)?;
    forker.finishes(2)
}

fn a_detached_child_is_its_parents_alone() -> Verdict {
    only_the_forker_is_left(follow(Tracee::start(fork_and_wait)?)?)
}

fn a_detached_forker_is_still_a_child() -> Verdict {
    let (forker, child) = follow(Tracee::start(fork_and_wait)?)?;
    forker.resume(Request::Detach)?;
    child.finishes(1)?;
    forker.ends(WaitStatus::Exited(2))
}

/// Runs `debug` in a process that is no parent of the forker's.
fn from_outside(debug: fn(Tracee) -> Verdict) -> Verdict {
    let gate = Gate::new()?;
    let target = start(|| gate.pass().map_or(9, |()| fork_and_wait()))?;
    let debugger = start(|| {
        let verdict = Tracee::attach(target).and_then(|tracee| {
            gate.open()?;
            debug(tracee)
        });
        i32::from(verdict.is_err())
    })?;
    ensure_equal!(next_change(debugger, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(2));
    Ok(())
}

fn a_stranger_follows_a_fork() -> Verdict {
    from_outside(|tracee| {
        let (forker, child) = follow(tracee)?;
        finish_both(forker, child)
    })
}

fn a_stranger_lets_the_child_go() -> Verdict {
    from_outside(|tracee| only_the_forker_is_left(follow(tracee)?))
}

fn a_stranger_lets_the_forker_go() -> Verdict {
    from_outside(|tracee| {
        let (forker, child) = follow(tracee)?;
        forker.resume(Request::Detach)?;
        child.finishes(1)?;
        ensure_equal!(wait(Who::Any, WaitOptions::NOHANG), Err(runtime::Error::ECHILD));
        Ok(())
    })
}

fn a_fork_that_is_not_followed() -> Verdict {
    Tracee::start(fork_and_wait)?.finishes(2)
}

pub(crate) fn set_events(tracee: Tracee, events: EventMask) -> Verdict {
    request(Request::SetEventMask.raw(), tracee.id(), Address::Read(events.bits().as_bytes()), 4)?;
    Ok(())
}

fn a_vfork_tells_when_its_wait_is_over() -> Verdict {
    let tracee = Tracee::start(vfork_and_wait)?;
    set_events(tracee, EventMask::VFORK)?;
    tracee.go()?;
    tracee.reports(EventFlags::VFORK_DONE)?;
    tracee.finishes(2)
}

fn a_followed_vfork_reports_three_times() -> Verdict {
    let tracee = Tracee::start(vfork_and_wait)?;
    set_events(tracee, EventMask::FORK | EventMask::VFORK)?;
    tracee.go()?;
    let (forker, child) = both_stops(tracee)?;
    let flags = EventFlags::from_bits_retain(forker.information()?.flags);
    ensure!(flags.contains(EventFlags::VFORKED), "the forker shows {flags:?}");
    forker.go()?;
    child.finishes(1)?;
    forker.reports(EventFlags::VFORK_DONE)?;
    forker.finishes(2)
}
