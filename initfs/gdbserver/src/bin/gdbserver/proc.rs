//! The system, over the files below `proc:`.
//!
//! Decides which file serves each need: `ctl` for requests, `event` for stops (reading one plays the part of wait), `mem` and
//! the register files for state. Main type: [`Processes`]. Neighbours: it is the library's [`System`]; `open` has one
//! process's files, `go` lets it run, `start` begins to trace.

mod go;
mod listing;
mod open;
mod start;

pub(crate) use listing::find;

use alloc::vec::Vec;
use gdbserver::System;
use gdbserver::system::{Change, Choice, Failure, FileStatus, Launch, Outcome, Resume, Stop, Text};
use listing::all;
use open::{Kinship, Open};
use proc_abi::id::{Pid, Tid};
use proc_abi::path::{ProcessFile, ThreadFile};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers, SegmentBases};
use proc_abi::request::Request;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGKILL, Signal};
use proc_abi::status::{MapEntry, ProcessStatus, ThreadStatus};
use proc_abi::xstate::XstateInfo;
use runtime::event::EventQueue;
use runtime::file::{File, OpenFlags};
use runtime::proc::Control;
use runtime::proc::state::{read_set, read_whole, records, write_set};
use runtime::process::wait::wait_for_death;
use runtime::{Error, process};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

/// An error as the library has it.
pub(crate) fn failure(error: Error) -> Failure {
    Failure(error.number())
}

/// Every process that this server controls.
#[derive(Debug)]
pub(crate) struct Processes<'a> {
    open: Vec<Open>,
    queue: &'a EventQueue,
}

impl<'a> Processes<'a> {
    /// None yet; `queue` tells when one has news.
    pub(crate) const fn new(queue: &'a EventQueue) -> Self {
        Self { open: Vec::new(), queue }
    }

    /// A process whose stop came with the order to run.
    pub(crate) fn prompt(&self) -> Option<Pid> {
        self.open.iter().find(|open| open.prompt.is_some()).map(|open| open.pid)
    }

    /// What a process did, if it did something.
    pub(crate) fn poll(&mut self, pid: Pid) -> Option<Change> {
        self.of(pid).and_then(Open::poll).ok().flatten()
    }

    fn of(&mut self, pid: Pid) -> runtime::Result<&mut Open> {
        self.open.iter_mut().find(|open| open.pid == pid).ok_or(Error::ESRCH)
    }

    fn add(&mut self, open: Open) -> runtime::Result<()> {
        open.subscribe(self.queue)?;
        self.open.push(open);
        Ok(())
    }

    fn request(&mut self, pid: Pid, request: Request, id: i32, words: (u64, i64)) -> Outcome<()> {
        let open = self.of(pid).map_err(failure)?;
        open.control.request(request, id, words.0, words.1).map(drop).map_err(failure)
    }

    fn get<R: FromZeros + FromBytes + IntoBytes>(&mut self, pid: Pid, tid: Tid, file: ThreadFile) -> Outcome<R> {
        self.of(pid).and_then(|open| open.thread_file(tid, file)).and_then(read_set).map_err(failure)
    }

    fn set(&mut self, pid: Pid, tid: Tid, file: ThreadFile, bytes: &[u8]) -> Outcome<()> {
        self.of(pid)
            .and_then(|open| open.thread_file(tid, file))
            .and_then(|file| write_set(file, bytes))
            .map_err(failure)
    }
}

