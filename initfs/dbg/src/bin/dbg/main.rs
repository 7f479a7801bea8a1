//! dbg, the native debugger: `dbg PROGRAM [ARG]...` or `dbg -p PID`.
//!
//! Decides the order of things: options, script, then lines until there are no more. Neighbours: the library beside this is
//! the debugger; `process` is its target over the files under `proc:`, `lines` reads the commands. Manual: docs/dbg.md.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod files;
mod interrupt;
mod lines;
mod process;

use alloc::vec::Vec;
use core::fmt;
use dbg::options::{HELP, Options, Subject, USAGE};
use dbg::{Error, Flow, Session};
use lines::Lines;
use process::Process;
use runtime::environment;
use runtime::io::{self, STANDARD_OUTPUT};
use runtime::{eprint, eprintln, print};

runtime::entry!(main);

/// Exit status of a command line that makes no sense.
const USAGE_STATUS: i32 = 2;

/// Standard output, a formatted line at a time.
#[derive(Debug)]
struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_fmt(format_args!("{text}"))
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        io::print(STANDARD_OUTPUT, arguments);
        Ok(())
    }
}

fn main() -> i32 {
    let mut arguments = Vec::new();
    for argument in environment::arguments().skip(1) {
        let Ok(argument) = core::str::from_utf8(argument) else {
            eprintln!("dbg: expected arguments in UTF-8");
            return USAGE_STATUS;
        };
        arguments.push(argument);
    }
    match Options::read(arguments) {
        Some(Options::Help) => {
            print!("{HELP}");
            0
        }
        Some(Options::Debug { subject, script }) => debug(subject, script.as_deref()),
        None => {
            eprint!("{USAGE}\n");
            USAGE_STATUS
        }
    }
}

fn debug(subject: Subject, script: Option<&str>) -> i32 {
    if let Err(error) = interrupt::listen() {
        eprintln!("dbg: cannot handle Ctrl-C: {error}");
    }
    let mut session = Session::new(Process::default(), Output);
    let mut lines = Lines::new();
    if let Err(error) = begin(&mut session, &mut lines, subject, script) {
        eprintln!("dbg: {error}");
        return 1;
    }
    while let Some(line) = lines.next() {
        if session.line(&line) == Flow::Quit {
            return 0;
        }
    }
    session.end();
    0
}

fn begin(
    session: &mut Session<Process, Output>,
    lines: &mut Lines,
    subject: Subject,
    script: Option<&str>,
) -> Result<(), Error> {
    match subject {
        Subject::Nothing => {}
        Subject::Program(name, arguments) => {
            let path = files::find_program(&name)?;
            session.load(&path, arguments)?;
        }
        Subject::Process(pid) => session.attach(pid)?,
    }
    if let Some(script) = script {
        lines.add_script(&files::read_text(script)?);
    }
    Ok(())
}
