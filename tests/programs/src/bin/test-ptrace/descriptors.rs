//! The files `files` and `files.bin`: which open files another process has.
//!
//! FreeBSD: kern_descrip.c (sysctl_kern_proc_filedesc). Neighbours: `maps` (mapped files), `handles` and `rights` (who may
//! look, and for how long).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::open_file::{OpenFileFlags, OpenFiles};
use proc_abi::path::ProcessFile;
use runtime::Error;
use runtime::file::{File, OpenFlags, pipe};
use runtime::proc::state::read_whole;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::Tracee;
use test_programs::{ensure, ensure_equal};

use crate::PATH;

pub(crate) const CASES: &[Case] = &[
    Case { name: "open files are told by name and position", run: open_files_are_told_by_name_and_position },
    Case { name: "both ends of a pipe have its number", run: both_ends_of_a_pipe_have_its_number },
    Case { name: "many open files are all listed", run: many_open_files_are_all_listed },
];

/// Open files in the case of many: more than the kernel looks at in one entry, with a gap before the last.
const MANY: usize = 1000;
/// Number of the last.
const LAST: usize = 3000;

fn open_files_are_told_by_name_and_position() -> Verdict {
    let program = File::open(PATH, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC)?;
    program.read(&mut [0; 100])?;
    let memory = File::open("memory:anonymous/4096", OpenFlags::READ_WRITE)?;
    let own = File::open("proc:self/status", OpenFlags::READ)?;
    let tracee = Tracee::start(|| 0)?;
    let handle = runtime::proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ)?;
    let of_tracee = String::from_utf8_lossy(&read_whole(tracee.0, ProcessFile::Files)?).into_owned();
    let this = Pid::new(runtime::process::id()).ok_or(Error::ESRCH)?;
    let of_this = String::from_utf8_lossy(&read_whole(this, ProcessFile::Files)?).into_owned();
    let lines = [
        format!("{:5} r---x {:11} {PATH}\n", program.descriptor(), 100),
        format!("{:5} rw--- {:11} memory:anonymous\n", memory.descriptor(), 0),
        format!("{:5} r---- {:11} proc:{}/status\n", own.descriptor(), 0, runtime::process::id()),
    ];
    for line in &lines {
        ensure!(of_tracee.contains(line.as_str()), "{line} is not in {of_tracee}");
        ensure!(of_this.contains(line.as_str()), "{line} is not in {of_this}");
    }
    let line = format!("{:5} r---x {:11} proc:{}/mem\n", handle.descriptor(), 0, tracee.id());
    ensure!(of_this.contains(line.as_str()), "{line} is not in {of_this}");
    tracee.finishes(0)
}

fn both_ends_of_a_pipe_have_its_number() -> Verdict {
    let (first, second) = pipe::pair()?;
    let tracee = Tracee::start(|| 0)?;
    let records = read_whole(tracee.0, ProcessFile::FileRecords)?;
    let of = |file: &File| {
        let number = i32::try_from(file.descriptor()).unwrap_or(-1);
        OpenFiles::new(&records).find(|(open, _)| open.descriptor == number).map(|(open, _)| open)
    };
    let (Some(one), Some(other)) = (of(&first), of(&second)) else {
        return Err(Failure::from(Error::ENOENT));
    };
    ensure!(one.file != 0, "a pipe has a number");
    ensure_equal!(one.file, other.file);
    ensure_equal!(one.references, 2);
    ensure_equal!(one.flags(), OpenFileFlags::READ | OpenFileFlags::WRITE);
    tracee.finishes(0)
}

fn many_open_files_are_all_listed() -> Verdict {
    let file = File::open("memory:anonymous/4096", OpenFlags::READ)?;
    let mut copies = Vec::new();
    for _ in 1..MANY {
        copies.push(file.duplicate()?);
    }
    copies.push(file.duplicate_to(LAST)?);
    let tracee = Tracee::start(|| 0)?;
    drop(copies);
    let records = read_whole(tracee.0, ProcessFile::FileRecords)?;
    let objects = OpenFiles::new(&records).filter(|(_, name)| *name == b"memory:anonymous");
    ensure_equal!(objects.count(), MANY.saturating_add(1));
    let last = OpenFiles::new(&records).last().map(|(open, _)| open.descriptor);
    ensure_equal!(last, i32::try_from(LAST).ok());
    tracee.finishes(0)
}