impl System for Processes<'_> {
    type File = File;

    fn start(&mut self, launch: &Launch) -> Outcome<(Pid, Stop)> {
        let (open, stop) = start::start(launch).map_err(failure)?;
        let pid = open.pid;
        self.add(open).map_err(failure)?;
        Ok((pid, stop))
    }

    fn attach(&mut self, pid: Pid) -> Outcome<Stop> {
        let (open, stop) = start::attach(pid).map_err(failure)?;
        self.add(open).map_err(failure)?;
        Ok(stop)
    }

    fn adopt(&mut self, child: Pid) -> Outcome<Change> {
        let control = Control::open(child).map_err(failure)?;
        let mut open = Open::new(child, Kinship::Stranger, control).map_err(failure)?;
        let change = open.wait().map_err(failure)?;
        self.add(open).map_err(failure)?;
        Ok(change)
    }

    fn detach(&mut self, pid: Pid, signal: Option<Signal>) -> Outcome<()> {
        const HERE: u64 = 1;
        let number = signal.map_or(0, |signal| i64::from(signal.number()));
        self.request(pid, Request::Detach, 0, (HERE, number))?;
        self.open.retain(|open| open.pid != pid);
        Ok(())
    }

    fn kill(&mut self, pid: Pid) -> Outcome<()> {
        let open = self.of(pid).map_err(failure)?;
        // PT_KILL is for one that is stopped; the signal reaches the others.
        if open.control.request(Request::Kill, 0, 0, 0).is_err() {
            process::kill(pid.raw(), Some(SIGKILL)).map_err(failure)?;
        }
        loop {
            if let Change::Exited(_) | Change::Killed(_) = open.wait().map_err(failure)? {
                return Ok(());
            }
        }
    }

    fn bury(&mut self, pid: Pid) {
        let Some(index) = self.open.iter().position(|open| open.pid == pid) else { return };
        let open = self.open.swap_remove(index);
        if open.kinship == Kinship::Child {
            // It may have been waited for already.
            let _ = wait_for_death(pid);
        }
    }

    fn send(&mut self, pid: Pid, signal: Signal) -> Outcome<()> {
        process::kill(pid.raw(), Some(signal)).map_err(failure)
    }

    fn wait(&mut self, pid: Pid) -> Outcome<Change> {
        self.of(pid).and_then(Open::wait).map_err(failure)
    }

    fn resume(&mut self, pid: Pid, order: Resume) -> Outcome<()> {
        self.of(pid).and_then(|open| open.resume(&order)).map_err(failure)
    }

    fn step_alone(&mut self, pid: Pid, tid: Tid) -> Outcome<bool> {
        self.of(pid).and_then(|open| open.step_alone(tid)).map_err(failure)
    }

    fn clear_step(&mut self, tid: Tid, pid: Pid) -> Outcome<()> {
        self.request(pid, Request::ClearStep, tid.raw(), (0, 0))
    }

    fn hold(&mut self, pid: Pid, threads: &[Tid]) -> Outcome<()> {
        self.of(pid).and_then(|open| open.request_each(Request::Suspend, threads)).map_err(failure)
    }

    fn release(&mut self, pid: Pid, threads: &[Tid]) -> Outcome<()> {
        self.of(pid).and_then(|open| open.request_each(Request::Resume, threads)).map_err(failure)
    }

    fn choose(&mut self, pid: Pid, choice: &Choice) -> Outcome<()> {
        let (request, bytes) = match choice {
            Choice::Events(events) => (Request::SetEventMask, &events.bits().to_ne_bytes()[..]),
            Choice::Calls(calls) => (Request::SetCallSet, calls.as_bytes()),
            Choice::Signals(signals) => (Request::SetSignalSet, signals.as_bytes()),
        };
        let open = self.of(pid).map_err(failure)?;
        open.control.exchange(request, 0, (0, bytes.len() as i64), bytes, &mut []).map(drop).map_err(failure)
    }

    fn threads(&mut self, pid: Pid) -> Outcome<Vec<ThreadStatus>> {
        self.of(pid).and_then(Open::threads).map_err(failure)
    }

    fn read_memory(&mut self, pid: Pid, address: u64, buffer: &mut [u8]) -> Outcome<usize> {
        self.of(pid).and_then(|open| open.memory.read(address, buffer)).map_err(failure)
    }

    fn write_memory(&mut self, pid: Pid, address: u64, bytes: &[u8]) -> Outcome<()> {
        self.of(pid).and_then(|open| open.memory.write(address, bytes)).map_err(failure)
    }

    fn registers(&mut self, pid: Pid, tid: Tid) -> Outcome<Registers> {
        self.of(pid).and_then(|open| open.registers(tid)).map_err(failure)
    }

    fn set_registers(&mut self, pid: Pid, tid: Tid, registers: &Registers) -> Outcome<()> {
        self.of(pid).and_then(|open| open.set_registers(tid, registers)).map_err(failure)
    }

    fn float_registers(&mut self, pid: Pid, tid: Tid) -> Outcome<FloatRegisters> {
        self.get(pid, tid, ThreadFile::FloatRegisters)
    }

    fn set_float_registers(&mut self, pid: Pid, tid: Tid, registers: &FloatRegisters) -> Outcome<()> {
        self.set(pid, tid, ThreadFile::FloatRegisters, registers.as_bytes())
    }

    fn extended_components(&mut self, pid: Pid, tid: Tid) -> Outcome<u64> {
        let mut info = XstateInfo::default();
        let words = (0, size_of::<XstateInfo>() as i64);
        let open = self.of(pid).map_err(failure)?;
        let got = open.control.exchange(Request::GetXstateInfo, tid.raw(), words, &[], info.as_mut_bytes());
        got.map(|_| info.mask).map_err(failure)
    }

    fn extended_state(&mut self, pid: Pid, tid: Tid) -> Outcome<Vec<u8>> {
        let mut image = alloc::vec![0; proc_abi::xstate::XSTATE_MAX];
        let file = self.of(pid).and_then(|open| open.thread_file(tid, ThreadFile::ExtendedState));
        let count = file.and_then(|file| file.read_at(&mut image, 0)).map_err(failure)?;
        image.truncate(count);
        Ok(image)
    }

    fn set_extended_state(&mut self, pid: Pid, tid: Tid, image: &[u8]) -> Outcome<()> {
        self.set(pid, tid, ThreadFile::ExtendedState, image)
    }

    fn bases(&mut self, pid: Pid, tid: Tid) -> Outcome<SegmentBases> {
        self.get(pid, tid, ThreadFile::Bases)
    }

    fn set_bases(&mut self, pid: Pid, tid: Tid, bases: &SegmentBases) -> Outcome<()> {
        self.set(pid, tid, ThreadFile::Bases, bases.as_bytes())
    }

    fn debug_registers(&mut self, pid: Pid, tid: Tid) -> Outcome<DebugRegisters> {
        self.get(pid, tid, ThreadFile::DebugRegisters)
    }

    fn set_debug_registers(&mut self, pid: Pid, tid: Tid, registers: &DebugRegisters) -> Outcome<()> {
        self.set(pid, tid, ThreadFile::DebugRegisters, registers.as_bytes())
    }

    fn signal_information(&mut self, pid: Pid, tid: Tid) -> Outcome<SigInfo> {
        let open = self.of(pid).map_err(failure)?;
        let file = runtime::proc::open_thread(open.pid, tid, ThreadFile::SignalInformation, OpenFlags::READ);
        file.and_then(|file| read_set(&file)).map_err(failure)
    }

    fn text(&mut self, pid: Pid, text: Text) -> Outcome<Vec<u8>> {
        let file = match text {
            Text::Executable => ProcessFile::Executable,
            Text::CommandLine => ProcessFile::CommandLine,
            Text::AuxiliaryVector => ProcessFile::AuxiliaryVector,
            Text::OpenFiles => ProcessFile::Files,
            Text::OpenFileRecords => ProcessFile::FileRecords,
        };
        let mut contents = read_whole(pid, file).map_err(failure)?;
        if text == Text::Executable {
            contents.truncate(contents.trim_ascii_end().len());
        }
        Ok(contents)
    }

    fn map(&mut self, pid: Pid) -> Outcome<Vec<MapEntry>> {
        let contents = read_whole(pid, ProcessFile::MapRecords).map_err(failure)?;
        Ok(records(&contents, |entry: &MapEntry| entry.size))
    }

    fn processes(&mut self) -> Outcome<Vec<ProcessStatus>> {
        all().map_err(failure)
    }

    fn open(&mut self, path: &[u8]) -> Outcome<File> {
        File::open(path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC).map_err(failure)
    }

    fn read(&mut self, file: &File, offset: u64, buffer: &mut [u8]) -> Outcome<usize> {
        file.read_at(buffer, offset).map_err(failure)
    }

    fn status(&mut self, file: &File) -> Outcome<FileStatus> {
        let status = file.status().map_err(failure)?;
        Ok(FileStatus { mode: status.mode, size: status.size })
    }
}
