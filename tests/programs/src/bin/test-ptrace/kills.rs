//! PT_KILL at every kind of stop: nothing else is told any more. SIGKILL to a traced process: nothing holds it up.
//!
//! FreeBSD: sys_process.c (PT_KILL), kern_sig.c (SIGKILL). Neighbours: `signals`, `threads`, `sharing` (tokens).

use core::time::Duration;
use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGTRAP, SIGUSR1, SIGUSR2, SigSet};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::proc::Control;
use runtime::process::wait::{Who, wait};
use runtime::{fault, process, signal, thread, time};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee};
use test_programs::{ensure, ensure_equal};

use crate::signals::fill_queue;

pub(crate) const CASES: &[Case] = &[
    Case { name: "kill at a breakpoint", run: kill_at_a_breakpoint },
    Case { name: "kill at a system call", run: kill_at_a_system_call },
    Case { name: "kill at the birth of a thread", run: kill_at_the_birth_of_a_thread },
    Case { name: "kill beats a pending signal", run: kill_beats_a_pending_signal },
    Case { name: "kill passes a full queue", run: kill_passes_a_full_queue },
    Case { name: "continue with sigkill kills", run: continue_with_sigkill_kills },
    Case { name: "tokens hold up no sigkill", run: tokens_hold_up_no_sigkill },
    Case { name: "held threads hold up no sigkill", run: held_threads_hold_up_no_sigkill },
    Case { name: "waits hold up no sigkill", run: waits_hold_up_no_sigkill },
    Case { name: "a sigkill in a stop passes a token at detach", run: a_sigkill_in_a_stop_passes_a_token_at_detach },
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

/// The tracer is shown a SIGKILL from outside, discards it, is shown the next one and passes that on.
fn is_shown_and_passed_on(tracee: Tracee) -> Verdict {
    for last in [false, true] {
        process::kill(tracee.id(), Some(SIGKILL))?;
        let info = tracee.stops(SIGKILL)?;
        ensure_equal!((info.siginfo.signo, info.siginfo.code), (SIGKILL.number(), 0));
        if !last {
            tracee.go()?;
            ensure!(wait(Who::Process(tracee.0), WaitOptions::NOHANG)?.is_none(), "a discarded SIGKILL does something");
        }
    }
    tracee.go_with(SIGKILL)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

/// In user code, where it never comes to a boundary of its own, and in a call that waits.
fn tokens_hold_up_no_sigkill() -> Verdict {
    for verb in [b"stop", b"hold"] {
        for spins in [true, false] {
            let gate = Gate::new()?;
            let tracee = Tracee::start(|| if spins { spin() } else { i32::from(gate.pass().is_err()) })?;
            let control = Control::open(tracee.0)?;
            tracee.go()?;
            control.file().write_all(verb)?;
            is_shown_and_passed_on(tracee)?;
        }
    }
    Ok(())
}

fn spin() -> i32 {
    loop {
        core::hint::spin_loop();
    }
}

fn held_threads_hold_up_no_sigkill() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    tracee.ask(Request::Suspend, 0, 0)?;
    tracee.go()?;
    process::kill(tracee.id(), Some(SIGKILL))?;
    tracee.stops(SIGKILL)?;
    tracee.go()?;
    process::kill(tracee.id(), Some(SIGKILL))?;
    tracee.stops(SIGKILL)?;
    kill(tracee)
}

/// The parent of a vfork is shown it while it waits for its child; a read goes on when it is discarded.
fn waits_hold_up_no_sigkill() -> Verdict {
    let gate = Gate::new()?;
    let tracee = Tracee::start(|| i32::from(process::vfork(&mut || i32::from(gate.pass().is_err())).is_err()))?;
    tracee.go()?;
    is_shown_and_passed_on(tracee)?;
    gate.open()?;
    let gate = Gate::new()?;
    let tracee = Tracee::start(|| i32::from(gate.pass().is_err()))?;
    tracee.go()?;
    process::kill(tracee.id(), Some(SIGKILL))?;
    tracee.stops(SIGKILL)?;
    gate.open()?;
    tracee.finishes(0)
}

fn a_sigkill_in_a_stop_passes_a_token_at_detach() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    process::kill(tracee.id(), Some(SIGKILL))?;
    let control = Control::open(tracee.0)?;
    control.file().write_all(b"stop")?;
    ensure!(wait(Who::Process(tracee.0), WaitOptions::NOHANG)?.is_none(), "a stop is the tracer's");
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}
