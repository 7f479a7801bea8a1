//! The binary twins of `status`, `threads` and `map`, and wait statuses, as a program reads them.
//!
//! Decides that they survive as bytes and that a wait status that is understood is written the same. Neighbours:
//! `proc_abi::status`, `proc_abi::wait`.

use proc_abi::signal::SIGCONT;
use proc_abi::status::{MapEntry, ProcessStatus, ThreadStatus};
use proc_abi::wait::WaitStatus;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Takes the bytes for each record.
///
/// # Panics
/// If one changes on the way.
pub fn check(bytes: &[u8]) {
    survives::<ProcessStatus>(bytes);
    survives::<ThreadStatus>(bytes);
    survives::<MapEntry>(bytes);
    if let Ok((raw, _)) = i32::read_from_prefix(bytes)
        && let Some(status) = WaitStatus::decode(raw)
    {
        let again = WaitStatus::decode(status.encode());
        // The word of a kill by SIGCONT is that of a continued process; nothing is ever killed by it.
        let never = matches!(status, WaitStatus::Killed(signal) if signal == SIGCONT);
        assert!(never || again == Some(status), "{raw:#x} is {status:?}, written and read again {again:?}");
    }
}

fn survives<T: FromBytes + IntoBytes + Immutable>(bytes: &[u8]) {
    if let Ok((value, _)) = T::read_from_prefix(bytes) {
        assert!(bytes.starts_with(value.as_bytes()), "the bytes are all of it");
    }
}
