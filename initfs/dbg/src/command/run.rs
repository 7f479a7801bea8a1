//! `run`, `continue`, `signal`, `detach`, `kill`, `quit`; attaching; and what exec changes.
//!
//! Decides how a process comes under the debugger and how it leaves. Neighbours: `control` lets it run, `program` is read
//! again when another image runs.

use super::table::Verb;
use super::usage_error;
use crate::control::Report;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::session::{Origin, OwnStop, Process, Session};
use crate::target::{Event, Extent, Resume, Target};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use proc_abi::id::Pid;
use proc_abi::signal::{SIGSTOP, Signal};

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// Takes the process `pid`, which runs already, and reads its program.
    ///
    /// # Errors
    /// As the system refuses it.
    pub fn attach(&mut self, pid: Pid) -> Result<()> {
        let event = self.target.attach(pid)?;
        self.adopt(event, Origin::Attached)?;
        if let Ok(path) = self.target.executable()
            && let Err(error) = self.load(&path, Vec::new())
        {
            self.say(format_args!("{error}"));
        }
        let pc = self.registers()?.rip;
        let place = self.place(pc);
        self.say(format_args!("[process {} stopped at {place}]", pid.raw()));
        Ok(())
    }

    /// Ends the session as `quit` does, for when the input ends.
    pub fn end(&mut self) {
        if let Err(error) = self.quit_command() {
            self.say(format_args!("{error}"));
        }
    }

    /// Notes a process at its first stop.
    fn adopt(&mut self, event: Event, origin: Origin) -> Result<()> {
        let (Event::Stopped(stop), Some(pid)) = (event, self.target.pid()) else {
            return Err(Error::new("the process ended before it stopped"));
        };
        let mut process = Process::new(pid, origin, stop.thread);
        if origin == Origin::Attached {
            // A breakpoint that is set where it stands now counts from the next time on.
            process.told.push((stop.thread, self.target.registers(stop.thread)?.rip));
        }
        self.process = Some(process);
        self.list_threads()?;
        self.choose_events()
    }

    pub(super) fn run_command(&mut self, rest: &str) -> Result<()> {
        if self.program.path.is_empty() {
            return Err(Error::new("there is no program to run; 'dbg PROGRAM' names one"));
        }
        if self.process.is_some() {
            self.kill_command()?;
        }
        if !rest.is_empty() {
            self.arguments = rest.split_whitespace().map(ToString::to_string).collect();
        }
        let path = self.program.path.clone();
        let arguments = self.arguments.clone();
        let event = self.target.start(&path, &arguments).map_err(|error| Error::new(format!("{path}: {error}")))?;
        self.adopt(event, Origin::Started)?;
        self.continue_command()
    }

    pub(super) fn continue_command(&mut self) -> Result<()> {
        let report = self.go(None)?;
        self.announce(&report)
    }

    /// Prints a report, after a line about the thread if it is another one's.
    pub(super) fn announce(&mut self, report: &Report) -> Result<()> {
        if let Some(process) = &mut self.process {
            let number = process.number_of(process.current);
            let shown = core::mem::replace(&mut process.shown, process.current);
            if shown != process.current && process.threads.len() > 1 {
                self.say(format_args!("[switching to thread {number}]"));
            }
        }
        self.tell(report)
    }

    pub(super) fn signal_command(&mut self, rest: &str) -> Result<()> {
        if rest.is_empty() {
            return Err(usage_error(Verb::Signal));
        }
        let signal = match rest {
            "0" => None,
            name => {
                Some(Signal::from_name(name).ok_or_else(|| Error::expected("a signal's name or number, or 0", name))?)
            }
        };
        self.process()?.signal = signal;
        self.continue_command()
    }

    /// Another image runs: other symbols, no breakpoints in its memory, no debug registers.
    pub(crate) fn executed(&mut self) -> Result<()> {
        let process = self.process()?;
        process.patches.forget();
        process.goal = None;
        process.told.clear();
        process.watch_changed = true;
        let pid = process.pid.raw();
        let path = self.target.executable()?;
        self.say(format_args!("[process {pid} runs {path}]"));
        let contents = self.target.read_file(&path).unwrap_or_default();
        self.program = Program::read(path, &contents);
        self.move_breakpoints();
        Ok(())
    }

    /// Finds the places of all breakpoints in the new image, and drops those that it does not have.
    fn move_breakpoints(&mut self) {
        let locations: Vec<(u32, String)> =
            self.breakpoints.iter().map(|breakpoint| (breakpoint.number, breakpoint.location.clone())).collect();
        for (number, location) in locations {
            let found = self.location(&location).and_then(|address| self.instruction(address).map(|_| address));
            match found {
                Ok(address) => {
                    for breakpoint in self.breakpoints.iter_mut().filter(|breakpoint| breakpoint.number == number) {
                        breakpoint.address = address;
                    }
                }
                Err(_) => {
                    self.say(format_args!("breakpoint {number} ({location}) has no place in it and is deleted"));
                    let _found = self.breakpoints.remove(number);
                }
            }
        }
    }

    pub(super) fn detach_command(&mut self) -> Result<()> {
        let pid = self.process()?.pid;
        self.clear_debug_registers();
        if self.process()?.own_stop == OwnStop::Stale && !self.swallow_own_stop()? {
            return Ok(());
        }
        let signal = self.process()?.signal;
        self.target.detach(signal)?;
        self.process = None;
        self.say(format_args!("[detached from process {}]", pid.raw()));
        Ok(())
    }

    fn clear_debug_registers(&mut self) {
        if self.watchpoints.is_empty() {
            return;
        }
        let threads = self.process.as_ref().map_or(Vec::new(), |process| process.threads.clone());
        for thread in threads {
            let _ = self.target.set_debug_registers(thread.tid, &Default::default());
        }
    }

    /// Runs on to the SIGSTOP that nobody waits for any more: a process that is let go must not be stopped by it. False if
    /// the process ended on the way.
    fn swallow_own_stop(&mut self) -> Result<bool> {
        loop {
            let process = self.process()?;
            let (thread, signal) = (process.current, process.signal.take());
            self.target.resume(Resume { thread, extent: Extent::Onward, signal })?;
            match self.target.wait()? {
                Event::Stopped(stop) if stop.signal == SIGSTOP => return Ok(true),
                Event::Stopped(stop) => self.process()?.signal = stop.info.is_some().then_some(stop.signal),
                Event::Interrupted => {}
                Event::Exited(_) | Event::Killed(_) => {
                    self.process = None;
                    return Ok(false);
                }
            }
        }
    }

    pub(super) fn kill_command(&mut self) -> Result<()> {
        let pid = self.process()?.pid;
        self.target.kill()?;
        self.process = None;
        self.say(format_args!("[process {} killed]", pid.raw()));
        Ok(())
    }

    pub(super) fn quit_command(&mut self) -> Result<()> {
        match self.process.as_ref().map(|process| process.origin) {
            None => Ok(()),
            Some(Origin::Started) => self.kill_command(),
            Some(Origin::Attached) => self.detach_command(),
        }
    }
}
