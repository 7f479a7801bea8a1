//! Letting one process run, by the shortest way, and what is known of it while it stands.
//!
//! Decides that a step is waited for where nothing can hold it up: at an instruction that makes no call, so that the client is
//! never kept from being heard. Everything else is told by `event`. Main types: [`Stand`], methods of [`Open`]. Neighbours:
//! `open` (files, waiting), `runtime::proc::run` (the kernel's own way from stop to stop).

use super::open::Open;
use alloc::vec::Vec;
use gdbserver::instruction::{LONGEST, makes_call};
use gdbserver::system::{Change, Extent, Resume};
use proc_abi::event_record::EventRecord;
use proc_abi::id::Tid;
use proc_abi::path::ThreadFile;
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use proc_abi::siginfo::{TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::SIGTRAP;
use proc_abi::status::ThreadStatus;
use runtime::proc::Commands;
use runtime::proc::run::Mode;
use runtime::proc::state::{read_set, threads, write_set};
use runtime::{Error, Result};
use zerocopy::IntoBytes;

/// Requests in one write of `ctl`.
const AT_ONCE: usize = 1024;

/// What is known of a process that stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Stand {
    /// The thread that reported, if it trapped at an instruction: it is in no call.
    trapped: Option<Tid>,
    /// The stop came from the kernel alone: no call of the process server has been made in the run.
    delegated: bool,
    registers: Option<(Tid, Registers)>,
    threads: Option<Vec<ThreadStatus>>,
}

impl Stand {
    /// What a change tells by itself.
    pub(super) fn told(change: &Change) -> Self {
        let Change::Stopped(stop) = change else { return Self::default() };
        let code = stop.info.map_or(0, |info| info.code);
        let trapped = stop.signal == SIGTRAP && matches!(code, TRAP_BRKPT | TRAP_TRACE);
        Self { trapped: trapped.then_some(stop.thread), ..Self::default() }
    }
}

impl Open {
    /// Lets it run.
    pub(super) fn resume(&mut self, order: &Resume) -> Result<()> {
        let alone = match (order.extent, order.signal) {
            (_, Some(_)) => false,
            (Extent::OneInstruction, None) => self.steps(order.thread) && self.stepped(self.run.go(Mode::Step))?,
            (Extent::Onward, None) => self.run.start(Mode::Continue).is_ok(),
        };
        if !alone {
            self.control.resume(order.extent.request(), order.thread.raw(), order.signal)?;
        }
        if self.prompt.is_none() {
            self.stand = Stand::default();
        }
        Ok(())
    }

    /// Runs one instruction of a thread, and nothing else; false if that is not for the kernel alone, or if it might wait.
    pub(super) fn step_alone(&mut self, tid: Tid) -> Result<bool> {
        Ok(self.steps(tid) && self.stepped(self.run.step_alone())?)
    }

    /// The kernel might step this thread: it is the one that reported, and at an instruction that ends soon.
    fn steps(&mut self, tid: Tid) -> bool {
        self.stand.trapped == Some(tid) && !self.makes_call()
    }

    /// Takes in what a step led to; false if it was refused.
    fn stepped(&mut self, outcome: Result<(EventRecord, Registers)>) -> Result<bool> {
        match outcome {
            Ok((record, registers)) => {
                self.prompt = Change::read(self.pid, &record)?;
                let tid = Tid::new(record.tid);
                // No thread came or went, and none has another name: those are calls of the process server. What others
                // were doing may have changed.
                let single = |threads: &Vec<ThreadStatus>| threads.len() == 1;
                let threads = self.stand.threads.take().filter(|threads| self.stand.delegated && single(threads));
                let registers = tid.map(|tid| (tid, registers));
                self.stand = Stand { trapped: tid, delegated: true, registers, threads };
                Ok(true)
            }
            Err(Error::EINPROGRESS | Error::EINTR) => {
                self.stand = Stand::default();
                Ok(true)
            }
            // What the server refuses, too, it has better words for.
            Err(_) => Ok(false),
        }
    }

    /// Makes the same request about each of these threads; those that are gone are left out.
    pub(super) fn request_each(&self, request: Request, threads: &[Tid]) -> Result<()> {
        let (mut rest, mut buffer) = (threads, Vec::new());
        while !rest.is_empty() {
            let mut commands = Commands::new();
            for tid in rest.iter().take(AT_ONCE) {
                commands.push(request, tid.raw(), (0, 0), &[], 0)?;
            }
            // The last of the replies may be a refusal, behind which nothing was done.
            let done = self.control.run(&commands, &mut buffer)?.len();
            rest = rest.get(done.max(1)..).unwrap_or_default();
        }
        Ok(())
    }

    /// Whether the instruction that comes next makes a call, or cannot be read.
    fn makes_call(&mut self) -> bool {
        let known = self.stand.registers.filter(|known| Some(known.0) == self.stand.trapped);
        let Some((_, registers)) = known else { return true };
        let mut bytes = [0; LONGEST];
        let count = self.memory.read(registers.rip, &mut bytes).unwrap_or(0);
        count == 0 || makes_call(bytes.get(..count).unwrap_or_default())
    }

    /// General registers of a thread.
    pub(super) fn registers(&mut self, tid: Tid) -> Result<Registers> {
        if let Some((_, registers)) = self.stand.registers.filter(|known| known.0 == tid) {
            return Ok(registers);
        }
        let registers = read_set(self.thread_file(tid, ThreadFile::Registers)?)?;
        self.stand.registers = Some((tid, registers));
        Ok(registers)
    }

    /// Sets them.
    pub(super) fn set_registers(&mut self, tid: Tid, registers: &Registers) -> Result<()> {
        self.stand.registers = None;
        write_set(self.thread_file(tid, ThreadFile::Registers)?, registers.as_bytes())?;
        self.stand.registers = Some((tid, *registers));
        Ok(())
    }

    /// The threads, oldest first.
    pub(super) fn threads(&mut self) -> Result<Vec<ThreadStatus>> {
        if let Some(threads) = &self.stand.threads {
            return Ok(threads.clone());
        }
        let threads = threads(self.pid)?;
        self.stand.threads = Some(threads.clone());
        Ok(threads)
    }
}
