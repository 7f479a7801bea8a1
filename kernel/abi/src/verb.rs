//! Requests on kernel objects through SYS_CALL: (descriptor, payload, length, metadata count, metadata).
//!
//! Decides numbers and arguments of the calls that create, copy and inspect; what many of them would do one by one is an
//! effect instead. Main types: [`SocketVerb`], [`Batch`], [`ThreadInformation`], [`GroupInformation`], [`RegionInformation`].
//! Neighbours: `effect`, `message`, `kernel-core::socket`, `runtime::server`.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Metadata word 0 of a SYS_CALL on a scheme socket; words that are left out are 0. The comment names words 1 and 2, the
/// payload and the result.
/// Verbs from `ReadMemory` on need process authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum SocketVerb {
    /// Payload: [`Batch`]. Performs the effects, receives messages; result: how many.
    Batch = 0,
    /// 1 tag, 2 offset in the client's buffer (requests) or address (process calls); payload: filled. Result: bytes.
    CopyIn = 1,
    /// 1 tag, 2 as CopyIn; payload: copied out. Result: bytes; EFAULT if any byte cannot be written.
    CopyOut = 2,
    /// 1 descriptor, 2 cookie: send Ready when the descriptor can be read; a second call replaces the cookie, `u64::MAX` ends it.
    Watch = 3,

    /// 1 group, 2 address; payload: filled, short at a hole (EFAULT if nothing).
    ReadMemory = 16,
    /// 1 group, 2 address; payload: written, private copies made as a debugger's write does; short at a hole.
    WriteMemory = 17,
    /// 1 thread, 2 `RegisterSet`; payload: filled. EBUSY while the thread runs.
    GetRegisters = 18,
    /// 1 thread, 2 `RegisterSet`; payload: validated, then set as a whole.
    SetRegisters = 19,
    /// 1 the group whose names it sees (0: all), 2 priority: an empty group with an empty space and table that reports here.
    /// Result: group.
    CreateGroup = 20,
    /// 1 group; payload: `ThreadStart`. Result: thread, held by NOT_STARTED.
    CreateThread = 21,
    /// 1 parent thread, 2 [`ForkFlags`] bits and cookie << 32; payload: filled with a [`Forked`]. The child is held by NOT_STARTED;
    /// unless it shares the space, a Job message tells when the copy is complete.
    Fork = 22,
    /// 1 group; payload: [`MapRequest`]. Maps a memory object of the caller's into the group.
    Map = 23,
    /// 1 group, 2 own descriptor | target descriptor << 32: copies a descriptor into the group's table.
    Grant = 24,
    /// 1 thread; payload: filled with a [`ThreadInformation`].
    ThreadInformation = 25,
    /// 1 group; payload: filled with a [`GroupInformation`].
    GroupInformation = 26,
    /// 1 group, 2 index of the region; payload: filled with a [`RegionInformation`]. ENOENT at the end.
    Region = 27,
    /// 1 flags (`SCHEME_*`); payload: the name. Creates a scheme in the caller's namespace. Result: the socket's descriptor.
    CreateScheme = 28,
    /// 1 group, 2 descriptor of that group: payload: two words: the scheme's id and the server's number of the open file.
    Identify = 29,
    /// 1 group, 2 descriptor in that group; payload: four words as those of effect ReplyObject. Puts the kernel's own handle on
    /// a target into the group's table. Result: the descriptor.
    GrantObject = 30,
    /// 1 thread; payload: [`RemoteCall`], filled with the result. A call of `calls::REMOTE` that the kernel serves, made for a
    /// thread that does not run and is in no call (EBUSY); one that would wait is taken back and has EAGAIN as its result.
    Remote = 31,
    /// 1 group; payload: [`Lend`]. Puts an open file of another group's table into this one's. Result: the descriptor.
    Lend = 32,
    /// 1 group, 2 a number: payload: filled with the [`DescriptorInformation`](crate::descriptor::DescriptorInformation) of the
    /// first open descriptor from there on. ENOENT at the end.
    Descriptor = 33,
}

impl SocketVerb {
    /// The verb with number `raw`.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        Some(match raw {
            0 => Self::Batch,
            1 => Self::CopyIn,
            2 => Self::CopyOut,
            3 => Self::Watch,
            16 => Self::ReadMemory,
            17 => Self::WriteMemory,
            18 => Self::GetRegisters,
            19 => Self::SetRegisters,
            20 => Self::CreateGroup,
            21 => Self::CreateThread,
            22 => Self::Fork,
            23 => Self::Map,
            24 => Self::Grant,
            25 => Self::ThreadInformation,
            26 => Self::GroupInformation,
            27 => Self::Region,
            28 => Self::CreateScheme,
            29 => Self::Identify,
            30 => Self::GrantObject,
            31 => Self::Remote,
            32 => Self::Lend,
            33 => Self::Descriptor,
            _ => return None,
        })
    }
}

/// CreateScheme flag: the new socket has process authority.
pub const SCHEME_AUTHORITY: u64 = 1;

