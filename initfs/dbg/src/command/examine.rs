//! `x`: memory in rows.
//!
//! Decides the rows (sixteen bytes of values with their address and symbol) and that the next `x` goes on where this one
//! ended. Main type: [`Examine`]. Neighbours: `format` words values, `code` reads without breakpoints.

use crate::error::{Error, Result};
use crate::expression;
use crate::format::{self, Format, Shape};
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// Bytes in a row.
const ROW: usize = 16;
/// Longest string that is shown.
const TEXT_MAX: usize = 256;
/// Columns of a line.
const COLUMNS: usize = 80;

/// What the last `x` showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Examine {
    next: Option<u64>,
    shape: Shape,
    size: usize,
}

impl Default for Examine {
    fn default() -> Self {
        Self { next: None, shape: Shape::Hexadecimal, size: 8 }
    }
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn examine_command(&mut self, format: Format, rest: &str) -> Result<()> {
        let address = if rest.is_empty() {
            self.examine.next.ok_or_else(|| Error::expected("an ADDRESS the first time", ""))?
        } else {
            expression::evaluate(rest, self)?
        };
        self.examine.shape = format.shape.unwrap_or(self.examine.shape);
        self.examine.size = format.size.unwrap_or(match format.shape {
            Some(Shape::Character) => 1,
            Some(Shape::Address) => 8,
            _ => self.examine.size,
        });
        let count = format.count.unwrap_or(1);
        let next = match self.examine.shape {
            Shape::Instruction => self.show_instructions(address, count)?,
            Shape::Text => self.show_strings(address, count)?,
            shape => self.show_values(address, count, shape)?,
        };
        self.examine.next = Some(next);
        Ok(())
    }

    fn show_values(&mut self, mut address: u64, count: usize, shape: Shape) -> Result<u64> {
        let mut left = count;
        while left > 0 {
            let (row, shown) = self.row(address, left, shape);
            if shown == 0 {
                return Err(Error::no_memory(address));
            }
            self.say(format_args!("{row}"));
            address = address.wrapping_add(u64::try_from(shown.saturating_mul(self.examine.size)).unwrap_or(0));
            left = left.saturating_sub(shown);
        }
        Ok(address)
    }

    /// A row of at most `most` values, and how many there are; fewer before a hole.
    fn row(&mut self, start: u64, most: usize, shape: Shape) -> (String, usize) {
        let size = self.examine.size;
        let width = format::width(shape, size).saturating_add(1);
        let mut line = format!("{}:", self.place(start));
        let fitting = COLUMNS.saturating_sub(line.len()).checked_div(width).unwrap_or(1).clamp(1, ROW);
        // Rows are whole halves of sixteen bytes, so that addresses stay round.
        let full = ROW.checked_div(size).unwrap_or(1);
        let columns = if full <= fitting { full } else { 1 << fitting.ilog2() };
        let (mut address, mut shown) = (start, 0_usize);
        while shown < columns.min(most) {
            let Ok(value) = self.read_value(address, size) else { break };
            line.push_str(&self.column(shape, value, width));
            address = address.wrapping_add(u64::try_from(size).unwrap_or(8));
            shown = shown.saturating_add(1);
        }
        (line, shown)
    }

    fn column(&self, shape: Shape, value: u64, width: usize) -> String {
        let text =
            if shape == Shape::Address { self.place(value) } else { format::value(shape, self.examine.size, value) };
        format!("{text:>width$}")
    }

    fn show_strings(&mut self, mut address: u64, count: usize) -> Result<u64> {
        for _ in 0..count {
            let mut bytes = [0; TEXT_MAX];
            let length = self.read(address, &mut bytes);
            let bytes = bytes.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                return Err(Error::no_memory(address));
            }
            let end = bytes.iter().position(|&byte| byte == 0);
            let text = bytes.get(..end.unwrap_or(length)).unwrap_or_default().escape_ascii();
            let more = if end.is_none() { "..." } else { "" };
            let place = self.place(address);
            self.say(format_args!("{place}: \"{text}\"{more}"));
            let used = end.map_or(length, |end| end.saturating_add(1));
            address = address.wrapping_add(u64::try_from(used).unwrap_or(1));
        }
        Ok(address)
    }

    /// Shows `count` instructions, the present one marked, and gives the address behind them.
    pub(super) fn show_instructions(&mut self, mut address: u64, count: usize) -> Result<u64> {
        for _ in 0..count {
            let place = self.place(address);
            address = self.show_instruction(address, &place)?;
        }
        Ok(address)
    }

    /// Shows one instruction behind `label`, and gives the address behind it.
    pub(super) fn show_instruction(&mut self, address: u64, label: &str) -> Result<u64> {
        let pc = self.registers().ok().map(|registers| registers.rip);
        let instruction = self.instruction(address)?;
        let mark = if pc == Some(address) { "=>" } else { "  " };
        let text = instruction.text(&self.program.symbols);
        self.say(format_args!("{mark} {label}: {text}"));
        Ok(address.wrapping_add(instruction.length()))
    }
}
