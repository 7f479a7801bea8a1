//! Descriptors: numbers, copies, flags, and how many there may be.
//!
//! Neighbours: `boot`, `devices`.

use runtime::abi::redox::flag::F_DUPFD;
use runtime::file::{File, OpenFlags, Seek, pipe};
use runtime::{Error, fault, io};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "the lowest free descriptor is taken", run: the_lowest_free_is_taken },
    Case { name: "copies share the offset", run: copies_share_the_offset },
    Case { name: "a copy replaces what was there", run: a_copy_replaces },
    Case { name: "closed descriptors are refused", run: closed_descriptors_are_refused },
    Case { name: "a table that is full to its end refuses", run: a_full_table_refuses },
    Case { name: "a table is full before memory is", run: a_table_is_full_before_memory_is },
    Case { name: "unknown calls are refused", run: unknown_calls_are_refused },
];

const SELF: &str = "/test/test-files";

/// No table reaches so far.
const FAR: usize = 1 << 30;

fn the_lowest_free_is_taken() -> Verdict {
    let first = File::open(SELF, OpenFlags::READ)?;
    let second = File::open(SELF, OpenFlags::READ)?;
    let number = first.descriptor();
    ensure!(second.descriptor() > number, "a higher one than {} was free before", second.descriptor());
    drop(first);
    ensure_equal!(File::open(SELF, OpenFlags::READ)?.descriptor(), number);
    Ok(())
}

fn copies_share_the_offset() -> Verdict {
    let file = File::open(SELF, OpenFlags::READ)?;
    let copy = file.duplicate()?;
    file.seek(Seek::Start(100))?;
    ensure_equal!(copy.seek(Seek::Current(0))?, 100);
    let own = File::open(SELF, OpenFlags::READ)?;
    ensure_equal!(own.seek(Seek::Current(0))?, 0);
    Ok(())
}

fn a_copy_replaces() -> Verdict {
    let (reader, writer) = pipe::pair()?;
    let number = writer.descriptor();
    let file = File::open(SELF, OpenFlags::READ)?;
    let _ = writer.into_descriptor();
    let placed = file.duplicate_to(number)?;
    ensure_equal!(placed.descriptor(), number);
    // The pipe's other end is closed by that.
    ensure_equal!(reader.read(&mut [0; 4]), Ok(0));
    ensure_equal!(file.duplicate_to(FAR).err(), Some(Error::EBADF));
    Ok(())
}

fn closed_descriptors_are_refused() -> Verdict {
    for number in [500, FAR, usize::MAX - 1] {
        let file = io::borrow(number);
        ensure_equal!(file.read(&mut [0; 4]), Err(Error::EBADF));
        ensure_equal!(file.write(b"x"), Err(Error::EBADF));
        ensure_equal!(file.seek(Seek::Start(0)), Err(Error::EBADF));
        ensure_equal!(file.status().err(), Some(Error::EBADF));
        ensure_equal!(file.duplicate().err(), Some(Error::EBADF));
        ensure_equal!(file.open_below("x", OpenFlags::READ).err(), Some(Error::EBADF));
    }
    Ok(())
}

/// The end of a table is full when its last number is taken; filling all before it would only take time.
fn a_full_table_refuses() -> Verdict {
    let file = File::open(SELF, OpenFlags::READ)?;
    let from = |least: usize| file.control(F_DUPFD, least).map(File::from_descriptor);
    let limit = (1..30).map(|shift| 1_usize << shift).find(|limit| from(*limit).err() == Some(Error::EINVAL));
    let last = limit.and_then(|limit| limit.checked_sub(1)).ok_or_else(|| Failure::new("tables have no end"))?;
    ensure!(last >= 100, "the last descriptor is {last}");
    let highest = from(last)?;
    ensure_equal!(highest.descriptor(), last);
    ensure_equal!(from(last).err(), Some(Error::EMFILE));
    ensure_equal!(file.duplicate_to(last.wrapping_add(1)).err(), Some(Error::EBADF));
    drop(highest);
    ensure_equal!(from(last)?.descriptor(), last);
    Ok(())
}

/// Each descriptor has an open file of its own.
fn a_table_is_full_before_memory_is() -> Verdict {
    let mut last = 0;
    let error = loop {
        match File::open("sys:counts", OpenFlags::READ) {
            Ok(file) => last = file.into_descriptor(),
            Err(error) => break error,
        }
    };
    ensure_equal!((error, last), (Error::EMFILE, 65_535));
    io::borrow(last).read(&mut [0; 4])?;
    drop(File::from_descriptor(last));
    ensure_equal!(File::open(SELF, OpenFlags::READ)?.descriptor(), last);
    Ok(())
}

fn unknown_calls_are_refused() -> Verdict {
    for number in [0, 9999, usize::MAX, 1 << 40, 0x4000_0000, 0x4000_0000 | 9999] {
        ensure_equal!((number, fault::call_unknown_number(number)), (number, Err(Error::ENOSYS)));
    }
    Ok(())
}
