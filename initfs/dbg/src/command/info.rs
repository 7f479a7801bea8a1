//! `info`, `maps`.
//!
//! Decides what the debugger tells about itself and about the process as a whole. Neighbours: `stop` knows the manner of
//! signals; the address map is the file `map` as it stands.

use super::table::Verb;
use super::usage_error;
use crate::breakpoint::Life;
use crate::error::Result;
use crate::session::{Origin, Session};
use crate::stop::{Manner, manner, signal_name};
use crate::target::Target;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use proc_abi::signal::Signal;

/// Signals with a name of their own.
const NAMED: i32 = 33;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn info_command(&mut self, rest: &str) -> Result<()> {
        let mut words = rest.split_whitespace();
        let Some(topic) = words.next() else { return Err(usage_error(Verb::Info)) };
        let argument = words.next().unwrap_or("");
        let is = |name: &str| name.starts_with(topic);
        if is("breakpoints") || is("watchpoints") {
            self.info_breakpoints();
            Ok(())
        } else if is("registers") {
            self.registers_command(argument)
        } else if is("signals") {
            self.info_signals();
            Ok(())
        } else if is("program") {
            self.info_program()
        } else if is("threads") {
            self.threads_command()
        } else {
            Err(usage_error(Verb::Info))
        }
    }

    fn info_breakpoints(&mut self) {
        if self.breakpoints.iter().next().is_none() && self.watchpoints.is_empty() {
            self.say(format_args!("there are no breakpoints and no watchpoints"));
        }
        for breakpoint in self.breakpoints.iter().cloned().collect::<Vec<_>>() {
            let place = self.place(breakpoint.address);
            let kind = if breakpoint.life == Life::Temporary { "temporary" } else { "breakpoint" };
            self.say(format_args!("{:<3} {kind:<10} {place}, {}", breakpoint.number, hits(breakpoint.hits)));
        }
        for watchpoint in self.watchpoints.iter().copied().collect::<Vec<_>>() {
            let place = self.place(watchpoint.address);
            let (number, length) = (watchpoint.number, watchpoint.length);
            self.say(format_args!("{number:<3} watchpoint {place}, {length} bytes, {}", hits(watchpoint.hits)));
        }
    }

    fn info_signals(&mut self) {
        self.say(format_args!("signal      stops   is passed on"));
        for signal in (1..=NAMED).filter_map(Signal::new) {
            let (stops, passes) = manner(signal);
            let (stops, passes) = (word(stops), word(passes));
            self.say(format_args!("{:<11} {stops:<7} {passes}", signal_name(signal)));
        }
        self.say(format_args!("others      yes     yes"));
    }

    fn info_program(&mut self) -> Result<()> {
        if self.program.path.is_empty() {
            self.say(format_args!("there is no program"));
        } else {
            let (path, entry) = (self.program.path.clone(), self.program.entry);
            let count = self.program.symbols.count();
            let entry = self.place(entry);
            self.say(format_args!("{path}: {count} symbols, entry {entry}"));
        }
        let Some(process) = &self.process else {
            self.say(format_args!("it is not running"));
            return Ok(());
        };
        let origin = match process.origin {
            Origin::Started => "started here",
            Origin::Attached => "attached",
        };
        let (pid, threads, signal) = (process.pid.raw(), process.threads.len(), process.signal);
        self.say(format_args!("process {pid}, {origin}, threads: {threads}"));
        if let Some(signal) = signal {
            self.say(format_args!("it gets {} when it runs on", signal_name(signal)));
        }
        self.tell_instruction()
    }

    pub(super) fn maps_command(&mut self) -> Result<()> {
        self.process()?;
        let map = self.target.map()?;
        self.print(&map);
        Ok(())
    }
}

fn word(manner: Manner) -> &'static str {
    match manner {
        Manner::Yes => "yes",
        Manner::No => "no",
    }
}

fn hits(count: u32) -> String {
    match count {
        0 => String::from("not hit yet"),
        1 => String::from("hit once"),
        more => format!("hit {more} times"),
    }
}
