//! What a server answers to a request, and the effect it becomes.
//!
//! Decides the translation into `kernel_abi::effect` records. Main types: [`Answer`], [`Position`]. Neighbours: `context`
//! collects the effects, `dispatch` makes answers out of results.

use crate::error::{Error, Result};
use kernel_abi::effect::{Effect, EffectVerb, OPEN_POSITIONED};
use kernel_abi::encode_result;

/// Who keeps the offset of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The kernel: reads and writes come with it.
    Kept,
    /// Nobody: the file is a stream.
    None,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeded with this value.
    Value(usize),
    /// It failed.
    Failed(Error),
    /// Of an open or duplicate: a new open file with the server's number for it.
    Opened(u64, Position),
    /// Of an open, duplicate or map: one of the server's own descriptors, and for map the offset in that memory object.
    Descriptor(usize, u64),
    /// The client's call is made again from the start.
    Again,
    /// None yet: the server kept the tag.
    Later,
}

impl From<Result<usize>> for Answer {
    fn from(result: Result<usize>) -> Self {
        result.map_or_else(Self::Failed, Self::Value)
    }
}

impl From<Result<()>> for Answer {
    fn from(result: Result<()>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Value(0))
    }
}

impl From<Result<Self>> for Answer {
    fn from(result: Result<Self>) -> Self {
        result.unwrap_or_else(Self::Failed)
    }
}

impl Answer {
    /// The effect that answers the call `tag`; none for [`Answer::Later`].
    pub(super) fn effect(self, tag: u64) -> Option<Effect> {
        let (verb, first, second) = match self {
            Self::Value(value) => (EffectVerb::Reply, encode_result(Ok(value)) as u64, 0),
            Self::Failed(error) => (EffectVerb::Reply, encode_result(Err(error.number())) as u64, 0),
            Self::Opened(number, Position::Kept) => (EffectVerb::ReplyOpen, number, OPEN_POSITIONED),
            Self::Opened(number, Position::None) => (EffectVerb::ReplyOpen, number, 0),
            Self::Descriptor(descriptor, offset) => (EffectVerb::ReplyDescriptor, descriptor as u64, offset),
            Self::Again => (EffectVerb::ReplyRestart, 0, 0),
            Self::Later => return None,
        };
        Some(Effect { verb: verb as u32, flags: 0, target: tag, words: [first, second, 0, 0, 0, 0] })
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Position};
    use crate::error::Error;

    #[test]
    fn answers_become_effects() {
        let failed = Answer::Failed(Error::ENOENT).effect(5).expect("an effect");
        assert_eq!((failed.verb, failed.target, failed.words[0]), (1, 5, 2_u64.wrapping_neg()));
        let opened = Answer::Opened(7, Position::Kept).effect(6).expect("an effect");
        assert_eq!((opened.verb, opened.words[0], opened.words[1]), (2, 7, 1));
        assert_eq!(Answer::Later.effect(1), None);
    }
}
