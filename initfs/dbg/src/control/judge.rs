//! Telling stops apart: ours, the program's, and those that nobody asked about.
//!
//! Decides what each stop means and does what must be done before the process may run on: RIP back onto a breakpoint
//! (FreeBSD leaves it behind the INT3), symbols after exec, breakpoints out of a child. Methods of [`Session`]; none as an
//! answer lets the process run on. Neighbours: `control` waits, `stop` words what is reported here.

use super::{Change, Report};
use crate::breakpoint::INT3;
use crate::error::Result;
use crate::session::{OwnStop, Session};
use crate::stop::{Manner, manner};
use crate::target::{Event, Stop, Target};
use alloc::vec::Vec;
use core::fmt;
use proc_abi::event::EventFlags;
use proc_abi::id::Tid;
use proc_abi::siginfo::{TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{SIGSTOP, SIGTRAP};

/// Whether a trap is about what is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    /// It is not.
    No,
    /// It is, and the value is what it was.
    Same,
    /// It is, and the value changed.
    Changed(Change),
}

impl<T: Target, W: fmt::Write> Session<T, W> {
    /// What `event` means to the user, if anything; `stepping` is the thread that runs one instruction.
    pub(super) fn judge(&mut self, event: Event, stepping: Option<Tid>) -> Result<Option<Report>> {
        let pid = self.process()?.pid;
        let stop = match event {
            Event::Stopped(stop) => stop,
            Event::Exited(status) => {
                self.process = None;
                return Ok(Some(Report::Exited(pid, status)));
            }
            Event::Killed(signal) => {
                self.process = None;
                return Ok(Some(Report::Killed(pid, signal)));
            }
            Event::Interrupted => return Ok(None),
        };
        // Signal stops tell about their signal (flag SI), but for the SIGSTOP of a process whose threads all sleep: nobody
        // reports that one, and it has no flags at all.
        let is_event = stop.info.is_none() && !stop.flags.is_empty();
        let report = if is_event { self.judge_event(&stop, stepping)? } else { self.judge_signal(&stop, stepping)? };
        if report.is_some() {
            self.process()?.current = stop.thread;
        }
        Ok(report)
    }

    fn judge_event(&mut self, stop: &Stop, stepping: Option<Tid>) -> Result<Option<Report>> {
        if stop.flags.contains(EventFlags::EXEC) {
            self.executed()?;
            self.process()?.owed.clear();
            return Ok(stepping.map(|_| Report::Step));
        }
        if stop.flags.contains(EventFlags::FORKED) {
            self.let_child_go(stop)?;
        }
        if stop.flags.contains(EventFlags::VFORK_DONE) {
            self.process()?.shared_with_child = false;
        }
        if stop.flags.contains(EventFlags::BORN) {
            self.process()?.watch_changed = true;
        }
        Ok(None)
    }

    /// A child has the memory of its parent, breakpoints included, and nobody who would catch them.
    fn let_child_go(&mut self, stop: &Stop) -> Result<()> {
        let Some(child) = stop.child else { return Ok(()) };
        if stop.flags.contains(EventFlags::VFORKED) {
            self.patch(&[])?;
            self.process()?.shared_with_child = true;
            return Ok(self.target.leave_child(child, &[])?);
        }
        let patches = self.process()?.patches.originals();
        Ok(self.target.leave_child(child, &patches)?)
    }

    fn judge_signal(&mut self, stop: &Stop, stepping: Option<Tid>) -> Result<Option<Report>> {
        let code = stop.info.map_or(0, |info| info.code);
        match (stop.signal, code) {
            (SIGTRAP, TRAP_BRKPT) => self.judge_breakpoint(stop),
            (SIGTRAP, TRAP_TRACE) => self.judge_trap(stop, stepping),
            (SIGSTOP, _) if self.process()?.own_stop != OwnStop::None => {
                let own = core::mem::replace(&mut self.process()?.own_stop, OwnStop::None);
                Ok((own == OwnStop::Sent).then_some(Report::Interrupted))
            }
            _ => self.judge_by_manner(stop),
        }
    }

    fn judge_by_manner(&mut self, stop: &Stop) -> Result<Option<Report>> {
        let (stops, passes) = manner(stop.signal);
        self.process()?.signal = (passes == Manner::Yes).then_some(stop.signal);
        Ok((stops == Manner::Yes).then_some(Report::Signal(stop.signal, stop.info)))
    }

    fn judge_breakpoint(&mut self, stop: &Stop) -> Result<Option<Report>> {
        let mut registers = self.target.registers(stop.thread)?;
        let pc = registers.rip.wrapping_sub(1);
        let ours = self.process()?.patches.contains(pc);
        if !ours && self.read_value(pc, 1).is_ok_and(|byte| byte == u64::from(INT3)) {
            return Ok(Some(Report::Signal(stop.signal, stop.info)));
        }
        // Not ours and no INT3 either: it was hit before it was deleted, and is reported only now.
        registers.rip = pc;
        self.target.set_registers(stop.thread, &registers)?;
        if let Some(breakpoint) = self.breakpoints.hit(pc) {
            return Ok(Some(Report::Breakpoint(breakpoint)));
        }
        let goal = self.process()?.goal;
        if goal.is_some_and(|goal| goal.address == pc && goal.thread == stop.thread && registers.rsp >= goal.floor) {
            return Ok(Some(Report::Goal));
        }
        self.process()?.told.push((stop.thread, pc));
        Ok(None)
    }

    fn judge_trap(&mut self, stop: &Stop, stepping: Option<Tid>) -> Result<Option<Report>> {
        let thread = stop.thread;
        let owed = &mut self.process()?.owed;
        let before = owed.len();
        owed.retain(|&other| other != thread);
        let owed = owed.len() < before;
        match self.watched(thread, owed)? {
            Watched::Changed(change) => Ok(Some(Report::Watchpoint(change))),
            // FreeBSD lets a program step itself: it set the trap flag.
            Watched::No if !owed => self.judge_by_manner(stop),
            // The step of another thread than this one was interrupted by a stop that was told.
            Watched::No | Watched::Same => Ok((stepping == Some(thread)).then_some(Report::Step)),
        }
    }

    /// What a trap has to do with what is watched. DR6 tells that a debug register matched (SDM vol. 3, section 17.2.3), also
    /// one that was wanted until a moment ago; a write that left the value as it was is not worth a stop.
    fn watched(&mut self, thread: Tid, owed: bool) -> Result<Watched> {
        const MATCHED: u64 = 0xf;
        if self.watchpoints.is_empty() && owed {
            return Ok(Watched::No);
        }
        let mut debug = self.target.debug_registers(thread)?;
        let status = debug.dr.get(6).copied().unwrap_or(0);
        if status & MATCHED == 0 {
            return Ok(Watched::No);
        }
        if let Some(place) = debug.dr.get_mut(6) {
            *place = 0;
            self.target.set_debug_registers(thread, &debug)?;
        }
        let before: Vec<_> = self.watchpoints.iter().copied().collect();
        self.note_watched_values();
        for (old, new) in before.iter().zip(self.watchpoints.iter_mut()) {
            if let (Some(was), Some(is)) = (old.value, new.value)
                && was != is
            {
                new.hits = new.hits.saturating_add(1);
                let change = Change { number: new.number, address: new.address, old: was, new: is };
                return Ok(Watched::Changed(change));
            }
        }
        Ok(Watched::Same)
    }
}
