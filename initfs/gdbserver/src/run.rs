//! Letting processes go on.
//!
//! Decides what must be in place before a process runs (breakpoints, debug registers, events, held threads) and how a thread
//! gets off a breakpoint whose condition was false. Methods of [`Engine`]. Neighbours: `packets::resume` reads the client's
//! orders, `judge` continues what nobody needs to know.

use crate::engine::Engine;
use crate::instruction::{LONGEST, makes_call};
use crate::judge::Verdict;
use crate::process::{Catch, Phase, Process, StepOver};
use crate::system::{Extent, Outcome, Resume, System};
use alloc::vec::Vec;
use proc_abi::event::EventMask;
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::Signal;

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
        let (process, system) = self.process(pid)?;
        let held = match &process.over {
            Some(over) => over.held.clone(),
            None => {
                process.sync_code(system)?;
                process.plan.hold.clone()
            }
        };
        process.hold_only(system, &held);
        process.make_ready(system)?;
        if extent == Extent::OneInstruction {
            process.note_step(thread);
        }
        system.resume(pid, Resume { thread, extent, signal })?;
        process.phase = Phase::Running;
        Ok(())
    }

    /// Steps a thread off a breakpoint that did not count, with all others held and the breakpoint out.
    pub(crate) fn step_over(&mut self, pid: Pid, thread: Tid, address: u64) -> Outcome<Verdict> {
        let (process, system) = self.process(pid)?;
        process.lift(system, address)?;
        process.make_ready(system)?;
        if system.step_alone(pid)? {
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
    fn make_ready<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        self.apply_watch(system)?;
        self.choose_events(system)?;
        self.seen.forget();
        Ok(())
    }

    /// A thread is told to run one instruction.
    fn note_step(&mut self, thread: Tid) {
        self.armed = Some(thread);
        self.late = self.late.filter(|&late| late != thread);
    }

    /// Has the system stop it for what this server must see: exec and forks because of the breakpoints, threads because new
    /// ones have no debug registers, system calls if the client wants them.
    fn choose_events<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        let mut events = EventMask::EXEC | EventMask::FORK | EventMask::VFORK;
        events.set(EventMask::LWP, !self.watch.is_empty());
        events.set(EventMask::SCE | EventMask::SCX, self.catch != Catch::None);
        if self.events != Some(events) {
            system.set_events(self.pid, events)?;
            self.events = Some(events);
        }
        Ok(())
    }
}

impl Catch {
    /// Whether the client wants to see this call.
    pub(crate) fn covers(&self, number: u32) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(numbers) => numbers.contains(&number),
        }
    }
}
