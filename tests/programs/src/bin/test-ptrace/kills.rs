//! PT_KILL at every kind of stop: nothing else is told any more.
//!
//! FreeBSD: sys_process.c (PT_KILL), kern_sig.c (SIGKILL). Neighbours: `signals`, `threads`.

use core::time::Duration;
use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGTRAP, SIGUSR1, SIGUSR2, SigSet};
use proc_abi::wait::WaitStatus;
use runtime::{fault, process, signal, thread, time};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::Tracee;

use crate::signals::fill_queue;

pub(crate) const CASES: &[Case] = &[
    Case { name: "kill at a breakpoint", run: kill_at_a_breakpoint },
    Case { name: "kill at a system call", run: kill_at_a_system_call },
    Case { name: "kill at the birth of a thread", run: kill_at_the_birth_of_a_thread },
    Case { name: "kill beats a pending signal", run: kill_beats_a_pending_signal },
    Case { name: "kill passes a full queue", run: kill_passes_a_full_queue },
    Case { name: "continue with sigkill kills", run: continue_with_sigkill_kills },
];

fn kill(tracee: Tracee) -> Verdict {
    tracee.ask(Request::Kill, 0, 0)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

fn kill_at_a_breakpoint() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        0
    })?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    kill(tracee)
}

fn kill_at_a_system_call() -> Verdict {
    let tracee = Tracee::start(|| i32::from(process::id() == 0))?;
    tracee.resume(Request::Syscall)?;
    tracee.reports(EventFlags::SCE)?;
    kill(tracee)
}

fn kill_at_the_birth_of_a_thread() -> Verdict {
    let tracee = Tracee::start(|| {
        let other = thread::spawn(|| time::sleep_fully(Duration::from_secs(60)));
        i32::from(other.map(thread::JoinHandle::join).is_err())
    })?;
    tracee.ask(Request::LwpEvents, 0, 1)?;
    tracee.go()?;
    tracee.reports(EventFlags::BORN | EventFlags::SCX)?;
    kill(tracee)
}

/// The signals wait: one for the process, one for a thread that blocks it.
fn kill_beats_a_pending_signal() -> Verdict {
    let tracee = Tracee::start(|| {
        let blocked = signal::block(SigSet::of(SIGUSR2));
        let sent = process::kill(process::id(), Some(SIGUSR2));
        fault::breakpoint();
        i32::from(blocked.is_err() || sent.is_err())
    })?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    process::kill(tracee.id(), Some(SIGUSR1))?;
    kill(tracee)
}

fn kill_passes_a_full_queue() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    fill_queue(tracee, SIGUSR1)?;
    kill(tracee)
}

fn continue_with_sigkill_kills() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    tracee.go_with(SIGKILL)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}
