//! Changes of long ranges: other processes run in the middle, and a process can die in the middle.
//!
//! Decides by counting, not by the clock: a child that does nothing but count has gone on while the call was made. Neighbours:
//! `mappings` (short ranges), kernel/core/src/tests/change.rs (every verb in the middle).

use proc_abi::signal::SIGKILL;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, OpenFlags};
use runtime::memory::probe::{ProbeMemory, Sharing};
use runtime::memory::{PAGE_SIZE, Protection, SharedMemory};
use runtime::process::{Pid, kill};
use runtime::{Result, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "others run while a long range is unmapped", run: others_run_during_an_unmapping },
    Case { name: "others run while a long range is protected", run: others_run_during_a_protection },
    Case { name: "a process that unmaps a long range can be killed", run: killed_in_the_middle },
];

/// Many steps of 256 pages.
const LENGTH: usize = 4096 * PAGE_SIZE;

fn shared_word() -> Result<SharedMemory> {
    let object = File::open("memory:anonymous/4096", OpenFlags::READ_WRITE)?;
    SharedMemory::map(&object, 0, PAGE_SIZE, Protection::ReadWrite)
}

fn resident() -> Result<ProbeMemory> {
    let memory = ProbeMemory::anonymous(LENGTH, Protection::ReadWrite, Sharing::Private)?;
    for offset in (0..LENGTH).step_by(PAGE_SIZE) {
        memory.write(offset, 1)?;
    }
    Ok(memory)
}

/// Waits until a child has written to the word.
fn wait_for(word: &SharedMemory) -> Result<()> {
    while word.read_word(0)? == 0 {
        time::yield_now();
    }
    Ok(())
}

fn end(child: Pid) -> Result<WaitStatus, Failure> {
    kill(child.raw(), Some(SIGKILL))?;
    next_change(child, WaitOptions::empty())
}

/// How far a child counts, without a call, while `body` runs.
fn counted_during(body: impl FnOnce(ProbeMemory) -> Result<()>) -> Result<u64, Failure> {
    let word = shared_word()?;
    let child = start(|| {
        let mut count = 0_u64;
        loop {
            count = count.wrapping_add(1);
            if word.write_word(0, count).is_err() {
                return 1;
            }
        }
    })?;
    wait_for(&word)?;
    let memory = resident()?;
    let before = word.read_word(0)?;
    body(memory)?;
    let after = word.read_word(0)?;
    end(child)?;
    Ok(after.wrapping_sub(before))
}

fn others_run_during_an_unmapping() -> Verdict {
    let counted = counted_during(|memory| {
        drop(memory);
        Ok(())
    })?;
    ensure!(counted > 0, "nobody ran");
    Ok(())
}

fn others_run_during_a_protection() -> Verdict {
    let counted = counted_during(|memory| {
        let result = memory.protect(0, LENGTH, Protection::Read);
        core::mem::forget(memory);
        result
    })?;
    ensure!(counted > 0, "nobody ran");
    Ok(())
}

fn killed_in_the_middle() -> Verdict {
    for _ in 0..4 {
        let word = shared_word()?;
        let child = start(|| match resident() {
            Ok(memory) if word.write_word(0, 1).is_ok() => {
                drop(memory);
                loop {
                    time::yield_now();
                }
            }
            _ => 1,
        })?;
        wait_for(&word)?;
        ensure_equal!(end(child)?, WaitStatus::Killed(SIGKILL));
    }
    Ok(())
}
