//! Host bytes on their way to the guest's terminal.
//!
//! The console has a line discipline, in which some bytes are commands (Ctrl-C, Ctrl-D, erase, ...). [`InputEncoder`]
//! sends those behind ^V (literal next), so that a program reads exactly the bytes the host gave, and turns the end of
//! the input into the ^D that the terminal knows. Neighbours: the `boot` tool and `boot` pump through it; typed input
//! of an interactive run is not encoded, because there the commands are meant.

/// Literal next: the byte after it has no meaning to the terminal.
pub const LITERAL_NEXT: u8 = 0x16;

/// End of file, on a line of its own.
const END_OF_FILE: u8 = 0x04;

/// The bytes that the line discipline would act on: interrupt, end of file, erase, carriage return, start, stop, kill,
/// literal next, word erase, suspend, quit, delete.
const COMMANDS: [u8; 12] = [0x03, 0x04, 0x08, 0x0d, 0x11, 0x13, 0x15, LITERAL_NEXT, 0x17, 0x1a, 0x1c, 0x7f];

/// Encodes a stream of bytes piece by piece.
#[derive(Clone, Copy, Debug, Default)]
pub struct InputEncoder {
    in_line: bool,
}

impl InputEncoder {
    /// Appends to `encoded` what has to be typed for the program to read `bytes`.
    pub fn encode(&mut self, bytes: &[u8], encoded: &mut Vec<u8>) {
        for &byte in bytes {
            if COMMANDS.contains(&byte) {
                encoded.push(LITERAL_NEXT);
            }
            encoded.push(byte);
            self.in_line = byte != b'\n';
        }
    }

    /// What has to be typed for the program to read the end of the input.
    ///
    /// Within a line the first ^D only hands over what has been typed; the second one is the end.
    #[must_use]
    pub fn finish(self) -> &'static [u8] {
        if self.in_line { &[END_OF_FILE, END_OF_FILE] } else { &[END_OF_FILE] }
    }
}

#[cfg(test)]
mod tests {
    use super::InputEncoder;

    fn typed(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut encoder, mut encoded) = (InputEncoder::default(), Vec::new());
        pieces.iter().for_each(|piece| encoder.encode(piece, &mut encoded));
        encoded.extend_from_slice(encoder.finish());
        encoded
    }

    #[test]
    fn lines_pass_unchanged_and_end_with_one_end_of_file() {
        assert_eq!(typed(&[b"a\tb\nc\n"]), b"a\tb\nc\n\x04");
        assert_eq!(typed(&[]), b"\x04");
    }

    #[test]
    fn an_unfinished_line_ends_with_two() {
        assert_eq!(typed(&[b"a\n", b"b"]), b"a\nb\x04\x04");
        assert_eq!(typed(&[b"a\r"]), b"a\x16\r\x04\x04");
    }

    #[test]
    fn every_command_byte_is_quoted_once() {
        assert_eq!(typed(&[b"\x03", b"\x16\x7f\n"]), b"\x16\x03\x16\x16\x16\x7f\n\x04");
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(typed(&[&all]).len(), 256 + 12 + 2);
    }
}
