//! Who may see, debug and signal whom: pure functions over two subjects.
//!
//! Decides p_cansee, p_candebug and p_cansignal, in FreeBSD's order of checks (kern_prot.c; specification section 1.5).
//! Main types: [`Subject`], [`Standing`]. Neighbours: `access` applies them to requests, `files` to opens, `calls::kill`.
//! There are no jails, no MAC, securelevel is 0 and the see_other_* switches are on, so those lines have no counterpart.

use proc_abi::signal::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, Signal,
};

use crate::credentials::Credentials;
use crate::errno::{Errno, Result};

/// What the checks look at of one process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// Its users and groups.
    pub(crate) credentials: &'a Credentials,
    /// Its standing.
    pub(crate) standing: Standing,
}

bitflags::bitflags! {
    /// Facts of a target that matter to the checks.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Standing: u32 {
        /// It is the caller's own process.
        const OWN = 1;
        /// Its credentials changed since its last exec (P_SUGID).
        const SUGID = 2;
        /// It is between two images (P_INEXEC).
        const IN_EXEC = 4;
        /// It forbade tracing (P2_NOTRACE).
        const NO_TRACE = 8;
        /// Everything depends on it (init, servers): nobody may trace, stop or kill it.
        const PROTECTED = 16;
        /// It is in the caller's session (job control).
        const SAME_SESSION = 32;
    }
}

/// The caller may know that the target exists. Nothing hides a process here; the function keeps the place of the check.
///
/// # Errors
/// ESRCH, never today.
pub(crate) const fn can_see(_caller: &Credentials, _target: &Subject<'_>) -> Result<()> {
    Ok(())
}

/// The caller may debug the target.
///
/// # Errors
/// EPERM, EBUSY.
pub(crate) fn can_debug(caller: &Credentials, target: &Subject<'_>) -> Result<()> {
    if target.standing.contains(Standing::PROTECTED) {
        return Err(Errno::EPERM);
    }
    if target.standing.contains(Standing::OWN) {
        return Ok(());
    }
    let privileged = caller.is_privileged();
    if !privileged && !is_same_user(caller, target.credentials) {
        return Err(Errno::EPERM);
    }
    if !privileged && target.standing.contains(Standing::SUGID) {
        return Err(Errno::EPERM);
    }
    if target.standing.contains(Standing::IN_EXEC) {
        return Err(Errno::EBUSY);
    }
    if !privileged && target.standing.contains(Standing::NO_TRACE) {
        return Err(Errno::EPERM);
    }
    Ok(())
}

/// All of the target's users are the caller's effective one, and all of its groups are among the caller's.
fn is_same_user(caller: &Credentials, target: &Credentials) -> bool {
    let user = caller.user.effective;
    let users = target.user.effective == user && target.user.saved == user && target.user.real == user;
    let groups = [target.group.effective, target.group.real, target.group.saved];
    users && groups.iter().chain(&target.groups).all(|group| caller.is_member(*group))
}

/// Signals that a process may send to one whose credentials changed since exec (FreeBSD cr_cansignal).
const ALLOWED_TO_SUGID: [Signal; 12] =
    [SIGKILL, SIGINT, SIGTERM, SIGALRM, SIGSTOP, SIGTTIN, SIGTTOU, SIGTSTP, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT];

/// The caller may send the signal; none stands for the existence check of kill(pid, 0).
///
/// # Errors
/// EPERM.
pub(crate) fn can_signal(caller: &Credentials, target: &Subject<'_>, signal: Option<Signal>) -> Result<()> {
    if target.standing.contains(Standing::PROTECTED) && signal.is_some_and(Signal::is_unblockable) {
        return Err(Errno::EPERM);
    }
    if target.standing.contains(Standing::OWN) {
        return Ok(());
    }
    if signal == Some(SIGCONT) && target.standing.contains(Standing::SAME_SESSION) {
        return Ok(());
    }
    if caller.is_privileged() {
        return Ok(());
    }
    let restricted = signal.is_some_and(|signal| !ALLOWED_TO_SUGID.contains(&signal));
    if target.standing.contains(Standing::SUGID) && restricted {
        return Err(Errno::EPERM);
    }
    let (own, other) = (caller.user, target.credentials.user);
    let matches = [own.real, own.effective].iter().any(|user| *user == other.real || *user == other.saved);
    if matches { Ok(()) } else { Err(Errno::EPERM) }
}
