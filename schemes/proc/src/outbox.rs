//! Effects on their way to the kernel.
//!
//! Decides that they go out together with the next receive, that a full list goes out at once, and what becomes of an effect
//! that the kernel refuses. The kernel checks a batch before it does anything of it, so an effect may only be waiting for an
//! earlier one of the same batch: those before it are done first. One that is refused alone is dropped: its thread or group
//! is gone, and the message that says so is under way. Main function: [`exchange`]. Neighbours: `server`, `verbs`,
//! `ptrace::Effects` (the list).

use alloc::vec::Vec;

use kernel_abi::effect::Effect;
use kernel_abi::message::Slot;
use kernel_abi::verb::BATCH_EFFECTS;
use ptrace::{Errno, Result};

use crate::verbs::{Refusal, Verbs, Wait};

/// Performs the effects and receives.
///
/// # Errors
/// What ended receiving; the effects were done.
pub(crate) fn exchange(
    effects: &mut Vec<Effect>,
    verbs: &mut impl Verbs,
    inbox: &mut [Slot],
    wait: Wait,
) -> Result<usize> {
    while effects.len() > BATCH_EFFECTS {
        perform_some(effects, verbs);
    }
    loop {
        match verbs.batch(effects, inbox, wait) {
            Ok(count) => {
                effects.clear();
                return Ok(count);
            }
            Err(Refusal { effect: Some(index), errno }) if index < effects.len() => {
                give_up(effects, verbs, index, errno);
            }
            Err(refusal) => {
                effects.clear();
                return Err(refusal.errno);
            }
        }
    }
}

/// Performs as many effects as one batch holds, or one fewer that the kernel refuses.
fn perform_some(effects: &mut Vec<Effect>, verbs: &mut impl Verbs) {
    let Some(first) = effects.get(..BATCH_EFFECTS) else { return };
    match verbs.batch(first, &mut [], Wait::No) {
        Err(Refusal { effect: Some(index), errno }) if index < BATCH_EFFECTS => give_up(effects, verbs, index, errno),
        // Without an inbox only effects can be refused.
        Ok(_) | Err(_) => drop(effects.drain(..BATCH_EFFECTS)),
    }
}

/// The kernel refuses the effect with this index. Those before it are performed, and if it is alone it is dropped.
fn give_up(effects: &mut Vec<Effect>, verbs: &mut impl Verbs, index: usize, errno: Errno) {
    if index == 0 {
        let effect = effects.remove(0);
        if errno != Errno::ESRCH {
            verbs.log(format_args!("proc: the kernel refuses {effect:x?}: {errno:?}"));
        }
        return;
    }
    if let Some(first) = effects.get(..index)
        && let Err(refusal) = verbs.batch(first, &mut [], Wait::No)
    {
        verbs.log(format_args!("proc: the kernel refuses what it accepted: {:?}", refusal.errno));
    }
    effects.drain(..index);
}
