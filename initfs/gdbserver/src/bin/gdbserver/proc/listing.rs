//! The processes that there are.
//!
//! Decides which process a name means. Main functions: [`find`], [`all`]. Neighbours: `proc`; `runtime::proc::state` has the
//! lists of one process.

use super::failure;
use alloc::vec::Vec;
use gdbserver::system::{Failure, Outcome};
use proc_abi::id::Pid;
use proc_abi::status::ProcessStatus;
use runtime::Error;
use runtime::file::directory::Directory;

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
