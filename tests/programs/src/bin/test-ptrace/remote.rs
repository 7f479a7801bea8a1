//! SC_REMOTE: system calls made for a stopped target, seen from both sides.
//!
//! FreeBSD: its suite's PT_SC_REMOTE_getpid and PT_SC_REMOTE_syscall_validation. Neighbours: `calls` (calls of its own).

use proc_abi::event::EventFlags;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::status::{ThreadState, ThreadStatus};
use proc_abi::syscall::SyscallReturn;
use proc_abi::wait::WaitStatus;
use runtime::file::OpenFlags;
use runtime::proc::open;
use runtime::process::Pid;
use runtime::process::ptrace::remote_call;
use runtime::{Error, Result, process, time};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee, ask};
use test_programs::{children, ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a remote call is the target's", run: a_remote_call_is_the_targets },
    Case { name: "memory is mapped by a remote call", run: memory_is_mapped_by_a_remote_call },
    Case { name: "a remote call leaves the present one alone", run: a_remote_call_leaves_the_present_one_alone },
    Case { name: "the table of remote calls is closed", run: the_table_of_remote_calls_is_closed },
    Case { name: "a sleeping target makes no remote call", run: a_sleeping_target_makes_no_remote_call },
];

const READ: u32 = 3;
const CLOSE: u32 = 6;
const GETPID: u32 = 20;
const GETPPID: u32 = 39;
const MMAP: u32 = 477;
const MUNMAP: u32 = 73;
/// Readable, writable and private, as mmap's structure has it.
const PRIVATE_MEMORY: u64 = 0x0006_0002;

fn value(value: u64) -> SyscallReturn {
    SyscallReturn { retval: [value, 0], ..SyscallReturn::default() }
}

fn own_id() -> u64 {
    u64::from(process::id().unsigned_abs())
}

fn a_remote_call_is_the_targets() -> Verdict {
    let gate = Gate::new()?;
    // It finds the reader of the gate closed under it.
    let tracee = Tracee::start(|| i32::from(gate.pass() != Err(Error::EBADF)))?;
    ensure_equal!(remote_call(tracee.id(), GETPID, &[])?, value(u64::from(tracee.id().unsigned_abs())));
    ensure_equal!(remote_call(tracee.id(), GETPPID, &[])?, value(own_id()));
    let descriptor = gate.reader_descriptor() as u64;
    ensure_equal!(remote_call(tracee.id(), CLOSE, &[descriptor])?, value(0));
    let again = remote_call(tracee.id(), CLOSE, &[descriptor])?;
    ensure_equal!((again.retval[0], again.error), (0, Error::EBADF.number().cast_signed()));
    tracee.finishes(0)
}

fn memory_is_mapped_by_a_remote_call() -> Verdict {
    let mut structure = [0_u64, 4096, PRIVATE_MEMORY, 0];
    let place = structure.as_mut_bytes().as_ptr().addr() as u64;
    let tracee = Tracee::start(|| 0)?;
    // The target is a copy of this process: the structure lies at the same address there.
    let told = remote_call(tracee.id(), MMAP, &[u64::MAX, place, 32])?;
    ensure_equal!(told.error, 0);
    let address = told.retval[0];
    tracee.ask(Request::WriteD, address, 0x1234)?;
    ensure_equal!(tracee.ask(Request::ReadD, address, 0), Ok(0x1234));
    ensure_equal!(remote_call(tracee.id(), MUNMAP, &[address, 4096])?, value(0));
    ensure_equal!(tracee.ask(Request::ReadD, address, 0), Err(Error::ENOMEM));
    tracee.finishes(0)
}

fn a_remote_call_leaves_the_present_one_alone() -> Verdict {
    let tracee = Tracee::start(|| i32::from(process::kill(99_999, None) != Err(Error::ESRCH)))?;
    tracee.resume(Request::Syscall)?;
    let entry = tracee.reports(EventFlags::SCE)?;
    ensure_equal!(remote_call(tracee.id(), GETPPID, &[])?, value(own_id()));
    ensure_equal!(tracee.information()?.syscall_code, entry.syscall_code);
    tracee.resume(Request::Syscall)?;
    ensure_equal!(tracee.reports(EventFlags::SCX)?.syscall_code, entry.syscall_code);
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

fn the_table_of_remote_calls_is_closed() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    for row in kernel_abi::calls::TABLE.iter().filter(|row| !kernel_abi::calls::is_remote(row)) {
        let made = remote_call(tracee.id(), row.shown, &[0; 6]);
        ensure!(made == Err(Error::EINVAL), "{} gave {made:?}", row.name);
    }
    for number in [0, 198, u32::MAX, 0x4000_0014, 0x8000_0014] {
        ensure_equal!(remote_call(tracee.id(), number, &[20])?.error, Error::ENOSYS.number().cast_signed());
    }
    ensure_equal!(remote_call(tracee.id(), GETPID, &[0; 9]), Err(Error::EINVAL));
    for size in [0, 39, 41] {
        ensure_equal!(ask(Request::ScRemote, tracee.id(), 8, size), Err(Error::EINVAL));
    }
    ensure_equal!(ask(Request::ScRemote, 99_999, 8, 40), Err(Error::EFAULT));
    tracee.finishes(0)
}

/// Its only thread waits in a read.
fn reads(child: Pid) -> Result<bool> {
    let mut status = ThreadStatus::default();
    open(child, ProcessFile::ThreadRecords, OpenFlags::READ)?.read(status.as_mut_bytes())?;
    Ok(status.state == ThreadState::Waiting as u32 && status.syscall_code == READ)
}

fn a_sleeping_target_makes_no_remote_call() -> Verdict {
    let (gate, inside) = (Gate::new()?, Gate::new()?);
    let child = children::start(|| {
        let passed = inside.open().and_then(|()| gate.pass());
        i32::from(passed.is_err())
    })?;
    inside.pass()?;
    while !reads(child)? {
        time::yield_now();
    }
    let tracee = Tracee::attach(child)?;
    ensure_equal!(remote_call(tracee.id(), GETPID, &[]), Err(Error::EBUSY));
    tracee.resume(Request::Detach)?;
    gate.open()?;
    tracee.ends(WaitStatus::Exited(0))
}
