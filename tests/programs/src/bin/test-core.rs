//! Writes the core of a process with three threads to its standard output, page by page, for the host's debugger to open.
//!
//! It asks the program gcore for it, or with the argument `request` the process server. The target's threads all wait in `stay`, a plain symbol. Neighbour: tests/qemu/tests/core.rs.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use core::hint::black_box;
use core::sync::atomic::AtomicU32;
use proc_abi::core_dump::CoreDumpFlags;
use proc_abi::request::Request;
use proc_abi::signal::SIGKILL;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, OpenFlags, pipe};
use runtime::io::{self, STANDARD_OUTPUT};
use runtime::memory::PAGE_SIZE;
use runtime::process::Pid;
use runtime::process::command::Command;
use runtime::process::ptrace::core_dump;
use runtime::{Error, environment, eprintln, exported, process, sync, thread};
use test_programs::children::{next_change, start};
use test_programs::ensure_equal;
use test_programs::failure::Verdict;
use test_programs::tracee::{Gate, Tracee};

runtime::entry!(main);

exported!(stay(arrived: u64) -> u64 = wait_for_ever);

/// Where the core goes first.
const PATH: &str = "tmp:core";
const THREADS: u64 = 3;

static NEVER: AtomicU32 = AtomicU32::new(0);

fn main() -> i32 {
    match run() {
        Ok(()) => 0,
        Err(failure) => {
            eprintln!("test-core: {failure}");
            1
        }
    }
}

fn run() -> Verdict {
    let arrived = Gate::new()?;
    let target = start(|| all_stay(&arrived))?;
    for _ in 0..THREADS {
        arrived.pass()?;
    }
    match environment::arguments().nth(1) {
        Some(b"request") => by_request(target)?,
        _ => by_program(target)?,
    }
    // It has not noticed: nothing but a signal ends it.
    process::kill(target.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    show()
}

fn by_program(target: Pid) -> Verdict {
    let mut command = Command::new("/bin/gcore")?;
    let status = command.argument(format!("{}", target.raw()))?.argument(PATH)?.spawn()?.wait()?;
    ensure_equal!(status, WaitStatus::Exited(0));
    Ok(())
}

/// By COREDUMP, after everything that it refuses.
fn by_request(target: Pid) -> Verdict {
    let tracee = Tracee::attach(target)?;
    let file = File::open(PATH, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE)?;
    let ask =
        |file: &File, flags: u32, limit| core_dump(tracee.id(), file, CoreDumpFlags::from_bits_retain(flags), limit);
    ensure_equal!(ask(&file, 4, 0), Err(Error::EINVAL));
    ensure_equal!(ask(&file, 0, -1), Err(Error::EINVAL));
    ensure_equal!(ask(&file, 0, 4096), Err(Error::EFBIG));
    let (_reader, writer) = pipe::pair()?;
    ensure_equal!(ask(&writer, 0, 0), Err(Error::EPIPE));
    let only_read = File::open(PATH, OpenFlags::READ)?;
    ensure_equal!(ask(&only_read, 0, 0), Err(Error::EBADF));
    ask(&file, CoreDumpFlags::ALL.bits(), 1 << 30)?;
    // The stop is still collected.
    tracee.resume(Request::Detach)
}

/// The file's pages that are not zero, each behind its number: most of a stack was never used.
fn show() -> Verdict {
    let file = File::open(PATH, OpenFlags::READ)?;
    let output = io::borrow(STANDARD_OUTPUT);
    let mut page = alloc::vec![0; PAGE_SIZE];
    for number in 0_u64.. {
        page.fill(0);
        let length = file.read(&mut page)?;
        if length == 0 {
            break;
        }
        if page.iter().any(|byte| *byte != 0) {
            output.write_all(&number.to_le_bytes())?;
            output.write_all(&page)?;
        }
    }
    Ok(())
}

/// Three threads arrive and stay.
fn all_stay(gate: &Gate) -> i32 {
    let place = (gate.writer().descriptor() as u64).wrapping_shl(32);
    for number in 1..THREADS {
        if thread::spawn(move || stay(place | number)).is_err() {
            return 1;
        }
    }
    i32::from(stay(place) == 0)
}

/// Tells of its arrival when `stay` is on the stack; the descriptor lies above the thread's number.
fn wait_for_ever(place: u64) -> u64 {
    let descriptor = usize::try_from(place.wrapping_shr(32)).unwrap_or(usize::MAX);
    if io::borrow(descriptor).write_all(&[1]).is_err() {
        return 0;
    }
    loop {
        sync::wait(&NEVER, 0);
        // Nobody wakes it: the frame of its caller stays.
        if black_box(place) == 0 {
            return place;
        }
    }
}
