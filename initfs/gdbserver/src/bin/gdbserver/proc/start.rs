//! How a process comes under the server, and its first stop.
//!
//! Decides the order in which files are opened. Main functions: [`start`], [`attach`]. Neighbours: `runtime::proc::launch` (the
//! child), `open` keeps what is opened here.

use super::open::{Kinship, Open};
use gdbserver::system::{Change, Launch, Stop};
use proc_abi::id::Pid;
use runtime::proc::{Control, launch};
use runtime::process::execute::{Prepared, Strings};
use runtime::{Error, Result};

/// Starts a program in a traced child and waits for the stop at the end of its exec.
pub(super) fn start(order: &Launch) -> Result<(Open, Stop)> {
    let path = order.arguments.first().ok_or(Error::EINVAL)?;
    let arguments = Strings::from_strings(&order.arguments)?;
    let variables = Strings::from_strings(&order.variables)?;
    let prepared = Prepared::new(path, &arguments, &variables)?;
    let pid = launch::start_traced(&prepared, &[])?;
    stopped(Open::new(pid, Kinship::Child, Control::open(pid)?)?)
}

/// Attaches to a process and waits for the stop that this makes.
pub(super) fn attach(pid: Pid) -> Result<(Open, Stop)> {
    stopped(Open::new(pid, Kinship::Stranger, launch::attach(pid)?)?)
}

fn stopped(mut open: Open) -> Result<(Open, Stop)> {
    match open.wait()? {
        Change::Stopped(stop) => Ok((open, stop)),
        Change::Exited(_) | Change::Killed(_) => Err(Error::ESRCH),
    }
}
