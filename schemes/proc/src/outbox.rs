//! Effects on their way to the kernel, and the bytes of answers that go with them.
//!
//! Decides that they go out together with the next receive, that a full list goes out at once, and what becomes of an effect
//! that the kernel refuses. The kernel checks a batch before it does anything of it, so an effect may only be waiting for an
//! earlier one of the same batch: those before it are done first. One that is refused alone is dropped: its thread or group
//! is gone, and the message that says so is under way. An answer whose bytes its caller cannot take is given another form by
//! who knows whose it is. Main type: [`Outbox`]. Neighbours: `server`, `verbs`, `ptrace::Effects` (the list).

use alloc::vec::Vec;

use kernel_abi::effect::Effect;
use kernel_abi::message::Slot;
use kernel_abi::verb::BATCH_EFFECTS;
use ptrace::{Errno, Result};
use runtime::socket::Orders;

use crate::verbs::{Refusal, Verbs, Wait};

/// What goes out with one exchange.
#[derive(Debug)]
pub(crate) struct Outbox<'a> {
    /// The effects, oldest first.
    pub(crate) effects: &'a mut Vec<Effect>,
    /// What answers take their bytes from.
    pub(crate) bytes: &'a mut Vec<u8>,
}

impl Outbox<'_> {
    /// Performs the effects and receives. `instead` says what takes the place of an effect that the kernel refuses.
    ///
    /// # Errors
    /// What ended receiving; the effects were done.
    pub(crate) fn exchange(
        &mut self,
        verbs: &mut impl Verbs,
        inbox: &mut [Slot],
        mut instead: impl FnMut(&Effect, &[u8], Errno) -> Option<Effect>,
    ) -> Result<usize> {
        while self.effects.len() > BATCH_EFFECTS {
            self.perform_some(verbs, &mut instead);
        }
        let result = loop {
            match verbs.batch(&Orders { effects: self.effects, bytes: self.bytes }, inbox, Wait::Yes) {
                Err(Refusal { effect: Some(index), errno }) if index < self.effects.len() => {
                    self.give_up(verbs, (index, errno), &mut instead);
                }
                Ok(count) => break Ok(count),
                Err(refusal) => break Err(refusal.errno),
            }
        };
        self.effects.clear();
        self.bytes.clear();
        result
    }

    /// Performs as many effects as one batch holds, or one fewer that the kernel refuses.
    fn perform_some(
        &mut self,
        verbs: &mut impl Verbs,
        instead: &mut impl FnMut(&Effect, &[u8], Errno) -> Option<Effect>,
    ) {
        let Some(first) = self.effects.get(..BATCH_EFFECTS) else { return };
        match verbs.batch(&Orders { effects: first, bytes: self.bytes }, &mut [], Wait::No) {
            Err(Refusal { effect: Some(index), errno }) if index < BATCH_EFFECTS => {
                self.give_up(verbs, (index, errno), instead);
            }
            // Without an inbox only effects can be refused.
            Ok(_) | Err(_) => drop(self.effects.drain(..BATCH_EFFECTS)),
        }
    }

    /// The kernel refuses the effect with this index. Those before it are performed, and if it is alone it is replaced or
    /// dropped.
    fn give_up(
        &mut self,
        verbs: &mut impl Verbs,
        (index, errno): (usize, Errno),
        instead: &mut impl FnMut(&Effect, &[u8], Errno) -> Option<Effect>,
    ) {
        if index > 0 {
            if let Some(first) = self.effects.get(..index)
                && let Err(refusal) = verbs.batch(&Orders { effects: first, bytes: self.bytes }, &mut [], Wait::No)
            {
                verbs.log(format_args!("proc: the kernel refuses what it accepted: {:?}", refusal.errno));
            }
            self.effects.drain(..index);
            return;
        }
        let Some(refused) = self.effects.first_mut() else { return };
        if let Some(other) = instead(refused, self.bytes, errno) {
            *refused = other;
            return;
        }
        if errno != Errno::ESRCH {
            verbs.log(format_args!("proc: the kernel refuses {refused:x?}: {errno:?}"));
        }
        self.effects.remove(0);
    }
}
