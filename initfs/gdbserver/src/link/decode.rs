//! Packets out of single bytes.
//!
//! Decides what to do with damage: a wrong or half checksum, too long a packet, a dollar sign where none can be. The reader is
//! total: after any bytes the next whole packet is read. Main types: [`Decoder`], [`Input`]. Neighbours: `link`. A byte 3
//! outside of packets is Ctrl-C; inside one it is data, for clients do not escape it (GDB manual, appendix E.1).

use super::PACKET_SIZE;
use crate::text::digit;
use alloc::vec::Vec;

/// Ctrl-C.
const INTERRUPT: u8 = 3;

/// What bytes can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A whole packet, without escapes.
    Packet(Vec<u8>),
    /// Ctrl-C.
    Interrupt,
    /// A packet that must be sent again.
    Damaged,
    /// The client asks for the last reply again.
    Repeat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Between,
    Body,
    Escaped,
    /// The packet is too long and is skipped to its end.
    TooLong,
    FirstDigit,
    SecondDigit(u8),
}

/// The reader.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoder {
    state: State,
    packet: Vec<u8>,
    sum: u8,
}

impl Decoder {
    /// Takes bytes up to the first that completes something, and gives that.
    pub(crate) fn take(&mut self, bytes: &mut &[u8]) -> Option<Input> {
        while let Some((&byte, later)) = bytes.split_first() {
            let plain = self.take_plain(bytes);
            if plain > 0 {
                *bytes = bytes.get(plain..).unwrap_or_default();
                continue;
            }
            *bytes = later;
            let input = self.push(byte);
            if input.is_some() {
                return input;
            }
        }
        None
    }

    /// Takes what means itself in the body of a packet, at once; gives how much that was.
    fn take_plain(&mut self, bytes: &[u8]) -> usize {
        if self.state != State::Body {
            return 0;
        }
        let room = PACKET_SIZE.saturating_sub(self.packet.len());
        let plain = bytes.iter().take(room).take_while(|byte| !matches!(byte, b'$' | b'#' | b'}')).count();
        let part = bytes.get(..plain).unwrap_or_default();
        self.packet.extend_from_slice(part);
        self.sum = part.iter().fold(self.sum, |sum, byte| sum.wrapping_add(*byte));
        plain
    }

    fn push(&mut self, byte: u8) -> Option<Input> {
        if byte == b'$' {
            // No packet contains one: the sender has begun anew, or another has come. To object to what was before would make it
            // say this once more.
            self.begin();
            return None;
        }
        match self.state {
            State::Between => match byte {
                INTERRUPT => Some(Input::Interrupt),
                b'-' => Some(Input::Repeat),
                _ => None,
            },
            State::Body | State::Escaped | State::TooLong => {
                self.body(byte);
                None
            }
            State::FirstDigit => match digit(byte) {
                Some(high) => {
                    self.state = State::SecondDigit(high);
                    None
                }
                None => self.damaged(),
            },
            State::SecondDigit(high) => match digit(byte) {
                Some(low) if high << 4 | low == self.sum => {
                    self.state = State::Between;
                    Some(Input::Packet(core::mem::take(&mut self.packet)))
                }
                _ => self.damaged(),
            },
        }
    }

    fn begin(&mut self) {
        self.state = State::Body;
        self.packet.clear();
        self.sum = 0;
    }

    fn body(&mut self, byte: u8) {
        if byte == b'#' {
            self.state = if self.state == State::TooLong { State::Between } else { State::FirstDigit };
            return;
        }
        self.sum = self.sum.wrapping_add(byte);
        match (self.state, byte) {
            (State::TooLong, _) => {}
            (State::Escaped, _) => {
                self.packet.push(byte ^ 0x20);
                self.state = State::Body;
            }
            (_, b'}') => self.state = State::Escaped,
            _ if self.packet.len() >= PACKET_SIZE => {
                self.packet = Vec::new();
                self.state = State::TooLong;
            }
            _ => self.packet.push(byte),
        }
    }

    fn damaged(&mut self) -> Option<Input> {
        self.state = State::Between;
        Some(Input::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Input, PACKET_SIZE};

    fn inputs(bytes: &[u8]) -> Vec<Input> {
        let mut decoder = Decoder::default();
        let mut singly = Decoder::default();
        let by_bytes: Vec<Input> = bytes.iter().filter_map(|byte| singly.take(&mut &[*byte][..])).collect();
        let (mut rest, mut inputs) = (bytes, Vec::new());
        while !rest.is_empty() {
            inputs.extend(decoder.take(&mut rest));
        }
        assert_eq!(inputs, by_bytes, "however they come");
        inputs
    }

    fn packet(text: &[u8]) -> Input {
        Input::Packet(text.to_vec())
    }

    #[test]
    fn whole_packets_are_read_whatever_is_between() {
        assert_eq!(inputs(b"+$OK#9a+x$g#67"), [packet(b"OK"), packet(b"g")]);
        assert_eq!(inputs(b"\x03$a}]#3b"), [Input::Interrupt, packet(b"a}")]);
        assert_eq!(inputs(b"$X\x03#5b"), [packet(b"X\x03")]);
    }

    #[test]
    fn damage_is_told_and_forgotten() {
        assert_eq!(inputs(b"$OK#9b$g#67"), [Input::Damaged, packet(b"g")]);
        assert_eq!(inputs(b"$OK#z$g#67"), [Input::Damaged, packet(b"g")]);
        assert_eq!(inputs(b"$O$g#67"), [packet(b"g")]);
        assert_eq!(inputs(b"$OK#9$g#67"), [packet(b"g")]);
        assert_eq!(inputs(b"-"), [Input::Repeat]);
    }

    #[test]
    fn a_packet_that_is_too_long_is_skipped() {
        let mut bytes = b"$".to_vec();
        bytes.resize(PACKET_SIZE + 2, b'x');
        bytes.extend_from_slice(b"#00$g#67");
        assert_eq!(inputs(&bytes), [packet(b"g")]);
    }
}
