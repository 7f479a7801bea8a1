//! `threads`, `thread`.
//!
//! Decides how threads are listed: by numbers of our own, which count from 1 in order of appearance. Neighbours: `control`
//! numbers them at each stop.

use super::table::Verb;
use super::usage_error;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use proc_abi::id::Tid;
use proc_abi::status::ThreadStatus;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn threads_command(&mut self) -> Result<()> {
        let current = self.current()?;
        for status in self.target.threads()? {
            let Some(tid) = Tid::new(status.tid) else { continue };
            let number = self.process()?.number_of(tid);
            let mark = if tid == current { '*' } else { ' ' };
            let pc = self.target.registers(tid)?.rip;
            let place = self.place(pc);
            self.say(format_args!("{mark} {number:<2} tid {}{} at {place}", tid.raw(), name(&status)));
        }
        Ok(())
    }

    pub(super) fn thread_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            return Err(usage_error(Verb::Thread));
        }
        let process = self.process()?;
        let chosen = process.threads.iter().find(|thread| thread.number.to_string() == rest);
        let Some(tid) = chosen.map(|thread| thread.tid) else {
            return Err(Error::expected("the number of a thread ('threads' lists them)", rest));
        };
        process.current = tid;
        process.shown = tid;
        self.tell_instruction()
    }
}

/// The thread's name in quotes, if it has one.
fn name(status: &ThreadStatus) -> String {
    let end = status.name.iter().position(|&byte| byte == 0).unwrap_or(status.name.len());
    match status.name.get(..end) {
        Some(name) if !name.is_empty() => format!(" \"{}\"", name.escape_ascii()),
        _ => String::new(),
    }
}
