//! The combined call of `ctl`: records in, replies and the next event with registers out.
//!
//! Neighbours: `files` (records and events apart), `delegate` (a runner that goes this way where the kernel alone will not
//! do); docs/ptrace.md has the rules, schemes/proc the refusals.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, Ordering};
use proc_abi::combined::ControlVerb;
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGTRAP, SIGUSR1};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::pipe;
use runtime::proc::combined::End;
use runtime::proc::{Commands, Control};
use runtime::process::wait::{Who, wait};
use runtime::signal::{SignalAction, set_action};
use runtime::time::yield_now;
use runtime::{Error, fault, process, thread};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, SAME_PLACE, Tracee};
use test_programs::{ensure, ensure_equal};
use zerocopy::FromBytes;

use crate::registers::get;

pub(crate) const CASES: &[Case] = &[
    Case { name: "one call attaches and tells the stop", run: one_call_attaches_and_tells_the_stop },
    Case { name: "one call resumes and tells the next stop", run: one_call_resumes_and_tells_the_next_stop },
    Case { name: "a failed record ends the call", run: a_failed_record_ends_the_call },
    Case { name: "a detach among the records waits for nothing", run: a_detach_among_the_records_waits_for_nothing },
    Case { name: "a signal ends the wait and no record runs twice", run: a_signal_ends_the_wait },
    Case { name: "one call waits on a file", run: one_call_waits_on_a_file },
    Case { name: "a tracer that dies in the call takes its target along", run: a_tracer_that_dies_in_the_call },
];

fn commands(requests: &[(Request, i64, usize)]) -> Result<Commands, Failure> {
    let mut commands = Commands::new();
    for (request, data, room) in requests {
        let address = if *room == 0 { SAME_PLACE } else { 0 };
        commands.push(*request, 0, (address, *data), &[], *room)?;
    }
    Ok(commands)
}

/// The end of a call whose records all succeeded.
fn answered(control: &Control, requests: &[(Request, i64, usize)]) -> Result<End, Failure> {
    let mut buffer = Vec::new();
    let answered = control.run_and_wait(&commands(requests)?, &mut buffer)?;
    ensure_equal!(answered.replies.len(), requests.len());
    ensure!(answered.replies.iter().all(|reply| reply.header.errno == 0), "a record failed");
    Ok(answered.end)
}

fn stopped(end: &End, signal: i32) -> Result<Registers, Failure> {
    match end {
        End::Stopped(record, registers) if record.signal == signal => Ok(*registers),
        other => Err(Failure::new(format_args!("expected a stop with {signal}, found {other:?}"))),
    }
}

fn ended(end: &End, status: WaitStatus) -> Verdict {
    match end {
        End::Ended(record) => ensure_equal!(record.wait_status, status.encode()),
        other => return Err(Failure::new(format_args!("expected the end, found {other:?}"))),
    }
    Ok(())
}

fn one_call_attaches_and_tells_the_stop() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| if gate.pass().is_ok() { 3 } else { 9 })?;
    let control = Control::open(child)?;
    stopped(&answered(&control, &[(Request::Attach, 0, 0)])?, SIGSTOP.number())?;
    ensure_equal!(control.request(Request::GetNumLwps, 0, 0, 0)?, 1);
    let told = wait(Who::Process(child), WaitOptions::NOHANG)?;
    ensure!(told.is_none(), "the stop is told again");
    gate.open()?;
    ended(&answered(&control, &[(Request::Continue, 0, 0)])?, WaitStatus::Exited(3))?;
    // As by `event`: who is the real parent, too, still waits for the end.
    let waited = wait(Who::Process(child), WaitOptions::empty())?;
    ensure_equal!(waited.map(|waited| waited.status), Some(WaitStatus::Exited(3)));
    ensure_equal!(answered(&control, &[])?, End::Nothing);
    Ok(())
}

fn one_call_resumes_and_tells_the_next_stop() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        fault::breakpoint();
        7
    })?;
    let control = Control::open(tracee.0)?;
    let requests = [(Request::GetNumLwps, 0, 0), (Request::Continue, 0, 0)];
    for _ in 0..2 {
        let registers = stopped(&answered(&control, &requests)?, SIGTRAP.number())?;
        let mut found = Registers::default();
        get(Request::GetRegs, tracee, &mut found)?;
        ensure_equal!(registers, found);
    }
    let mut buffer = Vec::new();
    let read = commands(&[(Request::GetRegs, 0, size_of::<Registers>()), (Request::Kill, 0, 0)])?;
    let answered = control.run_and_wait(&read, &mut buffer)?;
    let payload = answered.replies.first().map(|reply| reply.payload).unwrap_or_default();
    ensure!(Registers::read_from_bytes(payload).is_ok(), "the registers are in the first reply");
    ended(&answered.end, WaitStatus::Killed(SIGKILL))?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

