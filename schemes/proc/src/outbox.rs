//! Effects on their way to the kernel.
//!
//! Decides that they go out together with the next receive, that a full list goes out at once, and what becomes of an effect
//! that the kernel refuses. The kernel checks a batch before it does anything of it, so an effect may only be waiting for an
//! earlier one of the same batch: those before it are done first. One that is refused alone is dropped: its thread or group
//! is gone, and the message that says so is under way. Main type: [`Outbox`]. Neighbours: `server`, `verbs`.

use alloc::vec::Vec;

use kernel_abi::effect::Effect;
use kernel_abi::message::Slot;
use kernel_abi::verb::BATCH_EFFECTS;
use ptrace::{Errno, Result};

use crate::verbs::{Refusal, Verbs, Wait};

/// The effects of the present turn; never more than one batch holds, for which there is room from the start.
#[derive(Debug)]
pub(crate) struct Outbox {
    effects: Vec<Effect>,
}

impl Outbox {
    /// An empty one.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn new() -> Result<Self> {
        let mut effects = Vec::new();
        effects.try_reserve_exact(BATCH_EFFECTS).map_err(|_| Errno::ENOMEM)?;
        Ok(Self { effects })
    }

    /// Adds an effect; what came before it is performed first, now or later.
    pub(crate) fn push(&mut self, verbs: &mut impl Verbs, effect: Effect) {
        if self.effects.len() >= BATCH_EFFECTS {
            self.flush(verbs);
        }
        if self.effects.len() < BATCH_EFFECTS {
            self.effects.push(effect);
        }
    }

    /// Performs what is there.
    pub(crate) fn flush(&mut self, verbs: &mut impl Verbs) {
        // Without an inbox only effects can be refused, and those are dropped one by one until the list is empty.
        let _performed = self.exchange(verbs, &mut [], Wait::No);
    }

    /// Performs what is there and receives.
    ///
    /// # Errors
    /// What ended receiving; the effects were done.
    pub(crate) fn exchange(&mut self, verbs: &mut impl Verbs, inbox: &mut [Slot], wait: Wait) -> Result<usize> {
        loop {
            match verbs.batch(&self.effects, inbox, wait) {
                Ok(count) => {
                    self.effects.clear();
                    return Ok(count);
                }
                Err(Refusal { effect: Some(0), errno }) if !self.effects.is_empty() => {
                    let effect = self.effects.remove(0);
                    if errno != Errno::ESRCH {
                        verbs.log(format_args!("proc: the kernel refuses {effect:x?}: {errno:?}"));
                    }
                }
                Err(Refusal { effect: Some(index), .. }) if index < self.effects.len() => {
                    self.perform_first(verbs, index)
                }
                Err(refusal) => {
                    self.effects.clear();
                    return Err(refusal.errno);
                }
            }
        }
    }

    /// Performs the first `count` effects, which the kernel has just found to be good.
    fn perform_first(&mut self, verbs: &mut impl Verbs, count: usize) {
        if let Some(first) = self.effects.get(..count)
            && let Err(refusal) = verbs.batch(first, &mut [], Wait::No)
        {
            verbs.log(format_args!("proc: the kernel refuses what it accepted: {:?}", refusal.errno));
        }
        self.effects.drain(..count.min(self.effects.len()));
    }
}
