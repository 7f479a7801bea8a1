//! Reading and writing the text of packets: numbers in hexadecimal, bytes as pairs of digits, separators.
//!
//! Decides that a malformed number is no number, never a default. Main types: [`Reader`], [`Text`]. Neighbours: all
//! packets.

use alloc::vec::Vec;
use core::fmt;

/// What is left of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// All that is left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Nothing is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `prefix` if it comes next.
    pub(crate) fn take(&mut self, prefix: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(prefix.as_bytes())?;
        Some(())
    }

    /// Takes one byte.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes a number: at least one digit, at most 64 bits.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let (mut number, mut count) = (0_u64, 0_usize);
        while let Some(value) = self.rest.get(count).and_then(|byte| digit(*byte)) {
            number = number.checked_mul(16)? | u64::from(value);
            count = count.saturating_add(1);
        }
        self.rest = self.rest.get(count..).filter(|_| count > 0)?;
        Some(number)
    }

    /// Takes everything up to `separator`, which goes too, or to the end.
    pub(crate) fn until(&mut self, separator: u8) -> &'a [u8] {
        match self.rest.iter().position(|&byte| byte == separator) {
            Some(at) => {
                let part = self.rest.get(..at).unwrap_or_default();
                self.rest = self.rest.get(at.saturating_add(1)..).unwrap_or_default();
                part
            }
            None => core::mem::take(&mut self.rest),
        }
    }

    /// Two numbers with a comma between.
    pub(crate) fn pair(&mut self) -> Option<(u64, u64)> {
        let first = self.number()?;
        self.take(",")?;
        Some((first, self.number()?))
    }
}

/// Bytes from pairs of digits, all of them.
pub(crate) fn hex_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// The value of a digit.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// The digit of a value below 16.
pub(crate) const fn digit_of(value: u8) -> u8 {
    value.wrapping_add(if value < 10 { b'0' } else { b'a'.wrapping_sub(10) })
}

/// Text that grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(pub(crate) Vec<u8>);

impl Text {
    /// No text, and room for so much.
    pub(crate) fn with_room(room: usize) -> Self {
        Self(Vec::with_capacity(room))
    }

    /// Text that begins so.
    pub(crate) fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// Adds text.
    pub(crate) fn add(&mut self, arguments: fmt::Arguments<'_>) -> &mut Self {
        // Growing does not fail here.
        let _ = fmt::Write::write_fmt(self, arguments);
        self
    }

    /// Adds text as it is.
    pub(crate) fn add_text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds bytes as pairs of digits.
    pub(crate) fn add_hex(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes.iter().flat_map(|byte| [digit_of(byte >> 4), digit_of(byte & 15)]));
        self
    }

    /// Adds a number without leading zeros.
    pub(crate) fn add_number(&mut self, number: u64) -> &mut Self {
        let mut digits = u64::BITS.wrapping_sub((number | 1).leading_zeros()).div_ceil(4);
        while digits > 0 {
            digits = digits.wrapping_sub(1);
            let [digit, ..] = number.wrapping_shr(digits.wrapping_mul(4)).to_le_bytes();
            self.0.push(digit_of(digit & 15));
        }
        self
    }

    /// Adds text with the characters that XML gives a meaning replaced.
    pub(crate) fn add_xml(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '<' => self.add_text("&lt;"),
                '>' => self.add_text("&gt;"),
                '&' => self.add_text("&amp;"),
                '"' => self.add_text("&quot;"),
                other if other.is_control() => self.add_text("?"),
                other => self.add_text(other.encode_utf8(&mut [0; 4])),
            };
        }
        self
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, Text, hex_bytes};

    #[test]
    fn numbers_are_whole_or_none() {
        assert_eq!(Reader::new(b"1f,20").pair(), Some((0x1f, 0x20)));
        assert_eq!(Reader::new(b"1f,").pair(), None);
        assert_eq!(Reader::new(b"").number(), None);
        assert_eq!(Reader::new(b"10000000000000000").number(), None);
        assert_eq!(Reader::new(b"ffffffffffffffff").number(), Some(u64::MAX));
    }

    #[test]
    fn parts_end_at_the_separator_or_the_end() {
        let mut reader = Reader::new(b"ab;;c");
        assert_eq!([reader.until(b';'), reader.until(b';'), reader.until(b';')], [&b"ab"[..], b"", b"c"]);
        assert!(reader.is_empty());
    }

    #[test]
    fn bytes_come_in_pairs_of_digits() {
        assert_eq!(hex_bytes(b"00fF"), Some(vec![0, 255]));
        assert_eq!((hex_bytes(b"0"), hex_bytes(b"0g")), (None, None));
        assert_eq!(Text::from("x").add_hex(&[1, 0xab]).0, b"x01ab");
        for number in [0, 1, 0xf, 0x10, 0x186a0, u64::MAX >> 4, u64::MAX] {
            assert_eq!(Text::default().add_number(number).0, format!("{number:x}").into_bytes());
        }
        assert_eq!(Text::default().add_xml("a<&\n").0, b"a&lt;&amp;?");
    }
}
