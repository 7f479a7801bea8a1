//! What the debugger needs of a process, and what a process tells the debugger.
//!
//! Decides the one seam between decisions and files. Main types: [`Target`], [`Event`], [`Stop`], [`Resume`]. Neighbours:
//! `control` drives it; the binary's `process` implements it over `proc:`, the tests over a small machine.
//!
//! The words are ptrace's: a stop names the thread that reports it and its signal, event stops carry flags, a resume may
//! carry a signal to deliver. All requests but [`Target::wait`] need a stopped process whose stop has been waited for.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use kernel_abi::redox::error::Error as RedoxError;
use proc_abi::event::EventMask;
use proc_abi::id::{Pid, Tid};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers};
use proc_abi::signal::Signal;
use proc_abi::status::ThreadStatus;

pub use runtime::proc::change::{Change, Stop};
pub use runtime::proc::order::{Extent, Resume};

/// A request that the system refused: what was asked, and the error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetError {
    /// What was asked, to follow "cannot".
    pub action: &'static str,
    /// The error number.
    pub errno: u32,
}

impl TargetError {
    /// `action` was refused with `errno`.
    #[must_use]
    pub const fn new(action: &'static str, errno: u32) -> Self {
        Self { action, errno }
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = i32::try_from(self.errno).map_or("Unknown Error", |errno| RedoxError::new(errno).text());
        write!(formatter, "cannot {}: {text}", self.action)
    }
}

/// What a request of a target returns.
pub type TargetResult<T> = Result<T, TargetError>;

/// What ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The process stopped.
    Stopped(Stop),
    /// It exited with this status.
    Exited(i32),
    /// A signal killed it.
    Killed(Signal),
    /// The user pressed Ctrl-C; the process may still run.
    Interrupted,
}

impl From<Change> for Event {
    fn from(change: Change) -> Self {
        match change {
            Change::Stopped(stop) => Self::Stopped(stop),
            Change::Exited(status) => Self::Exited(status),
            Change::Killed(signal) => Self::Killed(signal),
        }
    }
}

/// What came of [`Target::step_alone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepped {
    /// The step, or what came instead of it.
    Told(Event),
    /// It runs; what happens is to be waited for.
    Begun,
    /// Nothing has happened: the step is to be ordered by [`Target::resume`].
    Refused,
}

/// A process under a debugger, and the few files around it.
pub trait Target {
    /// Starts `program` and runs it to its first stop: the end of exec.
    ///
    /// # Errors
    /// As the system refuses it, also exec's own error.
    fn start(&mut self, program: &str, arguments: &[String]) -> TargetResult<Event>;

    /// Takes a running process and waits for its first stop.
    ///
    /// # Errors
    /// As the system refuses it.
    fn attach(&mut self, pid: Pid) -> TargetResult<Event>;

    /// The process.
    fn pid(&self) -> Option<Pid>;

    /// Reads a whole file.
    ///
    /// # Errors
    /// As the system refuses it.
    fn read_file(&mut self, path: &str) -> TargetResult<Vec<u8>>;

    /// The path of the image that the process runs.
    ///
    /// # Errors
    /// As the system refuses it.
    fn executable(&mut self) -> TargetResult<String>;

    /// The address map as people read it.
    ///
    /// # Errors
    /// As the system refuses it.
    fn map(&mut self) -> TargetResult<String>;

    /// The threads, oldest first.
    ///
    /// # Errors
    /// As the system refuses it.
    fn threads(&mut self) -> TargetResult<Vec<ThreadStatus>>;

    /// Reads memory; short at the first hole.
    ///
    /// # Errors
    /// As the system refuses it; a hole at the very start may be an error or a count of 0.
    fn read_memory(&mut self, address: u64, buffer: &mut [u8]) -> TargetResult<usize>;

    /// Writes memory, also where the program itself may not.
    ///
    /// # Errors
    /// As the system refuses it.
    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> TargetResult<()>;

    /// The general registers of a thread.
    ///
    /// # Errors
    /// As the system refuses it.
    fn registers(&mut self, thread: Tid) -> TargetResult<Registers>;

    /// Sets them.
    ///
    /// # Errors
    /// EINVAL for values that user space may not have.
    fn set_registers(&mut self, thread: Tid, registers: &Registers) -> TargetResult<()>;

    /// The floating-point registers of a thread.
    ///
    /// # Errors
    /// As the system refuses it.
    fn float_registers(&mut self, thread: Tid) -> TargetResult<FloatRegisters>;

    /// The debug registers of a thread.
    ///
    /// # Errors
    /// As the system refuses it.
    fn debug_registers(&mut self, thread: Tid) -> TargetResult<DebugRegisters>;

    /// Sets them.
    ///
    /// # Errors
    /// EINVAL for values that user space may not have.
    fn set_debug_registers(&mut self, thread: Tid, registers: &DebugRegisters) -> TargetResult<()>;

    /// Chooses which events stop the process.
    ///
    /// # Errors
    /// As the system refuses it.
    fn set_events(&mut self, events: EventMask) -> TargetResult<()>;

    /// Keeps a thread from running when the others do.
    ///
    /// # Errors
    /// As the system refuses it.
    fn hold(&mut self, thread: Tid) -> TargetResult<()>;

    /// Ends that.
    ///
    /// # Errors
    /// As the system refuses it.
    fn release(&mut self, thread: Tid) -> TargetResult<()>;

    /// Runs one instruction of a thread, with all others held, if there is a shorter way than [`Target::resume`] and
    /// [`Target::wait`]. The instruction does not enter the kernel, so it ends soon, and a Ctrl-C waits for the next wait.
    ///
    /// # Errors
    /// As the system refuses it.
    fn step_alone(&mut self, thread: Tid) -> TargetResult<Stepped>;

    /// Lets the process run.
    ///
    /// # Errors
    /// As the system refuses it.
    fn resume(&mut self, order: Resume) -> TargetResult<()>;

    /// Waits until it stops or ends, or the user loses patience.
    ///
    /// # Errors
    /// As the system refuses it.
    fn wait(&mut self) -> TargetResult<Event>;

    /// Asks the running process to stop, with SIGSTOP.
    ///
    /// # Errors
    /// As the system refuses it.
    fn interrupt(&mut self) -> TargetResult<()>;

    /// Lets a child run that was stopped at its birth, after `patches` (address and byte) are written to its memory.
    ///
    /// # Errors
    /// As the system refuses it.
    fn leave_child(&mut self, child: Pid, patches: &[(u64, u8)]) -> TargetResult<()>;

    /// Lets the process go, with a signal or none.
    ///
    /// # Errors
    /// As the system refuses it.
    fn detach(&mut self, signal: Option<Signal>) -> TargetResult<()>;

    /// Kills the process and waits for its end.
    ///
    /// # Errors
    /// As the system refuses it.
    fn kill(&mut self) -> TargetResult<()>;
}
