//! The command line.
//!
//! Decides its grammar. Main types: [`Options`], [`Subject`], [`Place`]. Neighbour: `main`.

use alloc::vec::Vec;

/// What is printed when it makes no sense.
pub(crate) const USAGE: &str = "usage: gdbserver [PROGRAM [ARG]...]
       gdbserver [--attach PID|NAME] [--beside PROGRAM [ARG]...]
       gdbserver --descriptor NUMBER ...
Serves GDB on the second serial port: a program that it starts, a process that
runs, or whatever the client asks for; beside a program that runs on its own.
With --descriptor the client is at an open file of that number.
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

impl Subject {
    /// What a complaint about it begins with.
    pub(crate) fn name(&self) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Program(arguments) => arguments.first().cloned().unwrap_or_default(),
            Self::Process(name) => [b"process ", name.as_slice()].concat(),
        }
    }
}

/// Where the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the second serial port.
    Serial,
    /// At this open file.
    Descriptor(usize),
}

/// What it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Where the client is.
    pub(crate) place: Place,
    /// A program that runs in place of this one, which goes on in a child.
    pub(crate) beside: Option<Vec<Vec<u8>>>,
    /// Whom to serve.
    pub(crate) subject: Subject,
}

/// Reads the arguments.
pub(crate) fn read(mut arguments: Vec<Vec<u8>>) -> Option<Options> {
    let mut place = Place::Serial;
    if let Some(number) = value_of(&mut arguments, b"--descriptor") {
        place = Place::Descriptor(core::str::from_utf8(&number?).ok()?.parse().ok()?);
    }
    let mut subject = Subject::Nothing;
    if let Some(name) = value_of(&mut arguments, b"--attach") {
        subject = Subject::Process(name?);
    }
    match arguments.first().map(Vec::as_slice) {
        None => Some(Options { place, beside: None, subject }),
        Some(b"--beside") if arguments.len() > 1 => {
            Some(Options { place, beside: Some(arguments.split_off(1)), subject })
        }
        Some(option) if option.starts_with(b"-") || subject != Subject::Nothing => None,
        Some(_) => Some(Options { place, beside: None, subject: Subject::Program(arguments) }),
    }
}

/// Takes the option, if it comes first, and its value, if it has one.
fn value_of(arguments: &mut Vec<Vec<u8>>, option: &[u8]) -> Option<Option<Vec<u8>>> {
    if arguments.first().is_none_or(|first| first != option) {
        return None;
    }
    let mut taken = arguments.drain(..arguments.len().min(2));
    drop(taken.next());
    Some(taken.next())
}
