//! The errno matrix: every request against every kind of target, as the table in docs/ptrace.md says.
//!
//! FreeBSD: sys_process.c (kern_ptrace). Neighbours: schemes/ptrace/src/tests/errno.rs has the same matrix on the host.

use core::time::Duration;
use proc_abi::core_dump::CoreDumpFlags;
use proc_abi::register_set::{Note, StatusNote};
use proc_abi::request::{NAMES, Request, SHARING};
use proc_abi::signal::SIGKILL;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::pipe;
use runtime::io::{STANDARD_ERROR, borrow};
use runtime::process::identity;
use runtime::process::ptrace::{Address, core_dump, get_register_set, remote_call, request, set_register_set};
use runtime::{Error, Result, process, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee, ask};
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "nobody there is esrch", run: nobody_there_is_esrch },
    Case { name: "a bad pointer comes first", run: a_bad_pointer_comes_first },
    Case { name: "an untraced target is eperm", run: an_untraced_target_is_eperm },
    Case { name: "a running target is ebusy", run: a_running_target_is_ebusy },
    Case { name: "another's target is ebusy", run: anothers_target_is_ebusy },
    Case { name: "another user's target is eperm", run: another_users_target_is_eperm },
    Case { name: "unknown numbers are checked like any", run: unknown_numbers_are_checked_like_any },
    Case { name: "wrong sizes are einval", run: wrong_sizes_are_einval },
    Case { name: "a core goes to a regular file", run: a_core_goes_to_a_regular_file },
];

/// Requests about a target that is traced already, but for the two whose memory is behind an interface of its own and those
/// that need no tracing.
pub(crate) fn requests() -> impl Iterator<Item = Request> {
    let apart = [Request::TraceMe, Request::Attach, Request::Io, Request::VmEntry, Request::GetChildren];
    NAMES.iter().map(|row| row.0).filter(move |request| !apart.contains(request) && !SHARING.contains(request))
}

/// The request with memory that is large enough for it.
pub(crate) fn with_memory(what: Request, id: i32) -> Result<usize> {
    let (note, set) = (Note::Status as i32, &mut [0; size_of::<StatusNote>()]);
    let data = match what {
        Request::GetRegSet => return get_register_set(id, note, set).map(|()| 0),
        Request::SetRegSet => return set_register_set(id, note, set).map(|()| 0),
        Request::CoreDump => return core_dump(id, &borrow(STANDARD_ERROR), CoreDumpFlags::empty(), 0).map(|()| 0),
        Request::ScRemote => return remote_call(id, 0, &[]).map(|_| 0),
        Request::SetScRet => 24,
        Request::GetCallSet | Request::SetCallSet => 32,
        Request::GetSignalSet | Request::SetSignalSet => 16,
        Request::GetFaultSet | Request::SetFaultSet => 8,
        Request::SetEventMask | Request::GetEventMask => 4,
        Request::GetXstateInfo => 16,
        Request::LwpInfo => 160,
        Request::GetLwpList => 1,
        _ => 0,
    };
    request(what.raw(), id, Address::Fill(&mut [0; 1024]), data)
}

pub(crate) fn all_refuse(id: i32, error: Error) -> Verdict {
    for what in requests() {
        let found = with_memory(what, id);
        if found != Err(error) {
            return Err(Failure::new(format_args!("{what:?} of {id} gave {found:?}, expected {error:?}")));
        }
    }
    Ok(())
}

fn nobody_there_is_esrch() -> Verdict {
    let dead = start(|| 0)?;
    ensure_equal!(next_change(dead, WaitOptions::empty())?, WaitStatus::Exited(0));
    for id in [0, -1, dead.raw(), 99_999, i32::MAX, i32::MIN] {
        all_refuse(id, Error::ESRCH)?;
        ensure_equal!(ask(Request::Attach, id, 0, 0), Err(Error::ESRCH));
    }
    Ok(())
}

fn a_bad_pointer_comes_first() -> Verdict {
    for what in [Request::SetRegs, Request::SetFpRegs, Request::SetDbRegs, Request::GetRegSet, Request::SetRegSet] {
        ensure_equal!(ask(what, 99_999, 8, 0), Err(Error::EFAULT));
    }
    ensure_equal!(ask(Request::SetEventMask, 99_999, 8, 4), Err(Error::EFAULT));
    ensure_equal!(ask(Request::SetEventMask, 99_999, 8, 3), Err(Error::EINVAL));
    ensure_equal!(ask(Request::SetScRet, 99_999, 8, 24), Err(Error::EFAULT));
    ensure_equal!(ask(Request::SetCallSet, 99_999, 8, 32), Err(Error::EFAULT));
    ensure_equal!(ask(Request::SetSignalSet, 99_999, 8, 16), Err(Error::EFAULT));
    ensure_equal!(ask(Request::SetFaultSet, 99_999, 8, 8), Err(Error::EFAULT));
    ensure_equal!(ask(Request::CoreDump, 99_999, 8, 16), Err(Error::EFAULT));
    ensure_equal!(ask(Request::CoreDump, 99_999, 8, 15), Err(Error::EINVAL));
    for what in [Request::GetRegs, Request::LwpInfo, Request::GetEventMask, Request::SetFsBase] {
        ensure_equal!(ask(what, 99_999, 8, 3), Err(Error::ESRCH));
    }
    let tracee = Tracee::start(|| 0)?;
    for what in [Request::GetRegs, Request::GetFpRegs, Request::GetDbRegs, Request::GetFsBase] {
        ensure_equal!(ask(what, tracee.id(), 8, 0), Err(Error::EFAULT));
    }
    ensure_equal!(ask(Request::LwpInfo, tracee.id(), 8, 160), Err(Error::EFAULT));
    tracee.finishes(0)
}

