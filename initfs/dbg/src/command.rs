//! The commands: their names, and which function does each.
//!
//! Decides how a line is cut (name, letters behind a slash, the rest) and which abbreviations are understood. Main types:
//! [`Verb`], [`Outcome`]. Neighbours: `command::table` has names and help, one file per family does the work as methods
//! of [`Session`].

mod breakpoints;
mod disassemble;
pub(crate) mod examine;
mod help;
mod info;
mod memory;
mod print;
mod registers;
mod run;
mod stack;
mod step;
mod table;
mod threads;
mod watch;

use crate::error::{Error, Result};
use crate::format::Format;
use crate::session::{Flow, Session};
use crate::target::Target;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use table::Verb;

/// What a command leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether the session goes on.
    pub(crate) flow: Flow,
    /// What an empty line does next.
    pub(crate) repeat: Option<String>,
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// Does the command of a line that is not empty.
    pub(crate) fn command(&mut self, line: &str) -> Result<Outcome> {
        let end = line.find(|mark: char| mark.is_whitespace() || mark == '/').unwrap_or(line.len());
        let (name, rest) = line.split_at_checked(end).unwrap_or((line, ""));
        let verb = table::find(name)?;
        let (letters, rest) = match rest.strip_prefix('/') {
            Some(rest) => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            None => ("", rest),
        };
        if !letters.is_empty() && !verb.takes_format() {
            return Err(Error::expected(table::usage(verb), line));
        }
        let format = Format::read(letters)?;
        self.perform(verb, format, rest.trim())?;
        let flow = if verb == Verb::Quit { Flow::Quit } else { Flow::Continue };
        Ok(Outcome { flow, repeat: repeat(verb, line) })
    }

    fn perform(&mut self, verb: Verb, format: Format, rest: &str) -> Result<()> {
        match verb {
            Verb::Break => self.break_command(rest),
            Verb::TemporaryBreak => self.tbreak_command(rest),
            Verb::Delete => self.delete_command(rest),
            Verb::Watch => self.watch_command(rest),
            Verb::Run => self.run_command(rest),
            Verb::Continue => no_argument(verb, rest).and_then(|()| self.continue_command()),
            Verb::Signal => self.signal_command(rest),
            Verb::Step => self.step_command(rest),
            Verb::Next => self.next_command(rest),
            Verb::Finish => no_argument(verb, rest).and_then(|()| self.finish_command()),
            Verb::Until => self.until_command(rest),
            Verb::Detach => no_argument(verb, rest).and_then(|()| self.detach_command()),
            Verb::Kill => no_argument(verb, rest).and_then(|()| self.kill_command()),
            Verb::Registers => self.registers_command(rest),
            Verb::FloatRegisters => self.float_registers_command(rest),
            Verb::Examine => self.examine_command(format, rest),
            Verb::Set => self.set_command(format, rest),
            Verb::Print => self.print_command(format, rest),
            Verb::Disassemble => self.disassemble_command(rest),
            Verb::Backtrace => no_argument(verb, rest).and_then(|()| self.backtrace_command()),
            Verb::Threads => no_argument(verb, rest).and_then(|()| self.threads_command()),
            Verb::Thread => self.thread_command(rest),
            Verb::Maps => no_argument(verb, rest).and_then(|()| self.maps_command()),
            Verb::Info => self.info_command(rest),
            Verb::Help => self.help_command(rest),
            Verb::Quit => no_argument(verb, rest).and_then(|()| self.quit_command()),
        }
    }
}

/// Stepping and looking go on with an empty line; everything else would only surprise.
fn repeat(verb: Verb, line: &str) -> Option<String> {
    match verb {
        Verb::Step | Verb::Next => Some(line.to_string()),
        Verb::Examine => Some("x".to_string()),
        _ => None,
    }
}

fn no_argument(verb: Verb, rest: &str) -> Result<()> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!("expected '{}' alone, without '{rest}'", table::usage(verb))))
}

/// The line that says how a command is used.
fn usage_error(verb: Verb) -> Error {
    Error::expected(table::usage(verb), "")
}
