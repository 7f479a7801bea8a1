//! `disassemble`.
//!
//! Decides how much: the whole function around an address, or as many instructions as were asked for. Neighbours:
//! `disassembly` decodes, `command::examine` prints.

use crate::error::{Error, Result};
use crate::expression;
use crate::format::COUNT_MAX;
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use core::fmt;

/// How many instructions are shown where no function says how many there are.
const COUNT_DEFAULT: usize = 10;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn disassemble_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            let pc = self.registers()?.rip;
            return self.disassemble_around(pc);
        }
        let (address, rest) = match self.program.symbols.find(rest) {
            Ok(symbol) => (symbol.address, ""),
            Err(_) => expression::evaluate_prefix(rest.strip_prefix('*').unwrap_or(rest), self)?,
        };
        if rest.is_empty() {
            return self.disassemble_around(address);
        }
        let count = expression::evaluate(rest, self)?;
        let count = usize::try_from(count).ok().filter(|&count| count <= COUNT_MAX);
        let count = count.ok_or_else(|| Error::expected(&format!("a COUNT up to {COUNT_MAX}"), rest))?;
        self.show_instructions(address, count).map(drop)
    }

    fn disassemble_around(&mut self, address: u64) -> Result<()> {
        let Some(function) = self.program.symbols.place(address).map(|place| place.symbol.clone()) else {
            return self.show_instructions(address, COUNT_DEFAULT).map(drop);
        };
        if function.size == 0 {
            return self.show_instructions(address, COUNT_DEFAULT).map(drop);
        }
        self.say(format_args!("{}:", function.name));
        let mut at = function.address;
        while at < function.address.saturating_add(function.size) {
            // The name is the same in each line: the offset alone leaves room for the instruction.
            let label = format!("{at:#x} <+{}>", at.wrapping_sub(function.address));
            at = self.show_instruction(at, &label)?;
        }
        Ok(())
    }
}
