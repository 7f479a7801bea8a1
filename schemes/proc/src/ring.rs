//! Event records on their way to readers: one ring for each process that somebody watches.
//!
//! Decides how far a reader may fall behind before it is told that records were lost. Main types: [`Rings`], [`Next`].
//! Neighbours: `node::event` reads, `server` publishes what the state machine reports. A ring outlives its process until the
//! last reader closes it, and never becomes that of another process with the same pid.

use alloc::vec::Vec;

use hashbrown::HashMap;
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::Pid;
use ptrace::{Errno, Result};

/// Records that a ring keeps.
pub(crate) const KEPT: usize = 64;

/// The records of one process.
#[derive(Debug)]
struct Ring {
    pid: Pid,
    /// Numbers of the open files that read it.
    readers: Vec<u64>,
    /// Where the next record goes.
    next: usize,
    /// Number of the next record, counted from the ring's making.
    count: u64,
    records: Vec<EventRecord>,
    /// The process is forgotten: nothing more will come.
    closed: bool,
    /// Something came that the readers have not been told of.
    fresh: bool,
}

/// What a reader finds at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This record.
    Record(EventRecord),
    /// Nothing yet.
    Nothing,
    /// Nothing, and nothing will come.
    End,
}

/// A reader's place in a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    ring: usize,
    place: u64,
}

/// All rings.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    list: Vec<Option<Ring>>,
    /// Rings of processes that are not forgotten.
    open: HashMap<i32, usize>,
    /// Rings with news; there is room for all.
    fresh: Vec<usize>,
}

