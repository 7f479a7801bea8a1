//! What the server needs of the operating system.
//!
//! Decides the one seam between the protocol and files. Main type: [`System`]. Neighbours: `change` has the words that cross
//! here; the engine asks, the binary answers over `proc:`, the tests over a small machine. All requests about a process need
//! it stopped and the stop told (by [`System::wait`] or a [`Change`]), but those that say otherwise.

mod change;

pub use change::{Change, Choice, Extent, Failure, FileStatus, Launch, Outcome, Resume, Stop, Text};

use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers, SegmentBases};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::Signal;
use proc_abi::status::{MapEntry, ProcessStatus, ThreadStatus};

/// The operating system.
pub trait System {
    /// An open file of the image.
    type File;

    /// Starts a program and waits for its first stop: the end of exec.
    ///
    /// # Errors
    /// As the system refuses it, also exec's own error.
    fn start(&mut self, launch: &Launch) -> Outcome<(Pid, Stop)>;

    /// Takes a running process and waits for the stop that this makes.
    ///
    /// # Errors
    /// As the system refuses it.
    fn attach(&mut self, pid: Pid) -> Outcome<Stop>;

    /// Opens a followed child and waits for its first stop, or its end.
    ///
    /// # Errors
    /// As the system refuses it.
    fn adopt(&mut self, child: Pid) -> Outcome<Change>;

    /// Lets a process go its own way, with a signal or none.
    ///
    /// # Errors
    /// As the system refuses it.
    fn detach(&mut self, pid: Pid, signal: Option<Signal>) -> Outcome<()>;

    /// Kills a process, stopped or not, and waits for its end.
    ///
    /// # Errors
    /// As the system refuses it.
    fn kill(&mut self, pid: Pid) -> Outcome<()>;

    /// Forgets a process whose end was told.
    fn bury(&mut self, pid: Pid);

    /// Sends a signal to a process, stopped or not.
    ///
    /// # Errors
    /// As the system refuses it.
    fn send(&mut self, pid: Pid, signal: Signal) -> Outcome<()>;

    /// Waits for the next change of a process.
    ///
    /// # Errors
    /// As the system refuses it.
    fn wait(&mut self, pid: Pid) -> Outcome<Change>;

    /// Lets a process run.
    ///
    /// # Errors
    /// As the system refuses it.
    fn resume(&mut self, pid: Pid, order: Resume) -> Outcome<()>;

    /// Runs one instruction of a thread, if no other one would run, there is a shorter way than [`System::resume`] and the
    /// instruction is none that waits; false if not, and then nothing has happened. What comes of it is told as ever.
    ///
    /// # Errors
    /// As the system refuses it.
    fn step_alone(&mut self, pid: Pid, tid: Tid) -> Outcome<bool>;

    /// Takes back the order to run one instruction that a thread has not carried out.
    ///
    /// # Errors
    /// As the system refuses it.
    fn clear_step(&mut self, tid: Tid, pid: Pid) -> Outcome<()>;

    /// Keeps threads from running when the others do. One that is gone needs nothing.
    ///
    /// # Errors
    /// As the system refuses it.
    fn hold(&mut self, pid: Pid, threads: &[Tid]) -> Outcome<()>;

    /// Ends that.
    ///
    /// # Errors
    /// As the system refuses it.
    fn release(&mut self, pid: Pid, threads: &[Tid]) -> Outcome<()>;

    /// Chooses what stops a process.
    ///
    /// # Errors
    /// As the system refuses it.
    fn choose(&mut self, pid: Pid, choice: &Choice) -> Outcome<()>;

    /// The threads, oldest first.
    ///
    /// # Errors
    /// As the system refuses it.
    fn threads(&mut self, pid: Pid) -> Outcome<Vec<ThreadStatus>>;

    /// Reads memory; short at the first hole.
    ///
    /// # Errors
    /// As the system refuses it; a hole at the very start may be an error or a count of 0.
    fn read_memory(&mut self, pid: Pid, address: u64, buffer: &mut [u8]) -> Outcome<usize>;

