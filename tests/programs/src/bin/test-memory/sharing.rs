//! Who sees what is written: private and shared memory, over fork, of files and of memory objects.
//!
//! Neighbours: `mappings`, `faults`.

use proc_abi::wait::WaitStatus;
use runtime::file::{File, OpenFlags};
use runtime::memory::probe::{ProbeMemory, Sharing};
use runtime::memory::{PAGE_SIZE, Protection, SharedMemory};
use runtime::{Error, Result};
use test_programs::children::run;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "private memory is apart after fork", run: private_memory_is_apart },
    Case { name: "shared memory is one after fork", run: shared_memory_is_one },
    Case { name: "two mappings of one object are one memory", run: two_mappings_are_one },
    Case { name: "a memory object is read and written as a file", run: a_memory_object_is_a_file },
    Case { name: "fork over fork keeps every copy apart", run: fork_over_fork },
];

fn anonymous(sharing: Sharing) -> Result<ProbeMemory> {
    ProbeMemory::anonymous(4 * PAGE_SIZE, Protection::ReadWrite, sharing)
}

fn private_memory_is_apart() -> Verdict {
    let memory = anonymous(Sharing::Private)?;
    memory.write(0, 1)?;
    memory.write(PAGE_SIZE, 2)?;
    let status = run(|| {
        let wrote = memory.write(0, 10).and_then(|()| memory.write(2 * PAGE_SIZE, 30));
        let read = [0, PAGE_SIZE, 2 * PAGE_SIZE].map(|offset| memory.read(offset));
        i32::from(wrote.is_ok() && read == [Ok(10), Ok(2), Ok(30)])
    })?;
    ensure_equal!(status, WaitStatus::Exited(1));
    ensure_equal!([memory.read(0)?, memory.read(PAGE_SIZE)?, memory.read(2 * PAGE_SIZE)?], [1, 2, 0]);
    Ok(())
}

fn shared_memory_is_one() -> Verdict {
    let memory = anonymous(Sharing::Shared)?;
    memory.write(0, 1)?;
    let status = run(|| {
        let seen = memory.read(0) == Ok(1);
        let wrote = memory.write(0, 10).and_then(|()| memory.write(3 * PAGE_SIZE, 40));
        i32::from(seen && wrote.is_ok())
    })?;
    ensure_equal!(status, WaitStatus::Exited(1));
    ensure_equal!([memory.read(0)?, memory.read(3 * PAGE_SIZE)?], [10, 40]);
    Ok(())
}

fn two_mappings_are_one() -> Verdict {
    let object = File::open("memory:anonymous/8192", OpenFlags::READ_WRITE)?;
    let one = SharedMemory::map(&object, 0, 2 * PAGE_SIZE, Protection::ReadWrite)?;
    let other = SharedMemory::map(&object, PAGE_SIZE, PAGE_SIZE, Protection::ReadWrite)?;
    one.write_word(PAGE_SIZE + 8, 77)?;
    ensure_equal!(other.read_word(8)?, 77);
    let private = ProbeMemory::file(&object, PAGE_SIZE, PAGE_SIZE, Protection::ReadWrite, Sharing::Private)?;
    private.write(8, 99)?;
    ensure_equal!((other.read_word(8)?, private.read(8)?), (77, 99));
    Ok(())
}

fn a_memory_object_is_a_file() -> Verdict {
    let object = File::open("memory:anonymous/4096", OpenFlags::READ_WRITE)?;
    ensure_equal!(object.status()?.size, 4096);
    let memory = SharedMemory::map(&object, 0, PAGE_SIZE, Protection::ReadWrite)?;
    ensure_equal!(object.write_at(b"shown in memory.", 16)?, 16);
    ensure_equal!(memory.read_word(16)?.to_le_bytes(), *b"shown in");
    memory.write_word(24, u64::from_le_bytes(*b" a file."))?;
    let mut text = [0; 16];
    ensure_equal!(object.read_at(&mut text, 16)?, 16);
    ensure_equal!(&text, b"shown in a file.");
    ensure_equal!(File::open("memory:anonymous/0", OpenFlags::READ_WRITE).err(), Some(Error::EINVAL));
    Ok(())
}

fn fork_over_fork() -> Verdict {
    let memory = anonymous(Sharing::Private)?;
    memory.write(0, 1)?;
    let status = run(|| {
        let grandchild = run(|| {
            let fresh = memory.read(0) == Ok(1) && memory.write(0, 3).is_ok();
            i32::from(fresh && memory.read(0) == Ok(3))
        });
        let apart = memory.read(0) == Ok(1) && memory.write(0, 2).is_ok() && memory.read(0) == Ok(2);
        i32::from(apart && grandchild == Ok(WaitStatus::Exited(1)))
    })?;
    ensure_equal!(status, WaitStatus::Exited(1));
    ensure!(memory.read(0)? == 1, "a descendant's write shows");
    Ok(())
}
