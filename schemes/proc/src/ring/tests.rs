//! Readers at their places, falling behind, woken, and at the end of a process.
//!
//! Neighbours: `tests::event` (who is given which record through the file).

use super::{Cursor, KEPT, Next, Rings};
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::Pid;

fn pid() -> Pid {
    Pid::new(7).expect("a pid")
}

fn open(rings: &mut Rings, file: u64) -> Cursor {
    let cursor = rings.open(pid()).expect("memory");
    rings.join(&cursor, file);
    cursor
}

fn record(sequence: u64) -> EventRecord {
    EventRecord { sequence, ..EventRecord::new(EventKind::TraceStop, 7) }
}

#[test]
fn readers_see_what_comes_after_them_each_at_its_own_place() {
    let mut rings = Rings::default();
    let mut first = open(&mut rings, 1);
    rings.publish(&record(1));
    let second = open(&mut rings, 2);
    rings.publish(&record(2));
    assert_eq!(rings.peek(&first), Next::Record(record(1)));
    rings.advance(&mut first);
    assert_eq!(rings.peek(&first), Next::Record(record(2)));
    rings.advance(&mut first);
    assert_eq!(rings.peek(&first), Next::Nothing);
    assert_eq!(rings.peek(&second), Next::Record(record(2)));
}

#[test]
fn a_reader_that_falls_behind_is_told_and_goes_on_with_the_oldest() {
    let mut rings = Rings::default();
    let mut cursor = open(&mut rings, 1);
    for sequence in 1..=KEPT as u64 + 3 {
        rings.publish(&record(sequence));
    }
    let Next::Record(told) = rings.peek(&cursor) else { panic!("expected a record") };
    assert_eq!((told.kind(), told.sequence), (Some(EventKind::Overrun), 4));
    rings.advance(&mut cursor);
    assert_eq!(rings.peek(&cursor), Next::Record(record(4)));
}

#[test]
fn only_readers_of_rings_with_news_are_woken() {
    let mut rings = Rings::default();
    let first = open(&mut rings, 3);
    let _second = open(&mut rings, 4);
    assert_eq!(rings.take_fresh(), None);
    rings.publish(&record(1));
    rings.publish(&record(2));
    let ring = rings.take_fresh().expect("news");
    assert_eq!([0, 1, 2].map(|index| rings.reader(ring, index)), [Some(3), Some(4), None]);
    assert_eq!(rings.take_fresh(), None);
    rings.close(&first, 3);
    assert_eq!(rings.reader(ring, 0), Some(4));
}

#[test]
fn a_ring_ends_with_its_process_and_is_not_reused_for_the_next_one() {
    let mut rings = Rings::default();
    let mut old = open(&mut rings, 1);
    rings.publish(&record(1));
    rings.end(pid());
    let new = open(&mut rings, 2);
    rings.publish(&record(9));
    assert_eq!(rings.peek(&old), Next::Record(record(1)));
    rings.advance(&mut old);
    assert_eq!(rings.peek(&old), Next::End);
    assert_eq!(rings.peek(&new), Next::Record(record(9)));
    rings.close(&old, 1);
    rings.close(&new, 2);
    assert_eq!(rings.peek(&new), Next::End);
}

#[test]
fn a_record_is_superseded_by_a_later_one_of_its_kind() {
    let mut rings = Rings::default();
    let mut cursor = open(&mut rings, 1);
    rings.publish(&record(1));
    let other = EventRecord { sequence: 2, ..EventRecord::new(EventKind::Attached, 7) };
    rings.publish(&other);
    let is_stop = |record: &EventRecord| record.kind() == Some(EventKind::TraceStop);
    rings.advance(&mut cursor);
    assert!(!rings.is_any_ahead(&cursor, is_stop));
    rings.publish(&record(3));
    assert!(rings.is_any_ahead(&cursor, is_stop));
}
