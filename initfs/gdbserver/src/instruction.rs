//! What an instruction is, as far as it matters for running it alone.
//!
//! Decides which instructions may wait in the kernel: SYSCALL and SYSENTER, whatever prefixes they have (SDM vol. 2, section
//! 2.1.1 and REX in 2.2.1). Main function: [`makes_call`]. Neighbours: `run` lets other threads run meanwhile; the binary
//! waits for no such step without listening to the client.

/// Bytes that the longest instruction has (SDM vol. 2, section 2.3.11).
pub const LONGEST: usize = 15;

const fn is_prefix(byte: u8) -> bool {
    matches!(byte, 0x26 | 0x2e | 0x36 | 0x3e | 0x40..=0x4f | 0x64..=0x67 | 0xf0 | 0xf2 | 0xf3)
}

/// Whether the instruction that these bytes begin with enters the kernel, where it may wait.
#[must_use]
pub fn makes_call(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter().skip_while(|byte| is_prefix(**byte));
    rest.next() == Some(&0x0f) && matches!(rest.next(), Some(0x05 | 0x34))
}

#[cfg(test)]
mod tests {
    use super::makes_call;

    #[test]
    fn system_calls_are_known_with_and_without_prefixes() {
        for call in [&[0x0f, 0x05][..], &[0x48, 0x0f, 0x05, 0x90], &[0x66, 0xf3, 0x0f, 0x34]] {
            assert!(makes_call(call), "{call:x?}");
        }
        // RET, a jump over the two bytes, UD2, a cut instruction, nothing.
        for other in [&[0xc3][..], &[0xeb, 0x02, 0x0f, 0x05], &[0x0f, 0x0b], &[0x48, 0x0f], &[]] {
            assert!(!makes_call(other), "{other:x?}");
        }
    }
}
