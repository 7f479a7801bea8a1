//! How the program that is traced comes to be: a child that waits at a gate until it is traced, then executes.
//!
//! Decides that a child whose tracer dies before it opens the gate
//! ends. Main type: [`Started`]. Neighbours: `target` attaches to the child, `leave` has the signals it gets back.

use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use proc_abi::signal::SigSet;
use runtime::file::{CloseOnExec, File, pipe};
use runtime::process::command::find_program;
use runtime::process::execute::{Prepared, Strings};
use runtime::process::{Fork, Pid, exit, fork};
use runtime::signal::{self, SignalAction};
use runtime::{Error, Result, environment, eprintln};

use crate::leave::CAUGHT;

/// The status of a program that is not there, or cannot be executed, as the shell has it.
pub(crate) fn status_of(error: Error) -> i32 {
    if matches!(error, Error::ENOENT | Error::ENOTDIR | Error::ENODEV) { 127 } else { 126 }
}

/// A child that waits at the gate.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) pid: Pid,
    gate: File,
}

impl Started {
    /// Makes the child.
    pub(crate) fn new(program: &[String]) -> Result<Self> {
        let path: Vec<u8> = find_program(program.first().map_or(&b""[..], |name| name.as_bytes()))?;
        let arguments = Strings::from_strings(program)?;
        let variables = Strings::from_strings(environment::variables())?;
        let prepared = Prepared::new(&path, &arguments, &variables)?;
        let (gate, inside) = pipe::pair()?;
        inside.set_close_on_exec(CloseOnExec::Yes)?;
        match fork()? {
            Fork::Parent(pid) => Ok(Self { pid, gate }),
            Fork::Child => {
                drop(gate);
                let Err(error) = execute(&inside, &prepared);
                eprintln!("trace: {}: {error}", String::from_utf8_lossy(&path));
                exit(status_of(error))
            }
        }
    }

    /// Lets the child through.
    pub(crate) fn open(self) -> Result<()> {
        self.gate.write_all(&[0])
    }
}

fn execute(gate: &File, prepared: &Prepared<'_>) -> Result<Infallible> {
    for signal in CAUGHT {
        signal::set_action(signal, SignalAction::Default)?;
    }
    signal::set_mask(SigSet::EMPTY)?;
    loop {
        match gate.read(&mut [0]) {
            Ok(0) => return Err(Error::EPIPE),
            Ok(_) => return prepared.execute(),
            Err(Error::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}
