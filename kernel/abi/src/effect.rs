//! What a server orders in one batch: 64-byte records, checked all together, then done all or not at all.
//!
//! Decides the wire layout and the numbers of effects. Main types: [`Effect`], [`EffectVerb`]. Neighbours: `message`,
//! `verb::Batch`, `kernel-core::batch`. Verbs that name threads or groups need a socket with process authority.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// One record, 64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Effect {
    /// An [`EffectVerb`].
    pub verb: u32,
    /// By verb; `stop::PostCall` bits for the REPLY verbs.
    pub flags: u32,
    /// Tag, thread or group, by verb.
    pub target: u64,
    /// By verb.
    pub words: [u64; 6],
}

const _: () = assert!(size_of::<Effect>() == 64);

/// What an effect does. "tag", "thread", "group" say what `target` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum EffectVerb {
    /// tag: answer with the raw result in word 0; flags are PostCall bits, word 1 is shown as word 3 of a CallExit report.
    Reply = 1,
    /// tag of an open or dup: a new open file of this scheme with the server's number in word 0; word 1: `OPEN_*` bits.
    ReplyOpen = 2,
    /// tag of an open, dup or mmap: the server's descriptor in word 0, copied to the caller; word 1 for mmap: offset in the memory object.
    ReplyDescriptor = 3,
    /// tag: the call is made again from the start when the thread next runs (RIP back by 2, number in rax).
    ReplyRestart = 4,
    /// tag: the frame was set by the server; the call changes no register. Flags as for Reply.
    ReplyFrame = 5,
    /// tag of an open: the kernel's own handle on a target: word 0 an [`ObjectKind`], word 1 thread or group, word 2 session, word 3 rights.
    ReplyObject = 6,
    /// handle of this scheme: event flags in word 0 became true.
    Notify = 7,
    /// cookie: a Timer message at the time in word 0 (nanoseconds since boot); 0 cancels.
    Timer = 8,
    /// tag of a process call: as Reply, once the low 32 bits of word 3 lie at address word 2 in the caller's memory; EFAULT if
    /// they cannot.
    ReplyStore = 9,
    /// tag of a request whose buffer the server may fill: as Reply with the length in word 0, which many bytes from offset word 1 of
    /// `Batch::bytes` lie in the buffer then; if word 2 names a thread, its general registers lie over them at offset word 3.
    /// Refused if the buffer cannot take them, or with EAGAIN if they are too much for what is left of one entry. Words 4 and
    /// 5 are the server's own.
    ReplyFill = 10,

    /// thread: ends its report. Word 0 for CallEntry: a [`EntryOutcome`], word 1 its result.
    Resume = 16,
    /// thread: adds the `Reasons` in word 0.
    Hold = 17,
    /// thread: removes the `Reasons` in word 0.
    Release = 18,
    /// group: adds the `Reasons` in word 0; word 1 is a [`StopNews`].
    Stop = 19,
    /// group: removes the `Reasons` in word 0; word 1 = 1 raises the stop epoch as a resume.
    Continue = 20,
    /// thread: report Boundary before the next user instruction.
    Post = 21,
    /// thread: its pending call is to end; word 0: 0 = EINTR, 1 = restart if the call has done nothing.
    Interrupt = 22,
    /// thread: word 0: 1 arms the single step, 0 disarms it.
    Step = 23,
    /// group: the causes in word 0 are reported from now on, no others. Calls in the `CallSet` of words 1 and 2 are left out at
    /// their entry, those of words 3 and 4 at their exit.
    Arm = 24,
    /// thread: dies now; a pending call is abandoned. Word 0 = 1: report ThreadExit first if armed.
    Kill = 25,
    /// group: all its threads die now; GroupDead follows when its space and descriptors are released.
    KillGroup = 26,
    /// group: word 0 badge, word 1 `GROUP_*` bits, word 2 pid and word 3 parent's pid for kernel-answered calls (0 = ask the
    /// server), word 4 its incarnation: a handle on the group or its threads that was made at another one is dead.
    Identity = 27,
    /// group: a session numbered word 0 for the tracer group in word 1; word 2 the bond's `LastClose`.
    SessionOpen = 28,
    /// session in `target`: its handles die.
    SessionEnd = 29,
    /// session in `target`: the tracer has collected the group's present stop.
    SessionCollect = 30,
    /// group: a trace stop is complete or reported again: the stop epoch rises.
    Epoch = 31,
    /// thread (caller of exec): becomes the only thread of its group in the space of the loader's group in word 0, at entry
    /// word 1, stack word 2; the range word 3, word 4 (the loader itself) is unmapped; close-on-exec descriptors are closed.
    ExecCommit = 32,
    /// group: all who wait by FUTEX for the word at address word 0 of its space go on; none if there is no such word.
    Wake = 33,
    /// session in `target`: word 0 = 1 lets its handles on `PID/run` run the target without the server, 0 ends that; word 2:
    /// the thread that is stepped and whose stops are told, with word 1 as `RunStop::label`.
    Delegate = 34,
    /// session in `target`: its bond's `LastClose` is word 0 from now on.
    SessionPolicy = 35,
}

