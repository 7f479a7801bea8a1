//! System calls under trace: stops at entry and exit, codes, arguments, results, signals given there.
//!
//! FreeBSD: subr_syscall.c (syscallenter, syscallret), sys_process.c (PT_GET_SC_ARGS, PT_GET_SC_RET). Neighbours: `forks`.

use core::sync::atomic::{AtomicI32, Ordering};
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::request::Request;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGTRAP, SIGUSR1, SIGUSR2};
use proc_abi::signal_frame::UserContext;
use proc_abi::syscall::SyscallReturn;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::ptrace::{Address, request};
use runtime::process::{self, Fork, vfork};
use runtime::signal::{SignalAction, set_action};
use runtime::{Error, Result, fault};
use test_programs::children::next_change;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{SAME_PLACE, Tracee, raise};
use test_programs::{ensure, ensure_equal};
use zerocopy::{FromZeros, IntoBytes};

use crate::forks::{both_stops, set_events};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a call stops at entry and exit", run: a_call_stops_at_entry_and_exit },
    Case { name: "arguments and results are told", run: arguments_and_results_are_told },
    Case { name: "errors of calls are told", run: errors_of_calls_are_told },
    Case { name: "to_sce stays until it is taken away", run: to_sce_stays_until_it_is_taken_away },
    Case { name: "to_scx stops at exits alone", run: to_scx_stops_at_exits_alone },
    Case { name: "arguments need a call", run: arguments_need_a_call },
    Case { name: "both halves of a fork tell its code", run: both_halves_of_a_fork_tell_its_code },
    Case { name: "both halves of a vfork tell its code", run: both_halves_of_a_vfork_tell_its_code },
    Case { name: "siginfo does not go stale", run: siginfo_does_not_go_stale },
    Case { name: "a signal given at entry waits for the exit", run: a_signal_given_at_entry_waits_for_the_exit },
    Case { name: "signals given at entry and exit both arrive", run: signals_given_at_entry_and_exit_both_arrive },
    Case { name: "sigtrap given at entry kills", run: sigtrap_given_at_entry_kills },
    Case { name: "an unknown call is seen too", run: an_unknown_call_is_seen_too },
    Case { name: "a given result skips the body", run: a_given_result_skips_the_body },
    Case { name: "given results are checked", run: given_results_are_checked },
];

const FORK: u32 = 2;
const GETPID: u32 = 20;
const KILL: u32 = 37;
const GETPPID: u32 = 39;
const VFORK: u32 = 66;

fn call_own_id() -> i32 {
    i32::from(process::id() == 0)
}

/// Arguments of the call it is stopped in.
fn arguments(tracee: Tracee) -> Result<[u64; 8]> {
    let mut words = [0_u64; 8];
    request(Request::GetScArgs.raw(), tracee.id(), Address::Fill(words.as_mut_bytes()), 64)?;
    Ok(words)
}

/// Result of the call it is leaving.
fn result(tracee: Tracee) -> Result<SyscallReturn> {
    let mut told = SyscallReturn::new_zeroed();
    request(Request::GetScRet.raw(), tracee.id(), Address::Fill(told.as_mut_bytes()), 24)?;
    Ok(told)
}

fn enters(tracee: Tracee, code: u32) -> Verdict {
    tracee.resume(Request::Syscall)?;
    ensure_equal!(tracee.reports(EventFlags::SCE)?.syscall_code, code);
    Ok(())
}

fn leaves(tracee: Tracee, code: u32) -> Verdict {
    tracee.resume(Request::Syscall)?;
    ensure_equal!(tracee.reports(EventFlags::SCX)?.syscall_code, code);
    Ok(())
}