    /// Writes memory, also where the program itself may not.
    ///
    /// # Errors
    /// As the system refuses it.
    fn write_memory(&mut self, pid: Pid, address: u64, bytes: &[u8]) -> Outcome<()>;

    /// General registers.
    ///
    /// # Errors
    /// As the system refuses it.
    fn registers(&mut self, pid: Pid, tid: Tid) -> Outcome<Registers>;

    /// Sets them.
    ///
    /// # Errors
    /// EINVAL for values that user space may not have.
    fn set_registers(&mut self, pid: Pid, tid: Tid, registers: &Registers) -> Outcome<()>;

    /// x87 and SSE registers.
    ///
    /// # Errors
    /// As the system refuses it.
    fn float_registers(&mut self, pid: Pid, tid: Tid) -> Outcome<FloatRegisters>;

    /// Sets them.
    ///
    /// # Errors
    /// As the system refuses it.
    fn set_float_registers(&mut self, pid: Pid, tid: Tid, registers: &FloatRegisters) -> Outcome<()>;

    /// Which components the extended state has (XCR0).
    ///
    /// # Errors
    /// EOPNOTSUPP without XSAVE.
    fn extended_components(&mut self, pid: Pid, tid: Tid) -> Outcome<u64>;

    /// The extended state, an XSAVE image.
    ///
    /// # Errors
    /// As the system refuses it.
    fn extended_state(&mut self, pid: Pid, tid: Tid) -> Outcome<Vec<u8>>;

    /// Sets it.
    ///
    /// # Errors
    /// EINVAL for an image that is none.
    fn set_extended_state(&mut self, pid: Pid, tid: Tid, image: &[u8]) -> Outcome<()>;

    /// Segment bases.
    ///
    /// # Errors
    /// As the system refuses it.
    fn bases(&mut self, pid: Pid, tid: Tid) -> Outcome<SegmentBases>;

    /// Sets them.
    ///
    /// # Errors
    /// EINVAL beyond user space.
    fn set_bases(&mut self, pid: Pid, tid: Tid, bases: &SegmentBases) -> Outcome<()>;

    /// Debug registers.
    ///
    /// # Errors
    /// As the system refuses it.
    fn debug_registers(&mut self, pid: Pid, tid: Tid) -> Outcome<DebugRegisters>;

    /// Sets them.
    ///
    /// # Errors
    /// EINVAL for values that user space may not have.
    fn set_debug_registers(&mut self, pid: Pid, tid: Tid, registers: &DebugRegisters) -> Outcome<()>;

    /// What a thread's present signal tells.
    ///
    /// # Errors
    /// As the system refuses it.
    fn signal_information(&mut self, pid: Pid, tid: Tid) -> Outcome<SigInfo>;

    /// A file of a process, whole; the process may run and need not be traced.
    ///
    /// # Errors
    /// As the system refuses it.
    fn text(&mut self, pid: Pid, text: Text) -> Outcome<Vec<u8>>;

    /// The address map, in the order of addresses.
    ///
    /// # Errors
    /// As the system refuses it.
    fn map(&mut self, pid: Pid) -> Outcome<Vec<MapEntry>>;

    /// Every process.
    ///
    /// # Errors
    /// As the system refuses it.
    fn processes(&mut self) -> Outcome<Vec<ProcessStatus>>;

    /// Opens a file of the image for reading.
    ///
    /// # Errors
    /// As the system refuses it.
    fn open(&mut self, path: &[u8]) -> Outcome<Self::File>;

    /// Reads from an open file.
    ///
    /// # Errors
    /// As the system refuses it.
    fn read(&mut self, file: &Self::File, offset: u64, buffer: &mut [u8]) -> Outcome<usize>;

    /// Kind and length of an open file.
    ///
    /// # Errors
    /// As the system refuses it.
    fn status(&mut self, file: &Self::File) -> Outcome<FileStatus>;
}
