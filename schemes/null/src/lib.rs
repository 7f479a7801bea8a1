//! What `null:` and `zero:` give and take.
//!
//! Pure: the length of an answer, and which of the two a program is. Main type: [`Device`]. Neighbours: `main.rs` serves it.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// Which file this program serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// Reads are at the end at once.
    Null,
    /// Reads give zeros, as many as are wanted.
    Zero,
}

impl Device {
    /// By the program's second argument.
    #[must_use]
    pub fn from_argument(argument: Option<&[u8]>) -> Self {
        if argument == Some(b"--zero") { Self::Zero } else { Self::Null }
    }

    /// The scheme's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Zero => "zero",
        }
    }

    /// Bytes that a read of `wanted` gives, in pieces of at most `piece`.
    #[must_use]
    pub fn read_length(self, wanted: u64, piece: usize) -> usize {
        match self {
            Self::Null => 0,
            Self::Zero => usize::try_from(wanted).unwrap_or(usize::MAX).min(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn null_is_empty_and_zero_endless() {
        assert_eq!(Device::from_argument(None).read_length(10, 4096), 0);
        let zero = Device::from_argument(Some(b"--zero"));
        assert_eq!((zero.read_length(10, 4096), zero.read_length(u64::MAX, 4096)), (10, 4096));
        assert_eq!((zero.name(), Device::Null.name()), ("zero", "null"));
    }
}
