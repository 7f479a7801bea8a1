//! Stops in FreeBSD's words: what a trap is as a siginfo, and what a delegated stop is as the record that `event` would give.
//!
//! Decides what the process server and a tracer that was told by the kernel must agree on. Main functions:
//! [`trap_information`], [`stop_record`]. Neighbours: `kernel_abi::run` (the layout), `event_record`; `ptrace::report` and
//! `runtime::proc` call it. FreeBSD: amd64/trap.c, kern_sig.c (ptracestop).

use kernel_abi::run::RunStop;
use kernel_abi::stop::Cause;

use crate::event::{EventFlags, PL_EVENT_SIGNAL};
use crate::event_record::{EventKind, EventRecord};
use crate::fault_set::{TRAP_NUMBER_BREAKPOINT, TRAP_NUMBER_TRACE};
use crate::id::Pid;
use crate::siginfo::{SigInfo, TRAP_BRKPT, TRAP_TRACE};
use crate::signal::SIGTRAP;
use crate::wait::WaitStatus;

/// The siginfo of a step, a breakpoint or a hit of a debug register; none for other causes.
#[must_use]
pub fn trap_information(cause: Cause, words: &[u64; 8]) -> Option<SigInfo> {
    let [first, second, ..] = *words;
    let (code, trapno, addr) = match cause {
        Cause::Breakpoint => (TRAP_BRKPT, TRAP_NUMBER_BREAKPOINT, first),
        Cause::Step | Cause::HardwareBreak => (TRAP_TRACE, TRAP_NUMBER_TRACE, second),
        Cause::CallEntry
        | Cause::CallExit
        | Cause::Fault
        | Cause::ThreadStart
        | Cause::ThreadExit
        | Cause::GroupExit
        | Cause::PostHold
        | Cause::Boundary => return None,
    };
    Some(SigInfo { addr, trapno, ..SigInfo::new(SIGTRAP, code) })
}

/// Count of arguments of a call by the number that debuggers see.
#[must_use]
pub fn argument_count(shown: u64) -> u32 {
    let call = u32::try_from(shown).ok().and_then(kernel_abi::calls::by_shown);
    call.map_or(0, |call| u32::from(call.arguments))
}

/// The record of a stop that ended a delegated run of `pid`; its number is 0, for it is in no ring. None for a stop that the
/// kernel does not delegate.
#[must_use]
pub fn stop_record(pid: Pid, stop: &RunStop) -> Option<EventRecord> {
    let cause = Cause::from_raw(stop.cause)?;
    let mut record = EventRecord::new(EventKind::TraceStop, pid.raw());
    record.tid = i32::try_from(stop.label).ok()?;
    record.wait_status = WaitStatus::Stopped(SIGTRAP).encode();
    record.signal = SIGTRAP.number();
    record.pl_event = PL_EVENT_SIGNAL;
    let [code, arguments, ..] = stop.words;
    let (flags, narg) = match trap_information(cause, &stop.words) {
        Some(information) => {
            record.siginfo = information;
            (EventFlags::SI, 0)
        }
        None if cause == Cause::CallEntry => (EventFlags::SCE, u32::try_from(arguments).unwrap_or(0)),
        None if cause == Cause::CallExit => (EventFlags::SCX, argument_count(code)),
        None => return None,
    };
    record.pl_flags = flags.bits();
    if flags != EventFlags::SI {
        record.syscall_code = (code & u64::from(u32::MAX)) as u32;
        record.syscall_narg = narg;
    }
    Some(record)
}
