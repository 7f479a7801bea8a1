//! How a process comes under the server: fork and TRACE_ME, or ATTACH.
//!
//! Decides the order in which files are opened, and that a child whose exec fails exits with the error's number. Main
//! functions: [`start`], [`attach`]. Neighbour: `open` keeps what they open.

use super::open::{Kinship, Open};
use core::convert::Infallible;
use gdbserver::system::{Change, Launch, Stop};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::SigSet;
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};
use runtime::proc::{Control, after_exec};
use runtime::process::execute::{Prepared, Strings};
use runtime::process::trace::trace_me;
use runtime::process::wait::{wait_for_death, wait6};
use runtime::process::{Fork, exit, fork};
use runtime::{Error, Result, signal};

/// Starts a program in a traced child and waits for the stop at the end of its exec.
pub(super) fn start(launch: &Launch) -> Result<(Open, Stop)> {
    let path = launch.arguments.first().ok_or(Error::EINVAL)?;
    let arguments = Strings::from_strings(&launch.arguments)?;
    let variables = Strings::from_strings(&launch.variables)?;
    let prepared = Prepared::new(path, &arguments, &variables)?;
    let pid = match fork()? {
        Fork::Parent(pid) => pid,
        Fork::Child => {
            let Err(error) = become_target(&prepared);
            exit(i32::try_from(error.number()).unwrap_or(-1))
        }
    };
    wait_for_exec(pid)?;
    let open = Open::new(pid, Kinship::Child, Control::open(pid)?)?;
    let stop = first_stop(&open)?;
    Ok((open, stop))
}

/// In the child.
fn become_target(prepared: &Prepared<'_>) -> Result<Infallible> {
    signal::set_mask(SigSet::EMPTY)?;
    trace_me()?;
    prepared.execute()
}

/// Waits until the child has stopped behind its exec, without collecting the stop: that is for the event file. A child
/// that exits instead has the number of exec's error as its status.
fn wait_for_exec(pid: Pid) -> Result<()> {
    let options = WaitOptions::EXITED | WaitOptions::TRAPPED | WaitOptions::NOWAIT;
    loop {
        let (waited, _) = match wait6(IdType::Pid, pid.raw(), options) {
            Err(Error::EINTR) => continue,
            other => other?,
        };
        match waited.map(|waited| waited.status) {
            Some(WaitStatus::Stopped(_)) => return Ok(()),
            Some(WaitStatus::Exited(status)) => {
                let _ = wait_for_death(pid);
                return Err(Error::from_number(u32::try_from(status).unwrap_or(0)));
            }
            Some(WaitStatus::Killed(_) | WaitStatus::Dumped(_)) => {
                let _ = wait_for_death(pid);
                return Err(Error::EINTR);
            }
            Some(WaitStatus::Continued) | None => {}
        }
    }
}

/// Attaches to a process and waits for the stop that this makes.
pub(super) fn attach(pid: Pid) -> Result<(Open, Stop)> {
    let control = after_exec(pid, || {
        let control = Control::open(pid)?;
        control.request(Request::Attach, 0, 0, 0)?;
        Ok(control)
    })?;
    let open = Open::new(pid, Kinship::Stranger, control)?;
    let stop = first_stop(&open)?;
    Ok((open, stop))
}

fn first_stop(open: &Open) -> Result<Stop> {
    match open.wait()? {
        Change::Stopped(stop) => Ok(stop),
        Change::Exited(_) | Change::Killed(_) => Err(Error::ESRCH),
    }
}
