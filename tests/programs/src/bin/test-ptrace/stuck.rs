//! What could once wait for ever, as the explorer of schemes/ptrace found out: each way of it, in the booted system.
//!
//! Decides how the moments come about; a case that waits for ever is ended by the limit of the boot. Main type: [`Door`].
//! Neighbours: `control`, `threads` and `bonds` have the ordinary ways; schemes/ptrace/src/tests/explorer.rs.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::time::Duration;
use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, SIGTRAP, SIGUSR1};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::status::Status;
use runtime::file::{File, OpenFlags};
use runtime::proc::Control;
use runtime::process::execute::{Strings, execute};
use runtime::process::trace::trace_me;
use runtime::process::{self, Pid};
use runtime::server::{self, Answer, Context, Scheme, serve};
use runtime::socket::Socket;
use runtime::{Error, Result, fault, thread, time};
use test_programs::children::{next_change, start};
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, SAME_PLACE, Tracee, ask, raise};

use crate::PATH;
use crate::bonds::line_of;
use crate::programs::become_seven;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a stop and a wish to be traced meet", run: a_stop_and_a_wish_to_be_traced_meet },
    Case { name: "a thread that is ending cannot be held", run: a_thread_that_is_ending_cannot_be_held },
    Case { name: "a held newborn ends with its process", run: a_held_newborn_ends_with_its_process },
    Case { name: "a token is taken back in an exec", run: a_token_is_taken_back_in_an_exec },
    Case { name: "a held thread goes on without its tracer", run: a_held_thread_goes_on_without_its_tracer },
    Case { name: "a kill is not lost with a tracer", run: a_kill_is_not_lost_with_a_tracer },
];

/// Turns that each of two threads lets the other have before it acts.
const TURNS: usize = 4;
/// Turns in which a loader is done.
const LOADING: usize = 1000;

fn yields(turns: usize) {
    for _ in 0..turns {
        time::yield_now();
    }
}

/// Job control stops a process one of whose threads asks to be traced: whichever comes first, it goes on and is traced.
fn a_stop_and_a_wish_to_be_traced_meet() -> Verdict {
    for (stop, wish) in (0..TURNS).flat_map(|stop| (0..TURNS).map(move |wish| (stop, wish))) {
        let verdict = meet(stop, wish);
        verdict.map_err(|failure| Failure::new(format_args!("after {stop} and {wish} turns: {failure}")))?;
    }
    Ok(())
}

fn meet(stop: usize, wish: usize) -> Verdict {
    let child = start(|| {
        let other = thread::spawn(move || {
            yields(wish);
            trace_me()
        });
        yields(stop);
        let stopped = process::kill(process::id(), Some(SIGSTOP));
        let traced = other.map(thread::JoinHandle::join);
        i32::from(stopped.is_err() || traced != Ok(Ok(Ok(()))) || raise(SIGUSR1).is_err())
    })?;
    let tracee = Tracee(child);
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
    match tracee.ask(Request::GetNumLwps, 0, 0) {
        Ok(_) => tracee.go()?,
        Err(Error::EPERM) => process::kill(child.raw(), Some(SIGCONT))?,
        Err(other) => return Err(Failure::new(format_args!("in its stop: {other:?}"))),
    }
    tracee.stops(SIGUSR1)?;
    tracee.finishes(0)
}

/// How a process ends its other threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Exit,
    Exec,
}

/// A target with a second thread that sleeps; it is in the stop of that one's birth. Gives its tid, too.
fn with_newborn(ending: Ending) -> Result<(Tracee, i32), Failure> {
    let tracee = Tracee::start(|| {
        let other = thread::spawn(|| time::sleep_fully(Duration::from_secs(60)));
        match ending {
            _ if other.is_err() => 98,
            Ending::Exit => 7,
            Ending::Exec => become_seven(),
        }
    })?;
    tracee.ask(Request::LwpEvents, 0, 1)?;
    tracee.go()?;
    let born = tracee.reports(EventFlags::BORN | EventFlags::SCX)?;
    Ok((tracee, born.lwpid))
}

fn ends(tracee: Tracee, ending: Ending) -> Verdict {
    if ending == Ending::Exec {
        tracee.go()?;
        tracee.reports(EventFlags::EXEC | EventFlags::SCX)?;
    }
    tracee.finishes(7)
}

fn a_thread_that_is_ending_cannot_be_held() -> Verdict {
    for ending in [Ending::Exit, Ending::Exec] {
        let (tracee, other) = with_newborn(ending)?;
        tracee.go()?;
        ensure_equal!(tracee.reports(EventFlags::EXITED)?.lwpid, other);
        ask(Request::Suspend, other, 0, 0)?;
        ends(tracee, ending)?;
    }
    Ok(())
}

fn a_held_newborn_ends_with_its_process() -> Verdict {
    for ending in [Ending::Exit, Ending::Exec] {
        let (tracee, newborn) = with_newborn(ending)?;
        ask(Request::Suspend, newborn, 0, 0)?;
        ends(tracee, ending)?;
    }
    Ok(())
}

