//! The threads of a process.
//!
//! Decides that a stop which no thread reports is the oldest one's: so it is when all of them slept as it came. Main
//! functions: [`list`], [`oldest`]. Neighbours: the layout is `proc_abi::status`'s; `event` asks for the oldest.

use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};
use proc_abi::path::ProcessFile;
use proc_abi::status::ThreadStatus;
use runtime::file::OpenFlags;
use runtime::proc::open;
use runtime::{Error, Result};
use zerocopy::FromBytes;

/// All of them, oldest first.
pub(super) fn list(pid: Pid) -> Result<Vec<ThreadStatus>> {
    let mut contents = Vec::new();
    open(pid, ProcessFile::ThreadRecords, OpenFlags::READ)?.read_to_end(&mut contents)?;
    let mut threads = Vec::new();
    let mut rest = contents.as_slice();
    while let Ok((status, _)) = ThreadStatus::read_from_prefix(rest) {
        threads.push(status);
        let size = usize::try_from(status.size).unwrap_or(0).max(size_of::<ThreadStatus>());
        rest = rest.get(size..).unwrap_or_default();
    }
    Ok(threads)
}

/// The oldest.
pub(super) fn oldest(pid: Pid) -> Result<Tid> {
    list(pid)?.first().and_then(|status| Tid::new(status.tid)).ok_or(Error::ESRCH)
}
