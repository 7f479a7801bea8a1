//! How a process comes under a debugger: fork and TRACE_ME, or ATTACH.
//!
//! Decides that a child whose exec fails exits with the error's number, so that whoever started it is told the error, and
//! that the stop behind exec is left to the `event` file. Main functions: [`start_traced`], [`attach`]. Neighbours:
//! `process::execute`, `process::trace`, `proc` ([`Control`]), the programs dbg and gdbserver.

use super::{Control, after_exec};
use crate::error::{Error, Result};
use crate::process::execute::Prepared;
use crate::process::trace::trace_me;
use crate::process::wait::{wait_for_death, wait6};
use crate::process::{Fork, exit, fork};
use crate::signal::{self, SignalAction};
use core::convert::Infallible;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SigSet, Signal};
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};

/// Starts a program in a traced child and waits until it has stopped behind its exec, without collecting that stop. The
/// child has the default actions of the signals `given_back` and an empty mask.
///
/// # Errors
/// As fork and exec fail.
pub fn start_traced(prepared: &Prepared<'_>, given_back: &[Signal]) -> Result<Pid> {
    match fork()? {
        Fork::Parent(pid) => wait_for_exec(pid).map(|()| pid),
        Fork::Child => {
            let Err(error) = become_target(prepared, given_back);
            exit(i32::try_from(error.number()).unwrap_or(-1))
        }
    }
}

fn become_target(prepared: &Prepared<'_>, given_back: &[Signal]) -> Result<Infallible> {
    for &signal in given_back {
        signal::set_action(signal, SignalAction::Default)?;
    }
    signal::set_mask(SigSet::EMPTY)?;
    trace_me()?;
    prepared.execute()
}

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

/// Attaches to a process; the stop that this makes is still to come.
///
/// # Errors
/// As ATTACH is refused.
pub fn attach(pid: Pid) -> Result<Control> {
    after_exec(pid, || {
        let control = Control::open(pid)?;
        control.request(Request::Attach, 0, 0, 0)?;
        Ok(control)
    })
}
