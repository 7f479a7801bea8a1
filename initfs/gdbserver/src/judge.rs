//! Telling stops apart: the client's business, this server's, and nobody's.
//!
//! Decides what each stop means and does what must be done before the process may run on: the program counter back onto a
//! breakpoint (FreeBSD leaves it behind the INT3), children without breakpoints that nobody would catch. Main type:
//! [`Verdict`]. Neighbours: `judge::event` for forks, exec and system calls; `run` lets processes go on; the engine tells.

mod event;

use crate::engine::{Engine, NOBODY};
use crate::process::code::INT3;
use crate::process::watch::{Hit, Kind};
use crate::process::{OwnStop, Phase};
use crate::report::{Reason, Report};
use crate::signal::to_client;
use crate::system::{Change, Extent, Outcome, Stop, System};
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::{TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{SIGSTOP, SIGTRAP};

/// What comes of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing: the process runs on.
    Goes,
    /// This server stopped it, in this thread.
    Halted(Tid),
    /// The client's business.
    Tells(Report),
}

impl<S: System> Engine<S> {
    /// Judges what a process did.
    pub(crate) fn judge(&mut self, pid: Pid, change: Change) -> Verdict {
        self.changes = self.changes.saturating_add(1);
        let stop = match change {
            Change::Exited(status) => return self.ended(pid, Report::Exited(status)),
            Change::Killed(signal) => return self.ended(pid, Report::Killed(to_client(signal))),
            Change::Stopped(stop) => stop,
        };
        let Some(process) = self.find(pid) else { return Verdict::Goes };
        process.phase = Phase::Stopped;
        process.seen.forget();
        process.reporter = stop.thread;
        match self.judge_stop(pid, &stop) {
            Ok(verdict) => self.conclude(pid, verdict),
            // A process that is killed meanwhile tells so by its end, for which it counts as running.
            Err(failure) if failure == NOBODY => {
                if let Some(process) = self.find(pid) {
                    process.phase = Phase::Running;
                }
                Verdict::Goes
            }
            Err(_) => {
                let signal = to_client(stop.signal);
                self.conclude(
                    pid,
                    Verdict::Tells(Report::Stopped { thread: stop.thread, signal, reason: Reason::Signal }),
                )
            }
        }
    }

    fn ended(&mut self, pid: Pid, report: Report) -> Verdict {
        self.return_memory(pid);
        match self.find(pid) {
            Some(process) => {
                process.phase = Phase::Stopped;
                Verdict::Tells(report)
            }
            None => Verdict::Goes,
        }
    }

    /// A process that stays stopped gives up what it was in the middle of.
    fn conclude(&mut self, pid: Pid, verdict: Verdict) -> Verdict {
        if verdict == Verdict::Goes {
            return verdict;
        }
        let Ok((process, system)) = self.process(pid) else { return verdict };
        if process.own_stop == OwnStop::Sent && matches!(verdict, Verdict::Tells(_)) {
            process.own_stop = OwnStop::Stale;
        }
        process.over = None;
        if let Some(tid) = process.armed.take() {
            // The thread may be gone; or it has trapped already, which is told when it runs again.
            let _ = system.clear_step(tid, pid);
            process.late = Some(tid);
        }
        verdict
    }

    fn judge_stop(&mut self, pid: Pid, stop: &Stop) -> Outcome<Verdict> {
        // Signal stops tell about their signal (flag SI), but for the SIGSTOP of a process whose threads all sleep: nobody
        // reports that one, and it has no flags at all.
        if stop.info.is_none() && !stop.flags.is_empty() {
            return self.judge_event(pid, stop);
        }
        let code = stop.info.map_or(0, |info| info.code);
        match (stop.signal, code) {
            (SIGTRAP, TRAP_BRKPT) => self.judge_breakpoint(pid, stop),
            (SIGTRAP, TRAP_TRACE) => self.judge_trace(pid, stop),
            _ => self.judge_signal(pid, stop),
        }
    }

    fn judge_signal(&mut self, pid: Pid, stop: &Stop) -> Outcome<Verdict> {
        let passes = self.client.pass.contains(stop.signal);
        let (process, _) = self.process(pid)?;
        if stop.signal == SIGSTOP {
            match core::mem::replace(&mut process.own_stop, OwnStop::None) {
                OwnStop::None => {}
                OwnStop::Sent => return Ok(Verdict::Halted(stop.thread)),
                OwnStop::Stale => return self.go_on(pid, None),
            }
        }
        if passes {
            process.told.in_vain = true;
            return self.go_on(pid, Some((stop.thread, stop.signal)));
        }
        let signal = to_client(stop.signal);
        Ok(Verdict::Tells(Report::Stopped { thread: stop.thread, signal, reason: Reason::Signal }))
    }

    fn judge_breakpoint(&mut self, pid: Pid, stop: &Stop) -> Outcome<Verdict> {
        let (process, system) = self.process(pid)?;
        let mut registers = *process.general(system, stop.thread)?;
        let pc = registers.rip.wrapping_sub(1);
        let ours = process.code.has_patch(pc);
        let mut byte = [0];
        if !ours && process.read_memory(system, pc, &mut byte).is_ok() && byte == [INT3] {
            // The program's own.
            return Ok(Verdict::Tells(Report::trap(stop.thread, Reason::Signal)));
        }
        registers.rip = pc;
        process.set_general(system, stop.thread, registers)?;
        if !ours || !process.code.wants(pc) {
            // It was hit before it was deleted, and is told only now.
            return self.go_on(pid, None);
        }
        if !process.condition_holds(system, stop.thread, pc)? {
            return self.step_over(pid, stop.thread, pc);
        }
        Ok(Verdict::Tells(Report::trap(stop.thread, Reason::SoftwareBreak)))
    }

    /// A step is done, or the processor found a place that is watched, or the program steps itself.
    fn judge_trace(&mut self, pid: Pid, stop: &Stop) -> Outcome<Verdict> {
        let thread = stop.thread;
        let (process, system) = self.process(pid)?;
        let stepped = process.armed == Some(thread);
        if stepped {
            process.armed = None;
        }
        // A step without places to watch is a step.
        let hit = if stepped && process.watch.is_empty() { Hit::None } else { process.watch_hit(system, thread)? };
        match hit {
            Hit::Place(place) => {
                let reason = match place.kind {
                    Kind::Execute => Reason::HardwareBreak,
                    Kind::Write | Kind::Access => Reason::Watch(place.kind, place.address),
                };
                return Ok(Verdict::Tells(Report::trap(thread, reason)));
            }
            Hit::Forgotten if !stepped => return self.go_on(pid, None),
            Hit::Forgotten | Hit::None => {}
        }
        if !stepped {
            // Its step was interrupted by another thread's stop; else it set the trap flag itself, as FreeBSD lets it.
            let late = process.late.take_if(|late| *late == thread).is_some();
            return if late { self.go_on(pid, None) } else { self.judge_signal(pid, stop) };
        }
        process.over = None;
        let Some(step) = process.plan.step.clone().filter(|step| step.thread == thread) else {
            return self.go_on(pid, None);
        };
        let pc = process.general(system, thread)?.rip;
        if step.range.contains(&pc) {
            return self.run(pid, thread, Extent::OneInstruction, None).map(|()| Verdict::Goes);
        }
        Ok(Verdict::Tells(Report::trap(thread, Reason::Signal)))
    }
}
