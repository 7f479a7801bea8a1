//! Arguments and environment on their way from the calling program to the new stack.
//!
//! Decides the limit on them ([`ARGUMENTS_MAXIMUM`]) and that strings are read once, straight into the place from which the
//! new program reads them, argument after argument, then the environment. Main types: [`Source`], [`Area`]. Neighbours:
//! `stack` adds the lists of addresses, `main.rs` supplies the source.

use runtime::{Error, Result};

/// Most bytes of arguments and environment with their NULs and addresses (FreeBSD's ARG_MAX); more is E2BIG.
pub const ARGUMENTS_MAXIMUM: usize = 256 << 10;

/// Strings are read in pieces that end at multiples of this, so no piece crosses a page and few bytes are read in vain.
const CHUNK: u64 = 256;

/// Where the strings come from.
pub trait Source {
    /// Copies bytes from `address` on, all or an error.
    ///
    /// # Errors
    /// EFAULT.
    fn read(&self, address: u64, into: &mut [u8]) -> Result<()>;
}

/// The strings of a new program, one after the other, each ended by NUL.
#[derive(Debug)]
pub struct Area<'a> {
    bytes: &'a mut [u8],
    used: usize,
    count: usize,
}

impl<'a> Area<'a> {
    /// An empty area in `bytes`.
    #[must_use]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, used: 0, count: 0 }
    }

    /// Bytes in use.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.used
    }

    /// How many strings there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// What is left of the limit, the address of each string counted with it.
    fn room(&self) -> usize {
        let addresses = self.count.saturating_add(1).saturating_mul(size_of::<u64>());
        ARGUMENTS_MAXIMUM.min(self.bytes.len()).saturating_sub(self.used).saturating_sub(addresses)
    }

    /// Adds a string.
    ///
    /// # Errors
    /// E2BIG.
    pub fn push(&mut self, string: &[u8]) -> Result<()> {
        let end = self.used.saturating_add(string.len());
        if string.len() >= self.room() {
            return Err(Error::E2BIG);
        }
        self.bytes.get_mut(self.used..end).ok_or(Error::E2BIG)?.copy_from_slice(string);
        self.finish(end)
    }

    /// Adds the string at `address` of `source`.
    ///
    /// # Errors
    /// EFAULT, E2BIG.
    pub fn push_from(&mut self, source: &impl Source, mut address: u64) -> Result<()> {
        let mut end = self.used;
        let mut room = self.room();
        loop {
            // A string may end right before a hole.
            let piece = CHUNK.saturating_sub(address % CHUNK) as usize;
            let length = piece.min(room);
            if length == 0 {
                return Err(Error::E2BIG);
            }
            let place = self.bytes.get_mut(end..end.saturating_add(length)).ok_or(Error::E2BIG)?;
            source.read(address, place)?;
            if let Some(nul) = place.iter().position(|&byte| byte == 0) {
                // What follows the string is none of the new program's business.
                place.get_mut(nul..).unwrap_or_default().fill(0);
                return self.finish(end.saturating_add(nul));
            }
            end = end.saturating_add(length);
            room = room.saturating_sub(length);
            address = address.checked_add(length as u64).ok_or(Error::EFAULT)?;
        }
    }

    /// Ends the string that lies up to `end`.
    fn finish(&mut self, end: usize) -> Result<()> {
        *self.bytes.get_mut(end).ok_or(Error::E2BIG)? = 0;
        self.used = end.saturating_add(1);
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// Adds every string of the list of addresses at `list`, which 0 ends; a `list` of 0 is empty. The first `skip` are
    /// left out.
    ///
    /// # Errors
    /// EFAULT, E2BIG.
    pub fn push_list(&mut self, source: &impl Source, list: u64, skip: usize) -> Result<()> {
        if list == 0 {
            return Ok(());
        }
        let mut place = list;
        let mut left = skip;
        loop {
            let mut word = [0; size_of::<u64>()];
            source.read(place, &mut word)?;
            let address = u64::from_le_bytes(word);
            if address == 0 {
                return Ok(());
            }
            if left > 0 {
                left = left.saturating_sub(1);
            } else {
                self.push_from(source, address)?;
            }
            place = place.checked_add(size_of::<u64>() as u64).ok_or(Error::EFAULT)?;
        }
    }

    /// Where each string starts, counted from the start of the area.
    pub fn starts(&self) -> impl Iterator<Item = usize> {
        let used = self.bytes.get(..self.used).unwrap_or_default();
        let after_each = used.iter().enumerate().filter(|&(_, &byte)| byte == 0).map(|(at, _)| at.saturating_add(1));
        core::iter::once(0).chain(after_each).take(self.count)
    }
}

/// Reads a path.
///
/// # Errors
/// ENAMETOOLONG if it does not end within `into`, EFAULT.
pub fn read_path<'a>(source: &impl Source, address: u64, into: &'a mut [u8]) -> Result<&'a [u8]> {
    let capacity = into.len();
    let mut area = Area::new(into);
    match area.push_from(source, address) {
        // The area also counts the string's address, so the last bytes of `into` are never a path's.
        Err(Error::E2BIG) => Err(Error::ENAMETOOLONG),
        Err(error) => Err(error),
        Ok(()) => {
            let length = area.used().saturating_sub(1);
            debug_assert!(length < capacity, "the area is no larger than its bytes");
            area.bytes.get(..length).ok_or(Error::ENAMETOOLONG)
        }
    }
}

#[cfg(test)]
mod tests;
