//! Faults: which access to which memory is which signal.
//!
//! FreeBSD: trap_pfault in amd64/amd64/trap.c (SIGSEGV, and SIGBUS beyond a mapped object). Neighbours: `mappings`.

use proc_abi::signal::{SIGBUS, SIGSEGV, Signal};
use proc_abi::wait::WaitStatus;
use runtime::file::{File, OpenFlags};
use runtime::memory::probe::{ProbeMemory, Sharing};
use runtime::memory::{Memory, PAGE_SIZE, Protection};
use test_programs::children::run;
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a write to read-only memory faults", run: a_write_to_read_only_memory_faults },
    Case { name: "any access to protected memory faults", run: any_access_to_protected_memory_faults },
    Case { name: "data cannot be executed", run: data_cannot_be_executed },
    Case { name: "a program's code cannot be written", run: a_programs_code_cannot_be_written },
    Case { name: "beyond the end of a file there is a bus error", run: beyond_the_end_of_a_file },
    Case { name: "memory that was given back is gone", run: memory_that_was_given_back_is_gone },
];

fn dies_by(signal: Signal, body: impl FnOnce() -> Option<u8>) -> Verdict {
    match run(|| i32::from(body().is_none()))? {
        WaitStatus::Killed(found) | WaitStatus::Dumped(found) if found == signal => Ok(()),
        other => Err(Failure::new(format_args!("{other:?} instead of signal {}", signal.number()))),
    }
}

fn page(protection: Protection) -> Option<ProbeMemory> {
    ProbeMemory::anonymous(PAGE_SIZE, protection, Sharing::Private).ok()
}

fn write(memory: &ProbeMemory) -> Option<u8> {
    memory.write(0, 1).ok().map(|()| 0)
}

fn a_write_to_read_only_memory_faults() -> Verdict {
    dies_by(SIGSEGV, || write(&page(Protection::Read)?))?;
    dies_by(SIGSEGV, || {
        let memory = page(Protection::ReadWrite)?;
        write(&memory)?;
        memory.protect(0, PAGE_SIZE, Protection::Read).ok()?;
        write(&memory)
    })
}

fn any_access_to_protected_memory_faults() -> Verdict {
    dies_by(SIGSEGV, || page(Protection::None)?.read(0).ok())?;
    dies_by(SIGSEGV, || write(&page(Protection::None)?))
}

fn data_cannot_be_executed() -> Verdict {
    dies_by(SIGSEGV, || page(Protection::ReadWrite)?.jump_to_data().ok().map(|never| match never {}))
}

fn a_programs_code_cannot_be_written() -> Verdict {
    dies_by(SIGSEGV, || {
        let file = File::open("/test/test-memory", OpenFlags::READ).ok()?;
        write(&ProbeMemory::file(&file, 0, PAGE_SIZE, Protection::ReadExecute, Sharing::Private).ok()?)
    })
}

fn beyond_the_end_of_a_file() -> Verdict {
    let object = File::open("memory:anonymous/4096", OpenFlags::READ_WRITE)?;
    dies_by(SIGBUS, || {
        let memory = ProbeMemory::file(&object, 0, 2 * PAGE_SIZE, Protection::ReadWrite, Sharing::Shared).ok()?;
        write(&memory)?;
        memory.read(PAGE_SIZE).ok()
    })
}

fn memory_that_was_given_back_is_gone() -> Verdict {
    let first = Memory::anonymous(PAGE_SIZE)?;
    let address = first.address();
    drop(first);
    // The place is free again: the next mapping of that size may have it, zeroed.
    let second = Memory::anonymous(PAGE_SIZE)?;
    ensure_equal!(second.bytes().iter().all(|&byte| byte == 0), true);
    ensure_equal!(address % PAGE_SIZE, 0);
    Ok(())
}
