//! The serial line, and bytes on their way to it.
//!
//! Decides that what one request writes goes out in few kernel calls, and that a line which takes no more is nobody's
//! error: there is no one to tell. Main types: [`SerialLine`], [`Outgoing`]. Neighbours: `console`.

use runtime::Result;
use runtime::file::{File, OpenFlags};
use runtime::socket::Socket;

/// Bytes collected before they are written.
const BUFFER: usize = 512;

/// The first serial line, which this program alone has open.
#[derive(Debug)]
pub(crate) struct SerialLine(File);

impl SerialLine {
    pub(crate) fn open() -> Result<Self> {
        File::open_absolute(b"serial:0", OpenFlags::READ_WRITE | OpenFlags::NONBLOCK).map(Self)
    }

    /// Has the kernel send Ready when bytes arrive.
    pub(crate) fn watch(&self, socket: &Socket) -> Result<()> {
        socket.watch(&self.0, 0)
    }

    /// Takes what has arrived, if anything.
    pub(crate) fn receive<'a>(&self, buffer: &'a mut [u8]) -> &'a [u8] {
        let count = self.0.read(buffer).unwrap_or(0);
        buffer.get(..count).unwrap_or_default()
    }
}

/// Collects output and sends it when it is dropped.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    line: &'a SerialLine,
    buffer: [u8; BUFFER],
    used: usize,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(line: &'a SerialLine) -> Self {
        Self { line, buffer: [0; BUFFER], used: 0 }
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(BUFFER) {
            if piece.len() > BUFFER.saturating_sub(self.used) {
                self.send();
            }
            let end = self.used.saturating_add(piece.len());
            if let Some(place) = self.buffer.get_mut(self.used..end) {
                place.copy_from_slice(piece);
                self.used = end;
            }
        }
    }

    fn send(&mut self) {
        let mut rest = self.buffer.get(..self.used).unwrap_or_default();
        self.used = 0;
        while !rest.is_empty() {
            match self.line.0.write(rest) {
                Ok(count) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
                Ok(_) => return,
                // The line is slower than its writers: let it send.
                Err(runtime::Error::EAGAIN) => runtime::time::yield_now(),
                Err(runtime::Error::EINTR) => {}
                Err(_) => return,
            }
        }
    }
}

impl Drop for Outgoing<'_> {
    fn drop(&mut self) {
        self.send();
    }
}
