//! Process and thread ids: two disjoint ranges, so that one number can carry either.
//!
//! Decides which numbers are ids at all. Main types: [`Pid`], [`Tid`], [`Target`]. Neighbours: `path` and `command` read
//! them from users, `ptrace` gives them out. FreeBSD: sys/proc.h (PID_MAX, NO_PID) and kern_thread.c (tid range).

/// Largest process id (FreeBSD PID_MAX).
pub const PID_MAX: i32 = 99_999;
/// Smallest thread id (FreeBSD: PID_MAX + 2 in older trees, 100000 as seen by users).
pub const TID_MIN: i32 = 100_000;

/// A process id, 1 to [`PID_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(i32);

impl Pid {
    /// Init, the reaper of orphans.
    pub const INIT: Self = Self(1);

    /// The process id `raw`, if it is in the range of process ids.
    #[must_use]
    pub const fn new(raw: i32) -> Option<Self> {
        if raw >= 1 && raw <= PID_MAX { Some(Self(raw)) } else { None }
    }

    /// As the number that users see.
    #[must_use]
    pub const fn raw(self) -> i32 {
        self.0
    }
}

/// A thread id, [`TID_MIN`] or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(i32);

impl Tid {
    /// The thread id `raw`, if it is in the range of thread ids.
    #[must_use]
    pub const fn new(raw: i32) -> Option<Self> {
        if raw >= TID_MIN { Some(Self(raw)) } else { None }
    }

    /// As the number that users see.
    #[must_use]
    pub const fn raw(self) -> i32 {
        self.0
    }
}

/// What the `pid` argument of ptrace names: a process or one of the threads of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A process; a request works on its default thread.
    Process(Pid),
    /// One thread.
    Thread(Tid),
}

impl Target {
    /// Reads the `pid` argument; negative numbers and 0 name nothing.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Option<Self> {
        if let Some(pid) = Pid::new(raw) {
            return Some(Self::Process(pid));
        }
        match Tid::new(raw) {
            Some(tid) => Some(Self::Thread(tid)),
            None => None,
        }
    }
}
