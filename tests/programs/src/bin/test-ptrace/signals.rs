//! Signals of a traced process: shown, passed on, replaced, discarded, blocked, too many.
//!
//! FreeBSD: kern_sig.c (tdsendsignal, issignal, ptracestop). Neighbours: `traps` (SIGTRAP), `kills` (SIGKILL).

use core::sync::atomic::{AtomicI32, Ordering};
use core::time::Duration;
use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::siginfo::{SI_LWP, SI_USER, SigInfo};
use proc_abi::signal::{SIGINT, SIGKILL, SIGSTOP, SIGTERM, SIGUSR1, SIGUSR2, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::WaitStatus;
use runtime::process::ptrace::{Address, request};
use runtime::signal::{self, SignalAction, set_action};
use runtime::{Error, process, time};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{SAME_PLACE, Tracee, raise};
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a signal stop tells who sent it", run: a_signal_stop_tells_who_sent_it },
    Case { name: "a signal can be replaced", run: a_signal_can_be_replaced },
    Case { name: "a signal can be discarded", run: a_signal_can_be_discarded },
    Case { name: "a discarded sigkill leaves the mask alone", run: a_discarded_sigkill_leaves_the_mask_alone },
    Case { name: "a blocked signal stops when it is unblocked", run: a_blocked_signal_stops_when_it_is_unblocked },
    Case { name: "an injected signal that is blocked", run: an_injected_signal_that_is_blocked },
    Case { name: "equal signals are seen one by one", run: equal_signals_are_seen_one_by_one },
    Case { name: "a full queue loses no injected signal", run: a_full_queue_loses_no_injected_signal },
    Case { name: "signals beyond the last are refused", run: signals_beyond_the_last_are_refused },
];

static TAKEN: AtomicI32 = AtomicI32::new(0);

extern "C" fn count(_: i32, _: &SigInfo, _: &UserContext) {
    TAKEN.fetch_add(1, Ordering::Relaxed);
}

fn taken() -> i32 {
    TAKEN.load(Ordering::Relaxed)
}

fn a_signal_stop_tells_who_sent_it() -> Verdict {
    let tracee = Tracee::start(|| i32::from(raise(SIGTERM).is_err()))?;
    tracee.go()?;
    let info = tracee.stops(SIGTERM)?;
    ensure!(EventFlags::from_bits_retain(info.flags).contains(EventFlags::SI), "SI is set");
    ensure_equal!((info.event, info.siginfo.code, info.siginfo.pid), (1, SI_LWP, tracee.id()));
    process::kill(tracee.id(), Some(SIGUSR1))?;
    tracee.go()?;
    let info = tracee.stops(SIGUSR1)?;
    ensure_equal!((info.siginfo.code, info.siginfo.pid), (SI_USER, process::id()));
    tracee.finishes(0)
}

fn sleep_long() -> i32 {
    time::sleep_fully(Duration::from_secs(60));
    0
}

fn a_signal_can_be_replaced() -> Verdict {
    let tracee = Tracee::start(sleep_long)?;
    tracee.go()?;
    process::kill(tracee.id(), Some(SIGINT))?;
    tracee.stops(SIGINT)?;
    tracee.go_with(SIGTERM)?;
    tracee.ends(WaitStatus::Killed(SIGTERM))
}

fn a_signal_can_be_discarded() -> Verdict {
    let tracee = Tracee::start(|| i32::from(raise(SIGTERM).is_err()))?;
    tracee.go()?;
    tracee.stops(SIGTERM)?;
    tracee.finishes(0)
}

/// Both are sent while the target is stopped; SIGKILL has the lower number.
fn a_discarded_sigkill_leaves_the_mask_alone() -> Verdict {
    let tracee = Tracee::start(|| {
        let sent = process::kill(process::id(), Some(SIGKILL)).is_ok();
        i32::from(!sent)
    })?;
    tracee.go()?;
    tracee.stops(SIGKILL)?;
    process::kill(tracee.id(), Some(SIGSTOP))?;
    let mut mask = 0_u32;
    let fill = Address::Fill(mask.as_mut_bytes());
    request(Request::GetEventMask.raw(), tracee.id(), fill, 4)?;
    ensure_equal!(mask, proc_abi::event::DEFAULT_EVENT_MASK.bits());
    tracee.go()?;
    tracee.stops(SIGSTOP)?;
    tracee.finishes(0)
}

