//! The command line: `dbg PROGRAM [ARG]...`, `dbg -p PID`, `-x SCRIPT`, `--help`.
//!
//! Decides what was asked for. Main type: [`Options`]. Neighbour: the binary.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proc_abi::id::Pid;

/// What is debugged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Nothing yet: only the help is of use.
    Nothing,
    /// A program with its arguments.
    Program(String, Vec<String>),
    /// A process.
    Process(Pid),
}

/// A command line that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Options {
    /// Print the help.
    Help,
    /// Debug.
    Debug {
        /// What.
        subject: Subject,
        /// File of commands to begin with.
        script: Option<String>,
    },
}

/// What `--help` prints.
pub const HELP: &str = "\
Usage: dbg [-x SCRIPT] PROGRAM [ARG]...
       dbg [-x SCRIPT] -p PID

Debugs a program: stops it, shows and changes its registers and memory, and lets
it run on.
  -p PID      take a process that runs already
  -x SCRIPT   begin with the commands of a file
  --help      this text
Commands come from the terminal or a pipe; 'help' lists them. quit kills what
run started and lets go what ran before.
";

/// One line for a command line that does not.
pub const USAGE: &str = "dbg: expected [-x SCRIPT] PROGRAM [ARG]... or [-x SCRIPT] -p PID; see dbg --help";

impl Options {
    /// Reads the arguments behind the program's name; none if they make no sense.
    #[must_use]
    pub fn read<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let mut script = None;
        loop {
            let subject = match arguments.next() {
                None => Subject::Nothing,
                Some("-h" | "--help") => return Some(Self::Help),
                Some("-x") => {
                    script = Some(arguments.next()?.to_string());
                    continue;
                }
                Some("-p") => {
                    let pid = Pid::new(arguments.next()?.parse().ok()?)?;
                    // A script may follow.
                    match (arguments.next(), arguments.next()) {
                        (None, _) => {}
                        (Some("-x"), Some(file)) => script = Some(file.to_string()),
                        _ => return None,
                    }
                    if arguments.next().is_some() {
                        return None;
                    }
                    Subject::Process(pid)
                }
                Some("--") => Subject::Program(arguments.next()?.to_string(), rest(&mut arguments)),
                Some(option) if option.starts_with('-') => return None,
                Some(program) => Subject::Program(program.to_string(), rest(&mut arguments)),
            };
            return Some(Self::Debug { subject, script });
        }
    }
}

fn rest<'a>(arguments: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
    arguments.map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::{Options, Subject};
    use proc_abi::id::Pid;

    fn read(line: &str) -> Option<Options> {
        Options::read(line.split_whitespace())
    }

    #[test]
    fn programs_and_processes_are_named() {
        let program = Subject::Program("/bin/ls".into(), vec!["-l".into()]);
        assert_eq!(read("/bin/ls -l"), Some(Options::Debug { subject: program.clone(), script: None }));
        assert_eq!(read("-x s /bin/ls -l"), Some(Options::Debug { subject: program, script: Some("s".into()) }));
        let process = Subject::Process(Pid::new(7).unwrap());
        assert_eq!(read("-p 7"), Some(Options::Debug { subject: process.clone(), script: None }));
        assert_eq!(read("-p 7 -x s"), Some(Options::Debug { subject: process, script: Some("s".into()) }));
        assert_eq!(read(""), Some(Options::Debug { subject: Subject::Nothing, script: None }));
        assert_eq!(read("--help"), Some(Options::Help));
    }

    #[test]
    fn senseless_lines_are_refused() {
        for wrong in ["-p", "-p x", "-p 0", "-p 7 more", "-p 7 -x s more", "-x", "--frob", "--"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
