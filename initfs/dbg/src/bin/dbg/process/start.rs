//! How a process comes under the debugger: fork and TRACE_ME, or ATTACH.
//!
//! Decides the order in which files are opened, and that a child whose exec fails exits with the error's number. Main
//! functions: [`start`], [`attach`]. Neighbour: `process` keeps what they open.

use super::event::Events;
use super::{Kinship, Open, open_memory};
use crate::interrupt;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use dbg::target::Event;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::SigSet;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::proc::{Control, after_exec};
use runtime::process::execute::{Prepared, Strings};
use runtime::process::trace::trace_me;
use runtime::process::wait::{Waited, Who, wait};
use runtime::process::{Fork, exit, fork};
use runtime::signal::{self, SignalAction};
use runtime::{Error, Result, environment};

/// Starts `program` in a traced child and waits for the stop at the end of its exec.
pub(super) fn start(program: &str, arguments: &[String]) -> Result<(Open, Event)> {
    let mut strings = Strings::new();
    strings.push(program)?;
    for argument in arguments {
        strings.push(argument)?;
    }
    let variables = Strings::from_strings(environment::variables())?;
    let prepared = Prepared::new(program, &strings, &variables)?;
    let pid = match fork()? {
        Fork::Parent(pid) => pid,
        Fork::Child => {
            let Err(error) = become_target(&prepared);
            exit(i32::try_from(error.number()).unwrap_or(-1))
        }
    };
    wait_for_exec(pid)?;
    let open = open_all(pid, Kinship::Child, Control::open(pid)?)?;
    let event = open.events.next_stop()?;
    Ok((open, event))
}

fn become_target(prepared: &Prepared<'_>) -> Result<Infallible> {
    for signal in interrupt::CHANGED {
        signal::set_action(signal, SignalAction::Default)?;
    }
    signal::set_mask(SigSet::EMPTY)?;
    trace_me()?;
    prepared.execute()
}

/// Waits until the child has stopped behind its exec, without collecting the stop: that is for the event file. A child
/// that exits instead has the number of exec's error as its status.
fn wait_for_exec(pid: Pid) -> Result<()> {
    let kinds = WaitOptions::EXITED | WaitOptions::TRAPPED;
    loop {
        let (waited, _) = match wait6_of(pid, kinds | WaitOptions::NOWAIT) {
            Err(Error::EINTR) => continue,
            other => other?,
        };
        match waited.map(|waited| waited.status) {
            Some(WaitStatus::Stopped(_)) => return Ok(()),
            Some(WaitStatus::Exited(status)) => {
                let _ = wait(Who::Process(pid), WaitOptions::empty());
                return Err(Error::from_number(u32::try_from(status).unwrap_or(0)));
            }
            Some(WaitStatus::Killed(_) | WaitStatus::Dumped(_)) => {
                let _ = wait(Who::Process(pid), WaitOptions::empty());
                return Err(Error::EINTR);
            }
            Some(WaitStatus::Continued) | None => {}
        }
    }
}

fn wait6_of(pid: Pid, options: WaitOptions) -> Result<(Option<Waited>, proc_abi::siginfo::SigInfo)> {
    runtime::process::wait::wait6(proc_abi::wait::IdType::Pid, pid.raw(), options)
}

/// Attaches to a process and waits for the stop that this makes.
pub(super) fn attach(pid: Pid) -> Result<(Open, Event)> {
    let control = after_exec(pid, || {
        let control = Control::open(pid)?;
        control.request(Request::Attach, 0, 0, 0)?;
        Ok(control)
    })?;
    let open = open_all(pid, Kinship::Stranger, control)?;
    let event = open.events.next_stop()?;
    Ok((open, event))
}

fn open_all(pid: Pid, kinship: Kinship, control: Control) -> Result<Open> {
    let events = Events::open(pid)?;
    let memory = open_memory(pid)?;
    Ok(Open { pid, kinship, control, events, memory, registers: Vec::new() })
}
