//! A process under the debugger, over the files below `proc:PID`.
//!
//! Decides which file serves each need: `ctl` for requests, `event` for stops (reading one plays the part of wait), `mem`,
//! `regs`, `fpregs` and `dbregs` for state. Main type: [`Process`]. Neighbours: it is the library's [`Target`];
//! `runtime::proc` writes the records, `process::start` forks and attaches, `process::child` lets followed children go.

mod child;
mod event;
mod start;

use crate::files::{read_file, read_process_text, refused};
use crate::interrupt;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use dbg::Target;
use dbg::target::{Change, Event, Resume, Stepped, TargetError, TargetResult};
use event::Events;
use proc_abi::event::EventMask;
use proc_abi::id::{Pid, Tid};
use proc_abi::path::{ProcessFile, ThreadFile};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers};
use proc_abi::request::Request;
use proc_abi::signal::{SIGSTOP, Signal};
use proc_abi::status::ThreadStatus;
use runtime::Error;
use runtime::file::{File, OpenFlags};
use runtime::proc::run::Run;
use runtime::proc::state::{Memory, read_set, threads, write_set};
use runtime::proc::{Control, open_thread};
use runtime::process;
use runtime::process::wait::wait_for_death;
use zerocopy::IntoBytes;

/// The process that is debugged, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Process(Option<Open>);

/// A process and its open files.
#[derive(Debug)]
struct Open {
    pid: Pid,
    kinship: Kinship,
    control: Control,
    events: Events,
    run: Run,
    memory: Memory,
    /// Who reported the latest stop.
    reporter: Option<Tid>,
    /// Register files of threads, opened at their first use.
    registers: Vec<(Tid, File)>,
}

/// Whether the process is a child, which must be waited for in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinship {
    Child,
    Stranger,
}

impl Open {
    /// The file of a thread's general registers.
    fn registers(&mut self, thread: Tid) -> runtime::Result<&File> {
        let index = match self.registers.iter().position(|entry| entry.0 == thread) {
            Some(index) => index,
            None => {
                let file = open_thread(self.pid, thread, ThreadFile::Registers, OpenFlags::READ_WRITE)?;
                self.registers.push((thread, file));
                self.registers.len().saturating_sub(1)
            }
        };
        self.registers.get(index).map(|entry| &entry.1).ok_or(Error::ESRCH)
    }

    /// Notes who reports.
    fn told(&mut self, event: Event) -> Event {
        if let Event::Stopped(stop) = event {
            self.reporter = Some(stop.thread);
        }
        event
    }

    fn thread_file(&self, thread: Tid, file: ThreadFile, flags: OpenFlags) -> runtime::Result<File> {
        open_thread(self.pid, thread, file, flags)
    }
}

impl Process {
    fn open(&mut self, action: &'static str) -> TargetResult<&mut Open> {
        self.0.as_mut().ok_or(TargetError::new(action, Error::ESRCH.number()))
    }

    /// Forgets a process that is dead; a child is waited for, so that it goes.
    fn bury(&mut self) {
        if let Some(open) = self.0.take()
            && open.kinship == Kinship::Child
        {
            // It may have been waited for already.
            let _ = wait_for_death(open.pid);
        }
    }
}

impl Target for Process {
    fn start(&mut self, program: &str, arguments: &[String]) -> TargetResult<Event> {
        let (open, event) = start::start(program, arguments).map_err(refused("start it"))?;
        self.0 = Some(open);
        Ok(event)
    }

    fn attach(&mut self, pid: Pid) -> TargetResult<Event> {
        // Where there is no process, there is no folder.
        let nobody = |error| if error == Error::ENOENT { Error::ESRCH } else { error };
        let (open, event) = start::attach(pid).map_err(nobody).map_err(refused("attach"))?;
        self.0 = Some(open);
        Ok(event)
    }

    fn pid(&self) -> Option<Pid> {
        self.0.as_ref().map(|open| open.pid)
    }

    fn read_file(&mut self, path: &str) -> TargetResult<Vec<u8>> {
        read_file(path).map_err(refused("read it"))
    }

    fn executable(&mut self) -> TargetResult<String> {
        const ACTION: &str = "read the program's path";
        let path = read_process_text(self.open(ACTION)?.pid, ProcessFile::Executable, ACTION)?;
        Ok(path.trim_end_matches(['\n', '\0']).to_string())
    }

    fn map(&mut self) -> TargetResult<String> {
        const ACTION: &str = "read the map";
        read_process_text(self.open(ACTION)?.pid, ProcessFile::Map, ACTION)
    }

    fn threads(&mut self) -> TargetResult<Vec<ThreadStatus>> {
        const ACTION: &str = "list the threads";
        threads(self.open(ACTION)?.pid).map_err(refused(ACTION))
    }

    fn read_memory(&mut self, address: u64, buffer: &mut [u8]) -> TargetResult<usize> {
        const ACTION: &str = "read memory";
        self.open(ACTION)?.memory.read(address, buffer).map_err(refused(ACTION))
    }

    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> TargetResult<()> {
        const ACTION: &str = "write memory";
        self.open(ACTION)?.memory.write(address, bytes).map_err(refused(ACTION))
    }

