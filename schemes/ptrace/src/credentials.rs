//! Who a process is: users and groups.
//!
//! Decides the set-id family of calls. Main type: [`Credentials`]. Neighbours: `permission` compares two of them, `exec`
//! gives new ones. FreeBSD: kern_prot.c (sys_setuid and its relatives; POSIX saved ids, no appropriate-privilege oddities).

use alloc::vec::Vec;

use crate::errno::{Errno, Result};

/// Real, effective and saved ids and the supplementary groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// Users.
    pub user: Ids,
    /// Groups.
    pub group: Ids,
    /// Supplementary groups, at most `proc_abi::status::GROUPS_MAX`.
    pub groups: Vec<u32>,
}

/// Three ids of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ids {
    /// Real.
    pub real: u32,
    /// Effective.
    pub effective: u32,
    /// Saved.
    pub saved: u32,
}

/// What a call of the set-id family asks for; `None` leaves an id as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdChange {
    /// New real id.
    pub real: Option<u32>,
    /// New effective id.
    pub effective: Option<u32>,
    /// New saved id.
    pub saved: Option<u32>,
}

impl Ids {
    /// All three the same.
    #[must_use]
    pub const fn all(id: u32) -> Self {
        Self { real: id, effective: id, saved: id }
    }

    const fn has(&self, id: u32) -> bool {
        self.real == id || self.effective == id || self.saved == id
    }

    /// The ids after a change; without privilege each new id must be one of the old three (setresuid).
    ///
    /// # Errors
    /// EPERM.
    pub fn changed(&self, change: IdChange, privileged: bool) -> Result<Self> {
        let wanted = [change.real, change.effective, change.saved];
        if !privileged && wanted.iter().flatten().any(|id| !self.has(*id)) {
            return Err(Errno::EPERM);
        }
        Ok(Self {
            real: change.real.unwrap_or(self.real),
            effective: change.effective.unwrap_or(self.effective),
            saved: change.saved.unwrap_or(self.saved),
        })
    }

    /// setreuid's rule: the saved id follows the effective one if the real one was set or the effective one is not the real one.
    #[must_use]
    pub fn re_change(&self, real: Option<u32>, effective: Option<u32>) -> IdChange {
        let new_real = real.unwrap_or(self.real);
        let new_effective = effective.unwrap_or(self.effective);
        let saved = (real.is_some() || new_effective != new_real).then_some(new_effective);
        IdChange { real, effective, saved }
    }
}

impl Credentials {
    /// The superuser's.
    #[must_use]
    pub const fn root() -> Self {
        Self { user: Ids::all(0), group: Ids::all(0), groups: Vec::new() }
    }

    /// The effective user is 0.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        self.user.effective == 0
    }

    /// The effective group or a supplementary one (FreeBSD groupmember).
    #[must_use]
    pub fn is_member(&self, group: u32) -> bool {
        self.group.effective == group || self.groups.contains(&group)
    }

    /// A copy, or ENOMEM.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn try_clone(&self) -> Result<Self> {
        let mut groups = Vec::new();
        groups.try_reserve_exact(self.groups.len()).map_err(|_| Errno::ENOMEM)?;
        groups.extend_from_slice(&self.groups);
        Ok(Self { user: self.user, group: self.group, groups })
    }
}