fn a_call_stops_at_entry_and_exit() -> Verdict {
    let tracee = Tracee::start(call_own_id)?;
    enters(tracee, GETPID)?;
    ensure_equal!(result(tracee).err(), Some(Error::EINVAL));
    leaves(tracee, GETPID)?;
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

fn arguments_and_results_are_told() -> Verdict {
    let tracee = Tracee::start(|| {
        let own = process::id();
        i32::from(process::kill(own, None).is_err())
    })?;
    enters(tracee, GETPID)?;
    ensure_equal!(arguments(tracee)?, [0; 8]);
    leaves(tracee, GETPID)?;
    let own = u64::from(tracee.id().unsigned_abs());
    ensure_equal!(result(tracee)?, SyscallReturn { retval: [own, 0], error: 0, pad: 0 });
    enters(tracee, KILL)?;
    ensure_equal!(tracee.information()?.syscall_narg, 2);
    ensure_equal!(arguments(tracee)?, [own, 0, 0, 0, 0, 0, 0, 0]);
    leaves(tracee, KILL)?;
    ensure_equal!(result(tracee)?, SyscallReturn::default());
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

fn errors_of_calls_are_told() -> Verdict {
    let tracee = Tracee::start(|| i32::from(process::kill(99_999, None) != Err(Error::ESRCH)))?;
    enters(tracee, KILL)?;
    leaves(tracee, KILL)?;
    let told = result(tracee)?;
    ensure_equal!((told.retval, told.error), ([0, 0], Error::ESRCH.number().cast_signed()));
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

fn to_sce_stays_until_it_is_taken_away() -> Verdict {
    let tracee = Tracee::start(|| i32::from(process::parent_id() == 0 || process::id() == 0))?;
    tracee.resume(Request::ToSce)?;
    ensure_equal!(tracee.reports(EventFlags::SCE)?.syscall_code, GETPPID);
    tracee.go()?;
    ensure_equal!(tracee.reports(EventFlags::SCE)?.syscall_code, GETPID);
    set_events(tracee, EventMask::empty())?;
    tracee.finishes(0)
}

fn to_scx_stops_at_exits_alone() -> Verdict {
    let tracee = Tracee::start(call_own_id)?;
    tracee.resume(Request::ToScx)?;
    ensure_equal!(tracee.reports(EventFlags::SCX)?.syscall_code, GETPID);
    tracee.finishes(0)
}

fn arguments_need_a_call() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        0
    })?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    ensure_equal!(arguments(tracee).err(), Some(Error::EINVAL));
    ensure_equal!(result(tracee).err(), Some(Error::EINVAL));
    tracee.finishes(0)
}

fn codes_are_equal(tracee: Tracee, code: u32) -> Verdict {
    tracee.ask(Request::FollowFork, 0, 1)?;
    tracee.go()?;
    let (forker, child) = both_stops(tracee)?;
    for stopped in [forker, child] {
        let info = stopped.information()?;
        ensure_equal!((info.syscall_code, info.syscall_narg), (code, 0));
    }
    forker.go()?;
    child.finishes(1)?;
    forker.ends(WaitStatus::Exited(0))
}

fn both_halves_of_a_fork_tell_its_code() -> Verdict {
    let forker = || match process::fork() {
        Ok(Fork::Child) => 1,
        Ok(Fork::Parent(child)) => i32::from(next_change(child, WaitOptions::empty()).is_err()),
        Err(_) => 9,
    };
    codes_are_equal(Tracee::start(forker)?, FORK)
}

fn both_halves_of_a_vfork_tell_its_code() -> Verdict {
    let forker = || match vfork(&mut || 1) {
        Ok(child) => i32::from(next_change(child, WaitOptions::empty()).is_err()),
        Err(_) => 9,
    };
    codes_are_equal(Tracee::start(forker)?, VFORK)
}

fn siginfo_does_not_go_stale() -> Verdict {
    let tracee = Tracee::start(|| {
        let raised = raise(SIGUSR1);
        i32::from(raised.is_err() || process::id() == 0)
    })?;
    tracee.go()?;
    let info = tracee.stops(SIGUSR1)?;
    ensure!(EventFlags::from_bits_retain(info.flags).contains(EventFlags::SI), "a signal stop has its information");
    enters(tracee, GETPID)?;
    let info = tracee.information()?;
    ensure!(!EventFlags::from_bits_retain(info.flags).contains(EventFlags::SI), "an entry has none");
    ensure_equal!(info.siginfo.signo, 0);
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

static TAKEN: AtomicI32 = AtomicI32::new(0);

extern "C" fn count(signal: i32, _: &SigInfo, _: &UserContext) {
    TAKEN.fetch_add(signal, Ordering::Relaxed);
}

/// A target that handles two signals, makes one call and exits with the sum of the signals it took.
fn summing() -> core::result::Result<Tracee, test_programs::failure::Failure> {
    for signal in [SIGUSR1, SIGUSR2] {
        set_action(signal, SignalAction::handler(count))?;
    }
    Tracee::start(|| {
        let before = TAKEN.load(Ordering::Relaxed);
        let own = process::id();
        if own == 0 || before != 0 { 1 } else { TAKEN.load(Ordering::Relaxed) }
    })
}

fn a_signal_given_at_entry_waits_for_the_exit() -> Verdict {
    let tracee = summing()?;
    enters(tracee, GETPID)?;
    tracee.ask(Request::Syscall, SAME_PLACE, SIGUSR1.number())?;
    ensure_equal!(tracee.reports(EventFlags::SCX)?.syscall_code, GETPID);
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(SIGUSR1.number()))
}

