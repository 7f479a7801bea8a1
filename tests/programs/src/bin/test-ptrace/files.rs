//! The same requests by the files under `proc:`, beside the call.
//!
//! Neighbours: docs/ptrace.md says which rule holds where files decide what the call leaves open; schemes/proc has the
//! files' own tests on the host.

use proc_abi::event_record::EventKind;
use proc_abi::request::Request;
use proc_abi::signal::{SIGSTOP, SIGTRAP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::OpenFlags;
use runtime::proc::{Commands, Control, Events};
use runtime::process::wait::{Who, wait};
use runtime::{Error, fault};
use test_programs::children::start;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{Gate, SAME_PLACE, Tracee};
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a debugger works by files alone", run: a_debugger_works_by_files_alone },
    Case { name: "commands run up to the first failure", run: commands_run_up_to_the_first_failure },
    Case { name: "a stop that wait told is not told twice", run: a_stop_that_wait_told_is_not_told_twice },
    Case { name: "an observer collects nothing", run: an_observer_collects_nothing },
];

fn a_debugger_works_by_files_alone() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| {
        if gate.pass().is_err() {
            return 9;
        }
        fault::breakpoint();
        3
    })?;
    let control = Control::open(child)?;
    let events = Events::open(child, OpenFlags::READ_WRITE)?;
    control.request(Request::Attach, 0, 0, 0)?;
    for signal in [SIGSTOP, SIGTRAP] {
        let record = loop {
            match events.next()? {
                Some(record) if record.kind() == Some(EventKind::TraceStop) => break record,
                Some(_) => {}
                None => return Err(test_programs::failure::Failure::new("the events ended")),
            }
        };
        ensure_equal!((record.signal, record.pid), (signal.number(), child.raw()));
        control.request(Request::Continue, 0, SAME_PLACE, 0)?;
        if signal == SIGSTOP {
            gate.open()?;
        }
    }
    let waited = wait(Who::Process(child), WaitOptions::empty())?;
    ensure_equal!(waited.map(|waited| waited.status), Some(WaitStatus::Exited(3)));
    Ok(())
}

fn commands_run_up_to_the_first_failure() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let control = Control::open(tracee.0)?;
    let mut commands = Commands::new();
    commands.push(Request::GetNumLwps, 0, (0, 0), &[], 0)?;
    commands.push(Request::GetScRet, 0, (0, 24), &[], 24)?;
    commands.push(Request::Kill, 0, (0, 0), &[], 0)?;
    let mut buffer = alloc::vec::Vec::new();
    let replies = control.run(&commands, &mut buffer)?;
    ensure_equal!(replies.len(), 2);
    ensure_equal!(replies.first().map(|reply| reply.header.value), Some(1));
    ensure_equal!(replies.get(1).map(|reply| reply.header.errno), Some(Error::EINVAL.number()));
    tracee.finishes(0)
}

fn a_stop_that_wait_told_is_not_told_twice() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        0
    })?;
    let events = Events::open(tracee.0, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
    ensure_equal!(events.next().err(), Some(Error::EAGAIN));
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    loop {
        match events.next() {
            Err(Error::EAGAIN) => break,
            Ok(Some(record)) => ensure!(record.kind() != Some(EventKind::TraceStop), "the stop is told twice"),
            other => ensure!(false, "the read gave {other:?}"),
        }
    }
    tracee.finishes(0)
}

fn an_observer_collects_nothing() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        0
    })?;
    let events = Events::open(tracee.0, OpenFlags::READ)?;
    tracee.go()?;
    let stop = loop {
        match events.next()? {
            Some(record) if record.kind() == Some(EventKind::TraceStop) => break record,
            Some(_) => {}
            None => return Err(test_programs::failure::Failure::new("the events ended")),
        }
    };
    ensure_equal!(stop.signal, SIGTRAP.number());
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0), Err(Error::EBUSY));
    tracee.stops(SIGTRAP)?;
    tracee.finishes(0)
}
