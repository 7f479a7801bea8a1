//! `step`, `next`, `finish`, `until`.
//!
//! Decides how far each goes: stepping is by instruction, `next` runs a call to its end, `finish` to the return address
//! of the frame. Neighbours: `control` runs, `backtrace` knows the frame.

use super::table::Verb;
use super::usage_error;
use crate::control::{Goal, Report};
use crate::disassembly::Role;
use crate::error::{Error, Result};
use crate::expression;
use crate::session::Session;
use crate::stop::number;
use crate::target::Target;
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn step_command(&mut self, rest: &str) -> Result<()> {
        self.repeat_step(rest, Self::step)
    }

    pub(super) fn next_command(&mut self, rest: &str) -> Result<()> {
        self.repeat_step(rest, Self::next)
    }

    /// Steps as often as `rest` says, or until something else happens.
    fn repeat_step(&mut self, rest: &str, step: fn(&mut Self) -> Result<Report>) -> Result<()> {
        self.process()?;
        let count = if rest.is_empty() { 1 } else { expression::evaluate(rest, self)? };
        for left in (0..count).rev() {
            let report = step(self)?;
            if left == 0 || !matches!(report, Report::Step | Report::Goal) {
                return self.announce(&report);
            }
        }
        Ok(())
    }

    /// One instruction; for a call, on to the instruction behind it with the stack as it is now.
    fn next(&mut self) -> Result<Report> {
        let registers = self.registers()?;
        let instruction = self.instruction(registers.rip)?;
        if instruction.role() != Role::Call {
            return self.step();
        }
        let address = registers.rip.wrapping_add(instruction.length());
        let thread = self.current()?;
        self.go(Some(Goal { address, thread, floor: registers.rsp }))
    }

    pub(super) fn finish_command(&mut self) -> Result<()> {
        let frames = self.frames()?;
        let (Some(innermost), Some(caller)) = (frames.first(), frames.get(1)) else {
            return Err(Error::new("the function was not called by another one"));
        };
        let place = self.place_of_return(caller.pc);
        self.say(format_args!("Running until it returns to {place}"));
        let thread = self.current()?;
        let report = self.go(Some(Goal { address: caller.pc, thread, floor: innermost.slot }))?;
        self.announce(&report)?;
        if report == Report::Goal {
            let value = self.registers()?.rax;
            self.say(format_args!("Returned rax = {} ({value:#x})", number(value)));
        }
        Ok(())
    }

    pub(super) fn until_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            return Err(usage_error(Verb::Until));
        }
        let thread = self.current()?;
        let address = self.location(rest)?;
        self.instruction(address)?;
        let report = self.go(Some(Goal { address, thread, floor: 0 }))?;
        self.announce(&report)
    }
}
