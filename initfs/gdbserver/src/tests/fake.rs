//! A system of one program: a page of memory, the registers of one thread, and a list of what happens when it runs.
//!
//! Decides what running does: it takes the next of `script`, or ends with status 0. Main type: [`Fake`]. Neighbours: the
//! sessions; only what they need is more than a refusal.

use crate::System;
use crate::system::{Change, Choice, Extent, Failure, FileStatus, Launch, Outcome, Resume, Stop, Text};
use kernel_abi::call_set::CallStops;
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::id::{Pid, Tid};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers, SegmentBases};
use proc_abi::siginfo::{SI_USER, SigInfo, TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{SIGSTOP, SIGTRAP, SigSet, Signal};
use proc_abi::status::{MapEntry, ProcessStatus, ThreadStatus};
use std::collections::VecDeque;
use zerocopy::FromZeros;

/// Where its memory is.
pub(super) const BASE: u64 = 0x1000;
const SIZE: usize = 0x1000;

/// Something that happens when the program runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happening {
    /// It runs to this address, where a breakpoint is or is not.
    Reaches(u64),
    /// A signal comes.
    Gets(Signal),
    /// It makes this call, which debuggers inside know by this number.
    Calls(u32),
    /// It traps by the flag that it set.
    Traps,
    /// It exits.
    Exits(i32),
    /// It runs until it is stopped.
    Runs,
}

/// The system.
#[derive(Debug)]
pub(super) struct Fake {
    pub(super) memory: Vec<u8>,
    pub(super) registers: Registers,
    float: FloatRegisters,
    debug: DebugRegisters,
    pub(super) script: VecDeque<Happening>,
    changes: VecDeque<Change>,
    pub(super) alive: bool,
    stopped: bool,
    events: EventMask,
    stops: CallStops,
    signals: SigSet,
    /// Those that are held.
    pub(super) held: Vec<Tid>,
    /// How many threads it has; all but the first do nothing.
    pub(super) threads: i32,
    /// What was asked for, by name, to count.
    pub(super) calls: Vec<&'static str>,
}

impl Default for Fake {
    fn default() -> Self {
        let registers = Registers { rip: BASE, rsp: BASE + 0x800, ..Registers::default() };
        let memory = vec![0x90; SIZE];
        let (script, changes, calls) = (VecDeque::new(), VecDeque::new(), Vec::new());
        let (float, debug) = (FloatRegisters::new_zeroed(), DebugRegisters::default());
        let (events, stops, signals) = (EventMask::empty(), CallStops::ALL, SigSet::ALL);
        let (alive, stopped, threads, held) = (false, false, 1, Vec::new());
        Self {
            memory,
            registers,
            float,
            debug,
            script,
            changes,
            alive,
            stopped,
            events,
            stops,
            signals,
            held,
            threads,
            calls,
        }
    }
}

pub(super) fn pid() -> Pid {
    Pid::new(7).unwrap()
}

pub(super) fn tid() -> Tid {
    Tid::new(100_007).unwrap()
}

const GONE: Failure = Failure(3);
const REFUSED: Failure = Failure(1);

fn stopped(signal: Signal, code: i32) -> Change {
    let info = SigInfo::new(signal, code);
    Change::Stopped(Stop { thread: tid(), signal, flags: EventFlags::SI, info: Some(info), child: None, call: 0 })
}

impl Fake {
    /// What the program did by itself.
    pub(super) fn take_change(&mut self) -> Option<(Pid, Change)> {
        self.changes.pop_front().map(|change| (pid(), change))
    }

    /// How often something was asked for.
    pub(super) fn count(&self, call: &str) -> usize {
        self.calls.iter().filter(|name| **name == call).count()
    }

    fn note(&mut self, call: &'static str) -> Outcome<()> {
        self.calls.push(call);
        if self.alive { Ok(()) } else { Err(GONE) }
    }

    fn range(address: u64, length: usize) -> Outcome<std::ops::Range<usize>> {
        let start = address.checked_sub(BASE).ok_or(Failure(14))? as usize;
        let end = start.saturating_add(length).min(SIZE);
        if start < SIZE { Ok(start..end) } else { Err(Failure(14)) }
    }

