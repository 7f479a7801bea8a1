//! Running a target to its next stop, by the shortest way there is at the moment.
//!
//! Decides which way: the handle `PID/run`, where the kernel takes the one to the other, and where that is refused the
//! combined call of `ctl`, with the same outcome. Main types: [`Runner`], [`Outcome`]. Neighbours: `proc::combined`,
//! `kernel_abi::run`, `proc_abi::run` (a stop as a record); docs/ptrace.md says when which way is taken.

use crate::error::{Error, Result};
use crate::file::{File, OpenFlags};
use crate::proc::combined::End;
use crate::proc::{Control, open};
use kernel_abi::registers::Registers;
use kernel_abi::run::{RunStop, RunVerb};
use proc_abi::event_record::EventRecord;
use proc_abi::id::Pid;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::run::stop_record;
use zerocopy::{FromZeros, IntoBytes};

/// The `addr` of a resume that leaves the program counter alone.
const SAME_PLACE: u64 = 1;

/// How a target goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One instruction (PT_STEP).
    Step,
    /// To the next stop (PT_CONTINUE).
    Continue,
    /// To the next entry or exit of a system call (PT_SYSCALL).
    ToCall,
}

impl Mode {
    const fn verb(self) -> RunVerb {
        match self {
            Self::Step => RunVerb::Step,
            Self::Continue => RunVerb::Resume,
            Self::ToCall => RunVerb::ToCall,
        }
    }

    const fn request(self) -> Request {
        match self {
            Self::Step => Request::Step,
            Self::Continue => Request::Continue,
            Self::ToCall => Request::Syscall,
        }
    }
}

/// Which way a stop came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the kernel alone.
    Delegated,
    /// By the process server.
    Server,
}

/// What a run led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A stop, collected, with the general registers of its thread. A delegated stop has no number of its own.
    Stopped(EventRecord, Registers, Way),
    /// The end of the process.
    Ended(EventRecord),
}

/// `PID/run`: the shortest way alone.
#[derive(Debug)]
pub struct Run {
    pid: Pid,
    file: File,
}

impl Run {
    /// Opens it for a process of which the caller has a control file open.
    ///
    /// # Errors
    /// As [`open`]; EBUSY without a control file.
    pub fn open(pid: Pid) -> Result<Self> {
        Ok(Self { pid, file: open(pid, ProcessFile::Run, OpenFlags::READ_WRITE)? })
    }

    /// Lets the target run and waits for its stop, which is collected then; with its general registers.
    ///
    /// # Errors
    /// EAGAIN: the server has to be asked; EINPROGRESS and, after a handled signal, EINTR: it runs, and the server tells of the
    /// stop; ESTALE when the session has ended since the file was opened, as by a detach; EPROTO.
    #[inline]
    pub fn go(&self, mode: Mode) -> Result<(EventRecord, Registers)> {
        self.ask(mode.verb())
    }

    /// Runs one instruction of the thread that reported, while no other one runs.
    ///
    /// # Errors
    /// As [`Run::go`]; EAGAIN also while another thread is not held.
    pub fn step_alone(&self) -> Result<(EventRecord, Registers)> {
        self.ask(RunVerb::StepAlone)
    }

    #[inline]
    fn ask(&self, verb: RunVerb) -> Result<(EventRecord, Registers)> {
        let mut stop = RunStop::new_zeroed();
        self.file.call(stop.as_mut_bytes(), &[verb as u64, 0, 0])?;
        let record = stop_record(self.pid, &stop).ok_or(Error::EPROTO)?;
        Ok((record, stop.registers))
    }

    /// Lets the target run and does not wait: the server tells of the stop.
    ///
    /// # Errors
    /// EAGAIN, ESTALE as [`Run::go`].
    pub fn start(&self, mode: Mode) -> Result<()> {
        self.file.call(&mut [], &[mode.verb() as u64, 0, 0]).map(drop)
    }
}

/// A target that is stopped most of the time.
#[derive(Debug)]
pub struct Runner {
    control: Control,
    run: Run,
}

impl Runner {
    /// Opens the files of a process that the caller is about to trace or traces already.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(pid: Pid) -> Result<Self> {
        let control = Control::open(pid)?;
        Ok(Self { control, run: Run::open(pid)? })
    }

    /// `ctl`, for everything else.
    #[must_use]
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Lets the target run and waits for what becomes of it.
    ///
    /// # Errors
    /// Those of the request; EINTR after a handled signal, when the target runs and [`Runner::wait`] goes on; ESTALE when the
    /// session has ended since the file was opened, as by a detach; EPROTO.
    pub fn run_and_wait(&self, mode: Mode) -> Result<Outcome> {
        match self.run_delegated(mode) {
            Err(Error::EAGAIN) => {}
            Err(Error::EINPROGRESS) => return self.wait(),
            outcome => return outcome,
        }
        outcome(self.control.single(Some((mode.request(), SAME_PLACE)))?)
    }

    /// The shortest way alone.
    ///
    /// # Errors
    /// As [`Run::go`].
    #[inline]
    pub fn run_delegated(&self, mode: Mode) -> Result<Outcome> {
        self.run.go(mode).map(|(record, registers)| Outcome::Stopped(record, registers, Way::Delegated))
    }

    /// Waits for the next stop or the end of a target that runs.
    ///
    /// # Errors
    /// EINTR after a handled signal; ESRCH for a target that is gone or not traced; EPROTO.
    pub fn wait(&self) -> Result<Outcome> {
        outcome(self.control.single(None)?)
    }
}

fn outcome(end: End) -> Result<Outcome> {
    match end {
        End::Stopped(record, registers) => Ok(Outcome::Stopped(record, registers, Way::Server)),
        End::Ended(record) => Ok(Outcome::Ended(record)),
        End::Interrupted => Err(Error::EINTR),
        End::Nothing => Err(Error::ESRCH),
        End::Failed => Err(Error::EPROTO),
    }
}
