//! A target over the small machine: threads in turns, stops, events.
//!
//! Decides what a kernel and FreeBSD's ptrace would do with a program of `programs`, as far as the debugger can see. Main
//! type: [`Fake`]. Neighbours: `machine` runs instructions; tests look at what was asked of it through its public fields.

use super::elf::Image;
use super::machine::{Effect, Memory, call, execute, written};
use crate::target::{Event, Extent, Resume, Stepped, Stop, Target, TargetError, TargetResult};
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::id::{Pid, Tid};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers};
use proc_abi::siginfo::{SEGV_MAPERR, SI_USER, SigInfo, TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{SIGABRT, SIGKILL, SIGSEGV, SIGSTOP, SIGTERM, SIGTRAP, Signal};
use proc_abi::status::ThreadStatus;

const STACK: u64 = 0x7000_0000;
const STACK_SIZE: usize = 0x1_0000;
/// Instructions after which a test has gone wrong.
const PATIENCE: u32 = 100_000;

/// One thread.
#[derive(Debug)]
pub(super) struct FakeThread {
    pub(super) tid: Tid,
    pub(super) registers: Registers,
    pub(super) debug: DebugRegisters,
    held: bool,
    stepping: bool,
    pending: VecDeque<Stop>,
}

/// The target.
#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) files: Vec<(String, Vec<u8>)>,
    images: Vec<Image>,
    image: usize,
    pub(super) memory: Memory,
    pub(super) threads: Vec<FakeThread>,
    pub(super) events: EventMask,
    /// Signals that reached the program.
    pub(super) delivered: Vec<Signal>,
    /// Patches given for children.
    pub(super) children: Vec<(i32, Vec<(u64, u8)>)>,
    /// Instructions until each Ctrl-C.
    pub(super) presses: VecDeque<u32>,
    pub(super) interrupts: u32,
    /// Instructions between asking for a stop and its arrival.
    pub(super) delay: u32,
    due: Option<u32>,
    pub(super) detached: Option<Option<Signal>>,
    /// What came of each step by the shortest way.
    pub(super) alone: Vec<Stepped>,
    reporter: usize,
    next: usize,
    ended: Option<Event>,
    pid: Option<Pid>,
}

/// A program may set it to step itself (SDM vol. 3, section 17.3.1.4).
const TRAP_FLAG: u64 = 0x100;

fn info(signal: Signal, code: i32, addr: u64) -> Option<SigInfo> {
    Some(SigInfo { pid: 7, addr, ..SigInfo::new(signal, code) })
}

impl Fake {
    pub(super) fn new(images: &[Image]) -> Self {
        let files = images.iter().map(|image| (image.path.to_string(), image.file())).collect();
        Self { files, images: images.to_vec(), ..Self::default() }
    }

    fn load(&mut self, index: usize) {
        let image = &self.images[index];
        self.image = index;
        let stack = (STACK, vec![0; STACK_SIZE]);
        self.memory.pieces =
            vec![(super::elf::TEXT, image.text.clone()), (super::elf::DATA, image.data.clone()), stack];
        let registers = Registers {
            rip: image.entry,
            rsp: STACK + STACK_SIZE as u64 - 0x100,
            rflags: 0x202,
            cs: 0x2b,
            ..Registers::default()
        };
        self.threads.clear();
        self.threads.push(FakeThread::new(registers));
    }

    fn begin(&mut self, stop: impl Fn(Tid) -> Stop) -> TargetResult<Event> {
        self.pid = Pid::new(7);
        self.ended = None;
        self.load(0);
        Ok(Event::Stopped(stop(self.threads[0].tid)))
    }

    fn thread(&mut self, tid: Tid) -> TargetResult<&mut FakeThread> {
        self.threads.iter_mut().find(|thread| thread.tid == tid).ok_or(TargetError::new("find the thread", 3))
    }

    /// Runs one instruction of one thread and queues what it leads to.
    fn turn(&mut self, index: usize) {
        let thread = &mut self.threads[index];
        let at = written(&thread.registers, &mut self.memory);
        let before = thread.registers;
        let effect = execute(&mut thread.registers, &mut self.memory);
        let pc = thread.registers.rip;
        let watched = at.is_some_and(|at| {
            (0..4).any(|slot| thread.debug.dr[7] >> (slot * 2) & 1 != 0 && thread.debug.dr[slot] == at)
        });
        match effect {
            Effect::Nothing => {}
            Effect::Breakpoint => thread.stop(SIGTRAP, info(SIGTRAP, TRAP_BRKPT, pc)),
            Effect::Fault(address) => thread.stop(SIGSEGV, info(SIGSEGV, SEGV_MAPERR, address)),
            Effect::SystemCall => self.system_call(index, before),
        }
        let Some(thread) = self.threads.get_mut(index) else { return };
        if watched {
            thread.debug.dr[6] |= 1;
        }
        let flagged = before.rflags & TRAP_FLAG != 0;
        if (watched || thread.stepping || flagged) && matches!(effect, Effect::Nothing | Effect::SystemCall) {
            thread.stop(SIGTRAP, info(SIGTRAP, TRAP_TRACE, pc));
        }
        thread.stepping = false;
    }

