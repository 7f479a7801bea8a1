//! One process that is traced, by its files under `proc:`: `ctl`, `event` and `mem`.
//!
//! Decides how tracing begins and which commands go in one write; nothing of what is shown. Main type: [`Target`].
//! Neighbours: `tracer`, `runtime::proc`.
//!
//! Tracing begins with the text verb: a process that was attached to so runs on when the tracer goes, however it goes.

use alloc::vec::Vec;
use kernel_abi::call_set::CallStops;
use proc_abi::command::Reply;
use proc_abi::event::EventMask;
use proc_abi::event_record::EventRecord;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::signal::Signal;
use proc_abi::syscall::SyscallReturn;
use runtime::event::{EventQueue, Readiness};
use runtime::file::{File, OpenFlags};
use runtime::proc::{Commands, Control, Events, after_exec, open};
use runtime::process::Pid;
use runtime::{Error, Result};
use trace::call::Memory;
use zerocopy::{FromZeros, IntoBytes};

/// The `addr` that leaves the program counter alone.
const SAME_PLACE: u64 = 1;

/// What becomes of a target after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It stays where it is.
    Wait,
    /// It goes on, in the same write.
    Go,
}

/// A process that is traced.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) pid: Pid,
    control: Control,
    events: Events,
    /// Of the present image; none if it cannot be opened.
    memory: Option<File>,
    /// Its first stop, which is the tracer's own doing, is still to come.
    fresh: bool,
}

impl Target {
    /// Makes a process stop for this tracer.
    pub(crate) fn attach(pid: Pid, queue: &EventQueue) -> Result<Self> {
        let target = Self::open(pid, queue)?;
        after_exec(pid, || target.control.file().write(b"attach\n"))?;
        Ok(target)
    }

    /// Opens the files of a process that is traced by this tracer or will be.
    pub(crate) fn open(pid: Pid, queue: &EventQueue) -> Result<Self> {
        let control = after_exec(pid, || Control::open(pid))?;
        let events = Events::open(pid, OpenFlags::READ_WRITE | OpenFlags::NONBLOCK)?;
        queue.subscribe(events.file(), Readiness::READ, pid.raw().unsigned_abs() as usize)?;
        let mut target = Self { pid, control, events, memory: None, fresh: true };
        target.open_memory();
        Ok(target)
    }

    /// Takes hold of the memory of another image.
    pub(crate) fn open_memory(&mut self) {
        self.memory = open(self.pid, ProcessFile::Memory, OpenFlags::READ).ok();
    }

    /// Whether this is its first stop, asked once.
    pub(crate) fn take_fresh(&mut self) -> bool {
        core::mem::take(&mut self.fresh)
    }

    /// The next record, if there is one.
    pub(crate) fn next(&self) -> Result<Option<EventRecord>> {
        self.events.next()
    }

    /// Arguments of the call that the thread is in.
    pub(crate) fn arguments(&self, tid: i32, then: Then) -> Result<[u64; 8]> {
        let mut words = [0_u64; 8];
        self.ask(Request::GetScArgs, tid, words.as_mut_bytes(), then)?;
        Ok(words)
    }

    /// Result of the call that the thread leaves.
    pub(crate) fn result(&self, tid: i32, then: Then) -> Result<SyscallReturn> {
        let mut told = SyscallReturn::new_zeroed();
        self.ask(Request::GetScRet, tid, told.as_mut_bytes(), then)?;
        Ok(told)
    }

    /// Says which events and calls stop it, and lets it go on.
    pub(crate) fn go_with(&self, events: EventMask, calls: CallStops) -> Result<()> {
        let bits = events.bits();
        let mut commands = Commands::new();
        for (request, set) in [(Request::SetEventMask, bits.as_bytes()), (Request::SetCallSet, calls.as_bytes())] {
            let size = i64::try_from(set.len()).map_err(|_| Error::EINVAL)?;
            commands.push(request, 0, (0, size), set, 0)?;
        }
        push_resume(&mut commands, None)?;
        self.run(&commands, |_| {})
    }

    /// Lets it go on, with a signal or none.
    pub(crate) fn resume(&self, signal: Option<Signal>) -> Result<()> {
        let mut commands = Commands::new();
        push_resume(&mut commands, signal)?;
        self.run(&commands, |_| {})
    }

    /// Fills `filled` by a request whose `data` is its size.
    fn ask(&self, request: Request, tid: i32, filled: &mut [u8], then: Then) -> Result<()> {
        let mut commands = Commands::new();
        let size = i64::try_from(filled.len()).map_err(|_| Error::EINVAL)?;
        commands.push(request, tid, (0, size), &[], filled.len())?;
        if then == Then::Go {
            push_resume(&mut commands, None)?;
        }
        self.run(&commands, |reply| {
            if reply.header.request == request.raw() {
                let length = reply.payload.len().min(filled.len());
                if let (Some(place), Some(bytes)) = (filled.get_mut(..length), reply.payload.get(..length)) {
                    place.copy_from_slice(bytes);
                }
            }
        })
    }

    /// Runs commands; the first that fails is the error.
    fn run(&self, commands: &Commands, mut each: impl FnMut(&Reply<'_>)) -> Result<()> {
        let mut buffer = Vec::new();
        for reply in self.control.run(commands, &mut buffer)? {
            if reply.header.errno != 0 {
                return Err(Error::from_number(reply.header.errno));
            }
            each(&reply);
        }
        Ok(())
    }
}

fn push_resume(commands: &mut Commands, signal: Option<Signal>) -> Result<()> {
    let number = signal.map_or(0, Signal::number);
    commands.push(Request::Continue, 0, (SAME_PLACE, i64::from(number)), &[], 0)
}

impl Memory for Target {
    fn read(&self, address: u64, into: &mut [u8]) -> usize {
        self.memory.as_ref().and_then(|memory| memory.read_at(into, address).ok()).unwrap_or(0)
    }
}
