//! m, M, X, qSearch, qCRC: memory of the selected process.
//!
//! Decides that no transfer is longer than a packet, and that searching goes chunk by chunk. Methods of [`Engine`].
//! Neighbours: `process::code` reads and writes around breakpoints.

use super::{Answer, MALFORMED, name, need, text, unknown};
use crate::engine::Engine;
use crate::link::PACKET_SIZE;
use crate::process::code::NO_MEMORY;
use crate::system::System;
use crate::text::{Reader, Text, hex_bytes};
use alloc::vec;

/// Memory that is looked through at once.
const CHUNK: usize = 0x1_0000;

impl<S: System> Engine<S> {
    /// m.
    pub(super) fn read_memory(&mut self, mut reader: Reader<'_>) -> Answer {
        let (address, length) = need(reader.pair())?;
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(PACKET_SIZE / 2);
        let (process, system, _) = self.selected()?;
        let mut bytes = vec![0; length];
        let count = process.read_memory(system, address, &mut bytes)?;
        let mut reply = Text::default();
        reply.add_hex(bytes.get(..count).unwrap_or_default());
        text(reply)
    }

    /// M.
    pub(super) fn write_memory(&mut self, mut reader: Reader<'_>) -> Answer {
        let (address, length) = need(reader.pair())?;
        need(reader.take(":"))?;
        let bytes = need(hex_bytes(reader.rest()))?;
        self.write(address, length, &bytes)
    }

    /// X.
    pub(super) fn write_binary(&mut self, mut reader: Reader<'_>) -> Answer {
        let (address, length) = need(reader.pair())?;
        need(reader.take(":"))?;
        self.write(address, length, reader.rest())
    }

    fn write(&mut self, address: u64, length: u64, bytes: &[u8]) -> Answer {
        if length != bytes.len() as u64 {
            return Err(MALFORMED);
        }
        let (process, system, _) = self.selected()?;
        if !bytes.is_empty() {
            process.write_memory(system, address, bytes)?;
        }
        Self::okay()
    }

    /// qMemoryRegionInfo of LLDB's: the region that an address is in, or the hole.
    pub(super) fn region(&mut self, mut reader: Reader<'_>) -> Answer {
        let address = need(reader.number())?;
        let (process, system, _) = self.selected()?;
        let (mut start, mut end, mut found) = (0, u64::MAX, None);
        for entry in system.map(process.pid)? {
            if entry.end <= address {
                start = entry.end;
            } else if entry.start <= address {
                (start, end, found) = (entry.start, entry.end, Some(entry.protection));
                break;
            } else {
                end = entry.start;
                break;
            }
        }
        let mut reply = Text::default();
        reply.add(format_args!("start:{start:x};size:{:x};", end.saturating_sub(start)));
        if let Some(protection) = found {
            let letters = [(1_u32, "r"), (2, "w"), (4, "x")].map(|(bit, letter)| match protection & bit {
                0 => "",
                _ => letter,
            });
            reply.add(format_args!("permissions:{};", letters.concat()));
        }
        text(reply)
    }

    /// qSearch:memory: where a pattern is first.
    pub(super) fn search(&mut self, mut reader: Reader<'_>) -> Answer {
        if name(&mut reader) != b"memory" {
            return unknown();
        }
        let mut address = need(reader.number())?;
        need(reader.take(";"))?;
        let length = need(reader.number())?;
        need(reader.take(";"))?;
        let pattern = reader.rest();
        let end = need(address.checked_add(length))?;
        let (process, system, _) = self.selected()?;
        let mut bytes = vec![0; CHUNK.saturating_add(pattern.len())];
        while address < end && !pattern.is_empty() {
            let most = usize::try_from(end.wrapping_sub(address)).unwrap_or(usize::MAX).min(bytes.len());
            let window = bytes.get_mut(..most).unwrap_or_default();
            let count = process.read_memory(system, address, window)?;
            let window = window.get(..count).unwrap_or_default();
            if let Some(at) = window.windows(pattern.len()).position(|part| part == pattern) {
                let mut reply = Text::from("1,");
                reply.add(format_args!("{:x}", address.wrapping_add(at as u64)));
                return text(reply);
            }
            if count < most && address.saturating_add(count as u64) < end {
                return Err(NO_MEMORY);
            }
            address = address.saturating_add(count.min(CHUNK) as u64);
        }
        text(Text::from("0"))
    }

    /// qCRC: the checksum by which compare-sections compares.
    pub(super) fn checksum(&mut self, mut reader: Reader<'_>) -> Answer {
        let (mut address, mut length) = need(reader.pair())?;
        let (process, system, _) = self.selected()?;
        let mut bytes = vec![0; CHUNK];
        let mut sum = u32::MAX;
        while length > 0 {
            let most = usize::try_from(length).unwrap_or(usize::MAX).min(CHUNK);
            let window = bytes.get_mut(..most).unwrap_or_default();
            if process.read_memory(system, address, window)? != most {
                return Err(NO_MEMORY);
            }
            sum = window.iter().fold(sum, |sum, &byte| add_to_checksum(sum, byte));
            address = address.wrapping_add(most as u64);
            length = length.wrapping_sub(most as u64);
        }
        let mut reply = Text::from("C");
        reply.add(format_args!("{sum:x}"));
        text(reply)
    }
}

/// One byte more in the checksum that the GDB manual defines for qCRC: 0x04c11db7, highest bit first, from all ones.
fn add_to_checksum(sum: u32, byte: u8) -> u32 {
    const POLYNOMIAL: u32 = 0x04c1_1db7;
    let step = |sum: u32, _| sum << 1 ^ if sum & 1 << 31 == 0 { 0 } else { POLYNOMIAL };
    (0..8).fold(sum ^ u32::from(byte) << 24, step)
}

#[cfg(test)]
mod tests {
    use super::add_to_checksum;

    #[test]
    fn the_checksum_is_that_of_the_manual() {
        // CRC-32/MPEG-2 of the nine digits, its published check value.
        assert_eq!(b"123456789".iter().fold(u32::MAX, |sum, &byte| add_to_checksum(sum, byte)), 0x0376_e6e7);
    }
}
