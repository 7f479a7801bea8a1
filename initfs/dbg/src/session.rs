//! The debugger's state, and one line of input at a time.
//!
//! Decides what outlives a command: the program, its process, breakpoints, the command that an empty line repeats. Main
//! types: [`Session`], [`Process`], [`Flow`]. Neighbours: `command` adds the commands, `control` the running, `code` the
//! memory, each as methods of [`Session`] in their own file.

use crate::breakpoint::{Breakpoints, Patches};
use crate::command::examine::Examine;
use crate::control::Goal;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::target::Target;
use crate::watchpoint::Watchpoints;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use proc_abi::id::{Pid, Tid};
use proc_abi::registers::Registers;
use proc_abi::signal::Signal;

pub(crate) use runtime::proc::order::{Origin, OwnStop};

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Give it the next line.
    Continue,
    /// It is over.
    Quit,
}

/// A debugging session over a target, which prints to `W`.
#[derive(Debug)]
pub struct Session<T, W> {
    pub(crate) target: T,
    output: W,
    pub(crate) program: Program,
    pub(crate) arguments: Vec<String>,
    pub(crate) process: Option<Process>,
    pub(crate) breakpoints: Breakpoints,
    pub(crate) watchpoints: Watchpoints,
    pub(crate) examine: Examine,
    repeat: Option<String>,
}

/// A thread with the number that the user sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) number: u32,
    pub(crate) tid: Tid,
}

/// The process and what is known of it while it is stopped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) origin: Origin,
    /// Living threads.
    pub(crate) threads: Vec<Thread>,
    pub(crate) last_thread: u32,
    /// The one that commands are about.
    pub(crate) current: Tid,
    /// The one that the last report was about.
    pub(crate) shown: Tid,
    /// What the next resume delivers.
    pub(crate) signal: Option<Signal>,
    pub(crate) patches: Patches,
    /// Where each thread was when its stop was told: a breakpoint there was hit already.
    pub(crate) told: Vec<(Tid, u64)>,
    /// A place where a command of ours wants the process back.
    pub(crate) goal: Option<Goal>,
    /// How often Ctrl-C was pressed since the command that lets it run.
    pub(crate) presses: u32,
    /// What became of the SIGSTOP that Ctrl-C sent.
    pub(crate) own_stop: OwnStop,
    /// Threads that were told to run one instruction and have not trapped: other traps are the program's own.
    pub(crate) owed: Vec<Tid>,
    /// The debug registers are no longer what the watchpoints want.
    pub(crate) watch_changed: bool,
    /// A vfork child runs in the same memory: no breakpoints until it is gone.
    pub(crate) shared_with_child: bool,
}

impl Process {
    /// A process that has just stopped for the first time, in this thread.
    pub(crate) fn new(pid: Pid, origin: Origin, current: Tid) -> Self {
        Self {
            pid,
            origin,
            threads: Vec::new(),
            last_thread: 0,
            current,
            shown: current,
            signal: None,
            patches: Patches::default(),
            told: Vec::new(),
            goal: None,
            presses: 0,
            own_stop: OwnStop::None,
            owed: Vec::new(),
            watch_changed: true,
            shared_with_child: false,
        }
    }

    /// The number of a thread, 0 for one that is not known.
    pub(crate) fn number_of(&self, tid: Tid) -> u32 {
        self.threads.iter().find(|thread| thread.tid == tid).map_or(0, |thread| thread.number)
    }
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// A session without a program.
    pub fn new(target: T, output: W) -> Self {
        Self {
            target,
            output,
            program: Program::default(),
            arguments: Vec::new(),
            process: None,
            breakpoints: Breakpoints::default(),
            watchpoints: Watchpoints::default(),
            examine: Examine::default(),
            repeat: None,
        }
    }

    /// Reads the program that `run` will start.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn load(&mut self, path: &str, arguments: Vec<String>) -> Result<()> {
        let contents = match self.target.read_file(path) {
            Ok(contents) => contents,
            Err(error) => return Err(Error::new(format!("{path}: {error}"))),
        };
        self.program = Program::read(path.to_string(), &contents);
        self.arguments = arguments;
        Ok(())
    }

    /// Does what one line says, and prints what comes of it.
    pub fn line(&mut self, line: &str) -> Flow {
        let line = line.trim();
        let line = if line.is_empty() { self.repeat.take().unwrap_or_default() } else { line.to_string() };
        if line.is_empty() || line.starts_with('#') {
            return Flow::Continue;
        }
        match self.command(&line) {
            Ok(outcome) => {
                self.repeat = outcome.repeat;
                outcome.flow
            }
            Err(error) => {
                self.repeat = None;
                self.say(format_args!("{error}"));
                Flow::Continue
            }
        }
    }

    /// Where it prints.
    pub const fn output(&self) -> &W {
        &self.output
    }

    /// Prints one line.
    pub(crate) fn say(&mut self, line: fmt::Arguments<'_>) {
        // Where output cannot be written nobody can be told.
        let _ = self.output.write_fmt(format_args!("{line}\n"));
    }

    /// Prints lines that have their ends already.
    pub(crate) fn print(&mut self, text: &str) {
        let _ = self.output.write_str(text);
    }

    /// The process, or the error that there is none.
    pub(crate) fn process(&mut self) -> Result<&mut Process> {
        self.process.as_mut().ok_or_else(Error::no_process)
    }

    /// The thread that commands are about.
    pub(crate) fn current(&self) -> Result<Tid> {
        self.process.as_ref().map(|process| process.current).ok_or_else(Error::no_process)
    }

    /// Its registers.
    pub(crate) fn registers(&mut self) -> Result<Registers> {
        let thread = self.current()?;
        Ok(self.target.registers(thread)?)
    }

    /// An address with its symbol: `0x401234 <main+4>`.
    pub(crate) fn place(&self, address: u64) -> String {
        match self.program.symbols.place(address) {
            Some(place) => format!("{address:#x} <{place}>"),
            None => format!("{address:#x}"),
        }
    }

    /// A return address with the symbol of its call: a call that never returns may be the last thing in its function, and
    /// the address behind it another one's.
    pub(crate) fn place_of_return(&self, address: u64) -> String {
        match self.program.symbols.place(address.wrapping_sub(1)) {
            Some(place) => format!("{address:#x} <{}+{}>", place.symbol.name, place.offset.wrapping_add(1)),
            None => format!("{address:#x}"),
        }
    }
}