    fn registers(&mut self, thread: Tid) -> TargetResult<Registers> {
        const ACTION: &str = "read registers";
        self.open(ACTION)?.registers(thread).and_then(read_set).map_err(refused(ACTION))
    }

    fn set_registers(&mut self, thread: Tid, registers: &Registers) -> TargetResult<()> {
        const ACTION: &str = "set registers";
        let file = self.open(ACTION)?.registers(thread);
        file.and_then(|file| write_set(file, registers.as_bytes())).map_err(refused(ACTION))
    }

    fn float_registers(&mut self, thread: Tid) -> TargetResult<FloatRegisters> {
        const ACTION: &str = "read floating-point registers";
        let file = self.open(ACTION)?.thread_file(thread, ThreadFile::FloatRegisters, OpenFlags::READ);
        file.and_then(|file| read_set(&file)).map_err(refused(ACTION))
    }

    fn debug_registers(&mut self, thread: Tid) -> TargetResult<DebugRegisters> {
        const ACTION: &str = "read debug registers";
        let file = self.open(ACTION)?.thread_file(thread, ThreadFile::DebugRegisters, OpenFlags::READ);
        file.and_then(|file| read_set(&file)).map_err(refused(ACTION))
    }

    fn set_debug_registers(&mut self, thread: Tid, registers: &DebugRegisters) -> TargetResult<()> {
        const ACTION: &str = "set debug registers";
        let file = self.open(ACTION)?.thread_file(thread, ThreadFile::DebugRegisters, OpenFlags::READ_WRITE);
        file.and_then(|file| write_set(&file, registers.as_bytes())).map_err(refused(ACTION))
    }

    fn set_events(&mut self, events: EventMask) -> TargetResult<()> {
        const ACTION: &str = "choose events";
        let mask = events.bits().to_ne_bytes();
        let control = &self.open(ACTION)?.control;
        control.exchange(Request::SetEventMask, 0, (0, 4), &mask, &mut []).map(drop).map_err(refused(ACTION))
    }

    fn hold(&mut self, thread: Tid) -> TargetResult<()> {
        const ACTION: &str = "hold a thread";
        let control = &self.open(ACTION)?.control;
        control.request(Request::Suspend, thread.raw(), 0, 0).map(drop).map_err(refused(ACTION))
    }

    fn release(&mut self, thread: Tid) -> TargetResult<()> {
        const ACTION: &str = "release a thread";
        let control = &self.open(ACTION)?.control;
        control.request(Request::Resume, thread.raw(), 0, 0).map(drop).map_err(refused(ACTION))
    }

    fn step_alone(&mut self, thread: Tid) -> TargetResult<Stepped> {
        const ACTION: &str = "step it";
        let open = self.open(ACTION)?;
        // What the kernel hands over is of the thread that reported; the wait of a step that the server makes sees the Ctrl-C.
        if open.reporter != Some(thread) || interrupt::is_pressed() {
            return Ok(Stepped::Refused);
        }
        match open.run.step_alone() {
            Ok((record, _)) => {
                let change = Change::read(open.pid, &record).and_then(|change| change.ok_or(Error::EPROTO));
                change.map(|change| Stepped::Told(change.into())).map_err(refused(ACTION))
            }
            Err(Error::EAGAIN) => Ok(Stepped::Refused),
            // It runs, or is dead; `event` tells.
            Err(Error::EINPROGRESS | Error::EINTR | Error::ESRCH) => Ok(Stepped::Begun),
            Err(error) => Err(refused(ACTION)(error)),
        }
    }

    fn resume(&mut self, order: Resume) -> TargetResult<()> {
        const ACTION: &str = "let it run";
        let control = &self.open(ACTION)?.control;
        control.resume(order.extent.request(), order.thread.raw(), order.signal).map_err(refused(ACTION))
    }

    fn wait(&mut self) -> TargetResult<Event> {
        const ACTION: &str = "wait for it";
        let open = self.open(ACTION)?;
        let event = open.events.next().map(|event| open.told(event)).map_err(refused(ACTION))?;
        if matches!(event, Event::Exited(_) | Event::Killed(_)) {
            self.bury();
        }
        Ok(event)
    }

    fn interrupt(&mut self) -> TargetResult<()> {
        const ACTION: &str = "stop it";
        process::kill(self.open(ACTION)?.pid.raw(), Some(SIGSTOP)).map_err(refused(ACTION))
    }

    fn leave_child(&mut self, child: Pid, patches: &[(u64, u8)]) -> TargetResult<()> {
        child::leave(child, patches).map_err(refused("let the child go"))
    }

    fn detach(&mut self, signal: Option<Signal>) -> TargetResult<()> {
        const ACTION: &str = "detach";
        self.open(ACTION)?.control.resume(Request::Detach, 0, signal).map_err(refused(ACTION))?;
        self.0 = None;
        Ok(())
    }

    fn kill(&mut self) -> TargetResult<()> {
        const ACTION: &str = "kill it";
        let open = self.open(ACTION)?;
        open.control.request(Request::Kill, 0, 0, 0).map_err(refused(ACTION))?;
        loop {
            if let Event::Exited(_) | Event::Killed(_) = open.events.next().map_err(refused(ACTION))? {
                break;
            }
        }
        self.bury();
        Ok(())
    }
}
