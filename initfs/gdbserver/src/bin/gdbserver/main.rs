//! gdbserver: GDB's remote protocol on the second serial port.
//!
//! Decides who it serves at first (nobody, a program that it starts, or a process that runs) and where bytes go. Neighbours:
//! the library beside this is the protocol; `proc` is its system over the files under `proc:`, `line` the serial port,
//! `options` the command line. Manual: docs/gdb.md.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod line;
mod options;
mod proc;

use alloc::vec::Vec;
use core::time::Duration;
use gdbserver::Engine;
use gdbserver::system::Outcome;
use line::{Line, News};
use options::{Options, Place, Subject, USAGE};
use proc::Processes;
use runtime::event::EventQueue;
use runtime::process::Pid;
use runtime::process::execute::{Prepared, Strings};
use runtime::process::{Fork, fork, identity};
use runtime::{Error, Result, environment, eprint, eprintln, time};

runtime::entry!(main);

/// How often to look for a process that is not there yet, and how long to wait between.
const PATIENCE: u32 = 3000;
const MOMENT: Duration = Duration::from_millis(10);

/// Exit status of a command line that makes no sense.
const USAGE_STATUS: i32 = 2;

fn main() -> Result<i32> {
    let arguments: Vec<Vec<u8>> = environment::arguments().skip(1).map(<[u8]>::to_vec).collect();
    let Some(Options { place, beside, subject }) = options::read(arguments) else {
        eprint!("{USAGE}");
        return Ok(USAGE_STATUS);
    };
    let patience = if beside.is_some() { PATIENCE } else { 0 };
    if let Some(program) = beside {
        become_program_beside(&program)?;
    }
    serve(place, subject, patience)
}

/// Leaves this process to the program and goes on in a child, whose process group keeps the terminal's signals away.
fn become_program_beside(program: &[Vec<u8>]) -> Result<()> {
    let path = program.first().ok_or(Error::EINVAL)?;
    let path = runtime::process::command::find_program(path)?;
    let arguments = Strings::from_strings(program)?;
    let variables = Strings::from_strings(environment::variables())?;
    let prepared = Prepared::new(&path, &arguments, &variables)?;
    match fork()? {
        Fork::Child => identity::set_process_group(0, 0),
        Fork::Parent(_) => match prepared.execute() {
            Err(error) => Err(error),
        },
    }
}

fn serve(place: Place, subject: Subject, patience: u32) -> Result<i32> {
    let queue = EventQueue::new()?;
    let mut line = Line::open(place, &queue)?;
    let mut engine = Engine::new(Processes::new(&queue), environment::variables().map(<[u8]>::to_vec).collect());
    let name = subject.name();
    let begun = match subject {
        Subject::Nothing => Ok(()),
        Subject::Program(arguments) => start(&mut engine, arguments),
        Subject::Process(name) => find(&name, patience).and_then(|pid| engine.attach(pid)),
    };
    if let Err(failure) = begun {
        let error = Error::from_number(failure.0);
        eprintln!("gdbserver: {}: {error}", name.escape_ascii());
        return Ok(1);
    }
    loop {
        let news = match engine.system().prompt() {
            Some(pid) => line.poll()?.unwrap_or(News::Process(pid)),
            None => line.wait()?,
        };
        match news {
            News::Bytes(count) => engine.receive(line.bytes(count)),
            News::Process(pid) => judge(&mut engine, pid),
        }
        // One stop that came with its order is judged at once; before the next the client is heard.
        if let Some(pid) = engine.system().prompt() {
            judge(&mut engine, pid);
        }
        line.send(engine.output())?;
        engine.output().clear();
        if let Some(status) = engine.finished() {
            return Ok(status);
        }
    }
}

/// Tells the engine what a process did, if it did something.
fn judge(engine: &mut Engine<Processes<'_>>, pid: Pid) {
    if let Some(change) = engine.system().poll(pid) {
        engine.changed(pid, change);
    }
}

/// Finds a process that the program beside is to start, or already has.
fn find(name: &[u8], patience: u32) -> Outcome<Pid> {
    for _ in 0..patience {
        if let Ok(pid) = proc::find(name) {
            return Ok(pid);
        }
        time::sleep(MOMENT).map_err(|_| proc::failure(Error::EINTR))?;
    }
    proc::find(name)
}

fn start(engine: &mut Engine<Processes<'_>>, mut arguments: Vec<Vec<u8>>) -> Outcome<()> {
    if let Some(name) = arguments.first_mut() {
        *name = runtime::process::command::find_program(name).map_err(proc::failure)?;
    }
    engine.start(arguments).map(drop)
}
