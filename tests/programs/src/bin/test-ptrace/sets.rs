//! Sets of calls, of signals and of faults: what is not in them passes as if nobody traced.
//!
//! FreeBSD has no such requests. Neighbours: `calls` and `signals` show the stops without sets, `leaving` uses `trace`, which
//! sets a set for `-e`; schemes/ptrace and kernel-core have tests of the same name on the host.

use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::calls::by_name;
use proc_abi::event::EventFlags;
use proc_abi::fault_set::{FaultSet, TRAP_NUMBER_BREAKPOINT, TRAP_NUMBER_PAGE_FAULT};
use proc_abi::request::Request;
use proc_abi::signal::{SIGFPE, SIGKILL, SIGSEGV, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SigSet};
use proc_abi::wait::WaitStatus;
use runtime::proc::Control;
use runtime::process::ptrace::{Address, request};
use runtime::process::{self, identity};
use runtime::signal::{SignalAction, set_action};
use runtime::{Error, Result, fault, time};
use test_programs::children::start;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Tracee, raise};
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "only calls of the set stop", run: only_calls_of_the_set_stop },
    Case { name: "entries and exits have sets of their own", run: entries_and_exits_have_sets_of_their_own },
    Case { name: "unknown calls are in a set or not", run: unknown_calls_are_in_a_set_or_not },
    Case { name: "sets work by files and end with the tracing", run: sets_work_by_files_and_end_with_the_tracing },
    Case { name: "only signals of the set stop", run: only_signals_of_the_set_stop },
    Case { name: "only faults of the set stop", run: only_faults_of_the_set_stop },
    Case { name: "a fault outside the set kills", run: a_fault_outside_the_set_kills },
];

fn calls(names: &[&str]) -> core::result::Result<CallSet, Failure> {
    let mut set = CallSet::EMPTY;
    for name in names {
        let call = by_name(name).ok_or_else(|| Failure::new(format_args!("no call {name}")))?;
        set.insert_shown(call.shown);
    }
    Ok(set)
}

fn set_calls(tracee: Tracee, entry: CallSet, exit: CallSet) -> Result<()> {
    let stops = CallStops { entry, exit };
    request(Request::SetCallSet.raw(), tracee.id(), Address::Read(stops.as_bytes()), 32).map(drop)
}

/// Calls of all kinds: answered by the server, by the kernel at once, by the kernel later, by what the kernel keeps.
fn make_calls() -> i32 {
    let _ = identity::users();
    let _ = time::now();
    let _ = time::sleep(core::time::Duration::from_millis(1));
    i32::from(process::parent_id() == 0)
}

fn only_calls_of_the_set_stop() -> Verdict {
    let tracee = Tracee::start(make_calls)?;
    let set = calls(&["nanosleep", "getppid"])?;
    set_calls(tracee, set, set)?;
    for code in [240, 39] {
        for flags in [EventFlags::SCE, EventFlags::SCX] {
            tracee.resume(Request::Syscall)?;
            ensure_equal!(tracee.reports(flags)?.syscall_code, code);
        }
    }
    tracee.finishes(0)
}

fn entries_and_exits_have_sets_of_their_own() -> Verdict {
    let tracee = Tracee::start(make_calls)?;
    set_calls(tracee, calls(&["getppid"])?, calls(&["nanosleep"])?)?;
    tracee.resume(Request::Syscall)?;
    ensure_equal!(tracee.reports(EventFlags::SCX)?.syscall_code, 240);
    tracee.resume(Request::Syscall)?;
    ensure_equal!(tracee.reports(EventFlags::SCE)?.syscall_code, 39);
    tracee.finishes(0)
}

fn unknown_calls_are_in_a_set_or_not() -> Verdict {
    let mut unknown = CallSet::EMPTY;
    unknown.insert_shown(u32::MAX);
    for set in [unknown, unknown.complement()] {
        let tracee = Tracee::start(|| i32::from(fault::call_unknown_number(5_000) != Err(Error::ENOSYS)))?;
        set_calls(tracee, set, CallSet::EMPTY)?;
        tracee.resume(Request::Syscall)?;
        if set == unknown {
            ensure_equal!(tracee.reports(EventFlags::SCE)?.syscall_code, u32::MAX);
        } else {
            ensure_equal!(tracee.reports(EventFlags::SCE)?.syscall_code, 1);
        }
        tracee.finishes(0)?;
    }
    Ok(())
}