/// A scheme with one program, this one, whose exec stands between two images until it is let through.
struct Door {
    server: Pid,
    inside: Gate,
    through: Gate,
}

/// The server's side.
struct Program<'a> {
    file: File,
    inside: &'a Gate,
    through: &'a Gate,
}

impl Scheme for Program<'_> {
    fn open(&mut self, _: &mut Context<'_>, _: &server::Request<'_>, _: &[u8], _: OpenFlags) -> Answer {
        let passed = self.inside.open().and_then(|()| self.through.pass());
        passed.map(|()| Answer::Descriptor(self.file.descriptor(), 0)).into()
    }

    fn status(&mut self, _: u64) -> Result<Status> {
        Err(Error::EBADF)
    }

    fn path(&mut self, _: u64) -> Result<Vec<u8>> {
        Err(Error::EBADF)
    }
}

impl Door {
    fn new() -> Result<Self, Failure> {
        let socket = Socket::from_file(File::open("scheme:door", OpenFlags::READ_WRITE | OpenFlags::CREATE)?);
        let (inside, through) = (Gate::new()?, Gate::new()?);
        let server = start(|| {
            let run = || -> Result<Infallible> {
                let file = File::open(PATH, OpenFlags::READ)?;
                serve(&socket, &mut Program { file, inside: &inside, through: &through })
            };
            let Err(_) = run();
            1
        })?;
        Ok(Self { server, inside, through })
    }

    /// The caller becomes this program, which exits with 7.
    fn enter() -> i32 {
        let run = || -> Result<Infallible> {
            execute("door:program", &Strings::from_strings(["program", "7"])?, &Strings::new())
        };
        let Err(_) = run();
        99
    }

    fn remove(self) -> Verdict {
        process::kill(self.server.raw(), Some(SIGKILL))?;
        ensure_equal!(next_change(self.server, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
        Ok(())
    }
}

/// A tracer leaves its target stopped, which is in an exec that waits for the end of its other thread, and that for the token.
fn a_token_is_taken_back_in_an_exec() -> Verdict {
    take_back(Moment::BeforeTheImage)?;
    take_back(Moment::AfterIt)
}

/// When the token is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    BeforeTheImage,
    /// The image is ready, and the exec waits for the token.
    AfterIt,
}

fn take_back(moment: Moment) -> Verdict {
    let door = Door::new()?;
    let ready = Gate::new()?;
    let target = start(|| {
        let other = thread::spawn(|| time::sleep_fully(Duration::from_secs(60)));
        if other.is_err() || ready.pass().is_err() { 98 } else { Door::enter() }
    })?;
    let control = Control::open(target)?;
    let tracer = start(|| {
        let trace = || -> Verdict {
            let own = Control::open(target)?;
            own.request(Request::Attach, 0, 0, 0)?;
            Tracee(target).stops(SIGSTOP)?;
            own.file().write_all(b"onclose stop")?;
            own.request(Request::Continue, 0, SAME_PLACE, 0)?;
            ready.open()?;
            Ok(door.inside.pass()?)
        };
        i32::from(trace().is_err())
    })?;
    ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(line_of(target, "held by:")?, b"held by:  operator");
    for refused in [&b"stop"[..], b"hold"] {
        ensure_equal!(control.file().write(refused), Err(Error::EBUSY));
    }
    if moment == Moment::AfterIt {
        door.through.open()?;
        yields(LOADING);
    }
    control.file().write_all(b"cont")?;
    if moment == Moment::BeforeTheImage {
        door.through.open()?;
    }
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(7));
    door.remove()
}

/// Its tracer holds the thread that reported, lets the others run, and leaves.
fn a_held_thread_goes_on_without_its_tracer() -> Verdict {
    let go = Gate::new()?;
    let target = start(|| {
        let told = go.pass().is_ok();
        fault::breakpoint();
        i32::from(!told)
    })?;
    let tracer = start(|| {
        let trace = || -> Verdict {
            let own = Control::open(target)?;
            let tracee = Tracee::attach(target)?;
            own.file().write_all(b"onclose run")?;
            tracee.go()?;
            go.open()?;
            let reporter = tracee.stops(SIGTRAP)?.lwpid;
            ask(Request::Suspend, reporter, 0, 0)?;
            tracee.go()
        };
        i32::from(trace().is_err())
    })?;
    ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

/// A tracer that wants its target to live leaves, having been shown a SIGKILL for it.
fn a_kill_is_not_lost_with_a_tracer() -> Verdict {
    let gate = Gate::new()?;
    let target = start(|| i32::from(gate.pass().is_ok()))?;
    let tracer = start(|| {
        let trace = || -> Verdict {
            let own = Control::open(target)?;
            let tracee = Tracee::attach(target)?;
            own.file().write_all(b"onclose run")?;
            tracee.go()?;
            process::kill(target.raw(), Some(SIGKILL))?;
            tracee.stops(SIGKILL).map(drop)
        };
        i32::from(trace().is_err())
    })?;
    ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    Ok(())
}
