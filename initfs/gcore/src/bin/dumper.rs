//! The helper of COREDUMP: writes the core of a stopped process onto the file that was lent to it, with its tracer's rights.
//!
//! Decides nothing but what it tells the process server at the end. A native group: descriptor 0 is the file, its argument the
//! process. Neighbours: the library writes, `ptrace::core_dump` waits.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use gcore::write::write;
use proc_abi::id::Pid;
use runtime::file::File;
use runtime::file::status::Kind;
use runtime::process::core_dump::{done, limit};
use runtime::{Error, Result};

runtime::native_entry!(main);

/// The descriptor of the file.
const FILE: usize = 0;

fn main(argument: usize) -> i32 {
    let result = dump(argument);
    let status = i32::from(result.is_err());
    done(result);
    status
}

fn dump(argument: usize) -> Result<()> {
    let pid = i32::try_from(argument).ok().and_then(Pid::new).ok_or(Error::ESRCH)?;
    let file = File::from_descriptor(FILE);
    // As FreeBSD has it: a core goes to a regular file.
    if file.status()?.kind() != Kind::Regular {
        return Err(Error::EPIPE);
    }
    write(pid, &file, limit()?)
}
