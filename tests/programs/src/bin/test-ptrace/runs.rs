//! Runs by `PID/run`: what requests know of their stops, and what makes the server tell the next one.
//!
//! Neighbours: `delegate` compares such runs with those by the server; docs/ptrace.md says when which way is taken.

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};
use proc_abi::event::EventFlags;
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::request::Request;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGCHLD, SIGKILL, SIGTRAP, SIGUSR1};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::OpenFlags;
use runtime::proc::Events;
use runtime::proc::run::{Mode, Outcome, Runner, Way};
use runtime::process;
use runtime::process::ptrace::{Address, request as ptrace};
use runtime::process::wait::{Who, wait};
use runtime::signal::{SignalAction, set_action};
use runtime::{Error, fault, thread, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee, ask, raise};
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "requests know of delegated stops", run: requests_know_of_delegated_stops },
    Case { name: "the first run after an attach is delegated", run: the_first_run_after_an_attach_is_delegated },
    Case { name: "a signal meets a delegated run", run: a_signal_meets_a_delegated_run },
    Case { name: "an observer makes runs the server's", run: an_observer_makes_runs_the_servers },
    Case { name: "a watch leaves runs to the kernel", run: a_watch_leaves_runs_to_the_kernel },
    Case { name: "a handler makes runs the server's", run: a_handler_makes_runs_the_servers },
    Case { name: "a held thread stays in delegated runs", run: a_held_thread_stays_in_delegated_runs },
    Case { name: "a detach ends delegated runs", run: a_detach_ends_delegated_runs },
    Case { name: "a kill ends a delegated run", run: a_kill_ends_a_delegated_run },
    Case { name: "a tracer that dies takes its target along", run: a_tracer_that_dies_takes_its_target_along },
];

extern "C" fn pass(_: i32, _: &SigInfo, _: &proc_abi::signal_frame::UserContext) {}

/// A target that stands at the first of many breakpoints, with its runner.
fn standing() -> Result<(Tracee, Runner), Failure> {
    let tracee = Tracee::start(|| {
        loop {
            fault::breakpoint();
        }
    })?;
    let runner = Runner::open(tracee.0)?;
    runner.run_and_wait(Mode::Continue)?;
    Ok((tracee, runner))
}

fn ended(tracee: Tracee) -> Verdict {
    tracee.resume(Request::Kill)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

fn delegated(runner: &Runner, mode: Mode) -> Result<EventRecord, Failure> {
    match runner.run_delegated(mode)? {
        Outcome::Stopped(record, _, Way::Delegated) => Ok(record),
        other => Err(Failure::new(format_args!("expected a delegated stop, found {other:?}"))),
    }
}

fn requests_know_of_delegated_stops() -> Verdict {
    let (tracee, runner) = standing()?;
    let record = delegated(&runner, Mode::Continue)?;
    let information = tracee.information()?;
    ensure_equal!((information.lwpid, information.flags), (record.tid, EventFlags::SI.bits()));
    ensure_equal!(information.siginfo, record.siginfo);
    let told = wait(Who::Process(tracee.0), WaitOptions::NOHANG)?;
    ensure!(told.is_none(), "a delegated stop is told again");
    delegated(&runner, Mode::Step)?;
    ensure_equal!(runner.control().request(Request::GetNumLwps, 0, 0, 0)?, 1);
    ended(tracee)
}

/// From user code, and from a call that ends while the target stands.
fn the_first_run_after_an_attach_is_delegated() -> Verdict {
    let tracee = Tracee::attach(start(|| {
        loop {
            black_box(());
        }
    })?)?;
    let runner = Runner::open(tracee.0)?;
    let record = delegated(&runner, Mode::Step)?;
    let information = tracee.information()?;
    ensure_equal!((information.lwpid, information.siginfo), (record.tid, record.siginfo));
    ended(tracee)?;
    let gate = Gate::new()?;
    let tracee = Tracee::attach(start(|| {
        let passed = gate.pass();
        fault::breakpoint();
        i32::from(passed.is_err())
    })?)?;
    let runner = Runner::open(tracee.0)?;
    gate.open()?;
    ensure_equal!(delegated(&runner, Mode::Continue)?.signal, SIGTRAP.number());
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

/// Who waits at a queue for what the server has to tell is not disturbed by runs that tell themselves.
fn a_watch_leaves_runs_to_the_kernel() -> Verdict {
    let (tracee, runner) = standing()?;
    let events = Events::open(tracee.0, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
    let queue = EventQueue::new()?;
    queue.subscribe(events.file(), Readiness::READ, 0)?;
    delegated(&runner, Mode::Step)?;
    delegated(&runner, Mode::Continue)?;
    ensure_equal!(events.next(), Err(Error::EAGAIN));
    tracee.resume(Request::Continue)?;
    queue.wait(&mut [Event::default()])?;
    let told = events.next()?.map(|record| (record.kind(), record.signal));
    ensure_equal!(told, Some((Some(EventKind::TraceStop), SIGTRAP.number())));
    delegated(&runner, Mode::Continue)?;
    ended(tracee)
}

fn a_signal_meets_a_delegated_run() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        // Whoever sends the signal tells the server, which has the run from then on.
        let sent = raise(SIGUSR1);
        fault::breakpoint();
        i32::from(sent.is_err())
    })?;
    set_action(SIGUSR1, SignalAction::Default)?;
    let runner = Runner::open(tracee.0)?;
    for (signal, way) in [(SIGTRAP, Way::Server), (SIGUSR1, Way::Server), (SIGTRAP, Way::Delegated)] {
        match runner.run_and_wait(Mode::Continue)? {
            Outcome::Stopped(record, _, found) => {
                ensure_equal!(record.signal, signal.number());
                // The first run is delegated, too: its stop is the first after one that the server made.
                ensure!(found == way || signal == SIGTRAP, "{signal:?} came by {found:?}");
            }
            other => return Err(Failure::new(format_args!("expected a stop, found {other:?}"))),
        }
    }
    match runner.run_and_wait(Mode::Continue)? {
        Outcome::Ended(record) => ensure_equal!(record.wait_status, WaitStatus::Exited(0).encode()),
        other => return Err(Failure::new(format_args!("expected the end, found {other:?}"))),
    }
    tracee.ends(WaitStatus::Exited(0))
}

