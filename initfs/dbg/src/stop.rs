//! What the user reads when the program stops.
//!
//! Decides the wording of reports, and which signals stop the program and reach it afterwards. Main items: [`manner`],
//! `tell`, a method of [`Session`]. Neighbours: `control` finds the [`Report`], `command::info` lists the signals.

use crate::breakpoint::{Breakpoint, Life};
use crate::control::{Change, Report};
use crate::error::Result;
use crate::session::Session;
use crate::target::Target;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use proc_abi::siginfo::{FPE_INTDIV, SI_LWP, SI_QUEUE, SI_USER, SigInfo};
use proc_abi::signal::{SIGALRM, SIGBUS, SIGCHLD, SIGFPE, SIGINT, SIGSEGV, SIGSTOP, SIGTHR, SIGTRAP, Signal};

/// Bytes of a function that can belong to its prologue.
const START: u64 = 8;

/// An answer to a question about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Whether a signal stops the program for the user, and whether the program gets it afterwards.
///
/// Signals of everyday life pass unseen; those that the terminal or a debugger makes are not the program's.
pub(crate) fn manner(signal: Signal) -> (Manner, Manner) {
    /// SIGURG, SIGIO, SIGVTALRM, SIGPROF, SIGWINCH: ignored by default, or timers like SIGALRM.
    const QUIET: [i32; 5] = [16, 23, 26, 27, 28];
    match signal {
        SIGINT | SIGTRAP | SIGSTOP => (Manner::Yes, Manner::No),
        SIGALRM | SIGCHLD | SIGTHR => (Manner::No, Manner::Yes),
        other if QUIET.contains(&other.number()) => (Manner::No, Manner::Yes),
        _ => (Manner::Yes, Manner::Yes),
    }
}

/// A signal by its name: `SIGSEGV`, or `signal 65` for one without.
pub(crate) fn signal_name(signal: Signal) -> String {
    match signal.name() {
        Some(name) => format!("SIG{}", name.to_ascii_uppercase()),
        None => format!("signal {}", signal.number()),
    }
}

/// Small numbers read best in decimal, addresses and masks in hexadecimal.
pub(crate) fn number(value: u64) -> String {
    const SMALL: u64 = 0x1_0000;
    if value < SMALL { value.to_string() } else { format!("{value:#x}") }
}

/// What siginfo tells about the origin of a signal.
fn origin(signal: Signal, info: &SigInfo) -> String {
    match (signal, info.code) {
        (_, SI_USER | SI_QUEUE) => format!(" from process {}", info.pid),
        (_, SI_LWP) => " from a thread".to_string(),
        (SIGSEGV | SIGBUS, _) => format!(" (address {:#x})", info.addr),
        (SIGFPE, FPE_INTDIV) => " (integer division)".to_string(),
        _ => String::new(),
    }
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// Prints why the program does not run any more.
    pub(crate) fn tell(&mut self, report: &Report) -> Result<()> {
        match report {
            Report::Breakpoint(breakpoint) => self.tell_breakpoint(breakpoint),
            Report::Watchpoint(change) => self.tell_change(change),
            Report::Goal | Report::Step => self.tell_instruction(),
            Report::Signal(signal, info) => {
                let origin = info.map_or(String::new(), |info| origin(*signal, &info));
                let place = self.here()?;
                self.say(format_args!("Program received {}{origin} at {place}", signal_name(*signal)));
                Ok(())
            }
            Report::Interrupted => {
                let place = self.here()?;
                self.say(format_args!("Interrupted at {place}"));
                Ok(())
            }
            Report::Exited(pid, status) => {
                self.say(format_args!("[process {} exited with status {status}]", pid.raw()));
                Ok(())
            }
            Report::Killed(pid, signal) => {
                self.say(format_args!("[process {} killed by {}]", pid.raw(), signal_name(*signal)));
                Ok(())
            }
        }
    }

    fn here(&mut self) -> Result<String> {
        let pc = self.registers()?.rip;
        Ok(self.place(pc))
    }

    fn tell_breakpoint(&mut self, breakpoint: &Breakpoint) -> Result<()> {
        let kind = match breakpoint.life {
            Life::Permanent => "Breakpoint",
            Life::Temporary => "Temporary breakpoint",
        };
        let registers = self.registers()?;
        let function = match self.program.symbols.place(registers.rip) {
            // Arguments are where the System V ABI puts them only at the very start; the first says the most.
            Some(place) if place.offset <= START => {
                format!(", {} (rdi={})", place.symbol.name, number(registers.rdi))
            }
            Some(place) => format!(", {}", place.symbol.name),
            None => String::new(),
        };
        let place = self.place(registers.rip);
        self.say(format_args!("{kind} {}{function} at {place}", breakpoint.number));
        Ok(())
    }

    fn tell_change(&mut self, change: &Change) -> Result<()> {
        let watched = self.place(change.address);
        let (old, new) = (number(change.old), number(change.new));
        self.say(format_args!("Watchpoint {}, {watched}: {old} -> {new}", change.number));
        self.tell_instruction()
    }

    /// The instruction that the current thread is at.
    pub(crate) fn tell_instruction(&mut self) -> Result<()> {
        let pc = self.registers()?.rip;
        let place = self.place(pc);
        match self.instruction(pc) {
            Ok(instruction) => {
                let text = instruction.text(&self.program.symbols);
                self.say(format_args!("=> {place}: {text}"));
            }
            Err(_) => self.say(format_args!("=> {place}: (no memory)")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Manner, manner, number, origin, signal_name};
    use proc_abi::siginfo::{FPE_INTDIV, SEGV_MAPERR, SI_KERNEL, SI_USER, SigInfo};
    use proc_abi::signal::{SIGCHLD, SIGFPE, SIGINT, SIGSEGV, SIGTERM, Signal};

    #[test]
    fn signals_have_their_manners() {
        assert_eq!(manner(SIGINT), (Manner::Yes, Manner::No));
        assert_eq!(manner(SIGCHLD), (Manner::No, Manner::Yes));
        assert_eq!(manner(SIGSEGV), (Manner::Yes, Manner::Yes));
    }

    #[test]
    fn signals_and_their_origin_are_worded() {
        let info = |signal, code| SigInfo { pid: 7, addr: 0x10, ..SigInfo::new(signal, code) };
        assert_eq!(signal_name(SIGSEGV), "SIGSEGV");
        assert_eq!(signal_name(Signal::new(65).unwrap()), "signal 65");
        assert_eq!(origin(SIGTERM, &info(SIGTERM, SI_USER)), " from process 7");
        assert_eq!(origin(SIGSEGV, &info(SIGSEGV, SEGV_MAPERR)), " (address 0x10)");
        assert_eq!(origin(SIGFPE, &info(SIGFPE, FPE_INTDIV)), " (integer division)");
        assert_eq!(origin(SIGTERM, &info(SIGTERM, SI_KERNEL)), "");
        assert_eq!((number(120).as_str(), number(0x10000).as_str()), ("120", "0x10000"));
    }
}
