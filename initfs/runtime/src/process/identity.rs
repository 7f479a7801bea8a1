//! Users, groups, process groups and sessions of a process.
//!
//! Decides nothing: each function is one of FreeBSD's calls. Neighbours: `process`, the process server's credentials.

use crate::error::{Error, Result};
use crate::process::process_call;
use crate::system_call;
use alloc::vec::Vec;
use kernel_abi::calls::PROCESS_CALL;
use zerocopy::IntoBytes;

/// Real, effective and saved id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// Who started the process.
    pub real: u32,
    /// Whose rights it has.
    pub effective: u32,
    /// What the effective id may be set to again.
    pub saved: u32,
}

/// What setresuid and setresgid take for an id that stays.
const UNCHANGED: usize = u32::MAX as usize;

const SETUID: usize = 23;
const SETGROUPS: usize = 80;
const GETGROUPS: usize = 79;
const SETPGID: usize = 82;
const SETSID: usize = 147;
const SETGID: usize = 181;
const GETPGID: usize = 207;
const GETSID: usize = 310;
const SETRESUID: usize = 311;
const SETRESGID: usize = 312;
const GETRESUID: usize = 360;
const GETRESGID: usize = 361;

/// The three user ids.
///
/// # Errors
/// None in a process.
pub fn users() -> Result<Ids> {
    three(GETRESUID)
}

/// The three group ids.
///
/// # Errors
/// None in a process.
pub fn groups() -> Result<Ids> {
    three(GETRESGID)
}

fn three(call: usize) -> Result<Ids> {
    let mut ids = [0_u32; 3];
    let address = system_call::address_of_mut(ids.as_mut_bytes());
    let [real, effective, saved] = [address, address.wrapping_add(4), address.wrapping_add(8)];
    // SAFETY: the server writes one id at each address, all in `ids`, which is lent.
    unsafe { system_call::call(PROCESS_CALL | call, [real, effective, saved, 0, 0, 0]) }?;
    let [real, effective, saved] = ids;
    Ok(Ids { real, effective, saved })
}

/// setuid(2).
///
/// # Errors
/// EPERM.
pub fn set_user(uid: u32) -> Result<()> {
    process_call(SETUID, [uid as usize, 0, 0, 0, 0, 0]).map(drop)
}

/// setgid(2).
///
/// # Errors
/// EPERM.
pub fn set_group(gid: u32) -> Result<()> {
    process_call(SETGID, [gid as usize, 0, 0, 0, 0, 0]).map(drop)
}

/// setresuid(2): each id that is given.
///
/// # Errors
/// EPERM.
pub fn set_users(real: Option<u32>, effective: Option<u32>, saved: Option<u32>) -> Result<()> {
    set_three(SETRESUID, [real, effective, saved])
}

/// setresgid(2): each id that is given.
///
/// # Errors
/// EPERM.
pub fn set_groups(real: Option<u32>, effective: Option<u32>, saved: Option<u32>) -> Result<()> {
    set_three(SETRESGID, [real, effective, saved])
}

fn set_three(call: usize, ids: [Option<u32>; 3]) -> Result<()> {
    let [real, effective, saved] = ids.map(|id| id.map_or(UNCHANGED, |id| id as usize));
    process_call(call, [real, effective, saved, 0, 0, 0]).map(drop)
}

/// The supplementary groups.
///
/// # Errors
/// ENOMEM.
pub fn supplementary_groups() -> Result<Vec<u32>> {
    let count = process_call(GETGROUPS, [0; 6])?;
    let mut groups = Vec::new();
    groups.try_reserve_exact(count)?;
    groups.resize(count, 0_u32);
    let address = system_call::address_of_mut(groups.as_mut_bytes());
    // SAFETY: the server writes at most `count` ids, for which `groups` is lent.
    let count = unsafe { system_call::call(PROCESS_CALL | GETGROUPS, [count, address, 0, 0, 0, 0]) }?;
    groups.truncate(count);
    Ok(groups)
}

/// Chooses the supplementary groups.
///
/// # Errors
/// EPERM, EINVAL for too many.
pub fn set_supplementary_groups(groups: &[u32]) -> Result<()> {
    let address = system_call::address_of(groups.as_bytes());
    // SAFETY: the server reads the ids, which are borrowed.
    unsafe { system_call::call(PROCESS_CALL | SETGROUPS, [groups.len(), address, 0, 0, 0, 0]) }.map(drop)
}

/// The process group of a process, 0 for the own.
///
/// # Errors
/// ESRCH.
pub fn process_group(pid: i32) -> Result<i32> {
    number(process_call(GETPGID, [argument(pid), 0, 0, 0, 0, 0])?)
}

/// Puts a process (0: this one) into a process group (0: one of its own number).
///
/// # Errors
/// ESRCH, EPERM, EACCES after the child's exec, EINVAL.
pub fn set_process_group(pid: i32, group: i32) -> Result<()> {
    process_call(SETPGID, [argument(pid), argument(group), 0, 0, 0, 0]).map(drop)
}

/// The session of a process, 0 for the own.
///
/// # Errors
/// ESRCH.
pub fn session(pid: i32) -> Result<i32> {
    number(process_call(GETSID, [argument(pid), 0, 0, 0, 0, 0])?)
}

/// Starts a session and a process group of the own number.
///
/// # Errors
/// EPERM for a process group leader.
pub fn start_session() -> Result<i32> {
    number(process_call(SETSID, [0; 6])?)
}

fn argument(number: i32) -> usize {
    i64::from(number).cast_unsigned() as usize
}

fn number(raw: usize) -> Result<i32> {
    i32::try_from(raw).map_err(|_| Error::EPROTO)
}
