//! `trace` that is ended while it follows: what it followed lives on and notices nothing.
//!
//! Each target counts what disturbs its sleeps until it is told to end. `trace` is ended only after it has written a line
//! of the target's, so it is in the midst of following. Neighbours: initfs/trace, docs/trace.md; `control` has the death of
//! tracers that did not promise to leave their targets alone.

use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use proc_abi::signal::{SIGHUP, SIGINT, SIGKILL, SIGTERM, Signal};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, OpenFlags, pipe};
use runtime::process::command::Command;
use runtime::process::{Pid, kill};
use runtime::{Error, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a killed trace leaves its target asleep", run: a_killed_trace_leaves_its_target_asleep },
    Case { name: "a trace that is told to end ends alone", run: a_trace_that_is_told_to_end_ends_alone },
    Case { name: "a killed trace leaves its own program alive", run: a_killed_trace_leaves_its_own_program_alive },
];

/// Where `trace` and a program that sleeps are in the image.
const TRACE: &str = "/bin/trace";
const SLEEPER: &str = "/bin/targets/sleeper";
/// How long a target sleeps at a time.
const NAP: Duration = Duration::from_millis(2);
/// Times that each signal is tried: the target is somewhere else each time.
const ROUNDS: usize = 4;

/// Sleeps until `end` can be read; the status is the count of sleeps that were cut short.
fn doze(end: &File) -> i32 {
    let mut disturbed = 0_i32;
    loop {
        let before = time::now();
        let cut = time::sleep(NAP).is_err() || time::now().saturating_sub(before) < NAP;
        disturbed = disturbed.saturating_add(i32::from(cut));
        match end.read(&mut [0]) {
            Err(Error::EAGAIN) => {}
            Ok(_) => return disturbed,
            Err(_) => return 99,
        }
    }
}

/// Waits until `text` has come through a pipe; gives all that came.
fn await_text(pipe: &File, text: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut heard = Vec::new();
    while !heard.windows(text.len()).any(|window| window == text) {
        let mut bytes = [0; 256];
        let length = pipe.read(&mut bytes)?;
        ensure!(length > 0, "the pipe ended before {:?}", text.escape_ascii());
        heard.extend_from_slice(bytes.get(..length).unwrap_or_default());
    }
    Ok(heard)
}

/// The pid that a line of `trace -f` begins with.
fn leading_pid(line: &[u8]) -> Result<i32, Failure> {
    let digits = line.split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default();
    let pid = core::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    pid.ok_or_else(|| Failure::new(format_args!("no pid in {:?}", line.escape_ascii())))
}

/// `trace` with its lines in a pipe.
fn trace(arguments: &[&str], output: Option<&File>) -> Result<(Pid, File), Failure> {
    let (lines, inside) = pipe::pair()?;
    let mut command = Command::new(TRACE)?;
    for argument in arguments {
        command.argument(argument)?;
    }
    command.descriptor(2, &inside)?;
    if let Some(output) = output {
        command.descriptor(1, output)?;
    }
    let child = command.spawn()?;
    Ok((child.pid(), lines))
}

/// A target that sleeps is followed, `trace` gets the signal; both ends are told.
fn end_while_following(signal: Signal) -> Result<WaitStatus, Failure> {
    let (end, inside) = pipe::pair()?;
    inside.set_flags(OpenFlags::NONBLOCK)?;
    let target = start(|| doze(&inside))?;
    let (tracer, lines) = trace(&["-p", &format!("{}", target.raw())], None)?;
    let _ = await_text(&lines, b"nanosleep(")?;
    kill(tracer.raw(), Some(signal))?;
    let ending = next_change(tracer, WaitOptions::empty())?;
    end.write_all(&[0])?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(ending)
}

fn a_killed_trace_leaves_its_target_asleep() -> Verdict {
    for _ in 0..ROUNDS {
        ensure_equal!(end_while_following(SIGKILL)?, WaitStatus::Killed(SIGKILL));
    }
    Ok(())
}

fn a_trace_that_is_told_to_end_ends_alone() -> Verdict {
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        for _ in 0..ROUNDS {
            ensure_equal!(end_while_following(signal)?, WaitStatus::Exited(0));
        }
    }
    Ok(())
}

fn a_killed_trace_leaves_its_own_program_alive() -> Verdict {
    for signal in [SIGKILL, SIGTERM] {
        let (output, inside) = pipe::pair()?;
        let (tracer, lines) = trace(&["-f", SLEEPER, "20", "2"], Some(&inside))?;
        drop(inside);
        let program = leading_pid(&await_text(&lines, b"nanosleep(")?)?;
        kill(tracer.raw(), Some(signal))?;
        let _ = next_change(tracer, WaitOptions::empty())?;
        let _ = await_text(&output, b"sleeper: 0 sleeps were disturbed\n")?;
        // Init reaps it; nothing of it may be left when the case is over.
        while kill(program, None).is_ok() {
            let _ = time::sleep(NAP);
        }
    }
    Ok(())
}
