//! Stops by cause on `event`: the event set of FreeBSD's older process file system.
//!
//! Neighbours: `calls` and `signals` show the stops of a tracer at the same places; schemes/ptrace has every rule on the host.

use proc_abi::event::EventFlags;
use proc_abi::event_record::EventKind;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSEGV, SIGTERM, SIGTRAP};
use proc_abi::stop_event::{StopCauses, StopFlags, StopRequest, StopStatus};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::OpenFlags;
use runtime::proc::Events;
use runtime::process;
use runtime::process::wait::{Who, wait};
use runtime::{Error, fault};
use test_programs::children::{next_change, start};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee};
use test_programs::{ensure, ensure_equal};

use crate::programs::become_seven;

pub(crate) const CASES: &[Case] = &[
    Case { name: "calls stop by cause without a tracer", run: calls_stop_by_cause_without_a_tracer },
    Case { name: "signals cores and exits stop by cause", run: signals_cores_and_exits_stop_by_cause },
    Case { name: "an exec stops by cause", run: an_exec_stops_by_cause },
    Case { name: "a cause comes before the tracers stop", run: a_cause_comes_before_the_tracers_stop },
    Case { name: "the last close lets the target go", run: the_last_close_lets_the_target_go },
    Case { name: "causes need a handle for control", run: causes_need_a_handle_for_control },
    Case { name: "sigkill ends a stop by cause", run: sigkill_ends_a_stop_by_cause },
    Case { name: "a stop by cause is polled for and read", run: a_stop_by_cause_is_polled_for_and_read },
];

const BOTH: OpenFlags = OpenFlags::READ_WRITE;

/// The next stop is by this cause with this value; wait has nothing to tell of it.
fn stands(events: &Events, cause: StopCauses, value: u64) -> Verdict {
    let status = events.wait_for_cause()?;
    ensure_equal!((status.state, status.why, status.value), (0, cause.bits().cast_signed(), value));
    Ok(())
}

/// The same, and it goes on.
fn passes(events: &Events, cause: StopCauses, value: u64) -> Verdict {
    stands(events, cause, value)?;
    events.continue_cause(None)?;
    Ok(())
}

fn calls_stop_by_cause_without_a_tracer() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| {
        let passed = gate.pass();
        i32::from(passed.is_err() || process::parent_id() == 0)
    })?;
    let events = Events::open(child, BOTH)?;
    ensure_equal!(events.stop_status()?.state, 1);
    events.watch(StopCauses::SCE | StopCauses::SCX | StopCauses::EXIT)?;
    gate.open()?;
    // The read ends, or is still to begin: whichever call comes first, both its ends are of one call.
    let mut seen = 0;
    loop {
        let status = events.wait_for_cause()?;
        ensure_equal!(status.state, 0);
        ensure!(wait(Who::Process(child), WaitOptions::NOHANG | WaitOptions::STOPPED)?.is_none(), "wait was told");
        let cause = StopCauses::from_bits_retain(status.why.cast_unsigned());
        seen |= status.why;
        events.continue_cause(None)?;
        if cause == StopCauses::EXIT {
            break;
        }
    }
    ensure_equal!(seen, (StopCauses::SCE | StopCauses::SCX | StopCauses::EXIT).bits().cast_signed());
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn signals_cores_and_exits_stop_by_cause() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| if gate.pass().is_ok() { fault::read_null() } else { 9 })?;
    let events = Events::open(child, BOTH)?;
    let causes = StopCauses::SIG | StopCauses::CORE | StopCauses::EXIT;
    events.watch(causes)?;
    ensure_equal!(events.stop_status()?.events, u64::from(causes.bits()));
    gate.open()?;
    let segv = SIGSEGV.number().unsigned_abs().into();
    passes(&events, StopCauses::SIG, segv)?;
    passes(&events, StopCauses::CORE, segv)?;
    passes(&events, StopCauses::EXIT, segv)?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Killed(SIGSEGV));
    Ok(())
}

fn an_exec_stops_by_cause() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| if gate.pass().is_ok() { become_seven() } else { 9 })?;
    let events = Events::open(child, BOTH)?;
    events.watch(StopCauses::EXEC)?;
    gate.open()?;
    passes(&events, StopCauses::EXEC, 0)?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(7));
    Ok(())
}

fn a_cause_comes_before_the_tracers_stop() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        i32::from(process::parent_id() == 0)
    })?;
    let events = Events::open(tracee.0, BOTH)?;
    events.watch(StopCauses::SIG | StopCauses::SCX)?;
    tracee.resume(Request::Continue)?;
    let trap = SIGTRAP.number().unsigned_abs().into();
    // The call by which it stopped itself ends first.
    if events.wait_for_cause()?.why == StopCauses::SCX.bits().cast_signed() {
        events.continue_cause(None)?;
    }
    stands(&events, StopCauses::SIG, trap)?;
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0), Err(Error::EBUSY));
    events.continue_cause(None)?;
    tracee.stops(SIGTRAP)?;
    events.unwatch(StopCauses::SIG)?;
    tracee.resume(Request::ToScx)?;
    let status = events.wait_for_cause()?;
    ensure_equal!(status.why, StopCauses::SCX.bits().cast_signed());
    events.continue_cause(None)?;
    tracee.reports(EventFlags::SCX)?;
    events.unwatch(StopCauses::all())?;
    tracee.resume(Request::Kill)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

