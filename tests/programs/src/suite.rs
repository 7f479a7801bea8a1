//! Running the cases of a test program and telling the plan on the kernel's log.
//!
//! Decides that each case runs in a child, so that no case can hurt the next one, and that it passes only if the kernel's
//! counts afterwards equal those before. The first run of a case may grow the servers' heaps, so the counts of a repeated
//! run decide. What it leaves running is killed, so that the next case finds the system as this one did. Main items: [`Case`],
//! [`run`]. Neighbours: `failure`, `counts`, `leftovers`; tests/qemu/src/log.rs reads the lines.

mod report;

use crate::children;
use crate::counts::Counts;
use crate::failure::{Failure, Verdict};
use crate::leftovers::Present;
use alloc::string::{String, ToString};
use core::time::Duration;
use proc_abi::wait::{WaitOptions, WaitStatus};
use report::Report;
use runtime::file::{File, OpenFlags, pipe};
use runtime::{process, time};

/// Most runs of one case until the counts stay equal: a leak shows in every run, a heap that grew in few.
const RUNS: usize = 4;
/// How often counts are read until they equal those before: dead processes are taken apart piece by piece.
const LOOKS: usize = 100;
/// Most bytes of a reason: they fit into a pipe that nobody reads yet.
const REASON: usize = 1024;
/// Said of a case that did not end all its processes.
const LEFT: &str = "processes were left";
const PAUSE: Duration = Duration::from_millis(2);

/// One test.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// The test.
    pub run: fn() -> Verdict,
}

/// Runs all cases, reports on the log; gives the exit status: 0 if all passed.
#[must_use]
pub fn run(cases: &[Case]) -> i32 {
    let Ok(report) = Report::begin(cases.len()) else {
        runtime::eprintln!("test: expected to be allowed to write to log:, as a test that init started");
        return 1;
    };
    let mut status = 0;
    for (index, case) in cases.iter().enumerate() {
        let verdict = run_counted(*case);
        if verdict.is_err() {
            status = 1;
        }
        report.tell(index.saturating_add(1), case.name, &verdict);
    }
    status
}

/// Runs a case until a run leaves the counts as they were. What a run leaves running is killed before anything else runs,
/// and is a failure.
fn run_counted(case: Case) -> Verdict {
    let mut leak = Failure::new("never ran");
    for _ in 0..RUNS {
        let (before, present) = (Counts::read()?, Present::read()?);
        let verdict = run_apart(case);
        let difference = if verdict.is_ok() { settle(&before)? } else { None };
        if verdict.is_ok() && difference.is_none() {
            return Ok(());
        }
        let alone = present.restore()?;
        match (verdict, difference) {
            (Err(failure), _) if alone => return Err(failure),
            (Err(failure), _) => return Err(Failure::new(format_args!("{failure}; {LEFT}"))),
            (Ok(()), Some(difference)) if alone => leak = Failure::new(difference),
            (Ok(()), _) => return Err(Failure::new(LEFT)),
        }
    }
    Err(leak)
}

/// Waits for the counts to become what they were; gives the difference if they do not.
fn settle(before: &Counts) -> Result<Option<String>, Failure> {
    let mut difference = None;
    for _ in 0..LOOKS {
        difference = before.difference(&Counts::read()?);
        if difference.is_none() {
            return Ok(None);
        }
        time::sleep_fully(PAUSE);
    }
    Ok(difference)
}

/// Runs a case in a child, which tells its reason through a pipe.
fn run_apart(case: Case) -> Verdict {
    let (reader, writer) = pipe::pair()?;
    let child = match process::fork()? {
        process::Fork::Parent(pid) => pid,
        process::Fork::Child => {
            drop(reader);
            process::exit(tell(&writer, (case.run)()))
        }
    };
    drop(writer);
    let status = children::next_change(child, WaitOptions::empty())?;
    // Not to the end of the file: whoever the case left behind still holds the other side.
    reader.set_flags(OpenFlags::NONBLOCK)?;
    let mut reason = [0; REASON];
    let count = reader.read(&mut reason).unwrap_or(0);
    let reason = reason.get(..count).unwrap_or_default();
    match status {
        WaitStatus::Exited(0) => Ok(()),
        WaitStatus::Exited(1) if !reason.is_empty() => Err(Failure::new(String::from_utf8_lossy(reason))),
        other => Err(Failure::new(format_args!("the case's process ended with {other:?}"))),
    }
}

fn tell(writer: &File, verdict: Verdict) -> i32 {
    match verdict {
        Ok(()) => 0,
        Err(failure) => {
            // If nobody reads, the status still tells.
            let text = failure.to_string();
            let _ = writer.write_all(text.as_bytes().get(..REASON).unwrap_or(text.as_bytes()));
            1
        }
    }
}