/// Payload of SocketVerb::Batch, 48 bytes; the kernel writes `refused` back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Batch {
    /// Address of an array of `Effect`.
    pub effects: u64,
    /// Their count, at most [`BATCH_EFFECTS`].
    pub effect_count: u32,
    /// Set by the kernel when the batch fails: index of the effect that was refused; nothing was done.
    pub refused: u32,
    /// Address of an array of `Slot`.
    pub inbox: u64,
    /// Its capacity; 0 receives nothing.
    pub inbox_count: u32,
    /// [`BATCH_WAIT`].
    pub flags: u32,
    /// Stored by the kernel with the effects, readable again by a restarted server.
    pub journal: u64,
    /// Address of the bytes that ReplyFill effects take from.
    pub bytes: u64,
}

const _: () = assert!(size_of::<Batch>() == 48);

/// Most effects in one batch; work per kernel entry stays bounded.
pub const BATCH_EFFECTS: usize = 64;
/// Batch flag: wait until a message arrives if the inbox is empty.
pub const BATCH_WAIT: u32 = 1;

/// Payload of SocketVerb::CreateThread, 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ThreadStart {
    /// First instruction.
    pub entry: u64,
    /// Stack pointer.
    pub stack: u64,
    /// First three arguments (rdi, rsi, rdx).
    pub arguments: [u64; 3],
}

/// Payload of SocketVerb::Remote, 64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RemoteCall {
    /// Value of rax.
    pub number: u64,
    /// Arguments.
    pub arguments: [u64; 6],
    /// The raw result; the kernel writes it back.
    pub result: u64,
}

const _: () = assert!(size_of::<RemoteCall>() == 64);

/// Payload of SocketVerb::Lend, 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Lend {
    /// The group that has it.
    pub source: u64,
    /// Its descriptor there.
    pub descriptor: u64,
    /// The new descriptor.
    pub target: u64,
    /// Reserved, 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<Lend>() == 32);

/// Payload that SocketVerb::Fork fills, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Forked {
    /// The child's group.
    pub group: u64,
    /// Its only thread: a copy of the parent's frame with rax = 0, rdx = 1 and the trap flag clear.
    pub thread: u64,
}

bitflags::bitflags! {
    /// Flags of SocketVerb::Fork.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ForkFlags: u64 {
        /// The child runs in the parent's space (vfork).
        const SHARE_SPACE = 1;
    }
}

/// Payload of SocketVerb::Map, 48 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct MapRequest {
    /// Descriptor of a memory object, or `u64::MAX` for anonymous memory.
    pub descriptor: u64,
    /// Offset in the object, page-aligned.
    pub offset: u64,
    /// Address in the target, page-aligned; fixed, must be free.
    pub address: u64,
    /// Bytes, rounded up to pages.
    pub length: u64,
    /// `MapFlags` bits (PROT_*, MAP_SHARED or MAP_PRIVATE).
    pub flags: u64,
    /// Opaque label kept with the region (the server's name for the file).
    pub label: u64,
}

/// What SocketVerb::ThreadInformation fills, 128 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ThreadInformation {
    /// Its group.
    pub group: u64,
    /// `Reasons` of the thread and its group.
    pub reasons: u64,
    /// 0 can run, 1 waits in a call, 2 is parked with a report, 3 is dying.
    pub state: u32,
    /// Shown number of the system call it is in, or `u32::MAX`.
    pub call: u32,
    /// Count of arguments.
    pub argument_count: u32,
    /// Cause of the report it is parked with, or `u32::MAX`.
    pub cause: u32,
    /// Arguments as latched.
    pub arguments: [u64; 6],
    /// Result of the latest call (raw), valid at CallExit.
    pub result: u64,
    /// Group that owns the scheme server it waits for, or 0: the next link of the chain.
    pub waits_for: u64,
    /// User time in nanoseconds.
    pub run_time: u64,
    /// Reserved, 0.
    pub reserved: [u64; 3],
}

const _: () = assert!(size_of::<ThreadInformation>() == 128);

/// What SocketVerb::GroupInformation fills, 64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct GroupInformation {
    /// `Reasons` of the group.
    pub reasons: u64,
    /// Rises at every completed stop, repeated report and resume.
    pub stop_epoch: u64,
    /// Modification counter of the address map.
    pub map_timestamp: u64,
    /// Frames that only this space holds, plus shared ones it maps.
    pub frames: u64,
    /// Threads that are not dead.
    pub threads: u32,
    /// Regions in the space.
    pub regions: u32,
    /// Open descriptors.
    pub descriptors: u32,
    /// `GROUP_*` bits.
    pub flags: u32,
    /// User time in nanoseconds of its threads, the dead ones included; counted in ticks.
    pub run_time: u64,
    /// Reserved, 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<GroupInformation>() == 64);

/// What SocketVerb::Region fills, 64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RegionInformation {
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Offset of `start` in the object.
    pub offset: u64,
    /// Protection now: 1 read, 2 write, 4 execute.
    pub protection: u32,
    /// Most that mprotect may give.
    pub maximum: u32,
    /// 1 if shared, else private.
    pub shared: u32,
    /// 1 if it maps a file's memory object, 0 if anonymous.
    pub file: u32,
    /// The mapping server's label (its number of the open file).
    pub label: u64,
    /// Id of the scheme that named the object, 0 for the kernel.
    pub scheme: u64,
    /// Modification counter of the map.
    pub timestamp: u64,
}

const _: () = assert!(size_of::<RegionInformation>() == 64);
