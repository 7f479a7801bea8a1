//! The badge of a message: what every scheme's server learns of a caller without asking.
//!
//! Decides its layout: pid in bits 0 to 30, the loader's mark in bit 31, the effective user in the high half; 0 is a native
//! group. Main type: [`Badge`]. Neighbours: `ptrace::notice` makes badges, the kernel stamps them, `runtime::server` reads.

use crate::id::Pid;

/// Who makes a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Badge(u64);

/// On whose behalf a group makes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The process itself.
    Program,
    /// The loader of its next image: what it opens is to be executed.
    Loader,
}

impl Badge {
    const LOADER: u64 = 1 << 31;
    const PID: u64 = Self::LOADER - 1;
    const USER_SHIFT: u32 = 32;

    /// The badge of a process with this effective user, or of its loader.
    #[must_use]
    pub fn new(pid: Pid, user: u32, part: Part) -> Self {
        let mark = if part == Part::Loader { Self::LOADER } else { 0 };
        Self(u64::from(pid.raw().unsigned_abs()) | mark | u64::from(user).wrapping_shl(Self::USER_SHIFT))
    }

    /// The badge of these bits.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// Its bits.
    #[must_use]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The process; none for a native group.
    #[must_use]
    pub fn pid(self) -> Option<Pid> {
        i32::try_from(self.0 & Self::PID).ok().and_then(Pid::new)
    }

    /// Its effective user.
    #[must_use]
    pub const fn user(self) -> u32 {
        (self.0 >> Self::USER_SHIFT) as u32
    }

    /// Who of it asks.
    #[must_use]
    pub const fn part(self) -> Part {
        if self.0 & Self::LOADER == 0 { Part::Program } else { Part::Loader }
    }
}

#[cfg(test)]
mod tests {
    use super::{Badge, Part};
    use crate::id::Pid;

    #[test]
    fn a_badge_keeps_its_parts_apart() {
        let pid = Pid::new(99_999).expect("a pid");
        let loader = Badge::new(pid, u32::MAX, Part::Loader);
        assert_eq!((loader.pid(), loader.user(), loader.part()), (Some(pid), u32::MAX, Part::Loader));
        assert_eq!(Badge::new(pid, 5, Part::Program).raw(), 99_999 | 5 << 32);
        assert_eq!(Badge::from_raw(0).pid(), None);
    }
}