    fn go(&mut self) {
        self.stopped = false;
        let change = match self.script.pop_front() {
            Some(Happening::Reaches(address)) => {
                self.registers.rip = address;
                let there = Self::range(address, 1).expect("memory");
                if self.memory[there] != [0xcc] {
                    return self.go();
                }
                self.registers.rip = address + 1;
                stopped(SIGTRAP, TRAP_BRKPT)
            }
            Some(Happening::Gets(signal)) if !self.signals.contains(signal) => return self.go(),
            Some(Happening::Calls(call))
                if !self.events.contains(EventMask::SCE) || !self.stops.entry.contains_shown(call) =>
            {
                return self.go();
            }
            Some(Happening::Calls(call)) => {
                let (thread, flags) = (tid(), EventFlags::SCE);
                Change::Stopped(Stop { thread, signal: SIGTRAP, flags, info: None, child: None, call })
            }
            Some(Happening::Gets(signal)) => stopped(signal, SI_USER),
            Some(Happening::Traps) => stopped(SIGTRAP, TRAP_TRACE),
            Some(Happening::Exits(status)) => Change::Exited(status),
            Some(Happening::Runs) => return,
            None => Change::Exited(0),
        };
        self.alive = matches!(change, Change::Stopped(_));
        self.changes.push_back(change);
    }
}

impl System for Fake {
    type File = ();

    fn start(&mut self, _: &Launch) -> Outcome<(Pid, Stop)> {
        let script = std::mem::take(&mut self.script);
        *self = Self { script, alive: true, stopped: true, threads: self.threads, ..Self::default() };
        match stopped(SIGTRAP, TRAP_TRACE) {
            Change::Stopped(stop) => Ok((pid(), stop)),
            _ => Err(REFUSED),
        }
    }

    fn attach(&mut self, _: Pid) -> Outcome<Stop> {
        Err(REFUSED)
    }

    fn adopt(&mut self, _: Pid) -> Outcome<Change> {
        Err(REFUSED)
    }

    fn detach(&mut self, _: Pid, _: Option<Signal>) -> Outcome<()> {
        self.note("detach")
    }

    fn kill(&mut self, _: Pid) -> Outcome<()> {
        self.note("kill")?;
        self.alive = false;
        Ok(())
    }

    fn bury(&mut self, _: Pid) {
        self.calls.push("bury");
    }

    fn send(&mut self, _: Pid, signal: Signal) -> Outcome<()> {
        self.note("send")?;
        if signal == SIGSTOP && !self.stopped {
            self.changes.push_back(stopped(signal, SI_USER));
        }
        Ok(())
    }

    fn wait(&mut self, _: Pid) -> Outcome<Change> {
        self.changes.pop_front().ok_or(GONE)
    }

    fn resume(&mut self, _: Pid, order: Resume) -> Outcome<()> {
        self.note("resume")?;
        if order.extent == Extent::Onward {
            self.go();
        } else {
            self.registers.rip += 1;
            self.changes.push_back(stopped(SIGTRAP, TRAP_TRACE));
        }
        Ok(())
    }

    fn step_alone(&mut self, _: Pid, _: Tid) -> Outcome<bool> {
        self.note("step_alone")?;
        if self.threads == 1 {
            self.registers.rip += 1;
            self.changes.push_back(stopped(SIGTRAP, TRAP_TRACE));
        }
        Ok(self.threads == 1)
    }

    fn clear_step(&mut self, _: Tid, _: Pid) -> Outcome<()> {
        self.note("clear_step")
    }

    fn hold(&mut self, _: Pid, threads: &[Tid]) -> Outcome<()> {
        self.held.extend(threads);
        self.note("hold")
    }

    fn release(&mut self, _: Pid, threads: &[Tid]) -> Outcome<()> {
        self.held.retain(|tid| !threads.contains(tid));
        self.note("release")
    }

    fn choose(&mut self, _: Pid, choice: &Choice) -> Outcome<()> {
        match choice {
            Choice::Events(events) => self.events = *events,
            Choice::Calls(calls) => self.stops = *calls,
            Choice::Signals(signals) => self.signals = *signals,
        }
        self.note("choose")
    }