fn a_failed_record_ends_the_call() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let control = Control::open(tracee.0)?;
    let records = commands(&[(Request::GetNumLwps, 0, 0), (Request::Continue, 4242, 0), (Request::Kill, 0, 0)])?;
    let mut buffer = Vec::new();
    let answered = control.run_and_wait(&records, &mut buffer)?;
    ensure_equal!(answered.end, End::Failed);
    ensure_equal!(answered.replies.len(), 2);
    ensure_equal!(answered.replies.last().map(|reply| reply.header.errno), Some(Error::EINVAL.number()));
    tracee.finishes(0)
}

fn a_detach_among_the_records_waits_for_nothing() -> Verdict {
    let tracee = Tracee::start(|| 5)?;
    let control = Control::open(tracee.0)?;
    ensure_equal!(answered(&control, &[(Request::Detach, 0, 0)])?, End::Nothing);
    tracee.ends(WaitStatus::Exited(5))
}

static HANDLED: AtomicI32 = AtomicI32::new(0);

extern "C" fn count(_: i32, _: &SigInfo, _: &proc_abi::signal_frame::UserContext) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// The target sends its tracer a signal, whose handler asks for restarts, and waits until it may go on.
fn a_signal_ends_the_wait() -> Verdict {
    let (tracer, gate) = (process::id(), Gate::new()?);
    set_action(SIGUSR1, SignalAction::handler(count))?;
    let tracee = Tracee::start(|| {
        let sent = process::kill(tracer, Some(SIGUSR1));
        let passed = gate.pass();
        fault::breakpoint();
        i32::from(sent.is_err() || passed.is_err())
    })?;
    let control = Control::open(tracee.0)?;
    // A second run of these records would fail: the target is not stopped.
    let end = answered(&control, &[(Request::GetNumLwps, 0, 0), (Request::Continue, 0, 0)])?;
    set_action(SIGUSR1, SignalAction::Default)?;
    ensure_equal!((end, HANDLED.load(Ordering::Relaxed)), (End::Interrupted, 1));
    gate.open()?;
    stopped(&answered(&control, &[])?, SIGTRAP.number())?;
    ended(&answered(&control, &[(Request::Continue, 0, 0)])?, WaitStatus::Exited(0))?;
    tracee.ends(WaitStatus::Exited(0))
}

/// Whether a call waits on this file: bytes that are no record are looked at later.
fn is_busy(control: &Control) -> bool {
    let words = [ControlVerb::RunAndWait as u64, 8, 0];
    control.file().call(&mut [0; 512], &words) == Err(Error::EBUSY)
}

fn one_call_waits_on_a_file() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let control = Arc::new(Control::open(tracee.0)?);
    let other = Arc::clone(&control);
    let waiting = thread::spawn(move || other.run_and_wait(&Commands::new(), &mut Vec::new()).map(|told| told.end))?;
    while !is_busy(&control) {
        yield_now();
    }
    // The one who waits is told what the others bring about.
    control.request(Request::Kill, 0, 0, 0)?;
    ended(&waiting.join()??, WaitStatus::Killed(SIGKILL))?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

/// The target writes its id when it runs, and then its tracer is in the call.
fn a_tracer_that_dies_in_the_call() -> Verdict {
    let (reader, writer) = pipe::pair()?;
    let tracer = start(|| {
        let told = Tracee::start(|| {
            let written = writer.write_all(&process::id().to_ne_bytes());
            while written.is_ok() {
                yield_now();
            }
            1
        });
        let waited = told.and_then(|tracee| answered(&Control::open(tracee.0)?, &[(Request::Continue, 0, 0)]));
        i32::from(waited.is_err())
    })?;
    let mut id = [0; 4];
    ensure_equal!(reader.read(&mut id)?, 4);
    process::kill(tracer.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    ensure_equal!(process::kill(i32::from_ne_bytes(id), None), Err(Error::ESRCH));
    Ok(())
}
