//! Letting processes go on.
//!
//! Decides what must be in place before a process runs (breakpoints, debug registers, events, held threads) and how a thread
//! gets off a breakpoint whose condition was false. Methods of [`Engine`]. Neighbours: `packets::resume` reads the client's
//! orders, `judge` continues what nobody needs to know.

use crate::engine::Engine;
use crate::instruction::{LONGEST, makes_call};
use crate::judge::Verdict;
use crate::process::{Phase, Process, StepOver};
use crate::system::{Extent, Outcome, Resume, System};
use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::{SigSet, Signal};

impl<S: System> Engine<S> {
    /// Lets a process go on as it was last told to, with a signal for a thread or none.
    pub(crate) fn go_on(&mut self, pid: Pid, signal: Option<(Tid, Signal)>) -> Outcome<Verdict> {
        let (process, _) = self.process(pid)?;
        let reporter = process.reporter;
        let thread = signal.map_or(reporter, |signal| signal.0);
        // A step that was interrupted is still owed: arming it again would trap once too often.
        let step = process
            .plan
            .step
            .as_ref()
            .map(|step| step.thread)
            .filter(|_| process.armed.is_none() && process.over.is_none());
        let (thread, extent) = match step {
            Some(step) if signal.is_none_or(|signal| signal.0 == step) => (step, Extent::OneInstruction),
            _ => (thread, Extent::Onward),
        };
        self.run(pid, thread, extent, signal.map(|signal| signal.1)).map(|()| Verdict::Goes)
    }

    /// Lets a process run.
    pub(crate) fn run(&mut self, pid: Pid, thread: Tid, extent: Extent, signal: Option<Signal>) -> Outcome<()> {
        let passing = self.client.pass;
        let (process, system) = self.process(pid)?;
        let held = match &process.over {
            Some(over) => over.held.clone(),
            None => {
                process.sync_code(system)?;
                process.plan.hold.clone()
            }
        };
        process.hold_only(system, &held)?;
        process.make_ready(system, passing)?;
        if extent == Extent::OneInstruction {
            process.note_step(thread);
        }
        system.resume(pid, Resume { thread, extent, signal })?;
        process.phase = Phase::Running;
        Ok(())
    }

    /// Steps a thread off a breakpoint that did not count, with all others held and the breakpoint out.
    pub(crate) fn step_over(&mut self, pid: Pid, thread: Tid, address: u64) -> Outcome<Verdict> {
        let passing = self.client.pass;
        let (process, system) = self.process(pid)?;
        process.lift(system, address)?;
        process.make_ready(system, passing)?;
        if system.step_alone(pid, thread)? {
            process.note_step(thread);
            process.over = Some(StepOver { thread, held: Vec::new() });
            process.phase = Phase::Running;
            return Ok(Verdict::Goes);
        }
        let mut held = process.thread_ids(system)?;
        let mut instruction = [0; LONGEST];
        // A system call may wait for another thread, which must be able to run.
        let count = process.read_memory(system, address, &mut instruction).unwrap_or(0);
        let waits = makes_call(instruction.get(..count).unwrap_or_default());
        held.retain(|&tid| tid != thread && !waits);
        process.over = Some(StepOver { thread, held });
        self.run(pid, thread, Extent::OneInstruction, None).map(|()| Verdict::Goes)
    }
}

impl Process {
    /// What must be in place before it runs, whoever runs; nothing of what was seen of it is true from then on.
    fn make_ready<S: System>(&mut self, system: &mut S, passing: SigSet) -> Outcome<()> {
        self.apply_watch(system)?;
        self.choose_stops(system, passing)?;
        self.seen.forget();
        Ok(())
    }

    /// A thread is told to run one instruction.
    fn note_step(&mut self, thread: Tid) {
        self.armed = Some(thread);
        self.late = self.late.filter(|&late| late != thread);
    }
}
