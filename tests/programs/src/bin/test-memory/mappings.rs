//! Mappings: contents, sizes, what is refused.
//!
//! Neighbours: `faults`, `sharing`.

use runtime::Error;
use runtime::fault::{BadAddress, read_to_bad_address, write_from_bad_address};
use runtime::file::{File, OpenFlags, pipe};
use runtime::memory::probe::{ProbeMemory, Sharing};
use runtime::memory::{Memory, PAGE_SIZE, Protection};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "anonymous memory is zero and writable", run: anonymous_memory_is_zero },
    Case { name: "memory is taken when it is touched", run: memory_is_taken_when_it_is_touched },
    Case { name: "a file's bytes show in a mapping", run: a_files_bytes_show },
    Case { name: "bad mappings are refused", run: bad_mappings_are_refused },
    Case { name: "protection changes and keeps contents", run: protection_changes },
    Case { name: "bad buffers are refused", run: bad_buffers_are_refused },
];

fn anonymous_memory_is_zero() -> Verdict {
    let mut memory = Memory::anonymous(5 * PAGE_SIZE + 1)?;
    ensure_equal!(memory.length(), 6 * PAGE_SIZE);
    ensure!(memory.bytes().iter().all(|&byte| byte == 0), "new memory is not zero");
    memory.bytes_mut().fill(7);
    ensure!(memory.bytes().iter().all(|&byte| byte == 7), "memory does not keep what is written");
    Ok(())
}

/// 1 GiB is more than the machine has.
fn memory_is_taken_when_it_is_touched() -> Verdict {
    const LENGTH: usize = 1 << 30;
    let memory = ProbeMemory::anonymous(LENGTH, Protection::ReadWrite, Sharing::Private)?;
    for offset in [0, LENGTH / 2, LENGTH - 1] {
        memory.write(offset, 5)?;
        ensure_equal!(memory.read(offset)?, 5);
    }
    ensure_equal!(memory.read(PAGE_SIZE)?, 0);
    Ok(())
}

fn a_files_bytes_show() -> Verdict {
    let file = File::open("/test/test-memory", OpenFlags::READ)?;
    let mapped = ProbeMemory::file(&file, 0, PAGE_SIZE, Protection::ReadWrite, Sharing::Private)?;
    let start = [mapped.read(0)?, mapped.read(1)?, mapped.read(2)?, mapped.read(3)?];
    ensure_equal!(&start, b"\x7fELF");
    mapped.write(0, b'X')?;
    let mut byte = [0];
    ensure_equal!(file.read_at(&mut byte, 0)?, 1);
    ensure_equal!(byte, [0x7f]);
    let shared = ProbeMemory::file(&file, 0, PAGE_SIZE, Protection::ReadWrite, Sharing::Shared);
    ensure_equal!(shared.err(), Some(Error::EACCES));
    Ok(())
}

fn bad_mappings_are_refused() -> Verdict {
    let file = File::open("/test/test-memory", OpenFlags::READ)?;
    let odd = ProbeMemory::file(&file, 100, PAGE_SIZE, Protection::Read, Sharing::Private);
    ensure_equal!(odd.err(), Some(Error::EINVAL));
    let (end, _peer) = pipe::pair()?;
    let stream = ProbeMemory::file(&end, 0, PAGE_SIZE, Protection::Read, Sharing::Private);
    ensure_equal!(stream.err(), Some(Error::ENODEV));
    for length in [1 << 47, (1 << 47) - PAGE_SIZE, usize::MAX & !(PAGE_SIZE - 1)] {
        let huge = ProbeMemory::anonymous(length, Protection::Read, Sharing::Private).err();
        ensure!(matches!(huge, Some(Error::ENOMEM | Error::EINVAL)), "{length:#x} bytes gave {huge:?}");
    }
    Ok(())
}

fn protection_changes() -> Verdict {
    let memory = ProbeMemory::anonymous(3 * PAGE_SIZE, Protection::ReadWrite, Sharing::Private)?;
    for page in 0..3_u8 {
        memory.write(usize::from(page).wrapping_mul(PAGE_SIZE), page.wrapping_add(1))?;
    }
    memory.protect(PAGE_SIZE, PAGE_SIZE, Protection::Read)?;
    memory.write(0, 9)?;
    memory.protect(0, 3 * PAGE_SIZE, Protection::None)?;
    memory.protect(0, 3 * PAGE_SIZE, Protection::Read)?;
    let pages = [memory.read(0)?, memory.read(PAGE_SIZE)?, memory.read(2 * PAGE_SIZE)?];
    ensure_equal!(pages, [9, 2, 3]);
    ensure_equal!(memory.protect(1, PAGE_SIZE, Protection::Read), Err(Error::EINVAL));
    Ok(())
}

fn bad_buffers_are_refused() -> Verdict {
    let (one, other) = pipe::pair()?;
    other.write_all(b"data")?;
    for address in BadAddress::ALL {
        ensure_equal!(read_to_bad_address(&one, address, 100), Err(Error::EFAULT));
        ensure_equal!(write_from_bad_address(&one, address, 100), Err(Error::EFAULT));
        ensure_equal!(write_from_bad_address(&one, address, usize::MAX), Err(Error::EFAULT));
    }
    // Nothing was taken from the pipe or put into it.
    let mut buffer = [0; 8];
    ensure_equal!(one.read(&mut buffer), Ok(4));
    Ok(())
}
