//! A program of every day, over and over, with each allocation of the kernel's heap failing in turn.
//!
//! Decides that the kernel and the servers outlive every failure, that what was refused is refused with ENOMEM or a like
//! error, and that nothing is left behind. Frames fail in turn on the host, in kernel-core's `memory/tests/failures`: here the
//! page that is missing would be the suite's own. Neighbours: the kernel's `sys:fail`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use core::time::Duration;
use proc_abi::signal::SIGKILL;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::names::remove;
use runtime::file::{File, OpenFlags, pipe};
use runtime::memory::{Memory, PAGE_SIZE};
use runtime::process::execute::{Strings, execute};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Fork};
use runtime::{Error, Result, thread, time};
use test_programs::counts::Counts;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::{self, Case};

runtime::entry!(main);

const CASES: &[Case] =
    &[Case { name: "each allocation of the heap fails in turn", run: heap_allocations_fail_in_turn }];

/// More than a round makes.
const MOST: u64 = 20_000;
/// Most rounds with one allocation failing, until the counts stay equal.
const RUNS: usize = 4;
/// How often the counts are read until they equal those before: dead processes are taken apart piece by piece.
const LOOKS: usize = 200;
const PAUSE: Duration = Duration::from_millis(1);

fn main() -> i32 {
    suite::run(CASES)
}

/// Rounds with the first, the second, the third allocation failing, until a round has fewer.
fn heap_allocations_fail_in_turn() -> Verdict {
    let fail = File::open("sys:fail", OpenFlags::READ_WRITE)?;
    for number in 1..MOST {
        if counted(&fail, number)? > 0 {
            return Ok(());
        }
    }
    Err(Failure::new("the rounds have no end"))
}

/// One round, again if the counts differ afterwards: what grows when something happens for the first time stays, a leak shows
/// every time. Gives how many allocations were left until the one that fails.
fn counted(fail: &File, number: u64) -> core::result::Result<u64, Failure> {
    let mut leak = Failure::new("never ran");
    for _ in 0..RUNS {
        let before = Counts::read()?;
        fail.write(format!("heap {number}").as_bytes())?;
        round();
        let left = left(fail)?;
        fail.write(b"heap 0")?;
        match settle(&before) {
            Ok(()) => return Ok(left),
            Err(failure) => leak = Failure::new(format_args!("heap {number}: {failure}")),
        }
    }
    Err(leak)
}

/// How many allocations there are until the one that fails.
fn left(fail: &File) -> core::result::Result<u64, Failure> {
    let mut bytes = [0; 64];
    let length = fail.read_at(&mut bytes, 0)?;
    let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
    let line = text.lines().find_map(|line| line.strip_prefix("heap "));
    line.and_then(|count| count.parse().ok()).ok_or_else(|| Failure::new(format_args!("sys:fail says {text}")))
}

fn settle(before: &Counts) -> Verdict {
    let mut difference = None;
    for _ in 0..LOOKS {
        difference = before.difference(&Counts::read()?);
        if difference.is_none() {
            return Ok(());
        }
        time::sleep_fully(PAUSE);
    }
    Err(Failure::new(difference.unwrap_or_default()))
}

/// Forks a child that does a bit of everything; whatever fails ends it, or is somebody else's trouble.
fn round() {
    match process::fork() {
        Ok(Fork::Parent(child)) => collect(child.raw()),
        Ok(Fork::Child) => process::exit(i32::from(everything().is_err())),
        Err(_) => {}
    }
}

/// Waits for the child; a wait that fails for want of memory is made again.
fn collect(child: i32) {
    let Some(pid) = process::Pid::new(child) else { return };
    loop {
        match wait(Who::Process(pid), WaitOptions::empty()) {
            Ok(Some(waited)) if matches!(waited.status, WaitStatus::Stopped(_)) => {
                let _ = process::kill(child, Some(SIGKILL));
            }
            Ok(_) | Err(Error::ECHILD) => return,
            Err(_) => {}
        }
    }
}

fn everything() -> Result<()> {
    let (one, other) = pipe::pair()?;
    one.write_all(b"through a pipe")?;
    other.read(&mut [0; 32])?;
    let memory = Memory::anonymous(4 * PAGE_SIZE)?;
    drop(memory);
    let file = File::open("tmp:round", OpenFlags::READ_WRITE | OpenFlags::CREATE)?;
    file.write_all(b"some bytes")?;
    drop(file);
    remove("tmp:round")?;
    thread::spawn(|| 5)?.join()?;
    match process::fork()? {
        Fork::Parent(child) => collect(child.raw()),
        Fork::Child => {
            let arguments = Strings::from_strings(["true"])?;
            let Err(error) = execute("/bin/true", &arguments, &Strings::new());
            return Err(error);
        }
    }
    Ok(())
}
