//! `watch`.
//!
//! Decides the length of what is watched: as given, else that of the symbol, else eight bytes. Neighbours: `watchpoint`
//! keeps them, `control` gives them to the processor.

use super::table::Verb;
use super::usage_error;
use crate::error::{Error, Result};
use crate::expression;
use crate::session::Session;
use crate::target::Target;
use crate::watchpoint::{self, Watchpoint};
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn watch_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            return Err(usage_error(Verb::Watch));
        }
        let (address, rest) = expression::evaluate_prefix(rest, self)?;
        let length = if rest.is_empty() { self.natural_length(address) } else { expression::evaluate(rest, self)? };
        watchpoint::check(address, length)?;
        self.watchpoints.check_room()?;
        let value = match self.read_value(address, usize::try_from(length).unwrap_or(8)) {
            Ok(value) => Some(value),
            Err(error) if self.process.is_some() => return Err(error),
            // Data without bytes in the file: zero once the program runs.
            Err(_) => None,
        };
        if self.process.is_none() && self.program.symbols.place(address).is_none() {
            return Err(Error::no_process());
        }
        let number = self.breakpoints.number();
        self.watchpoints.add(Watchpoint { number, address, length, value, hits: 0 });
        self.watchpoints_changed();
        let place = self.place(address);
        self.say(format_args!("Watchpoint {number}, {length} bytes at {place}"));
        Ok(())
    }

    fn natural_length(&self, address: u64) -> u64 {
        let symbol = self.program.symbols.place(address).filter(|place| place.offset == 0);
        let size = symbol.map_or(8, |place| place.symbol.size);
        if matches!(size, 1 | 2 | 4) { size } else { 8 }
    }

    /// Threads get the new set before they run again.
    pub(super) fn watchpoints_changed(&mut self) {
        if let Some(process) = &mut self.process {
            process.watch_changed = true;
        }
    }
}
