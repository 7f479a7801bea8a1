//! What the small programs share: reading their command lines, and telling what was wrong with them.
//!
//! Decides that every program knows `--help`, that `--` ends the options, and that a mistake is answered by one line with
//! what was expected and exit status 2. Main types: [`Tool`], [`Line`]. Neighbours: the programs in src/bin.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod duration;
pub mod listing;
pub mod successor;

use alloc::vec::Vec;
use runtime::Error;

/// Exit status of a program that was called wrongly.
pub const MISUSE: i32 = 2;

/// A program: what its messages start with, and what `--help` says.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its arguments, as in `[-l] [FILE]...`.
    pub usage: &'static str,
    /// One line about what it does.
    pub summary: &'static str,
    /// The letters of its options.
    pub options: &'static str,
}

/// A command line, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The letters of the options that were given.
    pub options: Vec<u8>,
    /// The arguments that are no options.
    pub operands: Vec<&'a [u8]>,
}

impl Line<'_> {
    /// Whether an option was given.
    #[must_use]
    pub fn has(&self, option: u8) -> bool {
        self.options.contains(&option)
    }
}

/// A command line that is not to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// It asks for help.
    Help,
    /// It has an option that the program does not know.
    Unknown(&'a [u8]),
}

impl Tool {
    /// Reads the arguments that follow the program's name.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn parse<'a>(&self, arguments: impl Iterator<Item = &'a [u8]>) -> Result<Line<'a>, Refusal<'a>> {
        let mut line = Line::default();
        let mut only_operands = false;
        for argument in arguments {
            match argument.strip_prefix(b"-") {
                _ if only_operands => line.operands.push(argument),
                Some(b"-") => only_operands = true,
                Some(b"-help") => return Err(Refusal::Help),
                Some(letters) if !letters.is_empty() => {
                    if !letters.iter().all(|letter| self.options.as_bytes().contains(letter)) {
                        return Err(Refusal::Unknown(argument));
                    }
                    line.options.extend_from_slice(letters);
                }
                _ => line.operands.push(argument),
            }
        }
        Ok(line)
    }

    /// Reads this program's own command line, or answers it and ends.
    #[must_use]
    pub fn line(&self) -> Line<'static> {
        match self.parse(runtime::environment::arguments().skip(1)) {
            Ok(line) => line,
            Err(Refusal::Help) => self.help(),
            Err(Refusal::Unknown(option)) => {
                runtime::eprintln!("{}: unknown option {}; {}", self.name, option.escape_ascii(), self.expected());
                runtime::process::exit(MISUSE)
            }
        }
    }

    /// As [`Tool::line`], for a program that does nothing without a name.
    #[must_use]
    pub fn line_with_names(&self) -> Line<'static> {
        let line = self.line();
        if line.operands.is_empty() {
            self.misuse("it needs a name");
        }
        line
    }

    /// Answers `--help`, and ends.
    pub fn help(&self) -> ! {
        runtime::println!("{}\n{}", self.expected(), self.summary);
        runtime::process::exit(0)
    }

    /// Does something with each of several names; one that fails is told and does not keep the next from its turn. The exit
    /// status: 1 if any failed.
    pub fn each<'a>(
        &self,
        names: impl IntoIterator<Item = &'a [u8]>,
        mut work: impl FnMut(&'a [u8]) -> Result<(), Error>,
    ) -> i32 {
        let mut status = 0;
        for name in names {
            if let Err(error) = work(name) {
                self.complain(name, error);
                status = 1;
            }
        }
        status
    }

    /// Tells that the command line is wrong, and ends.
    pub fn misuse(&self, why: &str) -> ! {
        runtime::eprintln!("{}: {why}; {}", self.name, self.expected());
        runtime::process::exit(MISUSE)
    }

    /// Tells what failed with which file.
    pub fn complain(&self, about: &[u8], error: Error) {
        runtime::eprintln!("{}: {}: {error}", self.name, about.escape_ascii());
    }

    fn expected(&self) -> impl core::fmt::Display {
        let blank = if self.usage.is_empty() { "" } else { " " };
        core::fmt::from_fn(move |formatter| write!(formatter, "usage: {}{blank}{}", self.name, self.usage))
    }
}

/// The path of a name in a directory.
#[must_use]
pub fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = directory.to_vec();
    if !path.ends_with(b"/") && !path.ends_with(b":") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Tool};

    const TOOL: Tool = Tool { name: "ls", usage: "[-la] [FILE]...", summary: "lists", options: "la" };

    fn parse<'a>(arguments: &[&'a str]) -> Result<(String, Vec<&'a [u8]>), Refusal<'a>> {
        let line = TOOL.parse(arguments.iter().map(|argument| argument.as_bytes()))?;
        Ok((String::from_utf8(line.options).expect("letters"), line.operands))
    }

    #[test]
    fn options_and_operands_are_told_apart() {
        assert_eq!(parse(&["-l", "x", "-a", "y"]), Ok(("la".to_owned(), vec![&b"x"[..], b"y"])));
        assert_eq!(parse(&["-al"]), Ok(("al".to_owned(), vec![])));
        assert_eq!(parse(&["-", "--", "-l"]), Ok((String::new(), vec![&b"-"[..], b"-l"])));
    }

    #[test]
    fn help_and_unknown_options_are_refusals() {
        assert_eq!(parse(&["x", "--help"]), Err(Refusal::Help));
        assert_eq!(parse(&["-lx"]), Err(Refusal::Unknown(b"-lx")));
        assert_eq!(parse(&["--long"]), Err(Refusal::Unknown(b"--long")));
    }
}
