//! The target's address map, walked entry by entry.
//!
//! FreeBSD: sys_process.c (ptrace_vm_entry). Neighbours: `memory`.

use alloc::format;
use alloc::string::String;
use proc_abi::id::Pid;
use proc_abi::io::IoOperation;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::vm_entry::VmEntry;
use runtime::Error;
use runtime::file::{File, OpenFlags};
use runtime::memory::{Protection, SharedMemory};
use runtime::proc::state::read_whole;
use runtime::process::ptrace::{map_entry, transfer};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::Tracee;
use test_programs::{ensure, ensure_equal};

use crate::PATH;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a map is walked to its end", run: a_map_is_walked_to_its_end },
    Case { name: "a path without room is enametoolong", run: a_path_without_room_is_enametoolong },
    Case { name: "a memory object is shown by its name", run: a_memory_object_is_shown_by_its_name },
    Case { name: "the timestamp tells of changes", run: the_timestamp_tells_of_changes },
];

const READ_AND_EXECUTE: u32 = 5;

fn a_map_is_walked_to_its_end() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let here = (a_map_is_walked_to_its_end as *const ()).addr() as u64;
    let mut entry = VmEntry::default();
    let (mut last, mut text) = (0_u64, false);
    loop {
        let mut path = [0_u8; 128];
        match map_entry(tracee.id(), &mut entry, &mut path) {
            Ok(()) => {}
            Err(Error::ENOENT) => break,
            Err(error) => return Err(error.into()),
        }
        ensure!(entry.start >= last && entry.end > entry.start, "entries are in order: {entry:?}");
        last = entry.end;
        if (entry.start..=entry.end).contains(&here) {
            let length = entry.pathlen as usize;
            let name = path.get(..length.saturating_sub(1)).unwrap_or_default();
            ensure!(name.ends_with(PATH.as_bytes()), "the text is of {:?}", core::str::from_utf8(name));
            ensure_equal!(entry.prot, READ_AND_EXECUTE);
            ensure_offset_is_the_files(tracee, &entry)?;
            text = true;
        }
    }
    ensure!(text, "no entry has the program's text");
    entry.entry = i32::MAX;
    ensure_equal!(map_entry(tracee.id(), &mut entry, &mut []), Err(Error::EINVAL));
    tracee.finishes(0)
}

/// The bytes at the entry's start are those of the file at the entry's offset.
fn ensure_offset_is_the_files(tracee: Tracee, entry: &VmEntry) -> Verdict {
    let (mut expected, mut found) = ([0; 64], [0; 64]);
    let file = File::open(PATH, OpenFlags::READ)?;
    ensure_equal!(file.read_at(&mut expected, entry.offset)?, expected.len());
    transfer(IoOperation::ReadI, tracee.id(), entry.start, &mut found)?;
    ensure_equal!(found, expected);
    Ok(())
}

fn a_path_without_room_is_enametoolong() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut found = false;
    for index in 0..16 {
        let mut entry = VmEntry { entry: index, ..VmEntry::default() };
        found |= map_entry(tracee.id(), &mut entry, &mut [0; 1]) == Err(Error::ENAMETOOLONG);
    }
    ensure!(found, "every path fits in one byte");
    tracee.finishes(0)
}

fn a_memory_object_is_shown_by_its_name() -> Verdict {
    let object = File::open("memory:anonymous/4096", OpenFlags::READ_WRITE)?;
    let memory = SharedMemory::map(&object, 0, 4096, Protection::ReadWrite)?;
    let tracee = Tracee::start(|| 0)?;
    let pid = Pid::new(tracee.id()).ok_or(Error::ESRCH)?;
    let text = read_whole(pid, ProcessFile::Map)?;
    let (start, end) = (memory.address(), memory.address().saturating_add(4096));
    let line = format!("{start:012x}-{end:012x} rw-s 00000000 memory:anonymous\n");
    ensure!(text.windows(line.len()).any(|part| part == line.as_bytes()), "{}", String::from_utf8_lossy(&text));
    tracee.finishes(0)
}

fn the_timestamp_tells_of_changes() -> Verdict {
    let tracee = Tracee::start(|| {
        let memory = runtime::memory::Memory::anonymous(4096);
        runtime::fault::breakpoint();
        i32::from(memory.is_err())
    })?;
    let before = tracee.ask(Request::VmTimestamp, 0, 0)?;
    ensure_equal!(tracee.ask(Request::VmTimestamp, 0, 0)?, before);
    tracee.go()?;
    tracee.stops(proc_abi::signal::SIGTRAP)?;
    ensure!(tracee.ask(Request::VmTimestamp, 0, 0)? != before, "a new mapping does not show");
    tracee.finishes(0)
}
