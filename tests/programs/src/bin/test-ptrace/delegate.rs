//! Runs by `PID/run` beside runs by the server: the same target, stop by stop, with the same outcome.
//!
//! Each script is run in two children at once, one by [`Runner::run_and_wait`], one by ptrace(2) and wait4, and everything
//! that either shows of a stop is compared: records, LWPINFO, registers. Neighbours: `files`, schemes/ptrace and kernel-core
//! show on the host when which way is taken.

use core::hint::black_box;
use proc_abi::event::EventMask;
use proc_abi::event_record::EventRecord;
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGUSR1, SIGUSR2};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::proc::run::{Mode, Outcome, Runner, Way};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Fork};
use runtime::signal::{SignalAction, set_action};
use runtime::{Error, fault};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Tracee, raise};
use test_programs::{ensure, ensure_equal};

use crate::forks::set_events;
use crate::registers::get;

pub(crate) mod threads;

pub(crate) const CASES: &[Case] = &[
    Case { name: "steps are the same both ways", run: steps_are_the_same_both_ways },
    Case { name: "breakpoints are the same both ways", run: breakpoints_are_the_same_both_ways },
    Case { name: "calls are the same both ways", run: calls_are_the_same_both_ways },
    Case {
        name: "steps between traced calls are the same both ways",
        run: steps_between_traced_calls_are_the_same_both_ways,
    },
    Case { name: "signals are the same both ways", run: signals_are_the_same_both_ways },
    Case { name: "forks and execs are the same both ways", run: forks_are_the_same_both_ways },
    Case { name: "faults are the same both ways", run: faults_are_the_same_both_ways },
];

type Body = fn() -> i32;
/// Most stops of a script.
const STOPS: usize = 400;

/// The next stop of each of the two; the end of both is the end of the script.
struct Pair {
    delegated: Tracee,
    runner: Runner,
    plain: Tracee,
    /// Stops so far.
    stops: usize,
    /// Those that came without the server.
    short: usize,
}

/// What a stop shows that must not depend on the way; places in text and stack are the same in both children.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    status: i32,
    event: i32,
    flags: u32,
    call: (u32, u32),
    signal: (i32, i32, i32, u64),
    place: (u64, u64),
}

fn shown(status: WaitStatus, info: &LwpInfo, registers: &Registers) -> Shown {
    Shown {
        status: status.encode(),
        event: info.event,
        flags: info.flags,
        call: (info.syscall_code, info.syscall_narg),
        signal: described(&info.siginfo),
        place: (registers.rip, registers.rsp),
    }
}

/// The same of a record.
fn recorded(record: &EventRecord, registers: &Registers) -> Shown {
    Shown {
        status: record.wait_status,
        event: record.pl_event,
        flags: record.pl_flags,
        call: (record.syscall_code, record.syscall_narg),
        signal: described(&record.siginfo),
        place: (registers.rip, registers.rsp),
    }
}

fn described(information: &SigInfo) -> (i32, i32, i32, u64) {
    (information.signo, information.code, information.trapno, information.addr)
}

fn general(tracee: Tracee) -> Result<Registers, Failure> {
    let mut registers = Registers::default();
    get(Request::GetRegs, tracee, &mut registers)?;
    Ok(registers)
}

impl Pair {
    fn start(body: Body) -> Result<Self, Failure> {
        let (delegated, plain) = (Tracee::start(body)?, Tracee::start(body)?);
        Ok(Self { delegated, runner: Runner::open(delegated.0)?, plain, stops: 0, short: 0 })
    }

    /// Both go on; false at their end, which must be the same.
    fn go(&mut self, mode: Mode) -> Result<bool, Failure> {
        let request = match mode {
            Mode::Step => Request::Step,
            Mode::Continue => Request::Continue,
            Mode::ToCall => Request::Syscall,
        };
        self.plain.resume(request)?;
        let status = test_programs::children::next_change(self.plain.0, WaitOptions::empty())?;
        match self.runner.run_and_wait(mode)? {
            Outcome::Stopped(record, registers, way) => {
                self.short = self.short.saturating_add(usize::from(way == Way::Delegated));
                self.compare(&record, &registers, status)?;
                Ok(true)
            }
            Outcome::Ended(record) => {
                ensure_equal!(record.wait_status, status.encode());
                // Who is the parent as well still waits for the end.
                self.delegated.ends(status)?;
                Ok(false)
            }
        }
    }