    fn system_call(&mut self, index: usize, before: Registers) {
        let thread = &mut self.threads[index];
        let argument = thread.registers.rdi;
        let signal = Signal::new(i32::try_from(argument).unwrap_or(0));
        match u32::try_from(thread.registers.rax).unwrap_or(0) {
            call::EXIT => self.ended = Some(Event::Exited(i32::try_from(argument).unwrap())),
            call::KILL => thread.stop(signal.unwrap(), info(signal.unwrap(), SI_USER, 0)),
            call::FORK => thread.event(EventFlags::SCX | EventFlags::FORKED),
            call::VFORK => {
                thread.event(EventFlags::SCX | EventFlags::FORKED | EventFlags::VFORKED);
                thread.event(EventFlags::VFORK_DONE);
            }
            call::EXEC => {
                self.load(usize::try_from(argument).unwrap());
                self.threads[0].event(EventFlags::SCX | EventFlags::EXEC);
            }
            call::THREAD => {
                let registers = Registers { rip: argument, rsp: thread.registers.rsi, ..Registers::default() };
                self.add_thread(registers);
            }
            call::THREAD_EXIT => drop(self.threads.remove(index)),
            call::PAUSE => thread.registers = before,
            other => panic!("the machine has no call {other}"),
        }
    }

    fn add_thread(&mut self, registers: Registers) {
        let last = self.threads.iter().map(|thread| thread.tid.raw()).max().unwrap();
        let mut thread = FakeThread::new(registers);
        thread.tid = Tid::new(last + 1).unwrap();
        if self.events.contains(EventMask::LWP) {
            thread.event(EventFlags::SCX | EventFlags::BORN);
        }
        self.threads.push(thread);
    }

    /// How the process ended.
    pub(super) fn wait_end(&self) -> Option<Event> {
        self.ended
    }

    /// What is reported now, if anything.
    fn report(&mut self) -> Option<Event> {
        if self.ended.is_some() {
            return self.ended;
        }
        let index = self.threads.iter().position(|thread| !thread.held && !thread.pending.is_empty())?;
        self.reporter = index;
        self.threads[index].pending.pop_front().map(Event::Stopped)
    }
}

impl FakeThread {
    fn new(registers: Registers) -> Self {
        let tid = Tid::new(100_001).unwrap();
        let (debug, pending) = (DebugRegisters::default(), VecDeque::new());
        Self { tid, registers, debug, held: false, stepping: false, pending }
    }

    fn stop(&mut self, signal: Signal, info: Option<SigInfo>) {
        let flags = if info.is_some() { EventFlags::SI } else { EventFlags::empty() };
        self.pending.push_back(Stop { thread: self.tid, signal, flags, info, child: None, call: 0 });
    }

    fn event(&mut self, flags: EventFlags) {
        let child = Pid::new(8).filter(|_| flags.contains(EventFlags::FORKED));
        self.pending.push_back(Stop { thread: self.tid, signal: SIGTRAP, flags, info: None, child, call: 0 });
    }
}

impl Target for Fake {
    fn start(&mut self, _program: &str, _arguments: &[String]) -> TargetResult<Event> {
        let flags = EventFlags::SCX | EventFlags::EXEC;
        self.begin(|thread| Stop { thread, signal: SIGTRAP, flags, info: None, child: None, call: 0 })
    }

    fn attach(&mut self, _pid: Pid) -> TargetResult<Event> {
        let info = info(SIGSTOP, 0, 0);
        self.begin(|thread| Stop { thread, signal: SIGSTOP, flags: EventFlags::SI, info, child: None, call: 0 })
    }

    fn pid(&self) -> Option<Pid> {
        self.pid
    }

    fn read_file(&mut self, path: &str) -> TargetResult<Vec<u8>> {
        let file = self.files.iter().find(|file| file.0 == path);
        file.map(|file| file.1.clone()).ok_or(TargetError::new("read it", 2))
    }

    fn executable(&mut self) -> TargetResult<String> {
        Ok(self.images[self.image].path.to_string())
    }

    fn map(&mut self) -> TargetResult<String> {
        Ok("0000000000401000-0000000000402000 r-x p /bin/recurse\n".to_string())
    }

    fn threads(&mut self) -> TargetResult<Vec<ThreadStatus>> {
        let status = |thread: &FakeThread| ThreadStatus { tid: thread.tid.raw(), ..ThreadStatus::default() };
        Ok(self.threads.iter().map(status).collect())
    }

