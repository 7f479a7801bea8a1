//! `break`, `tbreak`, `delete`; and the places that several commands take.
//!
//! Decides where a breakpoint of a function stands: behind the instructions that set up its frame, so that a backtrace
//! from there is whole. Neighbours: `breakpoint` keeps them, `command::watch` shares `delete`, `command::step` the places.

use super::table::Verb;
use super::usage_error;
use crate::breakpoint::Life;
use crate::error::{Error, Result};
use crate::expression;
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use alloc::string::ToString;
use core::fmt;

/// How functions begin: `endbr64` where there is one, `push rbp`, `mov rbp, rsp` in either encoding.
const ENDBR64: [u8; 4] = [0xf3, 0x0f, 0x1e, 0xfa];
const FRAMES: [[u8; 4]; 2] = [[0x55, 0x48, 0x89, 0xe5], [0x55, 0x48, 0x8b, 0xec]];

/// The length of the instructions at the start of `code` that set up a frame.
fn prologue(code: &[u8]) -> u64 {
    let (marked, code) = match code.strip_prefix(&ENDBR64) {
        Some(rest) => (4_u64, rest),
        None => (0, code),
    };
    if FRAMES.iter().any(|frame| code.starts_with(frame)) { marked.saturating_add(4) } else { 0 }
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn break_command(&mut self, rest: &str) -> Result<()> {
        self.add_breakpoint(Verb::Break, Life::Permanent, rest)
    }

    pub(super) fn tbreak_command(&mut self, rest: &str) -> Result<()> {
        self.add_breakpoint(Verb::TemporaryBreak, Life::Temporary, rest)
    }

    fn add_breakpoint(&mut self, verb: Verb, life: Life, rest: &str) -> Result<()> {
        if rest.is_empty() {
            return Err(usage_error(verb));
        }
        let address = self.location(rest)?;
        self.instruction(address)?;
        let number = self.breakpoints.add(address, life, rest.to_string());
        let kind = if life == Life::Temporary { "Temporary breakpoint" } else { "Breakpoint" };
        let place = self.place(address);
        self.say(format_args!("{kind} {number} at {place}"));
        Ok(())
    }

    /// The address of `*EXPRESSION`, or of a function behind its prologue.
    pub(crate) fn location(&mut self, text: &str) -> Result<u64> {
        if let Some(expression) = text.strip_prefix('*') {
            return expression::evaluate(expression, self);
        }
        let Ok(symbol) = self.program.symbols.find(text).cloned() else {
            // Not one symbol alone: an expression of symbols, or its error.
            return if text.starts_with(|first: char| first.is_ascii_digit() || first == '$') {
                Err(Error::expected("SYMBOL or *ADDRESS", text))
            } else {
                expression::evaluate(text, self)
            };
        };
        let mut code = [0; 8];
        let count = self.read(symbol.address, &mut code);
        Ok(symbol.address.wrapping_add(prologue(code.get(..count).unwrap_or_default())))
    }

    pub(super) fn delete_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            self.breakpoints.clear();
            self.watchpoints.clear();
            self.watchpoints_changed();
            return Ok(());
        }
        for word in rest.split_whitespace() {
            let number = word.parse().map_err(|_| Error::expected("the number of a breakpoint", word))?;
            if self.watchpoints.remove(number) {
                self.watchpoints_changed();
            } else if !self.breakpoints.remove(number) {
                return Err(Error::new(format!("there is no breakpoint {number}")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::prologue;

    #[test]
    fn prologues_are_recognised() {
        assert_eq!(prologue(&[0x55, 0x48, 0x89, 0xe5, 0x90]), 4);
        assert_eq!(prologue(&[0x55, 0x48, 0x8b, 0xec]), 4);
        assert_eq!(prologue(&[0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5]), 8);
        assert_eq!(prologue(&[0xf3, 0x0f, 0x1e, 0xfa, 0x90]), 0);
        assert_eq!(prologue(&[0x55]), 0);
        assert_eq!(prologue(&[]), 0);
    }
}
