//! `regs`, `fpregs`.
//!
//! Decides nothing but which registers are meant. Neighbour: `registers` knows them.

use crate::error::{Error, Result};
use crate::expression;
use crate::format::{self, Shape};
use crate::registers;
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn registers_command(&mut self, rest: &str) -> Result<()> {
        let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let name = name.strip_prefix('$').unwrap_or(name);
        if name.is_empty() {
            return self.show_registers();
        }
        if value.trim().is_empty() {
            return self.show_register(name);
        }
        let value = expression::evaluate(value, self)?;
        self.assign_register(name, value)
    }

    /// All general registers.
    pub(super) fn show_registers(&mut self) -> Result<()> {
        let set = self.registers()?;
        let place = |address: u64| match self.program.symbols.place(address) {
            Some(place) => format!("{address:016x} <{place}>"),
            None => format!("{address:016x}"),
        };
        let text = registers::table(&set, &place);
        self.print(&text);
        Ok(())
    }

    fn show_register(&mut self, name: &str) -> Result<()> {
        let set = self.registers()?;
        let value = registers::value(&set, name).ok_or_else(|| Error::expected("a register", name))?;
        let text = match self.program.symbols.place(value) {
            Some(place) => format!("<{place}>"),
            None => value.to_string(),
        };
        self.say(format_args!("{name} {}  {text}", format::value(Shape::Hexadecimal, 8, value)));
        Ok(())
    }

    /// Sets a register of the current thread.
    pub(super) fn assign_register(&mut self, name: &str, value: u64) -> Result<()> {
        let mut set = self.registers()?;
        if !registers::assign(&mut set, name, value) {
            return Err(Error::expected("a register that can be set", name));
        }
        let thread = self.current()?;
        Ok(self.target.set_registers(thread, &set)?)
    }

    pub(super) fn float_registers_command(&mut self, rest: &str) -> Result<()> {
        let thread = self.current()?;
        let set = self.target.float_registers(thread)?;
        let text: String = registers::float_table(&set, rest.strip_prefix('$').unwrap_or(rest));
        if text.is_empty() {
            return Err(Error::expected("one of fcw fsw ftw mxcsr st0-st7 xmm0-xmm15 that is in use", rest));
        }
        self.print(&text);
        Ok(())
    }
}
