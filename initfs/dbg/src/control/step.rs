//! One instruction of one thread.
//!
//! Decides who else may run meanwhile: nobody, unless the instruction enters the kernel, where it may wait for another
//! thread. Methods of [`Session`]. Neighbours: `control` steps over breakpoints by it, `command::step` steps by it.

use super::Report;
use crate::disassembly::Role;
use crate::error::Result;
use crate::session::Session;
use crate::target::{Event, Extent, Stepped, Target};
use alloc::vec::Vec;
use core::fmt;
use proc_abi::id::Tid;

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// Runs one instruction of the current thread; a breakpoint that it arrives at counts as hit.
    pub(crate) fn step(&mut self) -> Result<Report> {
        let thread = self.current()?;
        let report = self.one_instruction(thread);
        let report = self.settle(report)?;
        if report == Report::Step {
            let pc = self.registers()?.rip;
            if let Some(breakpoint) = self.breakpoints.hit(pc) {
                return Ok(Report::Breakpoint(breakpoint));
            }
        }
        Ok(report)
    }

    /// Runs one instruction of `thread`, with whatever breakpoint stands there taken out.
    pub(super) fn one_instruction(&mut self, thread: Tid) -> Result<Report> {
        let pc = self.target.registers(thread)?.rip;
        let waits = self.instruction(pc).is_ok_and(|instruction| instruction.role() == Role::SystemCall);
        self.process()?.told.retain(|entry| entry.0 != thread);
        if waits {
            self.patch_all(Some(pc))?;
            self.process()?.owed.push(thread);
            return self.run_one(thread, None);
        }
        self.patch(&[])?;
        let held = self.hold_others(thread)?;
        let report = self.step_alone(thread).and_then(|event| self.run_one(thread, event));
        for other in held {
            // A thread may be gone by now; the process as well.
            let _ = self.target.release(other);
        }
        report
    }

    fn hold_others(&mut self, thread: Tid) -> Result<Vec<Tid>> {
        let mut held = Vec::new();
        for other in self.process()?.threads.clone() {
            if other.tid != thread && self.target.hold(other.tid).is_ok() {
                held.push(other.tid);
            }
        }
        Ok(held)
    }

    /// An instruction that does not wait, with no signal to deliver, by the shortest way; none if that is not possible.
    fn step_alone(&mut self, thread: Tid) -> Result<Option<Event>> {
        let process = self.process()?;
        process.owed.push(thread);
        if process.signal.is_some() {
            return Ok(None);
        }
        self.apply_watchpoints()?;
        match self.target.step_alone(thread)? {
            Stepped::Told(event) => Ok(Some(event)),
            Stepped::Begun => self.wait().map(Some),
            Stepped::Refused => Ok(None),
        }
    }

    /// Runs to the end of an instruction, from its beginning or from the first event.
    fn run_one(&mut self, thread: Tid, mut first: Option<Event>) -> Result<Report> {
        let mut extent = Extent::OneInstruction;
        loop {
            let event = match first.take() {
                Some(event) => event,
                None => {
                    self.resume(thread, extent)?;
                    self.wait()?
                }
            };
            if let Some(report) = self.judge(event, Some(thread))? {
                return Ok(report);
            }
            // An event of the kernel came first. The trap is owed already: arming it again would trap once too often.
            extent = Extent::Onward;
        }
    }
}
