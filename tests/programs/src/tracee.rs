//! Children that are traced by ptrace(2), step by step: each step says what it expects and fails the case otherwise.
//!
//! Decides how the ptrace suites start, attach to, resume and wait for a target. Main type: [`Tracee`]. Neighbours:
//! `children` (the processes), `runtime::process::ptrace` (the requests); a case that fails leaves its tracees to the
//! death of its process, which kills them.

use crate::children::{next_change, start};
use crate::failure::{Failure, Verdict};
use proc_abi::event::EventFlags;
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::request::Request;
use proc_abi::signal::{SIGSTOP, SIGTRAP, Signal};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, pipe};
use runtime::process::Pid;
use runtime::process::ptrace::{Address, request};
use runtime::process::trace::trace_me;
use runtime::process::wait::{Who, wait};
use runtime::{Result, thread};
use zerocopy::{FromZeros, IntoBytes};

/// The `addr` of a resume that leaves the program counter alone.
pub const SAME_PLACE: u64 = 1;

/// A process that the calling one traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracee(pub Pid);

/// Sends a signal to the calling thread by one system call.
///
/// # Errors
/// None for a signal that exists.
pub fn raise(signal: Signal) -> Result<()> {
    thread::kill(thread::current()?, Some(signal))
}

/// A request without memory of the caller's, about a process or thread.
///
/// # Errors
/// As the server refuses it.
pub fn ask(what: Request, id: i32, address: u64, data: i32) -> Result<usize> {
    request(what.raw(), id, Address::Number(address), data)
}

/// What LWPINFO tells of a process's reporting thread, or of a thread.
///
/// # Errors
/// As the server refuses it.
pub fn information(id: i32) -> Result<LwpInfo> {
    let mut info = LwpInfo::new_zeroed();
    request(Request::LwpInfo.raw(), id, Address::Fill(info.as_mut_bytes()), size_of::<LwpInfo>() as i32)?;
    Ok(info)
}

impl Tracee {
    /// A child that asked to be traced and stopped itself; it goes on with `body`.
    ///
    /// # Errors
    /// If it does not come so far.
    pub fn start(body: impl FnOnce() -> i32) -> core::result::Result<Self, Failure> {
        let child = start(|| {
            if trace_me().is_err() || raise(SIGSTOP).is_err() {
                return 99;
            }
            body()
        })?;
        let tracee = Self(child);
        tracee.stops(SIGSTOP)?;
        Ok(tracee)
    }

    /// Attaches to a process and collects its stop.
    ///
    /// # Errors
    /// As ATTACH is refused, or if it stops otherwise.
    pub fn attach(pid: Pid) -> core::result::Result<Self, Failure> {
        let tracee = Self(pid);
        tracee.ask(Request::Attach, 0, 0)?;
        tracee.stops(SIGSTOP)?;
        Ok(tracee)
    }

    /// Its pid.
    #[must_use]
    pub const fn id(self) -> i32 {
        self.0.raw()
    }

    /// A request about it, as [`ask`].
    ///
    /// # Errors
    /// As the server refuses it.
    pub fn ask(self, what: Request, address: u64, data: i32) -> Result<usize> {
        ask(what, self.id(), address, data)
    }

    /// What its reporting thread stopped for.
    ///
    /// # Errors
    /// As the server refuses it.
    pub fn information(self) -> Result<LwpInfo> {
        information(self.id())
    }

    /// Lets it run by `what`, where it is and with no signal.
    ///
    /// # Errors
    /// As the server refuses it.
    pub fn resume(self, what: Request) -> Verdict {
        self.ask(what, SAME_PLACE, 0)?;
        Ok(())
    }

    /// Lets it run.
    ///
    /// # Errors
    /// As the server refuses it.
    pub fn go(self) -> Verdict {
        self.resume(Request::Continue)
    }

    /// Lets it run with a signal.
    ///
    /// # Errors
    /// As the server refuses it.
    pub fn go_with(self, signal: Signal) -> Verdict {
        self.ask(Request::Continue, SAME_PLACE, signal.number())?;
        Ok(())
    }

    /// Its next change is a stop with this signal.
    ///
    /// # Errors
    /// If it is not.
    pub fn stops(self, signal: Signal) -> core::result::Result<LwpInfo, Failure> {
        match next_change(self.0, WaitOptions::empty())? {
            WaitStatus::Stopped(found) if found == signal => Ok(self.information()?),
            other => Err(Failure::new(format_args!("expected a stop with {signal:?}, found {other:?}"))),
        }
    }

    /// Its next change is a stop for an event whose flags are exactly these.
    ///
    /// # Errors
    /// If it is not.
    pub fn reports(self, flags: EventFlags) -> core::result::Result<LwpInfo, Failure> {
        let info = self.stops(SIGTRAP)?;
        let found = EventFlags::from_bits_retain(info.flags).difference(EventFlags::SI);
        if found == flags {
            return Ok(info);
        }
        Err(Failure::new(format_args!("expected a stop for {flags:?}, found {found:?}")))
    }

    /// Its next change is its end, told once.
    ///
    /// # Errors
    /// If it is not.
    pub fn ends(self, status: WaitStatus) -> Verdict {
        let found = next_change(self.0, WaitOptions::empty())?;
        if found != status {
            return Err(Failure::new(format_args!("expected {status:?}, found {found:?}")));
        }
        match wait(Who::Process(self.0), WaitOptions::NOHANG) {
            Err(runtime::Error::ECHILD) => Ok(()),
            other => Err(Failure::new(format_args!("after the end, wait gave {other:?}"))),
        }
    }

    /// Lets it run to its exit.
    ///
    /// # Errors
    /// If something else comes first, or another status.
    pub fn finishes(self, status: i32) -> Verdict {
        self.go()?;
        self.ends(WaitStatus::Exited(status))
    }

    /// Bytes of its memory.
    ///
    /// # Errors
    /// As PT_IO is refused.
    pub fn read(self, address: u64, into: &mut [u8]) -> Result<usize> {
        runtime::process::ptrace::transfer(proc_abi::io::IoOperation::ReadD, self.id(), address, into)
    }
}

/// A door between two processes: one waits before it, the other opens it.
#[derive(Debug)]
pub struct Gate {
    reader: File,
    writer: File,
}

impl Gate {
    /// A closed one, to be made before the fork.
    ///
    /// # Errors
    /// As there is no pipe.
    pub fn new() -> Result<Self> {
        let (reader, writer) = pipe::pair()?;
        Ok(Self { reader, writer })
    }

    /// The descriptor that one who waits reads from.
    #[must_use]
    pub const fn reader_descriptor(&self) -> usize {
        self.reader.descriptor()
    }

    /// The end before which one waits, for another program.
    #[must_use]
    pub const fn reader(&self) -> &File {
        &self.reader
    }

    /// The end by which it is opened, for another program.
    #[must_use]
    pub const fn writer(&self) -> &File {
        &self.writer
    }

    /// Waits until it is opened; once for each opening.
    ///
    /// # Errors
    /// As the pipe fails.
    pub fn pass(&self) -> Result<()> {
        self.reader.read(&mut [0]).map(drop)
    }

    /// Opens it for one who waits, or comes later.
    ///
    /// # Errors
    /// As the pipe fails.
    pub fn open(&self) -> Result<()> {
        self.writer.write_all(&[1])
    }
}
