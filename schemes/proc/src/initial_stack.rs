//! What exec left at the top of a program's stack: arguments and the auxiliary vector.
//!
//! Decides how far the server trusts it: not at all. The block lies in the program's own memory, so every address is read
//! through the kernel and every length is bounded. Main type: [`Block`]. Neighbours: the nodes `cmdline`, `auxv` and `exe`,
//! `gate` (the path of an image that is not sealed); the loader wrote the block.

use alloc::vec::Vec;

use ptrace::{Errno, Result};

/// Most bytes of arguments that are shown, and of the auxiliary vector.
pub(crate) const SHOWN: usize = 64 * 1024;
/// Most words looked at for the end of a list.
const WORDS: usize = 8192;
/// `AT_NULL` and `AT_EXECPATH` of FreeBSD (sys/elf_common.h).
const AT_NULL: u64 = 0;
const AT_EXECPATH: u64 = 15;
const WORD: u64 = 8;
/// Strings are read in pieces that do not cross a page.
const PIECE: u64 = 256;

/// The initial stack of a program: `read` fills a buffer from its memory and gives how much it could.
#[derive(Debug)]
pub(crate) struct Block<F> {
    pointer: u64,
    read: F,
}

impl<F: FnMut(u64, &mut [u8]) -> Result<usize>> Block<F> {
    /// The block that starts with the count of arguments at `pointer`.
    pub(crate) const fn new(pointer: u64, read: F) -> Self {
        Self { pointer, read }
    }

    fn word(&mut self, address: u64) -> Result<u64> {
        let mut bytes = [0; 8];
        let count = (self.read)(address, &mut bytes)?;
        if count == bytes.len() { Ok(u64::from_le_bytes(bytes)) } else { Err(Errno::EFAULT) }
    }

    /// Appends the string at `address` with its NUL; a string that leaves `limit` behind is cut there.
    fn append_string(&mut self, mut address: u64, into: &mut Vec<u8>, limit: usize) -> Result<()> {
        while into.len() < limit {
            let mut piece = [0; PIECE as usize];
            let length = PIECE.saturating_sub(address % PIECE) as usize;
            let length = length.min(limit.saturating_sub(into.len()));
            let place = piece.get_mut(..length).ok_or(Errno::EFAULT)?;
            if (self.read)(address, place)? != length {
                return Err(Errno::EFAULT);
            }
            let end = place.iter().position(|byte| *byte == 0);
            let taken = end.map_or(length, |end| end.saturating_add(1));
            into.try_reserve(taken).map_err(|_| Errno::ENOMEM)?;
            into.extend_from_slice(place.get(..taken).unwrap_or_default());
            if end.is_some() {
                return Ok(());
            }
            address = address.checked_add(length as u64).ok_or(Errno::EFAULT)?;
        }
        Ok(())
    }

    /// The arguments, each ended by NUL.
    ///
    /// # Errors
    /// EFAULT where the program has destroyed the list; ENOMEM.
    pub(crate) fn arguments(&mut self) -> Result<Vec<u8>> {
        let count = self.word(self.pointer)?;
        let mut strings = Vec::new();
        let mut place = self.pointer.checked_add(WORD).ok_or(Errno::EFAULT)?;
        for _ in 0..count.min(WORDS as u64) {
            let address = self.word(place)?;
            self.append_string(address, &mut strings, SHOWN)?;
            place = place.checked_add(WORD).ok_or(Errno::EFAULT)?;
        }
        Ok(strings)
    }

    /// Where the auxiliary vector starts: after the arguments and the environment, each ended by a zero word.
    fn vector(&mut self) -> Result<u64> {
        let count = self.word(self.pointer)?.min(WORDS as u64);
        let skipped = count.saturating_add(2).saturating_mul(WORD);
        let mut place = self.pointer.checked_add(skipped).ok_or(Errno::EFAULT)?;
        for _ in 0..WORDS {
            let word = self.word(place)?;
            place = place.checked_add(WORD).ok_or(Errno::EFAULT)?;
            if word == 0 {
                return Ok(place);
            }
        }
        Err(Errno::EFAULT)
    }

    /// The auxiliary vector with its end.
    ///
    /// # Errors
    /// EFAULT, ENOMEM.
    pub(crate) fn auxiliary(&mut self) -> Result<Vec<u8>> {
        let mut place = self.vector()?;
        let mut bytes = Vec::new();
        while bytes.len() < SHOWN {
            let (kind, value) = (self.word(place)?, self.word(place.saturating_add(WORD))?);
            bytes.try_reserve(16).map_err(|_| Errno::ENOMEM)?;
            bytes.extend_from_slice(&kind.to_le_bytes());
            bytes.extend_from_slice(&value.to_le_bytes());
            if kind == AT_NULL {
                break;
            }
            place = place.checked_add(WORD.saturating_mul(2)).ok_or(Errno::EFAULT)?;
        }
        Ok(bytes)
    }

    /// The path of the program as the loader opened it, without NUL.
    ///
    /// # Errors
    /// ENOENT if the vector has none; EFAULT, ENOMEM.
    pub(crate) fn path(&mut self) -> Result<Vec<u8>> {
        let vector = self.auxiliary()?;
        for pair in vector.chunks_exact(16) {
            let (kind, value) = pair.split_at_checked(8).ok_or(Errno::ENOENT)?;
            let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
            if word(kind) == AT_EXECPATH {
                let mut path = Vec::new();
                self.append_string(word(value), &mut path, runtime::path::MAXIMUM)?;
                path.pop_if(|byte| *byte == 0);
                return Ok(path);
            }
        }
        Err(Errno::ENOENT)
    }
}

#[cfg(test)]
mod tests {
    use super::Block;
    use ptrace::{Errno, Result};

    /// A program's memory from 0x1000 on.
    struct Memory(Vec<u8>);

    impl Memory {
        fn read(&self, address: u64, into: &mut [u8]) -> Result<usize> {
            let start = usize::try_from(address.checked_sub(0x1000).ok_or(Errno::EFAULT)?).expect("an address");
            let rest = self.0.get(start..).filter(|rest| !rest.is_empty()).ok_or(Errno::EFAULT)?;
            let count = rest.len().min(into.len());
            into[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    fn memory(words: &[u64], strings: &[u8]) -> Memory {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.resize(0x200, 0);
        bytes.extend_from_slice(strings);
        bytes.resize(0x1000, 0);
        Memory(bytes)
    }

    #[test]
    fn arguments_vector_and_path_are_found() {
        let words = [2, 0x1200, 0x1203, 0, 0x1206, 0, 6, 4096, 15, 0x120a, 0, 0];
        let memory = memory(&words, b"ls\0-l\0A=b\0/bin/ls\0");
        let mut block = Block::new(0x1000, |address, into: &mut [u8]| memory.read(address, into));
        assert_eq!(block.arguments(), Ok(b"ls\0-l\0".to_vec()));
        assert_eq!(block.auxiliary().map(|vector| vector.len()), Ok(48));
        assert_eq!(block.path(), Ok(b"/bin/ls".to_vec()));
    }

    #[test]
    fn destroyed_blocks_are_refused_not_followed() {
        let memory = memory(&[u64::MAX, 0x1200, 7], b"x");
        let mut block = Block::new(0x1000, |address, into: &mut [u8]| memory.read(address, into));
        assert_eq!(block.arguments(), Err(Errno::EFAULT));
        assert_eq!(block.auxiliary(), Err(Errno::EFAULT));
        let mut block = Block::new(u64::MAX, |address, into: &mut [u8]| memory.read(address, into));
        assert!(block.arguments().is_err() && block.path().is_err());
    }
}
