//! What is read from `proc:PID/event`: records of stops and lives.
//!
//! Decides that a reader gets whole records and always an end. Neighbour: `proc_abi::event_record`.

use proc_abi::event_record::{EVENT_SIZE, EventKind, Events};

/// Walks the records.
///
/// # Panics
/// If there are more than the bytes can hold.
pub fn check(bytes: &[u8]) {
    let mut total = 0_usize;
    for event in Events::new(bytes).map_while(Result::ok) {
        assert!(event.size as usize >= EVENT_SIZE, "{event:?} is cut");
        assert_eq!(event.kind(), EventKind::from_raw(event.kind));
        total = total.saturating_add(event.size as usize);
    }
    assert!(total <= bytes.len(), "{total} bytes of records in {}", bytes.len());
    // Each item takes a record off, but the last, which may be an error.
    let walked = Events::new(bytes).count().saturating_sub(1);
    assert!(walked.saturating_mul(EVENT_SIZE) <= bytes.len(), "the walk ends");
}