fn signals_given_at_entry_and_exit_both_arrive() -> Verdict {
    let tracee = summing()?;
    enters(tracee, GETPID)?;
    tracee.ask(Request::Syscall, SAME_PLACE, SIGUSR1.number())?;
    ensure_equal!(tracee.reports(EventFlags::SCX)?.syscall_code, GETPID);
    set_events(tracee, EventMask::empty())?;
    tracee.go_with(SIGUSR2)?;
    tracee.ends(WaitStatus::Exited(SIGUSR1.number().saturating_add(SIGUSR2.number())))
}

fn sigtrap_given_at_entry_kills() -> Verdict {
    let tracee = Tracee::start(call_own_id)?;
    enters(tracee, GETPID)?;
    set_events(tracee, EventMask::empty())?;
    tracee.go_with(SIGTRAP)?;
    tracee.ends(WaitStatus::Killed(SIGTRAP))
}

fn an_unknown_call_is_seen_too() -> Verdict {
    let tracee = Tracee::start(|| i32::from(fault::call_unknown_number(5_000) != Err(Error::ENOSYS)))?;
    tracee.resume(Request::Syscall)?;
    tracee.reports(EventFlags::SCE)?;
    tracee.resume(Request::Syscall)?;
    tracee.reports(EventFlags::SCX)?;
    ensure_equal!(result(tracee)?.error, Error::ENOSYS.number().cast_signed());
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

/// SET_SC_RET with this many bytes.
fn give(tracee: Tracee, told: SyscallReturn, size: i32) -> Result<usize> {
    request(Request::SetScRet.raw(), tracee.id(), Address::Read(told.as_bytes()), size)
}

fn a_given_result_skips_the_body() -> Verdict {
    // Neither is the child killed by its own signal nor does it learn its own id.
    let tracee = Tracee::start(|| {
        let own = process::id();
        i32::from(own != 77 || process::kill(own, Some(SIGUSR1)) != Err(Error::EPERM))
    })?;
    enters(tracee, GETPID)?;
    give(tracee, SyscallReturn { retval: [78, 0], ..SyscallReturn::default() }, 24)?;
    let told = SyscallReturn { retval: [77, 0], ..SyscallReturn::default() };
    give(tracee, told, 24)?;
    leaves(tracee, GETPID)?;
    ensure_equal!(result(tracee)?, told);
    enters(tracee, KILL)?;
    give(tracee, SyscallReturn { error: Error::EPERM.number().cast_signed(), ..told }, 24)?;
    leaves(tracee, KILL)?;
    ensure_equal!(result(tracee)?.error, Error::EPERM.number().cast_signed());
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

fn given_results_are_checked() -> Verdict {
    let tracee = Tracee::start(call_own_id)?;
    let none = SyscallReturn::default();
    ensure_equal!(give(tracee, none, 24), Err(Error::EINVAL));
    enters(tracee, GETPID)?;
    for size in [0, 8, 23] {
        ensure_equal!(give(tracee, none, size), Err(Error::EINVAL));
    }
    for error in [-1, -2, 4094, 4096, i32::MAX, i32::MIN] {
        ensure_equal!(give(tracee, SyscallReturn { error, ..none }, 24), Err(Error::EINVAL));
    }
    let raw_error = SyscallReturn { retval: [u64::MAX, 0], ..none };
    ensure_equal!(give(tracee, raw_error, 24), Err(Error::EINVAL));
    leaves(tracee, GETPID)?;
    ensure_equal!(give(tracee, none, 24), Err(Error::EINVAL));
    ensure_equal!(result(tracee)?.retval[0], u64::from(tracee.id().unsigned_abs()));
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}
