//! Letting the process run, and judging what stopped it.
//!
//! Decides when breakpoints are in memory (only while the process runs), how one is stepped over (without it, all other
//! threads held), and which stops are the user's business. Main types: [`Report`], [`Goal`]. Neighbours: `command::run` and
//! `command::step` order, `stop` words the report, `control::judge` tells stops apart, `control::step` runs one instruction.

mod judge;
mod step;

use crate::breakpoint::Breakpoint;
use crate::error::Result;
use crate::session::{Origin, OwnStop, Session, Thread};
use crate::target::{Event, Extent, Resume, Target};
use alloc::vec::Vec;
use core::fmt;
use proc_abi::event::EventMask;
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::Signal;

/// Where a command of ours wants a thread back: `next`, `finish`, `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// The instruction.
    pub(crate) address: u64,
    /// The thread that must get there.
    pub(crate) thread: Tid,
    /// It counts only with the stack pointer here or above: the same place in a recursive call is another one.
    pub(crate) floor: u64,
}

/// Why the process does not run any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// It hit a breakpoint.
    Breakpoint(Breakpoint),
    /// A watched value changed.
    Watchpoint(Change),
    /// The goal was reached.
    Goal,
    /// The instruction was run.
    Step,
    /// A signal is about to be delivered.
    Signal(Signal, Option<SigInfo>),
    /// The user stopped it.
    Interrupted,
    /// It exited.
    Exited(Pid, i32),
    /// A signal killed it.
    Killed(Pid, Signal),
}

/// A change of a watched value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The watchpoint.
    pub(crate) number: u32,
    /// Where it watches.
    pub(crate) address: u64,
    /// The value before.
    pub(crate) old: u64,
    /// The value now.
    pub(crate) new: u64,
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// Lets the process run until there is something to tell.
    pub(crate) fn go(&mut self, goal: Option<Goal>) -> Result<Report> {
        self.process()?.goal = goal;
        let report = self.run_on();
        self.settle(report)
    }

    fn run_on(&mut self) -> Result<Report> {
        loop {
            if let Some(report) = self.leave_told_breakpoints()? {
                return Ok(report);
            }
            self.patch_all(None)?;
            let thread = self.current()?;
            self.resume(thread, Extent::Onward)?;
            let event = self.wait()?;
            if let Some(report) = self.judge(event, None)? {
                return Ok(report);
            }
        }
    }

    /// Steps every thread off the breakpoint whose hit was told already; gives what else happened meanwhile.
    fn leave_told_breakpoints(&mut self) -> Result<Option<Report>> {
        for (thread, pc) in core::mem::take(&mut self.process()?.told) {
            let there = self.target.registers(thread).is_ok_and(|registers| registers.rip == pc);
            if !there || !self.wanted_patches().contains(&pc) {
                continue;
            }
            match self.one_instruction(thread)? {
                Report::Step => {}
                report => return Ok(Some(report)),
            }
        }
        Ok(None)
    }

    /// After the process stopped or ended: takes the breakpoints out and looks who is there.
    pub(crate) fn settle(&mut self, report: Result<Report>) -> Result<Report> {
        let Some(process) = &mut self.process else { return report };
        (process.goal, process.presses) = (None, 0);
        if process.own_stop == OwnStop::Sent && !matches!(report, Ok(Report::Interrupted)) {
            process.own_stop = OwnStop::Stale;
        }
        self.patch(&[])?;
        self.list_threads()?;
        let thread = self.current()?;
        let pc = self.target.registers(thread)?.rip;
        let told = &mut self.process()?.told;
        told.retain(|entry| entry.0 != thread);
        told.push((thread, pc));
        report
    }

    /// Where INT3 must stand while the process runs.
    fn wanted_patches(&self) -> Vec<u64> {
        let Some(process) = &self.process else { return Vec::new() };
        if process.shared_with_child {
            return Vec::new();
        }
        let mut wanted: Vec<u64> = self.breakpoints.iter().map(|breakpoint| breakpoint.address).collect();
        wanted.extend(process.goal.map(|goal| goal.address));
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// Puts all of them in, but for the one at `except`.
    fn patch_all(&mut self, except: Option<u64>) -> Result<()> {
        let mut wanted = self.wanted_patches();
        wanted.retain(|&address| Some(address) != except);
        self.patch(&wanted)
    }

    fn resume(&mut self, thread: Tid, extent: Extent) -> Result<()> {
        self.apply_watchpoints()?;
        let signal = self.process()?.signal.take();
        Ok(self.target.resume(Resume { thread, extent, signal })?)
    }

    /// Waits. A program that `run` started shares the terminal and has got its own SIGINT; one that does not care for it,
    /// and one that was attached, is stopped by SIGSTOP.
    fn wait(&mut self) -> Result<Event> {
        loop {
            let event = self.target.wait()?;
            if event != Event::Interrupted {
                return Ok(event);
            }
            let process = self.process()?;
            process.presses = process.presses.saturating_add(1);
            if process.origin == Origin::Attached || process.presses > 1 {
                match core::mem::replace(&mut process.own_stop, OwnStop::Sent) {
                    OwnStop::None => self.target.interrupt()?,
                    // The one that is still under way does it.
                    OwnStop::Sent | OwnStop::Stale => {}
                }
            }
        }
    }

    /// Chooses the events that a debugger must see: exec moves symbols, children inherit breakpoints, and new threads have
    /// no debug registers.
    pub(crate) fn choose_events(&mut self) -> Result<()> {
        let mut events = EventMask::EXEC | EventMask::FORK | EventMask::VFORK;
        if !self.watchpoints.is_empty() {
            events |= EventMask::LWP;
        }
        Ok(self.target.set_events(events)?)
    }

    /// Gives every thread the debug registers of the watchpoints, if those changed.
    fn apply_watchpoints(&mut self) -> Result<()> {
        if !self.process()?.watch_changed {
            return Ok(());
        }
        self.choose_events()?;
        self.list_threads()?;
        let registers = self.watchpoints.registers();
        for thread in self.process()?.threads.clone() {
            self.target.set_debug_registers(thread.tid, &registers)?;
        }
        self.process()?.watch_changed = false;
        self.note_watched_values();
        Ok(())
    }

    /// Remembers what the watched places hold.
    pub(crate) fn note_watched_values(&mut self) {
        let watched: Vec<_> = self.watchpoints.iter().copied().collect();
        for watchpoint in watched {
            let value = self.read_value(watchpoint.address, usize::try_from(watchpoint.length).unwrap_or(8)).ok();
            self.watchpoints.note(watchpoint.number, value);
        }
    }

    /// Numbers the threads that are new and forgets those that are gone.
    pub(crate) fn list_threads(&mut self) -> Result<()> {
        let alive: Vec<Tid> = self.target.threads()?.iter().filter_map(|thread| Tid::new(thread.tid)).collect();
        let process = self.process()?;
        process.threads.retain(|thread| alive.contains(&thread.tid));
        for tid in alive {
            if process.number_of(tid) == 0 {
                process.last_thread = process.last_thread.saturating_add(1);
                process.threads.push(Thread { number: process.last_thread, tid });
            }
        }
        if process.number_of(process.current) == 0
            && let Some(first) = process.threads.first()
        {
            process.current = first.tid;
        }
        Ok(())
    }
}