    fn threads(&mut self, _: Pid) -> Outcome<Vec<ThreadStatus>> {
        self.note("threads")?;
        let thread = |number| {
            let mut thread = ThreadStatus { tid: tid().raw() + number, state: 4, ..ThreadStatus::default() };
            thread.name[..4].copy_from_slice(b"main");
            thread
        };
        Ok((0..self.threads).map(thread).collect())
    }

    fn read_memory(&mut self, _: Pid, address: u64, buffer: &mut [u8]) -> Outcome<usize> {
        self.note("read_memory")?;
        let range = Self::range(address, buffer.len())?;
        let count = range.len();
        buffer[..count].copy_from_slice(&self.memory[range]);
        Ok(count)
    }

    fn write_memory(&mut self, _: Pid, address: u64, bytes: &[u8]) -> Outcome<()> {
        self.note("write_memory")?;
        let range = Self::range(address, bytes.len())?;
        let count = range.len();
        self.memory[range].copy_from_slice(&bytes[..count]);
        Ok(())
    }

    fn registers(&mut self, _: Pid, _: Tid) -> Outcome<Registers> {
        self.note("registers")?;
        Ok(self.registers)
    }

    fn set_registers(&mut self, _: Pid, _: Tid, registers: &Registers) -> Outcome<()> {
        self.note("set_registers")?;
        self.registers = *registers;
        Ok(())
    }

    fn float_registers(&mut self, _: Pid, _: Tid) -> Outcome<FloatRegisters> {
        self.note("float_registers")?;
        Ok(self.float)
    }

    fn set_float_registers(&mut self, _: Pid, _: Tid, registers: &FloatRegisters) -> Outcome<()> {
        self.note("set_float_registers")?;
        self.float = *registers;
        Ok(())
    }

    fn extended_components(&mut self, _: Pid, _: Tid) -> Outcome<u64> {
        Ok(3)
    }

    fn extended_state(&mut self, _: Pid, _: Tid) -> Outcome<Vec<u8>> {
        Err(REFUSED)
    }

    fn set_extended_state(&mut self, _: Pid, _: Tid, _: &[u8]) -> Outcome<()> {
        Err(REFUSED)
    }

    fn bases(&mut self, _: Pid, _: Tid) -> Outcome<SegmentBases> {
        self.note("bases")?;
        Ok(SegmentBases::default())
    }

    fn set_bases(&mut self, _: Pid, _: Tid, _: &SegmentBases) -> Outcome<()> {
        self.note("set_bases")
    }

    fn debug_registers(&mut self, _: Pid, _: Tid) -> Outcome<DebugRegisters> {
        self.note("debug_registers")?;
        Ok(self.debug)
    }

    fn set_debug_registers(&mut self, _: Pid, _: Tid, registers: &DebugRegisters) -> Outcome<()> {
        self.note("set_debug_registers")?;
        self.debug = *registers;
        Ok(())
    }

    fn signal_information(&mut self, _: Pid, _: Tid) -> Outcome<SigInfo> {
        Ok(SigInfo::new(SIGTRAP, TRAP_TRACE))
    }

    fn text(&mut self, _: Pid, _: Text) -> Outcome<Vec<u8>> {
        Ok(b"/bin/program".to_vec())
    }

    fn map(&mut self, _: Pid) -> Outcome<Vec<MapEntry>> {
        Ok(vec![MapEntry { start: BASE, end: BASE + SIZE as u64, protection: 7, ..MapEntry::default() }])
    }

    fn processes(&mut self) -> Outcome<Vec<ProcessStatus>> {
        Ok(Vec::new())
    }

    fn open(&mut self, _: &[u8]) -> Outcome<()> {
        Err(Failure(2))
    }

    fn read(&mut self, (): &(), _: u64, _: &mut [u8]) -> Outcome<usize> {
        Err(REFUSED)
    }

    fn status(&mut self, (): &()) -> Outcome<FileStatus> {
        Err(REFUSED)
    }
}
