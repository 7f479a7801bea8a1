//! `help`.
//!
//! Decides nothing: the table has the texts. Neighbour: `command::table`.

use super::table::{self, TABLE};
use crate::error::Result;
use crate::session::Session;
use crate::target::Target;
use alloc::string::String;
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn help_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            for row in &TABLE {
                self.say(format_args!("{:<11} {}", row.names.first().unwrap_or(&""), row.help));
            }
            self.say(format_args!("An empty line repeats step, next and x. 'help COMMAND' tells more."));
            return Ok(());
        }
        let verb = table::find(rest)?;
        let Some(row) = table::row_of(verb) else { return Ok(()) };
        self.say(format_args!("{}", row.usage));
        self.say(format_args!("    {}", row.help));
        let mut short = String::new();
        for name in row.names.iter().skip(1) {
            short.push_str(if short.is_empty() { "" } else { ", " });
            short.push_str(name);
        }
        if !short.is_empty() {
            self.say(format_args!("    short: {short}"));
        }
        Ok(())
    }
}