impl Rings {
    /// A reader of what happens to a process from now on; [`Rings::join`] or [`Rings::close`] must follow.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn open(&mut self, pid: Pid) -> Result<Cursor> {
        let index = match self.open.get(&pid.raw()) {
            Some(index) => *index,
            None => self.add(pid)?,
        };
        let ring = self.ring_mut(index).ok_or(Errno::ENOMEM)?;
        let reserved = ring.readers.try_reserve(1).map_err(|_| Errno::ENOMEM);
        let cursor = Cursor { ring: index, place: ring.count };
        if let Err(errno) = reserved {
            self.drop_unread(index);
            return Err(errno);
        }
        Ok(cursor)
    }

    fn add(&mut self, pid: Pid) -> Result<usize> {
        let mut records = Vec::new();
        records.try_reserve_exact(KEPT).map_err(|_| Errno::ENOMEM)?;
        records.resize(KEPT, EventRecord::default());
        self.open.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let index = match self.list.iter().position(Option::is_none) {
            Some(index) => index,
            None => {
                let wanted = self.list.len().saturating_add(1);
                self.list.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                self.fresh.try_reserve(wanted.saturating_sub(self.fresh.len())).map_err(|_| Errno::ENOMEM)?;
                self.list.push(None);
                self.list.len().saturating_sub(1)
            }
        };
        let ring = Ring { pid, readers: Vec::new(), next: 0, count: 0, records, closed: false, fresh: false };
        *self.list.get_mut(index).ok_or(Errno::ENOMEM)? = Some(ring);
        self.open.insert(pid.raw(), index);
        Ok(index)
    }

    fn ring_mut(&mut self, index: usize) -> Option<&mut Ring> {
        self.list.get_mut(index)?.as_mut()
    }

    /// The reader is this open file.
    pub(crate) fn join(&mut self, cursor: &Cursor, file: u64) {
        if let Some(ring) = self.ring_mut(cursor.ring)
            && ring.readers.try_reserve(1).is_ok()
        {
            ring.readers.push(file);
        }
    }

    /// A reader is gone.
    pub(crate) fn close(&mut self, cursor: &Cursor, file: u64) {
        if let Some(ring) = self.ring_mut(cursor.ring) {
            ring.readers.retain(|reader| *reader != file);
        }
        self.drop_unread(cursor.ring);
    }

    /// Forgets a ring that nobody reads.
    fn drop_unread(&mut self, index: usize) {
        let Some(slot) = self.list.get_mut(index) else { return };
        let Some(ring) = slot.take_if(|ring| ring.readers.is_empty()) else { return };
        self.fresh.retain(|fresh| *fresh != index);
        if !ring.closed {
            self.open.remove(&ring.pid.raw());
        }
    }

    /// The readers of one ring that has news; none if no ring has.
    pub(crate) fn take_fresh(&mut self) -> Option<usize> {
        let index = self.fresh.pop()?;
        if let Some(ring) = self.ring_mut(index) {
            ring.fresh = false;
        }
        Some(index)
    }

    /// The ring of a process.
    #[must_use]
    pub(crate) fn of(&self, pid: Pid) -> Option<usize> {
        self.open.get(&pid.raw()).copied()
    }

    /// One of a ring's readers.
    #[must_use]
    pub(crate) fn reader(&self, ring: usize, index: usize) -> Option<u64> {
        self.list.get(ring)?.as_ref()?.readers.get(index).copied()
    }

    fn mark_fresh(&mut self, index: usize) {
        let Some(ring) = self.list.get_mut(index).and_then(Option::as_mut) else { return };
        if !ring.fresh && self.fresh.len() < self.fresh.capacity() {
            ring.fresh = true;
            self.fresh.push(index);
        }
    }

    /// Something happened.
    pub(crate) fn publish(&mut self, record: &EventRecord) {
        let Some(index) = self.open.get(&record.pid).copied() else { return };
        let Some(ring) = self.ring_mut(index) else { return };
        if let Some(place) = ring.records.get_mut(ring.next) {
            *place = *record;
        }
        ring.next = ring.next.saturating_add(1) % KEPT;
        ring.count = ring.count.saturating_add(1);
        self.mark_fresh(index);
    }

    /// The process is forgotten; its pid may be another's soon.
    pub(crate) fn end(&mut self, pid: Pid) {
        let Some(index) = self.open.remove(&pid.raw()) else { return };
        if let Some(ring) = self.ring_mut(index) {
            ring.closed = true;
        }
        self.mark_fresh(index);
    }

    /// What comes next for a reader, which stays where it is.
    #[must_use]
    pub(crate) fn peek(&self, cursor: &Cursor) -> Next {
        let Some(ring) = self.list.get(cursor.ring).and_then(Option::as_ref) else { return Next::End };
        let behind = ring.count.saturating_sub(cursor.place);
        if behind == 0 {
            return if ring.closed { Next::End } else { Next::Nothing };
        }
        if behind > KEPT as u64 {
            return Next::Record(ring.overrun());
        }
        let back = usize::try_from(behind).unwrap_or(KEPT);
        let index = ring.next.saturating_add(KEPT).saturating_sub(back) % KEPT;
        ring.records.get(index).map_or(Next::End, |record| Next::Record(*record))
    }

    /// A record like this is at the reader's place or after it.
    #[must_use]
    pub(crate) fn is_any_ahead(&self, cursor: &Cursor, is_like: impl Fn(&EventRecord) -> bool) -> bool {
        let mut cursor = *cursor;
        while let Next::Record(record) = self.peek(&cursor) {
            if is_like(&record) {
                return true;
            }
            self.advance(&mut cursor);
        }
        false
    }

    /// Moves a reader past what [`Rings::peek`] gave.
    pub(crate) fn advance(&self, cursor: &mut Cursor) {
        let Some(ring) = self.list.get(cursor.ring).and_then(Option::as_ref) else { return };
        let oldest = ring.count.saturating_sub(KEPT as u64);
        // Past an overrun the oldest record that is left comes next.
        cursor.place = if cursor.place < oldest { oldest } else { cursor.place.saturating_add(1).min(ring.count) };
    }
}

impl Ring {
    /// Tells that records are lost, and the number of the oldest that is left.
    fn overrun(&self) -> EventRecord {
        let oldest = self.records.get(self.next).map_or(0, |record| record.sequence);
        EventRecord { sequence: oldest, ..EventRecord::new(EventKind::Overrun, self.pid.raw()) }
    }
}

#[cfg(test)]
mod tests;
