//! Input that is ready to be read: bytes, and where lines end among them.
//!
//! Decides what one read gets: at most one line; a line that ^D ended has no newline, an empty one is the end of the file.
//! Capacity is taken at the start and never grows. Main types: [`Queue`], [`End`]. Neighbours: `discipline`. FreeBSD:
//! tty_inq.c.

use alloc::collections::{TryReserveError, VecDeque};

/// Bytes kept for programs that do not read. One full line always fits on top of what makes the queue full.
const CAPACITY: usize = 64 << 10;
/// Lines kept.
const LINES: usize = 4096;

/// What ended a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A newline, which is part of it, or the line's being full.
    Line,
    /// The end-of-file character, which is not.
    EndOfFile,
}

#[derive(Clone, Copy, Debug)]
struct Finished {
    length: usize,
    end: End,
}

#[derive(Debug)]
pub(super) struct Queue {
    bytes: VecDeque<u8>,
    lines: VecDeque<Finished>,
}

impl Queue {
    pub(super) fn new() -> Result<Self, TryReserveError> {
        let mut queue = Self { bytes: VecDeque::new(), lines: VecDeque::new() };
        queue.bytes.try_reserve_exact(CAPACITY)?;
        queue.lines.try_reserve_exact(LINES)?;
        Ok(queue)
    }

    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn has_line(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The next line is an empty one that the end-of-file character ended.
    pub(super) fn is_at_end_of_file(&self) -> bool {
        self.lines.front().is_some_and(|line| line.length == 0)
    }

    /// Half of it is kept free, for lines that are being typed and for changes of mode.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= CAPACITY >> 1 || self.lines.len() >= LINES >> 1
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
    }

    /// Adds bytes that belong to no line; what does not fit is lost, as on a line nobody listens to.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        let room = CAPACITY.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
    }

    pub(super) fn push_line(&mut self, bytes: &[u8], end: End) {
        let room = CAPACITY.saturating_sub(self.bytes.len());
        if bytes.len() <= room && self.lines.len() < LINES {
            self.bytes.extend(bytes);
            self.lines.push_back(Finished { length: bytes.len(), end });
        }
    }

    pub(super) fn pop_byte(&mut self) -> Option<u8> {
        self.bytes.pop_front()
    }

    /// Takes from the first line; 0 is the end of the file.
    pub(super) fn take_line(&mut self, into: &mut [u8]) -> usize {
        let Some(first) = self.lines.front_mut() else { return 0 };
        let count = first.length.min(into.len());
        first.length = first.length.saturating_sub(count);
        if first.length == 0 {
            self.lines.pop_front();
        }
        self.take_bytes(into.get_mut(..count).unwrap_or_default())
    }

    pub(super) fn take_bytes(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.bytes.len());
        for (place, byte) in into.iter_mut().zip(self.bytes.drain(..count)) {
            *place = byte;
        }
        count
    }

    /// Forgets where lines end; where one was ended by the end-of-file character, that character stands again.
    pub(super) fn become_bytes(&mut self, end_of_file: u8) {
        for _ in 0..self.lines.len() {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes.rotate_left(line.length.min(self.bytes.len()));
            if line.end == End::EndOfFile && self.bytes.len() < CAPACITY {
                self.bytes.push_back(end_of_file);
            }
        }
    }
}
