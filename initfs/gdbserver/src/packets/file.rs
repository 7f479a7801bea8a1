//! vFile: files of the image for the client, so that it needs no copies of programs.
//!
//! Decides that everything is read-only and that `/proc` is Linux's, made here: that is where GDB looks for maps. Main type:
//! [`Files`]. Neighbours: `linux::proc_files` makes them, `system` opens the others. Numbers and structures are those of
//! GDB's File-I/O protocol (GDB manual, appendix E.13).

use super::{Answer, Reply, name, need, unknown};
use crate::engine::Engine;
use crate::link::{PACKET_SIZE, fitting};
use crate::system::{Failure, FileStatus, Outcome, System};
use crate::text::{Reader, Text, hex_bytes};
use alloc::vec;
use alloc::vec::Vec;
use kernel_abi::redox::error::{EACCES, EBADF, EMFILE, EPERM};

/// How many files a client may have open.
const MOST: usize = 64;

/// Regular and readable, as `st_mode` has it.
const MADE_MODE: u16 = 0o100_444;

/// An open file.
#[derive(Clone, Debug)]
enum Open<F> {
    /// Of the image.
    Image(F),
    /// Made when it was opened.
    Made(Vec<u8>),
}

/// The client's open files; a number is an index.
#[derive(Clone, Debug)]
pub(crate) struct Files<F>(Vec<Option<Open<F>>>);

impl<F> Default for Files<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F> Files<F> {
    /// Closes all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    fn add(&mut self, file: Open<F>) -> Outcome<usize> {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if free >= MOST {
            return Err(Failure(EMFILE.unsigned_abs()));
        }
        match self.0.get_mut(free) {
            Some(place) => *place = Some(file),
            None => self.0.push(Some(file)),
        }
        Ok(free)
    }

    fn get(&self, number: u64) -> Outcome<&Open<F>> {
        let file = usize::try_from(number).ok().and_then(|index| self.0.get(index)?.as_ref());
        file.ok_or(Failure(EBADF.unsigned_abs()))
    }

    fn close(&mut self, number: u64) -> Outcome<()> {
        let place = usize::try_from(number).ok().and_then(|index| self.0.get_mut(index));
        place.and_then(Option::take).map(drop).ok_or(Failure(EBADF.unsigned_abs()))
    }
}

/// `F` and a result, which may be followed by bytes.
fn done(result: usize, bytes: Option<&[u8]>) -> Text {
    let mut reply = Text::from("F");
    reply.add(format_args!("{result:x}"));
    if let Some(bytes) = bytes {
        reply.add(format_args!(";"));
        reply.0.extend_from_slice(bytes);
    }
    reply
}

/// The protocol's number of an error: Linux's, but for a few, and 9999 for those it does not have.
fn number(failure: Failure) -> u32 {
    const KNOWN: [u32; 20] = [1, 2, 4, 9, 13, 14, 16, 17, 19, 20, 21, 22, 23, 24, 27, 28, 29, 30, 88, 91];
    match failure.0 {
        36 => 91,
        38 => 88,
        errno if KNOWN.contains(&errno) => errno,
        _ => 9999,
    }
}

impl<S: System> Engine<S> {
    /// A packet of the family vFile.
    pub(super) fn file(&mut self, mut reader: Reader<'_>) -> Answer {
        let result = match name(&mut reader) {
            b"setfs" => Ok(done(0, None)),
            b"open" => self.open_file(reader),
            b"close" => {
                reader.number().map_or(Err(super::MALFORMED), |file| self.files.close(file)).map(|()| done(0, None))
            }
            b"pread" => self.read_file(reader),
            b"fstat" => self.file_status(reader),
            b"readlink" => self.read_link(reader),
            _ => return unknown(),
        };
        Ok(Reply::Text(result.unwrap_or_else(|failure| {
            let mut reply = Text::from("F-1,");
            reply.add(format_args!("{:x}", number(failure)));
            reply
        })))
    }

    fn open_file(&mut self, mut reader: Reader<'_>) -> Outcome<Text> {
        const ACCESS: u64 = 3;
        let path = need(hex_bytes(reader.until(b',')))?;
        let flags = need(reader.number())?;
        if flags & ACCESS != 0 {
            return Err(Failure(EACCES.unsigned_abs()));
        }
        let file = match self.made_file(&path)? {
            Some(content) => Open::Made(content),
            None => Open::Image(self.system.open(&path)?),
        };
        Ok(done(self.files.add(file)?, None))
    }

    fn read_file(&mut self, mut reader: Reader<'_>) -> Outcome<Text> {
        let (file, count) = need(reader.pair())?;
        need(reader.take(","))?;
        let offset = need(reader.number())?;
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(PACKET_SIZE);
        match self.files.get(file)? {
            Open::Made(content) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = content.get(start..).unwrap_or_default();
                let part = fitting(rest.get(..count).unwrap_or(rest));
                Ok(done(part.len(), Some(part)))
            }
            Open::Image(image) => {
                let mut bytes = vec![0; count];
                let read = self.system.read(image, offset, &mut bytes)?;
                let part = fitting(bytes.get(..read).unwrap_or_default());
                Ok(done(part.len(), Some(part)))
            }
        }
    }

    fn file_status(&mut self, mut reader: Reader<'_>) -> Outcome<Text> {
        let status = match self.files.get(need(reader.number())?)? {
            Open::Made(content) => FileStatus { mode: MADE_MODE, size: content.len() as u64 },
            Open::Image(image) => self.system.status(image)?,
        };
        let bytes = encode(status);
        Ok(done(bytes.len(), Some(&bytes)))
    }

    fn read_link(&mut self, reader: Reader<'_>) -> Outcome<Text> {
        let path = need(hex_bytes(reader.rest()))?;
        let target = self.made_link(&path)?.ok_or(Failure(EPERM.unsigned_abs()))?;
        Ok(done(target.len(), Some(&target)))
    }
}

/// The protocol's `struct stat`, 64 bytes, highest byte first.
fn encode(status: FileStatus) -> Vec<u8> {
    const BLOCK: u64 = 4096;
    const SECTOR: u64 = 512;
    let mut bytes = Vec::new();
    // Device, inode, mode, links, user, group, device number.
    for word in [0, 0, u32::from(status.mode), 1, 0, 0, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    for long in [status.size, BLOCK, status.size.div_ceil(SECTOR)] {
        bytes.extend_from_slice(&long.to_be_bytes());
    }
    // Times.
    bytes.extend_from_slice(&[0; 12]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{encode, number};
    use crate::system::{Failure, FileStatus};

    #[test]
    fn the_status_is_laid_out_as_the_protocol_says() {
        let bytes = encode(FileStatus { mode: 0o100_644, size: 0x1_0000_0001 });
        assert_eq!(bytes.len(), 64);
        assert_eq!(bytes[8..12], [0, 0, 0x81, 0xa4]);
        assert_eq!(bytes[28..36], [0, 0, 0, 1, 0, 0, 0, 1]);
    }

    #[test]
    fn errors_have_the_protocols_numbers() {
        assert_eq!([2, 36, 38, 116].map(|errno| number(Failure(errno))), [2, 91, 88, 9999]);
    }
}
