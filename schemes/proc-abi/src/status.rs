//! Fixed binary twins of `status`, `threads` and `map`: the same facts as the text files, for programs.
//!
//! Decides three layouts. Main types: [`ProcessStatus`], [`ThreadStatus`], [`MapEntry`]. Neighbours: `ptrace::status` fills
//! them, `proc` also renders them as text. Each record starts with its own size, so that later ones may be longer.

use bitflags::bitflags;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::lwpinfo::NAME_SIZE;
use crate::signal::SigSet;

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ProcessState {
    /// It may run.
    Running = 1,
    /// Stopped by job control.
    JobStopped = 2,
    /// Stopped for its tracer.
    TraceStopped = 3,
    /// It is exiting.
    Exiting = 4,
    /// It is dead and not yet waited for.
    Zombie = 5,
    /// It is being created.
    New = 6,
}

bitflags! {
    /// Facts about a process.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ProcessFlags: u32 {
        /// It is traced.
        const TRACED = 1;
        /// The present stop was collected.
        const COLLECTED = 2;
        /// A stop token is set, the operator's or a debugger's.
        const OPERATOR_STOP = 4;
        /// Its credentials changed since exec.
        const SUGID = 8;
        /// Its system servers depend on it: it cannot be traced, stopped or killed.
        const PROTECTED = 16;
        /// It forbade tracing.
        const NO_TRACE = 32;
        /// It is between images.
        const IN_EXEC = 64;
        /// Every thread of it is stopped.
        const ALL_STOPPED = 128;
        /// It waits for its vfork child.
        const VFORK_WAIT = 256;
    }
}

/// Most supplementary groups of a process (FreeBSD NGROUPS_MAX is larger; nobody here needs more).
pub const GROUPS_MAX: usize = 16;

/// Binary twin of `status`, 216 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ProcessStatus {
    /// Bytes of this record.
    pub size: u32,
    /// A [`ProcessState`].
    pub state: u32,
    /// [`ProcessFlags`] bits.
    pub flags: u32,
    /// Process id.
    pub pid: i32,
    /// Real parent.
    pub parent: i32,
    /// Tracer, 0 for none.
    pub tracer: i32,
    /// Process group.
    pub process_group: i32,
    /// Session.
    pub session: i32,
    /// Real, effective and saved user.
    pub uid: [u32; 3],
    /// Real, effective and saved group.
    pub gid: [u32; 3],
    /// Count of threads.
    pub threads: u32,
    /// Signal of the present stop, or wait status of a zombie.
    pub stop: i32,
    /// Reporting thread of the present stop, 0 for none.
    pub reporter: i32,
    /// Event mask of its tracer.
    pub event_mask: u32,
    /// Name, NUL-terminated.
    pub name: [u8; NAME_SIZE],
    /// Count of supplementary groups.
    pub group_count: u32,
    /// Signals pending on the process.
    pub pending: SigSet,
    /// Signals that are caught.
    pub caught: SigSet,
    /// Signals that are ignored.
    pub ignored: SigSet,
    /// User time in nanoseconds of all its threads, counted in ticks of the scheduler's clock; 0 for a zombie.
    pub run_time: u64,
    /// Supplementary groups, `group_count` of them.
    pub groups: [u32; GROUPS_MAX],
}

const _: () = assert!(size_of::<ProcessStatus>() == 216);

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ThreadState {
    /// It may run.
    Running = 1,
    /// It waits in a system call.
    Waiting = 2,
    /// It is stopped.
    Stopped = 3,
    /// It is stopped and has an event of its own to tell.
    Reporting = 4,
    /// It is dying.
    Dying = 5,
}

/// Binary twin of one line of `threads`, 96 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ThreadStatus {
    /// Bytes of this record.
    pub size: u32,
    /// A [`ThreadState`].
    pub state: u32,
    /// Thread id.
    pub tid: i32,
    /// 1 if a debugger holds it.
    pub held: u32,
    /// `EventFlags` bits.
    pub pl_flags: u32,
    /// System call it is in, `u32::MAX` for none.
    pub syscall_code: u32,
    /// Blocked signals.
    pub blocked: SigSet,
    /// Signals pending on it.
    pub pending: SigSet,
    /// Process whose server it waits for, 0 for none: the next link of the chain.
    pub waits_for: i32,
    /// Name, NUL-terminated.
    pub name: [u8; NAME_SIZE],
    /// User time in nanoseconds.
    pub run_time: u64,
    /// Reserved, 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<ThreadStatus>() == 96);

/// Binary twin of one line of `map`, 64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct MapEntry {
    /// Bytes of this record.
    pub size: u32,
    /// Protection: 1 read, 2 write, 4 execute.
    pub protection: u32,
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Offset in the object.
    pub offset: u64,
    /// Most that mprotect may give.
    pub maximum: u32,
    /// 1 if shared.
    pub shared: u32,
    /// The mapping server's name for the file, 0 if anonymous.
    pub file: u64,
    /// Id of that server's scheme.
    pub scheme: u64,
    /// Modification counter of the map when the entry was read.
    pub timestamp: u64,
}

const _: () = assert!(size_of::<MapEntry>() == 64);
