//! `print`.
//!
//! Decides what is shown of a value without a format: decimal, hexadecimal, and the symbol it may be an address in.
//! Neighbours: `expression` computes, `format` words.

use super::table::Verb;
use super::usage_error;
use crate::error::Result;
use crate::expression;
use crate::format::{self, Format, Shape};
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use alloc::string::String;
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn print_command(&mut self, format: Format, rest: &str) -> Result<()> {
        if rest.is_empty() || format.count.is_some() || matches!(format.shape, Some(Shape::Text | Shape::Instruction)) {
            return Err(usage_error(Verb::Print));
        }
        let value = expression::evaluate(rest, self)?;
        let size = format.size.unwrap_or(8);
        match format.shape {
            Some(Shape::Address) => {
                let place = self.place(value);
                self.say(format_args!("{place}"));
            }
            Some(shape) => self.say(format_args!("{}", format::value(shape, size, value))),
            None => {
                let place = match self.program.symbols.place(value) {
                    Some(place) => format!(" <{place}>"),
                    None => String::new(),
                };
                let signed = value.cast_signed();
                self.say(format_args!("{signed} ({value:#x}){place}"));
            }
        }
        Ok(())
    }
}
