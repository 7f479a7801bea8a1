//! Lists that come from whole files: processes, threads, maps.
//!
//! Decides how records are taken apart, and which process a name means. Main functions: [`find`], [`records`]. Neighbour:
//! `proc`; the layouts are `proc_abi::status`'s.

use super::failure;
use alloc::vec::Vec;
use gdbserver::system::{Failure, Outcome};
use proc_abi::id::Pid;
use proc_abi::path::ProcessFile;
use proc_abi::status::ProcessStatus;
use runtime::Error;
use runtime::file::OpenFlags;
use runtime::file::directory::Directory;
use runtime::proc::open;
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// Reads a whole file of a process.
pub(super) fn read_whole(pid: Pid, file: ProcessFile) -> runtime::Result<Vec<u8>> {
    let mut contents = Vec::new();
    open(pid, file, OpenFlags::READ)?.read_to_end(&mut contents)?;
    Ok(contents)
}

/// Takes records apart that start with their size.
pub(super) fn records<R: FromBytes + KnownLayout + Immutable>(contents: &[u8], size: impl Fn(&R) -> u32) -> Vec<R> {
    let mut records = Vec::new();
    let mut rest = contents;
    while let Ok((record, _)) = R::read_from_prefix(rest) {
        let length = usize::try_from(size(&record)).unwrap_or(0).max(size_of::<R>());
        records.push(record);
        rest = rest.get(length..).unwrap_or_default();
    }
    records
}

/// Every process.
pub(super) fn all() -> runtime::Result<Vec<ProcessStatus>> {
    let names = Directory::open("proc:")?.names()?;
    let number = |name: &[u8]| core::str::from_utf8(name).ok()?.parse().ok();
    let mut pids: Vec<Pid> = names.iter().filter_map(|name| number(&name.name)).filter_map(Pid::new).collect();
    pids.sort_unstable();
    Ok(pids.into_iter().filter_map(|pid| runtime::proc::status(pid).ok()).collect())
}

/// The process with this id or, if it is no number, the youngest with this name.
pub(crate) fn find(name: &[u8]) -> Outcome<Pid> {
    let number = core::str::from_utf8(name).ok().and_then(|text| text.parse::<i32>().ok());
    if let Some(number) = number {
        return Pid::new(number).ok_or(Failure(Error::ESRCH.number()));
    }
    let processes = all().map_err(failure)?;
    let named = processes.iter().rfind(|status| status.name.split(|&byte| byte == 0).next() == Some(name));
    named.and_then(|status| Pid::new(status.pid)).ok_or(Failure(Error::ESRCH.number()))
}
