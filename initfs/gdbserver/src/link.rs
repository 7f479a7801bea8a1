//! The line to the client: packets out of bytes, bytes out of replies.
//!
//! Decides acknowledgement: every packet is, until the client asks for a line without. A client that begins anew is
//! recognised by its first packet and gets acknowledgements again. Main type: [`Link`]. Neighbours: `decode`, `frame`, the
//! engine.

pub(crate) mod decode;
pub(crate) mod frame;

use alloc::vec::Vec;
use decode::{Decoder, Input};

/// The longest packet that is taken, and so the longest that is sent: what qSupported tells. An emulated port takes in some
/// 10 KB a second on a busy host, and GDB gives up on a reply after 6 seconds: packets of 64 KiB were too long.
pub(crate) const PACKET_SIZE: usize = 0x4800;

/// Bytes around a piece of an object or of a file in a packet.
const AROUND: usize = 32;

/// The start of `bytes` that fits into a packet with its escapes.
pub(crate) fn fitting(bytes: &[u8]) -> &[u8] {
    let mut room = PACKET_SIZE - AROUND;
    let fits = bytes.iter().position(|&byte| match room.checked_sub(frame::length(byte)) {
        Some(rest) => {
            room = rest;
            false
        }
        None => true,
    });
    bytes.get(..fits.unwrap_or(bytes.len())).unwrap_or_default()
}

/// What GDB sends first, and what LLDB does, which sends GDB's next.
const FIRST_PACKET: &[u8] = b"qSupported";
const FIRST_OF_LLDB: &[u8] = b"QStartNoAckMode";

/// Whether packets are acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Acknowledge {
    /// Each by a plus sign.
    #[default]
    Each,
    /// None: the line is reliable.
    None,
}

/// What the engine has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A packet.
    Packet(Vec<u8>),
    /// Ctrl-C.
    Interrupt,
}

/// The line.
#[derive(Debug, Default)]
pub(crate) struct Link {
    decoder: Decoder,
    /// What is to be sent.
    pub(crate) output: Vec<u8>,
    last: Vec<u8>,
    /// The packet before was the first of LLDB's.
    begun: bool,
    pub(crate) acknowledge: Acknowledge,
}

impl Link {
    /// Takes bytes up to the first that completes something, and gives that.
    pub(crate) fn take(&mut self, bytes: &mut &[u8]) -> Option<Request> {
        match self.decoder.take(bytes)? {
            Input::Packet(packet) => {
                let asks_for_silence = packet == FIRST_OF_LLDB;
                if asks_for_silence || packet.starts_with(FIRST_PACKET) && !self.begun {
                    self.acknowledge = Acknowledge::Each;
                }
                self.begun = asks_for_silence;
                if self.acknowledge == Acknowledge::Each {
                    self.output.push(b'+');
                }
                Some(Request::Packet(packet))
            }
            Input::Interrupt => Some(Request::Interrupt),
            Input::Damaged => {
                self.output.push(b'-');
                None
            }
            Input::Repeat => {
                if self.acknowledge == Acknowledge::Each {
                    self.output.extend_from_slice(&self.last);
                }
                None
            }
        }
    }

    /// Sends a reply.
    pub(crate) fn send(&mut self, reply: &[u8]) {
        let start = self.output.len();
        frame::write(reply, &mut self.output);
        if self.acknowledge == Acknowledge::Each {
            self.last.clear();
            self.last.extend_from_slice(self.output.get(start..).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AROUND, PACKET_SIZE, fitting};

    #[test]
    fn pieces_fit_into_a_packet_whatever_they_hold() {
        assert_eq!(fitting(&[b'a'; 10]).len(), 10);
        assert_eq!(fitting(&vec![b'a'; PACKET_SIZE]).len(), PACKET_SIZE - AROUND);
        assert_eq!(fitting(&vec![b'}'; PACKET_SIZE]).len(), (PACKET_SIZE - AROUND) / 2);
    }
}
