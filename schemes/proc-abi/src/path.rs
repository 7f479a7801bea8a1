//! The names under `proc:`: which paths exist and what each is.
//!
//! Decides the whole grammar; everything else is refused here, before anyone looks at a process. Main types: [`Path`],
//! [`Process`], [`ProcessFile`], [`ThreadFile`]. Neighbours: `proc` opens what this names. A path is relative to the scheme's
//! root: `` (the directory), `PID`, `PID/FILE`, `PID/lwp`, `PID/lwp/TID`, `PID/lwp/TID/FILE`, with `self` for PID.

use crate::id::{Pid, Tid};

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The directory of processes.
    Root,
    /// A process's directory.
    Process(Process),
    /// A file of a process.
    ProcessFile(Process, ProcessFile),
    /// The directory of a process's threads.
    Threads(Process),
    /// A thread's directory.
    Thread(Process, Tid),
    /// A file of a thread.
    ThreadFile(Process, Tid, ThreadFile),
}

/// Which process a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// The caller's.
    Own,
    /// The one with this id.
    Other(Pid),
}

/// Files of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessFile {
    /// Commands in, replies out.
    Control,
    /// Stop and life-cycle records.
    Event,
    /// Runs that the kernel does without the server.
    Run,
    /// State, for people; [`ProcessFile::StatusRecord`] for programs.
    Status,
    /// Fixed binary twin of `status`.
    StatusRecord,
    /// Address map, for people.
    Map,
    /// Fixed binary twin of `map`.
    MapRecords,
    /// Open files, for people.
    Files,
    /// Fixed binary twin of `files`.
    FileRecords,
    /// Threads, for people.
    Threads,
    /// Fixed binary twin of `threads`.
    ThreadRecords,
    /// Memory, at the file offset.
    Memory,
    /// Path of the executable.
    Executable,
    /// Arguments, each ended by NUL.
    CommandLine,
    /// Auxiliary vector.
    AuxiliaryVector,
}

impl ProcessFile {
    /// Read as a whole, by those who may debug the process alone.
    #[must_use]
    pub const fn tells_secrets(self) -> bool {
        match self {
            Self::Map | Self::MapRecords | Self::Files | Self::FileRecords | Self::AuxiliaryVector => true,
            Self::Control
            | Self::Event
            | Self::Run
            | Self::Status
            | Self::StatusRecord
            | Self::Threads
            | Self::ThreadRecords
            | Self::Memory
            | Self::Executable
            | Self::CommandLine => false,
        }
    }
}

/// Files of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadFile {
    /// General registers.
    Registers,
    /// FXSAVE image.
    FloatRegisters,
    /// Debug registers.
    DebugRegisters,
    /// XSAVE image.
    ExtendedState,
    /// Segment bases.
    Bases,
    /// LWPINFO.
    Information,
    /// siginfo of the present stop.
    SignalInformation,
    /// Number, arguments and result of the present system call.
    SystemCall,
    /// Name.
    Name,
}

/// Every file of a process with its name, in the order in which directories list them.
pub const PROCESS_FILES: [(ProcessFile, &str); 15] = [
    (ProcessFile::Control, "ctl"),
    (ProcessFile::Event, "event"),
    (ProcessFile::Run, "run"),
    (ProcessFile::Status, "status"),
    (ProcessFile::StatusRecord, "status.bin"),
    (ProcessFile::Map, "map"),
    (ProcessFile::MapRecords, "map.bin"),
    (ProcessFile::Files, "files"),
    (ProcessFile::FileRecords, "files.bin"),
    (ProcessFile::Threads, "threads"),
    (ProcessFile::ThreadRecords, "threads.bin"),
    (ProcessFile::Memory, "mem"),
    (ProcessFile::Executable, "exe"),
    (ProcessFile::CommandLine, "cmdline"),
    (ProcessFile::AuxiliaryVector, "auxv"),
];

/// Every file of a thread with its name.
pub const THREAD_FILES: [(ThreadFile, &str); 9] = [
    (ThreadFile::Registers, "regs"),
    (ThreadFile::FloatRegisters, "fpregs"),
    (ThreadFile::DebugRegisters, "dbregs"),
    (ThreadFile::ExtendedState, "xstate"),
    (ThreadFile::Bases, "base"),
    (ThreadFile::Information, "info"),
    (ThreadFile::SignalInformation, "siginfo"),
    (ThreadFile::SystemCall, "syscall"),
    (ThreadFile::Name, "name"),
];

/// Name of the caller's own process.
pub const SELF: &str = "self";
/// Name of the directory of threads.
pub const THREADS_DIRECTORY: &str = "lwp";

/// Reads a path; one slash at the end of a directory is accepted, empty parts elsewhere are not.
#[must_use]
pub fn parse(path: &str) -> Option<Path> {
    if path.is_empty() {
        return Some(Path::Root);
    }
    let (path, directory_only) = match path.strip_suffix('/') {
        Some(rest) => (rest, true),
        None => (path, false),
    };
    let parsed = parse_parts(path)?;
    match parsed {
        Path::ProcessFile(..) | Path::ThreadFile(..) if directory_only => None,
        _ => Some(parsed),
    }
}

fn parse_parts(path: &str) -> Option<Path> {
    let mut parts = path.split('/');
    let process = parse_process(parts.next()?)?;
    let Some(second) = parts.next() else { return Some(Path::Process(process)) };
    if second != THREADS_DIRECTORY {
        let file = find(&PROCESS_FILES, second)?;
        return parts.next().is_none().then_some(Path::ProcessFile(process, file));
    }
    let Some(third) = parts.next() else { return Some(Path::Threads(process)) };
    let tid = Tid::new(parse_number(third)?)?;
    let Some(fourth) = parts.next() else { return Some(Path::Thread(process, tid)) };
    let file = find(&THREAD_FILES, fourth)?;
    parts.next().is_none().then_some(Path::ThreadFile(process, tid, file))
}

fn parse_process(part: &str) -> Option<Process> {
    if part == SELF {
        return Some(Process::Own);
    }
    Some(Process::Other(Pid::new(parse_number(part)?)?))
}

fn find<T: Copy>(table: &[(T, &str)], name: &str) -> Option<T> {
    table.iter().find(|row| row.1 == name).map(|row| row.0)
}

/// Decimal without sign and without leading zeros, so that every id has one name.
fn parse_number(text: &str) -> Option<i32> {
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
