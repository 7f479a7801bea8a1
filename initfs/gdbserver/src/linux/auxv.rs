//! The auxiliary vector in Linux's numbers.
//!
//! Decides that entries 0 to 9 are the same on both systems, that AT_EXECPATH is Linux's AT_EXECFN, and that the rest is not
//! told; nor where the program headers are: GDB would read them four times over to look for a dynamic linker, which no program
//! here has. Main function: [`translate`]. Neighbours: docs/programs.md lists what a program gets.

use alloc::vec::Vec;
use zerocopy::FromBytes;

/// The last entry that both systems number alike, AT_ENTRY.
const LAST_COMMON: u64 = 9;
/// AT_PHDR, AT_PHENT, AT_PHNUM.
const HEADERS: core::ops::RangeInclusive<u64> = 3..=5;
/// FreeBSD's AT_EXECPATH and Linux's AT_EXECFN.
const EXECUTABLE: (u64, u64) = (15, 31);

/// The vector as Linux would have it.
pub(crate) fn translate(vector: &[u8]) -> Vec<u8> {
    let mut translated = Vec::new();
    for entry in vector.chunks_exact(16) {
        let Ok([kind, value]) = <[u64; 2]>::read_from_bytes(entry) else { break };
        let kind = match kind {
            kind if HEADERS.contains(&kind) => continue,
            0..=LAST_COMMON => kind,
            kind if kind == EXECUTABLE.0 => EXECUTABLE.1,
            _ => continue,
        };
        translated.extend_from_slice(&kind.to_le_bytes());
        translated.extend_from_slice(&value.to_le_bytes());
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::translate;
    use zerocopy::IntoBytes;

    #[test]
    fn the_path_gets_its_linux_number_and_others_go() {
        let vector = [3_u64, 0x200040, 9, 0x201000, 15, 0x7fff, 16, 1, 0, 0];
        assert_eq!(translate(vector.as_bytes()), [9_u64, 0x201000, 31, 0x7fff, 0, 0].as_bytes());
        assert_eq!(translate(&[1, 2, 3]), b"");
    }
}
