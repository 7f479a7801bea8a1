//! What becomes of a target when its tracer leaves: each choice, in each state of the target, for each way of leaving.
//!
//! Decides how a tracer leaves ([`Leaving`]) and what its target does meanwhile ([`Doing`]). Neighbours: `sharing` (several
//! debuggers at a time), `control` (tracers by ptrace(2)); schemes/ptrace/src/tests/tokens.rs has the same on the host.

use alloc::format;
use alloc::vec::Vec;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::Error;
use runtime::file::OpenFlags;
use runtime::proc::{self, Control};
use runtime::process::Pid;
use test_programs::children::{next_change, start};
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, SAME_PLACE, Tracee};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a target that was left runs on", run: a_target_that_was_left_runs_on },
    Case { name: "a target that was left is killed", run: a_target_that_was_left_is_killed },
    Case { name: "a target that was left stays where it is", run: a_target_that_was_left_stays_where_it_is },
    Case { name: "only a tracer chooses", run: only_a_tracer_chooses },
];

/// What the tracer chose by `onclose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Run,
    Kill,
    Stop,
}

impl Choice {
    const fn verb(self) -> &'static [u8] {
        match self {
            Self::Run => b"onclose run",
            Self::Kill => b"onclose kill",
            Self::Stop => b"onclose stop",
        }
    }
}

/// What the target does when its tracer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// It is in a stop that was collected.
    Stopped,
    /// It runs in user code.
    Running,
    /// It waits in a system call.
    Waiting,
}

/// How the tracer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// It closes its last control file and lives on.
    Closing,
    Exiting,
    Killed,
}

/// A target with the gates between it, its tracer and the case.
struct Scene {
    target: Pid,
    /// Opened when the target may end; it says by `gone` that it does.
    go: Gate,
    gone: Gate,
    /// The tracer has left, or is about to be killed; it may end.
    left: Gate,
    end: Gate,
}

impl Scene {
    fn new(doing: Doing) -> Result<Self, Failure> {
        let [go, gone, left, end] = [Gate::new()?, Gate::new()?, Gate::new()?, Gate::new()?];
        if doing == Doing::Running {
            go.reader().set_flags(OpenFlags::NONBLOCK)?;
        }
        let target = start(|| {
            while go.pass() == Err(Error::EAGAIN) {}
            i32::from(gone.open().is_err())
        })?;
        Ok(Self { target, go, gone, left, end })
    }

    /// The tracer's course.
    fn trace(&self, choice: Choice, doing: Doing, leaving: Leaving) -> Verdict {
        let control = Control::open(self.target)?;
        control.request(Request::Attach, 0, 0, 0)?;
        Tracee(self.target).stops(SIGSTOP)?;
        control.file().write_all(choice.verb())?;
        if doing != Doing::Stopped {
            control.request(Request::Continue, 0, SAME_PLACE, 0)?;
        }
        if leaving == Leaving::Closing {
            drop(control);
        }
        self.left.open()?;
        if leaving != Leaving::Exiting {
            self.end.pass()?;
        }
        Ok(())
    }

    /// It does as was chosen.
    fn judge(&self, choice: Choice) -> Verdict {
        match choice {
            Choice::Kill => {
                ensure_equal!(next_change(self.target, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
                return Ok(());
            }
            Choice::Run => ensure_equal!(line_of(self.target, "held by:")?, b"held by:  nobody"),
            Choice::Stop => {
                ensure_equal!(line_of(self.target, "held by:")?, b"held by:  operator");
                ensure_equal!(line_of(self.target, "tracer:")?, b"tracer:   none");
            }
        }
        self.go.open()?;
        if choice == Choice::Stop {
            self.gone.reader().set_flags(OpenFlags::NONBLOCK)?;
            ensure_equal!(self.gone.pass(), Err(Error::EAGAIN));
            self.gone.reader().set_flags(OpenFlags::empty())?;
            Control::open(self.target)?.file().write_all(b"cont")?;
        }
        self.gone.pass()?;
        ensure_equal!(next_change(self.target, WaitOptions::empty())?, WaitStatus::Exited(0));
        Ok(())
    }
}

/// The line of a process's `status` that begins so.
pub(crate) fn line_of(pid: Pid, label: &str) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    proc::open(pid, ProcessFile::Status, OpenFlags::READ)?.read_to_end(&mut text)?;
    let line = text.split(|byte| *byte == b'\n').find(|line| line.starts_with(label.as_bytes()));
    line.map(<[u8]>::to_vec).ok_or_else(|| Failure::new(format_args!("status has no line {label}")))
}

fn leave(choice: Choice, doing: Doing, leaving: Leaving) -> Verdict {
    let scene = Scene::new(doing)?;
    let tracer = start(|| i32::from(scene.trace(choice, doing, leaving).is_err()))?;
    scene.left.pass()?;
    match leaving {
        Leaving::Closing => {}
        Leaving::Exiting => ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Exited(0)),
        Leaving::Killed => {
            runtime::process::kill(tracer.raw(), Some(SIGKILL))?;
            ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
        }
    }
    scene.judge(choice)?;
    if leaving == Leaving::Closing {
        scene.end.open()?;
        ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Exited(0));
    }
    Ok(())
}

fn every_way(choice: Choice) -> Verdict {
    for doing in [Doing::Stopped, Doing::Running, Doing::Waiting] {
        for leaving in [Leaving::Closing, Leaving::Exiting, Leaving::Killed] {
            let verdict = leave(choice, doing, leaving);
            verdict.map_err(|failure| Failure::new(format!("{doing:?}, {leaving:?}: {failure}")))?;
        }
    }
    Ok(())
}

fn a_target_that_was_left_runs_on() -> Verdict {
    every_way(Choice::Run)
}

fn a_target_that_was_left_is_killed() -> Verdict {
    every_way(Choice::Kill)
}

fn a_target_that_was_left_stays_where_it_is() -> Verdict {
    every_way(Choice::Stop)
}

fn only_a_tracer_chooses() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let refused = |target: Pid, wanted: Error| {
        let found = Control::open(target).and_then(|control| control.file().write(b"onclose run"));
        found.err() == Some(wanted)
    };
    let other = start(|| i32::from(!refused(tracee.0, Error::EBUSY)))?;
    ensure_equal!(next_change(other, WaitOptions::empty())?, WaitStatus::Exited(0));
    let own = Control::open(tracee.0)?;
    for wrong in [&b"onclose"[..], b"onclose go", b"onclose run now", b"hold on"] {
        ensure_equal!(own.file().write(wrong), Err(Error::EINVAL));
    }
    own.file().write_all(b"onclose run")?;
    tracee.resume(Request::Detach)?;
    ensure_equal!(own.file().write(b"onclose run"), Err(Error::EPERM));
    ensure_equal!(next_change(tracee.0, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}