    fn read_memory(&mut self, address: u64, buffer: &mut [u8]) -> TargetResult<usize> {
        for (index, byte) in buffer.iter_mut().enumerate() {
            match self.memory.get(address.wrapping_add(index as u64)) {
                Some(found) => *byte = *found,
                None => return Ok(index),
            }
        }
        Ok(buffer.len())
    }

    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> TargetResult<()> {
        for (index, byte) in bytes.iter().enumerate() {
            let place = self.memory.get(address.wrapping_add(index as u64));
            *place.ok_or(TargetError::new("write memory", 14))? = *byte;
        }
        Ok(())
    }

    fn registers(&mut self, thread: Tid) -> TargetResult<Registers> {
        self.thread(thread).map(|thread| thread.registers)
    }

    fn set_registers(&mut self, thread: Tid, registers: &Registers) -> TargetResult<()> {
        if registers.rip >> 47 != 0 {
            return Err(TargetError::new("set registers", 22));
        }
        self.thread(thread).map(|thread| thread.registers = *registers)
    }

    fn float_registers(&mut self, thread: Tid) -> TargetResult<FloatRegisters> {
        self.thread(thread)?;
        let environment = [0x37f, 0, 0, 0x1f80];
        Ok(FloatRegisters { environment, accumulators: [0; 128], xmm: [0; 256], spare: [0; 12] })
    }

    fn debug_registers(&mut self, thread: Tid) -> TargetResult<DebugRegisters> {
        self.thread(thread).map(|thread| thread.debug)
    }

    fn set_debug_registers(&mut self, thread: Tid, registers: &DebugRegisters) -> TargetResult<()> {
        self.thread(thread).map(|thread| thread.debug = *registers)
    }

    fn set_events(&mut self, events: EventMask) -> TargetResult<()> {
        self.events = events;
        Ok(())
    }

    fn hold(&mut self, thread: Tid) -> TargetResult<()> {
        self.thread(thread).map(|thread| thread.held = true)
    }

    fn release(&mut self, thread: Tid) -> TargetResult<()> {
        self.thread(thread).map(|thread| thread.held = false)
    }

    /// Each answer in turn, so that every session shows that they come to the same.
    fn step_alone(&mut self, thread: Tid) -> TargetResult<Stepped> {
        assert!(self.threads.iter().all(|other| other.held != (other.tid == thread)), "all others are held");
        let index = self.threads.iter().position(|other| other.tid == thread).expect("a thread");
        let stepped = if self.alone.len() % 3 == 2 || self.reporter != index {
            Stepped::Refused
        } else {
            self.threads[index].stepping = true;
            if self.alone.len() % 3 == 1 {
                self.turn(index);
            }
            self.report().map_or(Stepped::Begun, Stepped::Told)
        };
        self.alone.push(stepped);
        Ok(stepped)
    }

    fn resume(&mut self, order: Resume) -> TargetResult<()> {
        if let Some(signal) = order.signal {
            self.delivered.push(signal);
            if [SIGSEGV, SIGTERM, SIGABRT, SIGKILL].contains(&signal) {
                self.ended = Some(Event::Killed(signal));
            }
        }
        self.thread(order.thread)?.stepping = order.extent == Extent::OneInstruction;
        Ok(())
    }

    fn wait(&mut self) -> TargetResult<Event> {
        for _ in 0..PATIENCE {
            if let Some(event) = self.report() {
                return Ok(event);
            }
            if self.due == Some(0) {
                self.due = None;
                self.threads[0].stop(SIGSTOP, None);
                continue;
            }
            self.due.iter_mut().for_each(|left| *left -= 1);
            if self.presses.front() == Some(&0) {
                self.presses.pop_front();
                return Ok(Event::Interrupted);
            }
            self.presses.front_mut().into_iter().for_each(|left| *left -= 1);
            self.next = (self.next + 1) % self.threads.len();
            if !self.threads[self.next].held {
                self.turn(self.next);
            }
        }
        panic!("the program runs for ever");
    }

    fn interrupt(&mut self) -> TargetResult<()> {
        self.interrupts += 1;
        self.due = Some(self.delay);
        Ok(())
    }

    fn leave_child(&mut self, child: Pid, patches: &[(u64, u8)]) -> TargetResult<()> {
        self.children.push((child.raw(), patches.to_vec()));
        Ok(())
    }

    fn detach(&mut self, signal: Option<Signal>) -> TargetResult<()> {
        self.detached = Some(signal);
        Ok(())
    }

    fn kill(&mut self) -> TargetResult<()> {
        self.ended = Some(Event::Killed(SIGKILL));
        Ok(())
    }
}