fn sets_work_by_files_and_end_with_the_tracing() -> Verdict {
    let (end, inside) = runtime::file::pipe::pair()?;
    let child = start(|| inside.read(&mut [0]).map_or(9, |_| 0))?;
    let control = Control::open(child)?;
    let none = CallStops { entry: CallSet::EMPTY, exit: CallSet::EMPTY };
    let refused = control.exchange(Request::SetCallSet, 0, (0, 32), none.as_bytes(), &mut []);
    ensure_equal!(refused, Err(Error::EPERM));
    for _ in 0..2 {
        let tracee = Tracee::attach(child)?;
        let mut found = none;
        control.exchange(Request::GetCallSet, 0, (0, 32), &[], found.as_mut_bytes())?;
        ensure_equal!(found, CallStops::ALL);
        control.exchange(Request::SetCallSet, 0, (0, 32), none.as_bytes(), &mut [])?;
        control.exchange(Request::GetCallSet, 0, (0, 32), &[], found.as_mut_bytes())?;
        ensure_equal!(found, none);
        tracee.ask(Request::Detach, 1, 0)?;
    }
    end.write_all(&[0])?;
    Tracee(child).ends(WaitStatus::Exited(0))
}

extern "C" fn take(_: i32, _: &proc_abi::siginfo::SigInfo, _: &proc_abi::signal_frame::UserContext) {}

fn only_signals_of_the_set_stop() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(take))?;
    let tracee = Tracee::start(|| i32::from(raise(SIGUSR1).is_err() || raise(SIGUSR2).is_err()))?;
    let set = SigSet::of(SIGUSR2).union(SigSet::of(SIGTERM));
    request(Request::SetSignalSet.raw(), tracee.id(), Address::Read(set.as_bytes()), 16)?;
    tracee.go()?;
    tracee.stops(SIGUSR2)?;
    let mut found = SigSet::EMPTY;
    request(Request::GetSignalSet.raw(), tracee.id(), Address::Fill(found.as_mut_bytes()), 16)?;
    ensure!(found == set, "{found:?} was read back");
    tracee.finishes(0)
}

fn set_faults(tracee: Tracee, faults: FaultSet) -> Verdict {
    request(Request::SetFaultSet.raw(), tracee.id(), Address::Read(faults.as_bytes()), 8)?;
    let mut found = FaultSet::EMPTY;
    request(Request::GetFaultSet.raw(), tracee.id(), Address::Fill(found.as_mut_bytes()), 8)?;
    ensure_equal!(found, faults);
    Ok(())
}

/// A handler that is left by another fault, which is in the set.
extern "C" fn divide(_: i32, _: &proc_abi::siginfo::SigInfo, _: &proc_abi::signal_frame::UserContext) {
    fault::divide_by_zero();
}

fn only_faults_of_the_set_stop() -> Verdict {
    let tracee = Tracee::start(|| {
        if set_action(SIGSEGV, SignalAction::handler(divide)).is_err() {
            return 9;
        }
        fault::read_null()
    })?;
    set_faults(tracee, FaultSet::all_but(TRAP_NUMBER_PAGE_FAULT))?;
    tracee.go()?;
    let info = tracee.stops(SIGFPE)?;
    ensure_equal!(info.siginfo.signo, SIGFPE.number());
    tracee.resume(Request::Kill)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

fn a_fault_outside_the_set_kills() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        fault::read_null()
    })?;
    set_faults(tracee, FaultSet::all_but(TRAP_NUMBER_PAGE_FAULT))?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    set_faults(tracee, FaultSet::all_but(TRAP_NUMBER_BREAKPOINT))?;
    tracee.go()?;
    tracee.stops(SIGSEGV)?;
    set_faults(tracee, FaultSet::EMPTY)?;
    tracee.go()?;
    tracee.ends(WaitStatus::Killed(SIGSEGV))
}