fn the_last_close_lets_the_target_go() -> Verdict {
    for linger in [false, true] {
        let gate = Gate::new()?;
        let child = start(|| i32::from(gate.pass().is_err()))?;
        let events = Events::open(child, BOTH)?;
        events.watch(StopCauses::EXIT)?;
        if linger {
            events.set_stop_flags(StopFlags::LINGER)?;
            ensure_equal!(events.stop_flags()?, StopFlags::LINGER);
        }
        gate.open()?;
        stands(&events, StopCauses::EXIT, 0)?;
        let observer = Events::open(child, OpenFlags::READ)?;
        drop(events);
        if linger {
            ensure_equal!(observer.stop_status()?.why, StopCauses::EXIT.bits().cast_signed());
            Events::open(child, BOTH)?.continue_cause(None)?;
        }
        ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    }
    Ok(())
}

fn causes_need_a_handle_for_control() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| i32::from(gate.pass().is_err()))?;
    let (events, observer) = (Events::open(child, BOTH)?, Events::open(child, OpenFlags::READ)?);
    ensure_equal!(observer.watch(StopCauses::EXIT), Err(Error::EBADF));
    ensure_equal!(observer.continue_cause(None), Err(Error::EBADF));
    ensure_equal!(observer.stop_status()?.events, 0);
    let set = StopRequest::Set as u64;
    ensure_equal!(events.file().call(&mut [], &[set, 0x40, 0]), Err(Error::EINVAL));
    ensure_equal!(events.file().call(&mut [], &[set | 0x100, 0, 0]), Err(Error::ENOTTY));
    let status = StopRequest::Status as u64;
    ensure_equal!(events.file().call(&mut [0; 31], &[status, 0, 0]), Err(Error::EINVAL));
    // Without a stop it does nothing, not even with the signal.
    events.continue_cause(Some(SIGTERM))?;
    gate.open()?;
    ensure_equal!(events.wait_for_cause()?, StopStatus { state: 1, ..StopStatus::default() });
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(events.stop_status(), Err(Error::ESRCH));
    Ok(())
}

fn sigkill_ends_a_stop_by_cause() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| i32::from(gate.pass().is_err()))?;
    let events = Events::open(child, BOTH)?;
    events.watch(StopCauses::EXIT)?;
    gate.open()?;
    stands(&events, StopCauses::EXIT, 0)?;
    process::kill(child.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    Ok(())
}

/// One queue for two targets: what it says is ready gives a record, which tells of the stop and lets nothing go on.
fn a_stop_by_cause_is_polled_for_and_read() -> Verdict {
    let gate = Gate::new()?;
    let queue = EventQueue::new()?;
    let mut targets = [None, None];
    for (index, place) in targets.iter_mut().enumerate() {
        let child = start(|| if gate.pass().is_ok() { 7 } else { 9 })?;
        let events = Events::open(child, BOTH)?;
        events.watch(StopCauses::EXIT)?;
        events.file().set_flags(OpenFlags::NONBLOCK)?;
        queue.subscribe(events.file(), Readiness::READ, index)?;
        ensure_equal!(events.next(), Err(Error::EAGAIN));
        *place = Some((child, events));
    }
    for _ in &targets {
        gate.open()?;
        let mut told = [Event::default()];
        let index = queue.wait(&mut told)?.first().map_or(usize::MAX, |event| event.data);
        let (child, events) = targets.get(index).and_then(Option::as_ref).ok_or(Error::EINVAL)?;
        let record = events.next()?.ok_or(Error::ESRCH)?;
        ensure_equal!((record.kind(), record.pid), (Some(EventKind::CauseStop), child.raw()));
        ensure_equal!((record.cause, record.value, record.wait_status), (StopCauses::EXIT.bits(), 0x700, 0));
        ensure_equal!(events.next(), Err(Error::EAGAIN));
        ensure_equal!(events.stop_status()?.tid, record.tid);
        let late = Events::open(*child, OpenFlags::READ | OpenFlags::NONBLOCK)?;
        ensure_equal!(late.next()?.and_then(|record| record.kind()), Some(EventKind::CauseStop));
        ensure_equal!(late.next(), Err(Error::EAGAIN));
        queue.subscribe(events.file(), Readiness::empty(), 0)?;
        events.continue_cause(None)?;
        ensure_equal!(next_change(*child, WaitOptions::empty())?, WaitStatus::Exited(7));
    }
    Ok(())
}
