//! What servers and the kernel exchange: messages, effects, and the numbers in them.
//!
//! Decides that every number is either known and names itself, or unknown, and that structures survive as bytes. What the
//! kernel does with them is the target in kernel/core/src/tests/sequence.rs. Neighbours: `kernel_abi::{message, effect}`.

use kernel_abi::effect::{Effect, EffectVerb, EntryOutcome, ObjectKind};
use kernel_abi::message::{Kind, Slot};
use kernel_abi::registers::RegisterSet;
use kernel_abi::stop::{Cause, LastClose};
use kernel_abi::verb::{Batch, MapRequest, SocketVerb, ThreadStart};
use kernel_abi::{calls, decode_result, encode_result};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Takes the bytes for each structure of the border.
///
/// # Panics
/// If a number names another one, or a structure changes on the way.
pub fn check(bytes: &[u8]) {
    if let Some(slot) = survives::<Slot>(bytes) {
        let kind = Kind::from_raw(slot.message.kind);
        assert!(kind.is_none_or(|kind| kind as u32 == slot.message.kind));
        let cause = Cause::from_raw(slot.message.number);
        assert!(cause.is_none_or(|cause| cause as u32 == slot.message.number));
    }
    if let Some(effect) = survives::<Effect>(bytes) {
        let verb = EffectVerb::from_raw(effect.verb);
        assert!(verb.is_none_or(|verb| verb as u32 == effect.verb));
        effect.words.into_iter().for_each(check_word);
    }
    survives::<Batch>(bytes);
    survives::<MapRequest>(bytes);
    survives::<ThreadStart>(bytes);
}

fn check_word(word: u64) {
    assert!(EntryOutcome::from_raw(word).is_none_or(|named| named as u64 == word));
    assert!(ObjectKind::from_raw(word).is_none_or(|named| named as u64 == word));
    assert!(RegisterSet::from_raw(word).is_none_or(|named| named as u64 == word));
    assert!(LastClose::from_raw(word).is_none_or(|named| named as u64 == word));
    assert!(SocketVerb::from_raw(word).is_none_or(|named| named as u64 == word));
    assert!(calls::by_number(word as usize).is_none_or(|call| call.number == word as usize));
    assert_eq!(encode_result(decode_result(word as usize)), word as usize, "a raw result survives");
}

fn survives<T: FromBytes + IntoBytes + Immutable>(bytes: &[u8]) -> Option<T> {
    let (value, _) = T::read_from_prefix(bytes).ok()?;
    assert!(bytes.starts_with(value.as_bytes()), "the bytes are all of it");
    Some(value)
}
