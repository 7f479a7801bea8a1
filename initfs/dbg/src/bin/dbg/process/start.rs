//! How a process comes under the debugger, and the files that are opened of it.
//!
//! Decides the order in which files are opened. Main functions: [`start`], [`attach`]. Neighbours: `runtime::proc::launch` (the
//! child), `process` keeps what is opened here.

use super::event::Events;
use super::{Kinship, Open};
use crate::interrupt;
use alloc::string::String;
use alloc::vec::Vec;
use dbg::target::Event;
use proc_abi::id::Pid;
use runtime::proc::Control;
use runtime::proc::launch;
use runtime::proc::run::Run;
use runtime::proc::state::Memory;
use runtime::process::execute::{Prepared, Strings};
use runtime::{Result, environment};

/// Starts `program` in a traced child and waits for the stop at the end of its exec.
pub(super) fn start(program: &str, arguments: &[String]) -> Result<(Open, Event)> {
    let mut strings = Strings::new();
    strings.push(program)?;
    for argument in arguments {
        strings.push(argument)?;
    }
    let variables = Strings::from_strings(environment::variables())?;
    let prepared = Prepared::new(program, &strings, &variables)?;
    let pid = launch::start_traced(&prepared, &interrupt::CHANGED)?;
    stopped(pid, Kinship::Child, Control::open(pid)?)
}

/// Attaches to a process and waits for the stop that this makes.
pub(super) fn attach(pid: Pid) -> Result<(Open, Event)> {
    stopped(pid, Kinship::Stranger, launch::attach(pid)?)
}

fn stopped(pid: Pid, kinship: Kinship, control: Control) -> Result<(Open, Event)> {
    let events = Events::open(pid)?;
    let run = Run::open(pid)?;
    let memory = Memory::open(pid)?;
    let mut open = Open { pid, kinship, control, events, run, memory, reporter: None, registers: Vec::new() };
    let event = open.events.next_stop()?;
    let event = open.told(event);
    Ok((open, event))
}