fn an_observer_makes_runs_the_servers() -> Verdict {
    let (tracee, runner) = standing()?;
    let observer = Events::open(tracee.0, OpenFlags::READ)?;
    ensure_equal!(runner.run_delegated(Mode::Step), Err(Error::EAGAIN));
    let Outcome::Stopped(record, _, Way::Server) = runner.run_and_wait(Mode::Continue)? else {
        return Err(Failure::new("expected a stop by the server"));
    };
    let seen = loop {
        match observer.next()? {
            Some(seen) if seen.sequence == record.sequence => break seen,
            Some(_) => {}
            None => return Err(Failure::new("the events ended")),
        }
    };
    ensure_equal!(seen, record);
    drop(observer);
    delegated(&runner, Mode::Step)?;
    ended(tracee)
}

fn a_handler_makes_runs_the_servers() -> Verdict {
    let (tracee, runner) = standing()?;
    set_action(SIGCHLD, SignalAction::handler(pass))?;
    let refused = runner.run_delegated(Mode::Step);
    set_action(SIGCHLD, SignalAction::Default)?;
    ensure_equal!(refused, Err(Error::EAGAIN));
    delegated(&runner, Mode::Step)?;
    ended(tracee)
}

static TURNS: AtomicU32 = AtomicU32::new(0);

/// The second thread counts as long as it runs; the first gives way before each trap.
fn a_held_thread_stays_in_delegated_runs() -> Verdict {
    let tracee = Tracee::start(|| {
        let counter = thread::spawn(|| {
            loop {
                TURNS.fetch_add(1, Ordering::Relaxed);
                time::yield_now();
            }
        });
        while counter.is_ok() {
            time::yield_now();
            fault::breakpoint();
        }
        1
    })?;
    let runner = Runner::open(tracee.0)?;
    let turns = || -> Result<u32, Failure> {
        let mut word = [0; 4];
        tracee.read(core::ptr::from_ref(&TURNS).addr() as u64, &mut word)?;
        Ok(u32::from_ne_bytes(word))
    };
    while turns()? == 0 {
        runner.run_and_wait(Mode::Continue)?;
    }
    let mut threads = [0_i32; 2];
    let list = Address::Fill(threads.as_mut_bytes());
    ensure_equal!(ptrace(Request::GetLwpList.raw(), tracee.id(), list, 2)?, 2);
    let [_, other] = threads;
    ask(Request::Suspend, other, 0, 0)?;
    let before = turns()?;
    for mode in [Mode::Continue, Mode::Step, Mode::Continue] {
        ensure!(delegated(&runner, mode)?.tid != other, "the held thread stops");
    }
    ensure_equal!(turns()?, before);
    ask(Request::Resume, other, 0, 0)?;
    delegated(&runner, Mode::Continue)?;
    ensure!(turns()? != before, "the released thread does not run");
    ended(tracee)
}

fn a_detach_ends_delegated_runs() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        for turn in 0..100 {
            let _ = black_box(turn);
        }
        7
    })?;
    let runner = Runner::open(tracee.0)?;
    runner.run_and_wait(Mode::Continue)?;
    delegated(&runner, Mode::Step)?;
    tracee.resume(Request::Detach)?;
    ensure_equal!(runner.run_delegated(Mode::Step), Err(Error::ESTALE));
    tracee.ends(WaitStatus::Exited(7))
}

fn a_kill_ends_a_delegated_run() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        loop {
            core::hint::spin_loop();
        }
    })?;
    let runner = Runner::open(tracee.0)?;
    runner.run_and_wait(Mode::Continue)?;
    delegated(&runner, Mode::Step)?;
    let (id, own) = (tracee.id(), process::id());
    let killer = start(move || {
        // A traced process takes the signal to its tracer, who answers it with the same.
        i32::from(own == 0 || process::kill(id, Some(SIGKILL)).is_err())
    })?;
    match runner.run_and_wait(Mode::Continue)? {
        Outcome::Stopped(record, _, Way::Server) => {
            ensure_equal!(record.signal, SIGKILL.number());
            ended(tracee)?;
        }
        other => return Err(Failure::new(format_args!("expected a stop by the server, found {other:?}"))),
    }
    let status = next_change(killer, WaitOptions::empty())?;
    ensure_equal!(status, WaitStatus::Exited(0));
    Ok(())
}

fn a_tracer_that_dies_takes_its_target_along() -> Verdict {
    let (reader, writer) = runtime::file::pipe::pair()?;
    let tracer = start(|| {
        let told = standing().and_then(|(tracee, runner)| {
            delegated(&runner, Mode::Step)?;
            writer.write_all(&tracee.id().to_ne_bytes())?;
            Ok(())
        });
        i32::from(told.is_err())
    })?;
    let mut id = [0; 4];
    ensure_equal!(reader.read(&mut id)?, 4);
    let status = next_change(tracer, WaitOptions::empty())?;
    ensure_equal!(status, WaitStatus::Exited(0));
    let target = i32::from_ne_bytes(id);
    ensure_equal!(process::kill(target, None), Err(Error::ESRCH));
    Ok(())
}