impl EffectVerb {
    /// The verb with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::Reply,
            2 => Self::ReplyOpen,
            3 => Self::ReplyDescriptor,
            4 => Self::ReplyRestart,
            5 => Self::ReplyFrame,
            6 => Self::ReplyObject,
            7 => Self::Notify,
            8 => Self::Timer,
            9 => Self::ReplyStore,
            10 => Self::ReplyFill,
            16 => Self::Resume,
            17 => Self::Hold,
            18 => Self::Release,
            19 => Self::Stop,
            20 => Self::Continue,
            21 => Self::Post,
            22 => Self::Interrupt,
            23 => Self::Step,
            24 => Self::Arm,
            25 => Self::Kill,
            26 => Self::KillGroup,
            27 => Self::Identity,
            28 => Self::SessionOpen,
            29 => Self::SessionEnd,
            30 => Self::SessionCollect,
            31 => Self::Epoch,
            32 => Self::ExecCommit,
            33 => Self::Wake,
            34 => Self::Delegate,
            35 => Self::SessionPolicy,
            _ => return None,
        })
    }
}

/// ReplyOpen bit: the kernel keeps a file offset and passes it with reads and writes.
pub const OPEN_POSITIONED: u64 = 1;

/// Identity bit: the group may open the kernel's privileged schemes (its effective uid is 0).
pub const GROUP_PRIVILEGED: u64 = 1;
/// Identity bit: others may not trace, stop or kill the group (what everything depends on).
pub const GROUP_PROTECTED: u64 = 2;

/// What Resume does with a thread parked at CallEntry; word 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum EntryOutcome {
    /// Run the call; number and arguments are latched again if a debugger wrote registers or memory.
    Run = 0,
    /// Skip the body; the result is word 1.
    Skip = 1,
}

impl EntryOutcome {
    /// The outcome with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        match raw {
            0 => Some(Self::Run),
            1 => Some(Self::Skip),
            _ => None,
        }
    }
}

/// Whether the kernel has to tell that a stop is complete; word 1 of Stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum StopNews {
    /// Stopped is sent when no thread of the group can run and every call that came before is worked off.
    Awaited = 0,
    /// All threads are parked already, or nobody counts on it.
    Known = 1,
    /// The same of a trace stop: it is complete, so the stop epoch rises as by Epoch.
    Complete = 2,
}

impl StopNews {
    /// The news with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        match raw {
            0 => Some(Self::Awaited),
            1 => Some(Self::Known),
            2 => Some(Self::Complete),
            _ => None,
        }
    }
}

/// The kernel's own handles on a target, for ReplyObject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum ObjectKind {
    /// Memory of a group, the file offset is the address.
    Memory = 0,
    /// Runs of a group; verbs in `run::RunVerb`.
    Run = 1,
    /// A register set of a thread: 16 + `registers::RegisterSet`.
    General = 16,
    /// FXSAVE image.
    Float = 17,
    /// Debug registers.
    Debug = 18,
    /// XSAVE image.
    Extended = 19,
    /// Segment bases.
    Bases = 20,
}

impl ObjectKind {
    /// The kind with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        Some(match raw {
            0 => Self::Memory,
            1 => Self::Run,
            16 => Self::General,
            17 => Self::Float,
            18 => Self::Debug,
            19 => Self::Extended,
            20 => Self::Bases,
            _ => return None,
        })
    }
}

/// Right of a handle on a target: reads.
pub const RIGHT_READ: u64 = 1;
/// Right of a handle on a target: writes.
pub const RIGHT_WRITE: u64 = 2;
/// Restriction: every use needs the group stopped (EBUSY).
pub const NEED_STOPPED: u64 = 1 << 16;
/// Restriction: writes need the stop collected by the session's tracer (EBUSY).
pub const NEED_COLLECTED: u64 = 1 << 17;
