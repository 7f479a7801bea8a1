//! The kernel's log: the newest 64 KiB of what was logged, behind the machine's log device.
//!
//! Decides how long lines stay readable. Main type: [`LogRing`]. Neighbours: `system` (`sys:log` reads), the `log:` scheme
//! (programs write), whoever logs through [`Core::log`].

use super::DescriptionKey;
use super::buffer::clamp;
use super::ring::Ring;
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::memory::Accessor;
use crate::seam::Machine;
use crate::thread::ThreadKey;
use crate::user::short_errno;

/// Bytes that are kept.
const KEPT: usize = 65_536;

/// Bytes that one write logs at most.
const LINE: usize = 1024;

/// The newest part of the log.
#[derive(Debug, Default)]
pub(super) struct LogRing {
    ring: Ring,
    /// Bytes ever logged: the file offset of the log's end.
    end: u64,
}

impl LogRing {
    /// Appends; the oldest bytes make room. Without memory for the ring only the device has the log.
    fn push(&mut self, bytes: &[u8]) {
        self.end = self.end.saturating_add(bytes.len() as u64);
        if self.ring.reserve(KEPT).is_ok() {
            let newest = bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or(bytes);
            self.ring.consume(newest.len().saturating_sub(self.ring.room()));
            self.ring.push(newest);
        }
    }

    /// The bytes from a file offset on, or from the oldest one on, up to the place where the ring wraps; and the offset
    /// where they begin.
    fn at(&self, offset: u64) -> (&[u8], u64) {
        let start = self.end.saturating_sub(self.ring.len() as u64);
        let offset = offset.max(start);
        let distance = usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX);
        (self.ring.readable_from(distance), offset)
    }
}

impl<M: Machine> Core<M> {
    /// Logs bytes: to the device and to `sys:log`.
    pub(crate) fn log(&mut self, bytes: &[u8]) {
        self.machine.log(bytes);
        self.files.log.push(bytes);
    }

    pub(super) fn write_log(&mut self, key: ThreadKey, buffer: (u64, u64)) -> Served {
        let mut line = [0; LINE];
        let line = line.get_mut(..clamp(buffer.1).min(LINE)).unwrap_or_default();
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_in(space, buffer.0, line)?;
        self.log(line);
        Ok(Done::Value(line.len()))
    }

    /// Read of `sys:log`. An offset whose bytes are gone stands for the oldest ones; `description` moves behind what was
    /// read.
    pub(super) fn read_log(
        &mut self,
        key: ThreadKey,
        buffer: (u64, u64),
        offset: u64,
        description: Option<DescriptionKey>,
    ) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let (bytes, start) = self.files.log.at(offset);
        let bytes = bytes.get(..clamp(buffer.1)).unwrap_or(bytes);
        let count = bytes.len();
        self.memory
            .write(&mut self.machine, space, buffer.0, bytes, Accessor::Program)
            .map_err(|short| short_errno(short.kind))?;
        if let Some(entry) = description.and_then(|description| self.descriptions.get_mut(description)) {
            entry.offset = start.saturating_add(count as u64);
        }
        Ok(Done::Value(count))
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, LogRing};

    #[test]
    fn the_newest_bytes_stay_and_keep_their_offsets() {
        let mut log = LogRing::default();
        log.push(&[b'a'; KEPT]);
        log.push(b"bcd");
        assert_eq!(log.at(KEPT as u64), (&b"bcd"[..], KEPT as u64));
        let (bytes, start) = log.at(0);
        assert_eq!((bytes.len(), bytes[0], start), (KEPT - 3, b'a', 3));
        assert_eq!(log.at(u64::MAX).0, b"");
    }

    #[test]
    fn a_line_longer_than_the_ring_leaves_its_end() {
        let mut log = LogRing::default();
        let line: Vec<u8> = (0..KEPT + 10).map(|place| place as u8).collect();
        log.push(&line);
        let (bytes, start) = log.at(0);
        assert_eq!((start, bytes), (10, &line[10..]));
    }
}