fn sleeper() -> Result<process::Pid, Failure> {
    start(|| {
        time::sleep_fully(Duration::from_secs(60));
        0
    })
}

fn kill(pid: process::Pid) -> Verdict {
    process::kill(pid.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(pid, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    Ok(())
}

fn an_untraced_target_is_eperm() -> Verdict {
    let target = sleeper()?;
    all_refuse(target.raw(), Error::EPERM)?;
    kill(target)
}

fn a_running_target_is_ebusy() -> Verdict {
    let gate = Gate::new()?;
    let tracee = Tracee::start(|| gate.pass().map_or(9, |()| 0))?;
    tracee.go()?;
    all_refuse(tracee.id(), Error::EBUSY)?;
    ensure_equal!(tracee.ask(Request::Attach, 0, 0), Err(Error::EBUSY));
    gate.open()?;
    tracee.ends(WaitStatus::Exited(0))
}

fn anothers_target_is_ebusy() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let other = start(|| i32::from(all_refuse(tracee.id(), Error::EBUSY).is_err()))?;
    ensure_equal!(next_change(other, WaitOptions::empty())?, WaitStatus::Exited(0));
    tracee.finishes(0)
}

fn another_users_target_is_eperm() -> Verdict {
    let target = sleeper()?;
    let other = start(|| {
        let refused = identity::set_user(1000).is_ok()
            && ask(Request::Attach, target.raw(), 0, 0) == Err(Error::EPERM)
            && all_refuse(target.raw(), Error::EPERM).is_ok();
        i32::from(!refused)
    })?;
    ensure_equal!(next_change(other, WaitOptions::empty())?, WaitStatus::Exited(0));
    kill(target)
}

/// Numbers that are retired, of newer systems, of nobody.
const UNKNOWN: [i32; 7] = [3, 6, 30, 47, 64, 75, -1];

fn unknown_numbers_are_checked_like_any() -> Verdict {
    let unknown = |id: i32, error: Error| -> Verdict {
        for number in UNKNOWN {
            ensure_equal!(request(number, id, Address::Number(0), 0), Err(error));
        }
        Ok(())
    };
    let target = sleeper()?;
    let tracee = Tracee::start(|| 0)?;
    // The interface for programs makes no request that it does not know; the files take any number.
    unknown(tracee.id(), Error::EOPNOTSUPP).or_else(|_| unknown(tracee.id(), Error::EINVAL))?;
    unknown(target.raw(), Error::EOPNOTSUPP).or_else(|_| unknown(target.raw(), Error::EPERM))?;
    kill(target)?;
    tracee.finishes(0)
}

fn wrong_sizes_are_einval() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    for size in [0, -1, 161, i32::MAX] {
        ensure_equal!(tracee.ask(Request::LwpInfo, 0, size), Err(Error::EINVAL));
    }
    for size in [0, 3, 5, -1] {
        ensure_equal!(tracee.ask(Request::GetEventMask, 0, size), Err(Error::EINVAL));
        ensure_equal!(tracee.ask(Request::SetEventMask, 0, size), Err(Error::EINVAL));
    }
    let beyond = 0x40_u32;
    let mask = Address::Read(zerocopy::IntoBytes::as_bytes(&beyond));
    ensure_equal!(request(Request::SetEventMask.raw(), tracee.id(), mask, 4), Err(Error::EINVAL));
    ensure!(tracee.ask(Request::GetNumLwps, 0, 0) == Ok(1), "nothing was changed");
    tracee.finishes(0)
}

fn a_core_goes_to_a_regular_file() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let (_reader, writer) = pipe::pair()?;
    ensure_equal!(core_dump(tracee.id(), &writer, CoreDumpFlags::empty(), 0), Err(Error::EPIPE));
    ensure_equal!(core_dump(tracee.id(), &writer, CoreDumpFlags::COMPRESS, 0), Err(Error::EINVAL));
    ensure_equal!(core_dump(tracee.id(), &writer, CoreDumpFlags::empty(), -1), Err(Error::EINVAL));
    tracee.finishes(0)
}
