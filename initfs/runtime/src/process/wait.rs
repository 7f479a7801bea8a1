//! Waiting for children, and for tracees.
//!
//! Decides how wait4 and wait6 look to safe code. Main functions: [`wait`], [`wait6`]; main types: [`Who`], [`Waited`].
//! Neighbours: `proc_abi::wait` (statuses and options), `process::command`.

use crate::error::{Error, Result};
use crate::process::Pid;
use crate::system_call;
use kernel_abi::calls::PROCESS_CALL;
use proc_abi::siginfo::SigInfo;
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};
use zerocopy::{FromZeros, IntoBytes};

const WAIT4: usize = 7;
const WAIT6: usize = 532;

/// Whose change to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Any child.
    Any,
    /// This one.
    Process(Pid),
    /// Any child in the process group with this number.
    Group(i32),
    /// Any child in the own process group.
    OwnGroup,
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// Whose.
    pub pid: Pid,
    /// Which.
    pub status: WaitStatus,
}

/// Waits for a change of state; `None` only with `NOHANG`, when there is none yet.
///
/// # Errors
/// ECHILD without such a child, EINTR after a handled signal, EINVAL.
pub fn wait(who: Who, options: WaitOptions) -> Result<Option<Waited>> {
    let target = match who {
        Who::Any => -1,
        Who::Process(pid) => i64::from(pid.raw()),
        Who::Group(group) => i64::from(group).saturating_neg(),
        Who::OwnGroup => 0,
    };
    let mut word = 0_i32;
    let address = system_call::address_of_mut(word.as_mut_bytes());
    let arguments = [target.cast_unsigned() as usize, address, options.bits() as usize, 0, 0, 0];
    // SAFETY: the server writes the status word, for which `word` is lent, and no usage.
    let pid = unsafe { system_call::call(PROCESS_CALL | WAIT4, arguments) }?;
    decode(pid, word)
}

/// As [`wait`], with information as a SIGCHLD would carry it.
///
/// # Errors
/// As [`wait`]; EINVAL without any of EXITED, STOPPED, CONTINUED, TRAPPED.
pub fn wait6(kind: IdType, id: i32, options: WaitOptions) -> Result<(Option<Waited>, SigInfo)> {
    let (mut word, mut information) = (0_i32, SigInfo::new_zeroed());
    let arguments = [
        i64::from(kind as i32).cast_unsigned() as usize,
        i64::from(id).cast_unsigned() as usize,
        system_call::address_of_mut(word.as_mut_bytes()),
        options.bits() as usize,
        0,
        system_call::address_of_mut(information.as_mut_bytes()),
    ];
    // SAFETY: the server writes the status word and the information, both lent.
    let pid = unsafe { system_call::call(PROCESS_CALL | WAIT6, arguments) }?;
    Ok((decode(pid, word)?, information))
}

fn decode(pid: usize, word: i32) -> Result<Option<Waited>> {
    if pid == 0 {
        return Ok(None);
    }
    let pid = i32::try_from(pid).ok().and_then(Pid::new).ok_or(Error::EPROTO)?;
    let status = WaitStatus::decode(word).ok_or(Error::EPROTO)?;
    Ok(Some(Waited { pid, status }))
}

/// Waits until `pid` is dead, going on after handled signals.
///
/// # Errors
/// ECHILD.
pub fn wait_for_death(pid: Pid) -> Result<WaitStatus> {
    loop {
        match wait(Who::Process(pid), WaitOptions::empty()) {
            Ok(Some(Waited {
                status: status @ (WaitStatus::Exited(_) | WaitStatus::Killed(_) | WaitStatus::Dumped(_)),
                ..
            })) => {
                return Ok(status);
            }
            Ok(_) | Err(Error::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}