    fn compare(&mut self, record: &EventRecord, registers: &Registers, status: WaitStatus) -> Verdict {
        let found = recorded(record, registers);
        ensure_equal!(found, shown(status, &self.plain.information()?, &general(self.plain)?));
        ensure_equal!((record.pid, record.tid != 0), (self.delegated.id(), true));
        self.stops = self.stops.saturating_add(1);
        if self.stops.is_multiple_of(3) {
            // The server looks now and then: it must know what the kernel told.
            let information = self.delegated.information()?;
            ensure_equal!(found, shown(status, &information, registers));
            ensure_equal!((information.lwpid, general(self.delegated)?), (record.tid, *registers));
        }
        Ok(())
    }

    /// Runs the script to its end.
    fn finish(&mut self, modes: &[Mode]) -> Verdict {
        for mode in modes.iter().cycle().take(STOPS) {
            if !self.go(*mode)? {
                return Ok(());
            }
        }
        Err(Failure::new("the script does not end"))
    }
}

/// More instructions than are stepped, however well it is compiled.
fn count_up() -> i32 {
    for turn in 0..100 {
        let _ = black_box(turn);
    }
    0
}

fn steps_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(count_up)?;
    for _ in 0..40 {
        ensure!(pair.go(Mode::Step)?, "it ends after {} stops", pair.stops);
    }
    ensure_equal!(pair.short, pair.stops);
    pair.finish(&[Mode::Continue])
}

fn breakpoints_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        for _ in 0..5 {
            fault::breakpoint();
        }
        0
    })?;
    pair.finish(&[Mode::Continue, Mode::Step])?;
    ensure!(pair.stops >= 5, "{} stops", pair.stops);
    ensure_equal!(pair.short, pair.stops);
    Ok(())
}

fn calls_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        let right = || process::parent_id() != 0 && process::kill(99_999, None) == Err(Error::ESRCH);
        i32::from((0..5).any(|_| !right()))
    })?;
    pair.finish(&[Mode::ToCall])?;
    ensure!(pair.short >= 10, "only {} of {} stops were delegated", pair.short, pair.stops);
    let mut mixed = Pair::start(|| {
        fault::breakpoint();
        i32::from(process::parent_id() == 0)
    })?;
    mixed.finish(&[Mode::ToCall, Mode::Step, Mode::Continue])
}

/// Traps in user code are delegated, those that are owed behind a call are not.
fn steps_between_traced_calls_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        for _ in 0..10 {
            fault::breakpoint();
            // The kernel answers it, so the server is not needed.
            black_box(process::id());
        }
        0
    })?;
    pair.finish(&[Mode::ToCall, Mode::Step, Mode::Step, Mode::Step, Mode::Step, Mode::Continue])?;
    ensure!(pair.short >= 20, "only {} of {} stops were delegated", pair.short, pair.stops);
    Ok(())
}

extern "C" fn pass(_: i32, _: &SigInfo, _: &proc_abi::signal_frame::UserContext) {}

fn signals_are_the_same_both_ways() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(pass))?;
    let mut pair = Pair::start(|| {
        for signal in [SIGUSR1, SIGUSR2, SIGSTOP, SIGUSR1] {
            if raise(signal).is_err() {
                return 1;
            }
        }
        0
    })?;
    pair.finish(&[Mode::Continue, Mode::Step])
}

fn forks_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| match process::fork() {
        Ok(Fork::Parent(child)) => i32::from(wait(Who::Process(child), WaitOptions::empty()).is_err()),
        Ok(Fork::Child) => process::exit(0),
        Err(_) => 2,
    })?;
    for tracee in [pair.delegated, pair.plain] {
        set_events(tracee, EventMask::EXEC)?;
    }
    pair.finish(&[Mode::Continue])
}

fn faults_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        fault::breakpoint();
        fault::invalid_instruction()
    })?;
    ensure!(pair.go(Mode::Continue)?, "no breakpoint");
    ensure!(pair.go(Mode::Continue)?, "no fault");
    ensure_equal!(pair.delegated.information()?.siginfo.signo, pair.plain.information()?.siginfo.signo);
    for tracee in [pair.delegated, pair.plain] {
        tracee.resume(Request::Kill)?;
        tracee.ends(WaitStatus::Killed(SIGKILL))?;
    }
    Ok(())
}