fn a_blocked_signal_stops_when_it_is_unblocked() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(count))?;
    let tracee = Tracee::start(|| {
        let blocked = signal::block(SigSet::of(SIGUSR1));
        let sent = process::kill(process::id(), Some(SIGUSR1));
        let marked = raise(SIGUSR2);
        if blocked.is_err() || sent.is_err() || marked.is_err() || taken() != 0 {
            return 1;
        }
        i32::from(signal::unblock(SigSet::of(SIGUSR1)).is_err() || taken() != 1)
    })?;
    tracee.go()?;
    tracee.stops(SIGUSR2)?;
    tracee.go()?;
    tracee.stops(SIGUSR1)?;
    tracee.go_with(SIGUSR1)?;
    tracee.ends(WaitStatus::Exited(0))
}

/// The handler runs once, yet the unblocking stops once more: FreeBSD does the same.
fn an_injected_signal_that_is_blocked() -> Verdict {
    set_action(SIGUSR2, SignalAction::handler(count))?;
    let tracee = Tracee::start(|| {
        let ready = signal::block(SigSet::of(SIGUSR2)).is_ok() && raise(SIGUSR1).is_ok();
        let early = taken();
        let done = signal::unblock(SigSet::of(SIGUSR2)).is_ok();
        i32::from(!ready || !done || early != 0 || taken() != 1)
    })?;
    tracee.go()?;
    tracee.stops(SIGUSR1)?;
    tracee.go_with(SIGUSR2)?;
    tracee.stops(SIGUSR2)?;
    tracee.finishes(0)
}

fn equal_signals_are_seen_one_by_one() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    for signal in [SIGUSR2, SIGUSR1, SIGUSR2] {
        process::kill(tracee.id(), Some(signal))?;
    }
    for signal in [SIGUSR1, SIGUSR2, SIGUSR2] {
        tracee.go()?;
        tracee.stops(signal)?;
    }
    tracee.finishes(0)
}

/// Most signals that wait for one process (FreeBSD kern.sigqueue.max_pending_per_proc).
pub(crate) const MOST_PENDING: i32 = 128;

/// Fills the queue of a stopped target.
pub(crate) fn fill_queue(tracee: Tracee, signal: Signal) -> Verdict {
    for value in 0..MOST_PENDING {
        signal::queue(tracee.id(), signal, u64::from(value.unsigned_abs()))?;
    }
    ensure_equal!(signal::queue(tracee.id(), signal, 0), Err(Error::EAGAIN));
    Ok(())
}

/// The full queue is of SIGUSR2; SIGUSR1 is injected while blocked and delivered at the unblocking.
fn a_full_queue_loses_no_injected_signal() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(count))?;
    let tracee = Tracee::start(|| {
        let ready = signal::block(SigSet::of(SIGUSR1)).is_ok() && raise(SIGTERM).is_ok();
        let early = taken();
        let done = signal::unblock(SigSet::of(SIGUSR1)).is_ok();
        i32::from(!ready || !done || early != 0 || taken() != 1)
    })?;
    tracee.go()?;
    tracee.stops(SIGTERM)?;
    fill_queue(tracee, SIGUSR2)?;
    tracee.go_with(SIGUSR1)?;
    for _ in 0..MOST_PENDING {
        tracee.stops(SIGUSR2)?;
        tracee.go()?;
    }
    tracee.stops(SIGUSR1)?;
    tracee.finishes(0)
}

fn signals_beyond_the_last_are_refused() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    for request in [Request::Continue, Request::Step, Request::Syscall, Request::ToSce, Request::ToScx, Request::Detach]
    {
        for signal in [-1, 129, i32::MAX] {
            ensure_equal!(tracee.ask(request, SAME_PLACE, signal), Err(Error::EINVAL));
        }
    }
    tracee.finishes(0)
}
