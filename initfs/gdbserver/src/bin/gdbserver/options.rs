//! The command line.
//!
//! Decides its grammar. Main types: [`Options`], [`Subject`]. Neighbour: `main`.

use alloc::vec::Vec;

/// What is printed when it makes no sense.
pub(crate) const USAGE: &str = "usage: gdbserver [PROGRAM [ARG]...]
       gdbserver [--attach PID|NAME] [--beside PROGRAM [ARG]...]
Serves GDB on the second serial port: a program that it starts, a process that
runs, or whatever the client asks for; beside a program that runs on its own.
";

/// Whom it serves from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Nobody: the client will say.
    Nothing,
    /// A new process.
    Program(Vec<Vec<u8>>),
    /// A process by its id or name.
    Process(Vec<u8>),
}

/// What it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// A program that runs in place of this one, which goes on in a child.
    pub(crate) beside: Option<Vec<Vec<u8>>>,
    /// Whom to serve.
    pub(crate) subject: Subject,
}

/// Reads the arguments.
pub(crate) fn read(mut arguments: Vec<Vec<u8>>) -> Option<Options> {
    let mut subject = Subject::Nothing;
    if arguments.first().is_some_and(|option| option == b"--attach") {
        let mut rest = arguments.split_off(1);
        arguments = if rest.len() > 1 { rest.split_off(1) } else { Vec::new() };
        subject = Subject::Process(rest.pop()?);
    }
    match arguments.first().map(Vec::as_slice) {
        None => Some(Options { beside: None, subject }),
        Some(b"--beside") if arguments.len() > 1 => Some(Options { beside: Some(arguments.split_off(1)), subject }),
        Some(option) if option.starts_with(b"-") || subject != Subject::Nothing => None,
        Some(_) => Some(Options { beside: None, subject: Subject::Program(arguments) }),
    }
}
