//! Who may read or execute a file of the image.
//!
//! Decides by owner, group and other bits in FreeBSD's order (vfs_subr.c, vaccess): the owner's bits alone
//! count for the owner, the group's alone for its members. Main types: [`Wanted`], [`Person`]. Neighbours: `serve` asks when
//! a file is opened, `tree` knows mode and owner, `proc_abi::status` has the credentials.

use proc_abi::status::ProcessStatus;
use runtime::file::status::{Kind, Status};
use runtime::{Error, Result};

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Only its status.
    Nothing,
    /// Its bytes.
    Read,
    /// To be run; its bytes are the loader's to read.
    Execute,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Person<'a> {
    /// The superuser, or a native server.
    Root,
    /// Anybody else: the effective ids and the supplementary groups count.
    User(&'a ProcessStatus),
}

impl Wanted {
    /// Its bit in one class of a mode.
    const fn bit(self) -> u16 {
        match self {
            Self::Nothing => 0,
            Self::Read => 4,
            Self::Execute => 1,
        }
    }
}

/// Judges an opening.
///
/// # Errors
/// EACCES.
pub fn check(person: Person<'_>, status: &Status, wanted: Wanted) -> Result<()> {
    let mode = status.permissions();
    let granted = match person {
        // What nobody can execute is no program, not even root's.
        Person::Root if wanted == Wanted::Execute && status.kind() == Kind::Regular => status.is_executable(),
        Person::Root => true,
        Person::User(who) => (mode >> class(who, status)) & wanted.bit() == wanted.bit(),
    };
    if granted { Ok(()) } else { Err(Error::EACCES) }
}

/// How far the bits that count for this user are from the low end of a mode.
fn class(who: &ProcessStatus, status: &Status) -> u32 {
    let [_, user, _] = who.uid;
    if user == status.uid {
        return 6;
    }
    let [_, group, _] = who.gid;
    let count = usize::try_from(who.group_count).unwrap_or(usize::MAX);
    let member = group == status.gid || who.groups.iter().take(count).any(|group| *group == status.gid);
    if member { 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{Person, Wanted, check};
    use proc_abi::status::ProcessStatus;
    use runtime::Error;
    use runtime::file::status::{Kind, Status};
    use zerocopy::FromZeros;

    fn file(mode: u16) -> Status {
        let mut status = Status::new(Kind::Regular, mode, 1);
        (status.uid, status.gid) = (7, 8);
        status
    }

    fn user(uid: u32, gid: u32, groups: &[u32]) -> ProcessStatus {
        let mut who = ProcessStatus::new_zeroed();
        // The real and saved ids are root's: they must not count.
        (who.uid, who.gid) = ([0, uid, 0], [0, gid, 0]);
        who.group_count = u32::try_from(groups.len()).expect("few");
        who.groups[..groups.len()].copy_from_slice(groups);
        who
    }

    fn may(who: &ProcessStatus, mode: u16) -> [bool; 2] {
        [Wanted::Read, Wanted::Execute].map(|wanted| check(Person::User(who), &file(mode), wanted).is_ok())
    }

    #[test]
    fn only_the_first_class_that_fits_counts() {
        let (owner, other) = (user(7, 8, &[8]), user(1, 1, &[]));
        let (member, further) = (user(1, 8, &[]), user(1, 1, &[2, 8]));
        for (who, shift) in [(&owner, 6), (&member, 3), (&further, 3), (&other, 0)] {
            assert_eq!(may(who, 0o4 << shift), [true, false]);
            assert_eq!(may(who, 0o1 << shift), [false, true]);
            assert_eq!(may(who, 0o777 & !(0o7 << shift)), [false, false], "the other classes do not help");
        }
    }

    #[test]
    fn groups_beyond_the_count_are_not_the_users() {
        let mut who = user(1, 1, &[8]);
        who.group_count = 0;
        assert_eq!(may(&who, 0o070), [false, false]);
    }

    #[test]
    fn root_reads_all_and_runs_what_somebody_may_run() {
        assert_eq!(check(Person::Root, &file(0), Wanted::Read), Ok(()));
        assert_eq!(check(Person::Root, &file(0o666), Wanted::Execute), Err(Error::EACCES));
        assert_eq!(check(Person::Root, &file(0o001), Wanted::Execute), Ok(()));
        assert_eq!(check(Person::Root, &Status::new(Kind::Directory, 0, 0), Wanted::Execute), Ok(()));
    }

    #[test]
    fn anybody_may_look_at_a_status() {
        assert_eq!(check(Person::User(&user(1, 1, &[])), &file(0), Wanted::Nothing), Ok(()));
    }
}
