//! What a server has sent but the kernel has not seen: answers and notifications on their way.
//!
//! Decides that they go out together with the next receive, that a full list goes out at once, and that an effect which
//! the kernel refuses is dropped alone: its client, or the open file it speaks of, is gone. Main type: [`Context`].
//! Neighbours: `answer`, `socket::Socket::batch`.

use crate::error::{Error, Result};
use crate::event::Readiness;
use crate::server::Answer;
use crate::socket::{Orders, Refusal, Socket, Wait};
use alloc::vec::Vec;
use core::time::Duration;
use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::message::Slot;
use kernel_abi::verb::BATCH_EFFECTS;

/// The socket and the effects that wait to be sent.
#[derive(Debug)]
pub struct Context<'a> {
    socket: &'a Socket,
    /// Never more than [`BATCH_EFFECTS`], for which there is room from the start.
    effects: Vec<Effect>,
}

impl<'a> Context<'a> {
    pub(super) fn new(socket: &'a Socket) -> Result<Self> {
        let mut effects = Vec::new();
        effects.try_reserve_exact(BATCH_EFFECTS)?;
        Ok(Self { socket, effects })
    }

    /// The socket, for copies and verbs of its own.
    #[must_use]
    pub fn socket(&self) -> &'a Socket {
        self.socket
    }

    /// Answers a call whose tag was kept.
    pub fn reply(&mut self, tag: u64, answer: Answer) {
        if let Some(effect) = answer.effect(tag) {
            self.push(effect);
        }
    }

    /// Copies `bytes` to the buffer of a read whose tag was kept, cut to `length`, and answers it.
    pub fn reply_bytes(&mut self, tag: u64, length: u64, bytes: &[u8]) {
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
        let bytes = bytes.get(..length).unwrap_or_default();
        let answer = if bytes.is_empty() {
            Answer::Value(0)
        } else {
            self.socket.copy_out(tag, 0, bytes).map(|_| length).into()
        };
        self.reply(tag, answer);
    }

    /// Tells waiters that the open file `handle` became ready.
    pub fn notify(&mut self, handle: u64, readiness: Readiness) {
        self.push(record(EffectVerb::Notify, handle, readiness.bits() as u64));
    }

    /// Asks for [`super::Scheme::timer`] at a time since boot; `None` cancels.
    pub fn set_timer(&mut self, cookie: u64, at: Option<Duration>) {
        let nanoseconds = at.map_or(0, |at| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX).max(1));
        self.push(record(EffectVerb::Timer, cookie, nanoseconds));
    }

    fn push(&mut self, effect: Effect) {
        if self.effects.len() >= BATCH_EFFECTS {
            // Without an inbox the call only performs; an error beyond single effects shows up at the next exchange.
            let _ = self.perform(&mut [], Wait::No);
        }
        if self.effects.len() < BATCH_EFFECTS {
            self.effects.push(effect);
        }
    }

    /// Sends what waits and receives what comes.
    pub(super) fn exchange(&mut self, inbox: &mut [Slot]) -> Result<usize> {
        loop {
            match self.perform(inbox, Wait::Yes) {
                Err(Error::EINTR) => {}
                result => return result,
            }
        }
    }

    fn give_way(&mut self, index: usize, error: Error) {
        let replacement = self.effects.get(index).and_then(|refused| replacement(refused, error));
        match (self.effects.get_mut(index), replacement) {
            (Some(place), Some(replacement)) => *place = replacement,
            _ => {
                self.effects.remove(index);
            }
        }
    }

    fn perform(&mut self, inbox: &mut [Slot], wait: Wait) -> Result<usize> {
        loop {
            match self.socket.batch(&Orders::plain(&self.effects), inbox, wait, 0) {
                Ok(count) => {
                    self.effects.clear();
                    return Ok(count);
                }
                Err(Refusal { effect: Some(index), error }) if index < self.effects.len() => {
                    self.give_way(index, error);
                }
                Err(refusal) => {
                    if refusal.error == Error::EINTR {
                        self.effects.clear();
                    }
                    return Err(refusal.error);
                }
            }
        }
    }
}

/// What takes the place of an effect that the kernel refuses: an answer that gives a descriptor becomes a failure, so that
/// its client does not wait for ever; anything else is dropped.
fn replacement(refused: &Effect, error: Error) -> Option<Effect> {
    let gives = [EffectVerb::ReplyOpen, EffectVerb::ReplyDescriptor].map(|verb| verb as u32);
    if gives.contains(&refused.verb) { Answer::Failed(error).effect(refused.target) } else { None }
}

fn record(verb: EffectVerb, target: u64, word: u64) -> Effect {
    Effect { verb: verb as u32, flags: 0, target, words: [word, 0, 0, 0, 0, 0] }
}

#[cfg(test)]
mod tests {
    use super::replacement;
    use crate::error::Error;
    use crate::server::{Answer, Position};

    #[test]
    fn a_refused_descriptor_becomes_a_failure() {
        let refused = Answer::Descriptor(99, 0).effect(7).expect("an effect");
        assert_eq!(replacement(&refused, Error::EBADF), Answer::Failed(Error::EBADF).effect(7));
        let opened = Answer::Opened(1, Position::None).effect(7).expect("an effect");
        assert_eq!(replacement(&opened, Error::ENOMEM), Answer::Failed(Error::ENOMEM).effect(7));
    }

    #[test]
    fn a_refused_failure_is_dropped() {
        let refused = Answer::Failed(Error::EIO).effect(7).expect("an effect");
        assert_eq!(replacement(&refused, Error::ESRCH), None);
    }
}
