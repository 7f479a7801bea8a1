//! The letters behind a slash: `x/4xg`, `print/d`, `set/b`, and how a value looks in each format.
//!
//! Decides GDB's letters for formats and sizes, widths and columns. Main types: [`Format`], [`Shape`]. Neighbours:
//! `command::examine`, `command::print`, `command::memory`.

use crate::error::{Error, Result};
use alloc::format;
use alloc::string::{String, ToString};

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `x`: hexadecimal.
    Hexadecimal,
    /// `d`: signed decimal.
    Signed,
    /// `u`: unsigned decimal.
    Unsigned,
    /// `o`: octal.
    Octal,
    /// `t`: binary.
    Binary,
    /// `c`: a character.
    Character,
    /// `a`: an address with its symbol.
    Address,
    /// `s`: a string that ends with NUL.
    Text,
    /// `i`: instructions.
    Instruction,
}

/// What stood behind the slash; what did not is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Format {
    /// How many values.
    pub(crate) count: Option<usize>,
    /// How they are shown.
    pub(crate) shape: Option<Shape>,
    /// Their size in bytes: 1, 2, 4 or 8.
    pub(crate) size: Option<usize>,
}

/// Most values that one command shows: more is a slip of the finger.
pub(crate) const COUNT_MAX: usize = 4096;

impl Format {
    /// Reads the letters in any order after the count.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let letters = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let digits = text.strip_suffix(letters).unwrap_or_default();
        let mut format = Self::default();
        if !digits.is_empty() {
            let count = digits.parse().ok().filter(|&count| count <= COUNT_MAX);
            format.count = Some(count.ok_or_else(|| Error::expected(&format!("a count up to {COUNT_MAX}"), digits))?);
        }
        for letter in letters.chars() {
            match (shape(letter), size(letter)) {
                (Some(shape), _) if format.shape.is_none() => format.shape = Some(shape),
                (_, Some(size)) if format.size.is_none() => format.size = Some(size),
                _ => {
                    let what = "after '/' a count, one of x d u o t c a s i, and one of b h w g";
                    return Err(Error::expected(what, text));
                }
            }
        }
        Ok(format)
    }
}

fn shape(letter: char) -> Option<Shape> {
    Some(match letter {
        'x' => Shape::Hexadecimal,
        'd' => Shape::Signed,
        'u' => Shape::Unsigned,
        'o' => Shape::Octal,
        't' => Shape::Binary,
        'c' => Shape::Character,
        'a' => Shape::Address,
        's' => Shape::Text,
        'i' => Shape::Instruction,
        _ => return None,
    })
}

fn size(letter: char) -> Option<usize> {
    Some(match letter {
        'b' => 1,
        'h' => 2,
        'w' => 4,
        'g' => 8,
        _ => return None,
    })
}

/// Little-endian bytes, at most eight, as a value.
pub(crate) fn unsigned(bytes: &[u8]) -> u64 {
    bytes.iter().rev().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// The lowest `size` bytes of `value`, the highest bit of them as a sign.
fn signed(value: u64, size: usize) -> i64 {
    let unused = u32::try_from(8_usize.saturating_sub(size)).unwrap_or(0).saturating_mul(8);
    value.wrapping_shl(unused).cast_signed().wrapping_shr(unused)
}

/// Columns that a value of `size` bytes takes in `shape`, so that rows stand in columns.
pub(crate) fn width(shape: Shape, size: usize) -> usize {
    let table = match shape {
        Shape::Hexadecimal => [4, 6, 10, 18],
        Shape::Signed => [4, 6, 11, 20],
        Shape::Unsigned => [3, 5, 10, 20],
        Shape::Octal => [5, 8, 13, 24],
        Shape::Binary => [10, 18, 34, 66],
        Shape::Character => [6, 6, 6, 6],
        Shape::Address | Shape::Text | Shape::Instruction => [18, 18, 18, 18],
    };
    let row = match size {
        1 => 0,
        2 => 1,
        4 => 2,
        _ => 3,
    };
    table.get(row).copied().unwrap_or(0)
}

/// A value of `size` bytes as text; memory rows pad it to its width.
pub(crate) fn value(shape: Shape, size: usize, value: u64) -> String {
    let columns = size.saturating_mul(2).saturating_add(2);
    match shape {
        Shape::Hexadecimal => format!("{value:#0columns$x}"),
        Shape::Signed => signed(value, size).to_string(),
        Shape::Unsigned => value.to_string(),
        Shape::Octal => format!("{value:#o}"),
        Shape::Binary => {
            let columns = size.saturating_mul(8).saturating_add(2);
            format!("{value:#0columns$b}")
        }
        Shape::Character => character(value),
        Shape::Address | Shape::Text | Shape::Instruction => format!("{value:#x}"),
    }
}

fn character(value: u64) -> String {
    let byte = u8::try_from(value & 0xff).unwrap_or(0);
    format!("'{}'", byte.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::{Format, Shape, value};
    use alloc::string::ToString;

    #[test]
    fn counts_shapes_and_sizes_come_in_any_mixture() {
        let format = Format::read("12xg").unwrap();
        assert_eq!((format.count, format.shape, format.size), (Some(12), Some(Shape::Hexadecimal), Some(8)));
        assert_eq!(Format::read("bd").unwrap().size, Some(1));
        assert_eq!(Format::read("").unwrap(), Format::default());
        assert_eq!(Format::read("99999").unwrap_err().to_string(), "expected a count up to 4096, not '99999'");
        for wrong in ["xx", "bw", "q", "x4", "\u{e9}"] {
            assert!(Format::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_look_as_their_letter_says() {
        assert_eq!(value(Shape::Hexadecimal, 4, 0x1f), "0x0000001f");
        assert_eq!(value(Shape::Signed, 1, 0xff), "-1");
        assert_eq!(value(Shape::Signed, 8, u64::MAX), "-1");
        assert_eq!(value(Shape::Unsigned, 1, 0xff), "255");
        assert_eq!(value(Shape::Octal, 1, 8), "0o10");
        assert_eq!(value(Shape::Binary, 1, 5), "0b00000101");
        assert_eq!(value(Shape::Character, 1, 0x41), "'A'");
        assert_eq!(value(Shape::Character, 1, 0), "'\\x00'");
        assert_eq!(value(Shape::Address, 8, 16), "0x10");
    }
}
