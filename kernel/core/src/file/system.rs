//! The files of `sys:`: counts, the log, failing allocations on purpose, switching off.
//!
//! Decides their text. Neighbours: `open` (names and privileges), `log`, `memory::frames` (counts and failures).

use core::fmt::{self, Write};

use super::buffer::clamp;
use super::{DescriptionKey, SystemFile};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Room for the text of `sys:counts`.
const COUNTS: usize = 1024;

/// Longest order that can be written to `sys:fail`: a word and a number.
const ORDER: usize = 32;

/// Text in a fixed buffer; what does not fit is cut off.
pub(super) struct Text {
    bytes: [u8; COUNTS],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.checked_add(text.len()).ok_or(fmt::Error)?;
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; COUNTS], length: 0 }
    }
}

impl<M: Machine> Core<M> {
    /// Read at an offset; `description` is the file whose own offset that is, if it is.
    pub(super) fn read_system(
        &mut self,
        key: ThreadKey,
        file: SystemFile,
        buffer: (u64, u64),
        offset: u64,
        description: Option<DescriptionKey>,
    ) -> Served {
        let text = match file {
            SystemFile::Counts => self.counts(),
            SystemFile::Switches => self.switches(),
            SystemFile::Fail => self.failures(),
            SystemFile::Namespace => self.seen_names(key)?,
            SystemFile::Log => return self.read_log(key, buffer, offset, description),
            SystemFile::Shutdown => return Err(Errno::EINVAL),
        };
        let text = text.bytes.get(..text.length).unwrap_or_default();
        self.read_text(key, text, buffer, offset).inspect(|done| self.advance_by(description, done))
    }

    pub(super) fn write_system(&mut self, key: ThreadKey, file: SystemFile, buffer: (u64, u64)) -> Served {
        let mut text = [0; ORDER];
        let length = clamp(buffer.1);
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        match file {
            SystemFile::Fail => {
                let text = text.get_mut(..length).ok_or(Errno::EINVAL)?;
                self.copy_in(space, buffer.0, text)?;
                match parse_order(text)? {
                    (Kind::Frame, count) => self.memory.frames.fail_after(count),
                    (Kind::Heap, count) => self.machine.fail_allocation(count),
                }
                Ok(Done::Value(length))
            }
            SystemFile::Shutdown => {
                let status = text.get_mut(..1).filter(|_| length > 0).ok_or(Errno::EINVAL)?;
                self.copy_in(space, buffer.0, status)?;
                self.flush_lines();
                self.machine.power_off(status.first().copied().unwrap_or_default());
                Ok(Done::Value(length))
            }
            SystemFile::Namespace => self.restrict_names(key, buffer),
            SystemFile::Counts | SystemFile::Log | SystemFile::Switches => Err(Errno::EINVAL),
        }
    }

    /// How many allocations there are until the chosen one of each kind; 0 once it has failed.
    fn failures(&self) -> Text {
        let mut text = Text::new();
        let (frame, heap) = (self.memory.frames.failure_left(), self.machine.allocations_left());
        writeln!(text, "frame {}\nheap {}", frame.unwrap_or(0), heap.unwrap_or(0)).ok();
        text
    }

    /// Not among the counts, which are equal before and after whatever cleans up behind itself.
    fn switches(&self) -> Text {
        let mut text = Text::new();
        // A number fits.
        writeln!(text, "{}", self.machine.switches()).ok();
        text
    }

    /// One line for each kind of thing: its name and how many there are.
    fn counts(&self) -> Text {
        let mut text = Text::new();
        let frames = &self.memory.frames;
        let lines = [
            ("threads", self.threads.len()),
            ("groups", self.groups.len()),
            ("spaces", self.memory.spaces.len()),
            ("objects", self.memory.objects.len()),
            ("files", self.descriptions.len()),
            ("pipes", self.pipes.len()),
            ("queues", self.queues.len()),
            ("schemes", self.schemes.len()),
            ("sessions", self.sessions.len()),
        ];
        // A text that does not fit ends early; it is for people and for comparing with itself.
        let mut written = writeln!(text, "frames {} free {}", frames.total(), frames.free());
        for (name, count) in lines {
            written = written.and_then(|()| writeln!(text, "{name} {count}"));
        }
        written.ok();
        text
    }
}

/// What an allocation is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Frame,
    Heap,
}

/// `frame N` or `heap N`, with a line's end or without; 0 means no failure.
fn parse_order(text: &[u8]) -> Result<(Kind, Option<u64>), Errno> {
    let text = core::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
    let (kind, count) = text.trim_ascii().split_once(' ').ok_or(Errno::EINVAL)?;
    let kind = match kind {
        "frame" => Kind::Frame,
        "heap" => Kind::Heap,
        _ => return Err(Errno::EINVAL),
    };
    let count = count.parse::<u64>().map_err(|_| Errno::EINVAL)?;
    Ok((kind, Some(count).filter(|count| *count > 0)))
}

#[cfg(test)]
mod tests {
    use super::{Kind, parse_order};
    use crate::errno::Errno;

    #[test]
    fn orders_name_a_kind_and_a_decimal_count() {
        assert_eq!(parse_order(b"frame 12\n"), Ok((Kind::Frame, Some(12))));
        assert_eq!(parse_order(b"heap 0"), Ok((Kind::Heap, None)));
        for nonsense in [&b""[..], b"12", b"heap", b"heap -1", b"disk 1", b"heap 1 2", b"\xff 1"] {
            assert_eq!(parse_order(nonsense), Err(Errno::EINVAL));
        }
    }
}
