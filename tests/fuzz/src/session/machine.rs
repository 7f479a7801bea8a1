//! A system of one program for the whole of gdbserver: a page of memory, one thread, and what happens when it runs.
//!
//! Decides that what happens is the input's choice. Main type: [`Small`]. Neighbours: `session` and `condition` drive
//! gdbserver over it; initfs/gdbserver's tests have one that counts what it is asked.

use gdbserver::System;
use gdbserver::system::{Change, Choice, Extent, Failure, FileStatus, Launch, Outcome, Resume, Stop, Text};
use proc_abi::event::EventFlags;
use proc_abi::id::{Pid, Tid};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers, SegmentBases};
use proc_abi::siginfo::{SI_USER, SigInfo, TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{SIGSTOP, SIGTRAP, Signal};
use proc_abi::status::{MapEntry, ProcessStatus, ThreadStatus};
use std::collections::VecDeque;
use zerocopy::FromZeros;

/// Where its memory begins.
pub const BASE: u64 = 0x1000;
const SIZE: usize = 0x1000;
const GONE: Failure = Failure(3);
const REFUSED: Failure = Failure(1);
const BREAKPOINT: u8 = 0xcc;
/// Instructions after which the program has come to its end: a range to step through can be as long as a client wants.
const STEPS: u32 = 256;

/// The system.
#[derive(Debug)]
pub struct Small {
    memory: Vec<u8>,
    registers: Registers,
    debug: DebugRegisters,
    happenings: VecDeque<u8>,
    changes: VecDeque<Change>,
    life: Life,
    steps: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Dead,
    Stopped,
    Running,
}

/// The process.
#[must_use]
pub fn pid() -> Option<Pid> {
    Pid::new(7)
}

fn tid() -> Outcome<Tid> {
    Tid::new(100_007).ok_or(GONE)
}

impl Small {
    /// Nothing runs yet; each byte says what happens when something does.
    #[must_use]
    pub fn new(happenings: &[u8]) -> Self {
        let (memory, debug) = (vec![0x90; SIZE], DebugRegisters::default());
        let registers = Registers { rip: BASE, rsp: BASE.saturating_add(0x800), ..Registers::default() };
        let happenings = happenings.iter().copied().collect();
        Self { memory, registers, debug, happenings, changes: VecDeque::new(), life: Life::Dead, steps: 0 }
    }

    /// What the program did by itself.
    pub fn take_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    fn lives(&self) -> Outcome<()> {
        if self.life == Life::Dead { Err(GONE) } else { Ok(()) }
    }

    fn stop(&mut self, signal: Signal, code: i32) -> Outcome<Stop> {
        self.life = Life::Stopped;
        let info = Some(SigInfo::new(signal, code));
        Ok(Stop { thread: tid()?, signal, flags: EventFlags::SI, info, child: None, call: 0 })
    }

    fn stops(&mut self, signal: Signal, code: i32) -> Outcome<()> {
        let stop = self.stop(signal, code)?;
        self.changes.push_back(Change::Stopped(stop));
        Ok(())
    }

    fn part(&mut self, address: u64, length: usize) -> Outcome<&mut [u8]> {
        let start = address.checked_sub(BASE).and_then(|start| usize::try_from(start).ok()).ok_or(REFUSED)?;
        let rest = self.memory.get_mut(start..).filter(|rest| !rest.is_empty()).ok_or(REFUSED)?;
        let length = length.min(rest.len());
        rest.get_mut(..length).ok_or(REFUSED)
    }

    /// The program runs on: to a place where a breakpoint may be, into a signal or a trap of its own, to its end.
    fn run(&mut self) -> Outcome<()> {
        let Some(happening) = self.happenings.pop_front() else {
            self.life = Life::Running;
            return Ok(());
        };
        match happening {
            0..0x80 => {
                self.registers.rip = BASE.saturating_add(u64::from(happening));
                if self.part(self.registers.rip, 1)? != [BREAKPOINT] {
                    return self.run();
                }
                self.registers.rip = self.registers.rip.saturating_add(1);
                self.stops(SIGTRAP, TRAP_BRKPT)
            }
            0x80..0xc0 => match Signal::new(i32::from(happening & 0x3f)) {
                Some(signal) => self.stops(signal, SI_USER),
                None => self.stops(SIGTRAP, TRAP_TRACE),
            },
            _ => {
                self.exit(happening & 0x3f);
                Ok(())
            }
        }
    }

    fn step(&mut self) -> Outcome<()> {
        self.steps = self.steps.saturating_add(1);
        if self.steps > STEPS {
            self.exit(0);
            return Ok(());
        }
        self.registers.rip = self.registers.rip.wrapping_add(1);
        self.stops(SIGTRAP, TRAP_TRACE)
    }

    fn exit(&mut self, status: u8) {
        self.life = Life::Dead;
        self.changes.push_back(Change::Exited(i32::from(status)));
    }
}

impl System for Small {
    type File = ();

    fn start(&mut self, _: &Launch) -> Outcome<(Pid, Stop)> {
        let happenings = self.happenings.make_contiguous().to_vec();
        *self = Self::new(&happenings);
        Ok((pid().ok_or(GONE)?, self.stop(SIGTRAP, TRAP_TRACE)?))
    }

    fn attach(&mut self, _: Pid) -> Outcome<Stop> {
        self.lives()?;
        self.stop(SIGSTOP, SI_USER)
    }

    fn adopt(&mut self, _: Pid) -> Outcome<Change> {
        Err(REFUSED)
    }

    fn detach(&mut self, _: Pid, _: Option<Signal>) -> Outcome<()> {
        self.lives()
    }

    fn kill(&mut self, _: Pid) -> Outcome<()> {
        self.lives()?;
        self.life = Life::Dead;
        Ok(())
    }

    fn bury(&mut self, _: Pid) {}

    fn send(&mut self, _: Pid, signal: Signal) -> Outcome<()> {
        self.lives()?;
        if self.life == Life::Running { self.stops(signal, SI_USER) } else { Ok(()) }
    }

    fn wait(&mut self, _: Pid) -> Outcome<Change> {
        self.changes.pop_front().ok_or(GONE)
    }

    fn resume(&mut self, _: Pid, order: Resume) -> Outcome<()> {
        self.lives()?;
        if order.extent == Extent::Onward {
            return self.run();
        }
        self.step()
    }

    fn step_alone(&mut self, _: Pid, _: Tid) -> Outcome<bool> {
        self.lives()?;
        self.step().map(|()| true)
    }

    fn clear_step(&mut self, _: Tid, _: Pid) -> Outcome<()> {
        self.lives()
    }

    fn hold(&mut self, _: Pid, _: &[Tid]) -> Outcome<()> {
        self.lives()
    }

    fn release(&mut self, _: Pid, _: &[Tid]) -> Outcome<()> {
        self.lives()
    }

    fn choose(&mut self, _: Pid, _: &Choice) -> Outcome<()> {
        self.lives()
    }

    fn threads(&mut self, _: Pid) -> Outcome<Vec<ThreadStatus>> {
        self.lives()?;
        Ok(vec![ThreadStatus { tid: tid()?.raw(), state: 4, ..ThreadStatus::default() }])
    }

    fn read_memory(&mut self, _: Pid, address: u64, buffer: &mut [u8]) -> Outcome<usize> {
        self.lives()?;
        let part = self.part(address, buffer.len())?;
        buffer.iter_mut().zip(part.iter()).for_each(|(to, from)| *to = *from);
        Ok(part.len())
    }

    fn write_memory(&mut self, _: Pid, address: u64, bytes: &[u8]) -> Outcome<()> {
        self.lives()?;
        self.part(address, bytes.len())?.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    fn registers(&mut self, _: Pid, _: Tid) -> Outcome<Registers> {
        self.lives().map(|()| self.registers)
    }

    fn set_registers(&mut self, _: Pid, _: Tid, registers: &Registers) -> Outcome<()> {
        self.registers = *registers;
        self.lives()
    }

    fn float_registers(&mut self, _: Pid, _: Tid) -> Outcome<FloatRegisters> {
        self.lives().map(|()| FloatRegisters::new_zeroed())
    }

    fn set_float_registers(&mut self, _: Pid, _: Tid, _: &FloatRegisters) -> Outcome<()> {
        self.lives()
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
        self.lives().map(|()| SegmentBases::default())
    }

    fn set_bases(&mut self, _: Pid, _: Tid, _: &SegmentBases) -> Outcome<()> {
        self.lives()
    }

    fn debug_registers(&mut self, _: Pid, _: Tid) -> Outcome<DebugRegisters> {
        self.lives().map(|()| self.debug)
    }

    fn set_debug_registers(&mut self, _: Pid, _: Tid, registers: &DebugRegisters) -> Outcome<()> {
        self.debug = *registers;
        self.lives()
    }

    fn signal_information(&mut self, _: Pid, _: Tid) -> Outcome<SigInfo> {
        Ok(SigInfo::new(SIGTRAP, TRAP_TRACE))
    }

    fn text(&mut self, _: Pid, _: Text) -> Outcome<Vec<u8>> {
        Ok(b"/bin/program".to_vec())
    }

    fn map(&mut self, _: Pid) -> Outcome<Vec<MapEntry>> {
        let end = BASE.saturating_add(SIZE as u64);
        Ok(vec![MapEntry { start: BASE, end, protection: 7, ..MapEntry::default() }])
    }

    fn processes(&mut self) -> Outcome<Vec<ProcessStatus>> {
        Ok(vec![ProcessStatus { pid: 7, ..ProcessStatus::default() }])
    }

    fn open(&mut self, _: &[u8]) -> Outcome<()> {
        Ok(())
    }

    fn read(&mut self, (): &(), _: u64, buffer: &mut [u8]) -> Outcome<usize> {
        buffer.fill(0x41);
        Ok(buffer.len())
    }

    fn status(&mut self, (): &()) -> Outcome<FileStatus> {
        Ok(FileStatus::default())
    }
}
