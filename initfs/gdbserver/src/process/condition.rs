//! Conditions of breakpoints, tried here so that a client hears only of the hits that count.
//!
//! Decides that a condition which cannot be tried holds: the client then tries it itself. Methods of [`Process`]. Neighbours:
//! `agent` runs the bytecode, `judge` asks.

mod agent;

use super::Process;
use crate::process::registers::Register;
use crate::system::{Outcome, System};
use agent::{Failure as Stopped, Machine};
use proc_abi::id::Tid;

/// A thread's registers and memory, as bytecode sees them.
struct Scene<'a, S> {
    process: &'a mut Process,
    system: &'a mut S,
    thread: Tid,
}

impl<S: System> Machine for Scene<'_, S> {
    fn register(&mut self, number: u16) -> Option<u64> {
        let register = Register::numbered(usize::from(number))?;
        let value = self.process.register(self.system, self.thread, register).ok()?;
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(&*value).for_each(|(byte, value)| *byte = *value);
        Some(u64::from_le_bytes(bytes))
    }

    fn memory(&mut self, address: u64, bytes: &mut [u8]) -> Option<()> {
        let count = self.process.read_memory(self.system, address, bytes).ok()?;
        (count == bytes.len()).then_some(())
    }
}

impl Process {
    /// Whether a hit of the breakpoint at `address` counts.
    pub(crate) fn condition_holds<S: System>(&mut self, system: &mut S, thread: Tid, address: u64) -> Outcome<bool> {
        let found = self.code.wanted.iter().find(|breakpoint| breakpoint.address == address);
        let conditions = found.map(|breakpoint| breakpoint.conditions.clone()).unwrap_or_default();
        if conditions.is_empty() {
            return Ok(true);
        }
        let mut scene = Scene { process: self, system, thread };
        Ok(conditions.iter().any(|code| match agent::run(code, &mut scene) {
            Ok(value) => value != 0,
            Err(Stopped) => true,
        }))
    }
}
