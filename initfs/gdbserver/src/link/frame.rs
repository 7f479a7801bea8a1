//! Framing of replies: dollar, text, hash, checksum, with runs of one byte shortened.
//!
//! Decides escapes and run lengths. Main function: [`write`]. Neighbours: `decode` is the way back, without run lengths,
//! which only servers use (GDB manual, appendix E.1).

use alloc::vec::Vec;

/// Bytes that would be taken for framing.
const SPECIAL: [u8; 4] = *b"$#}*";

/// What a run count is added to, and the counts that would be written as framing characters.
const COUNT_BASE: u8 = 29;
const COUNT_LONGEST: usize = 97;
const COUNT_FORBIDDEN: [u8; 4] = *b"#$+-";

/// Appends the frame of `reply` to `out`.
pub(crate) fn write(reply: &[u8], out: &mut Vec<u8>) {
    out.push(b'$');
    let start = out.len();
    let mut rest = reply;
    while let Some(&byte) = rest.first() {
        let run = rest.iter().take(COUNT_LONGEST + 1).take_while(|&&other| other == byte).count();
        let used = write_run(byte, run, out);
        rest = rest.get(used..).unwrap_or_default();
    }
    let sum = out.get(start..).unwrap_or_default().iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
    out.push(b'#');
    for half in [sum >> 4, sum & 15] {
        out.push(if half < 10 { half.wrapping_add(b'0') } else { half.wrapping_add(b'a').wrapping_sub(10) });
    }
}

/// Writes the byte, or as much of its run as goes into one count; gives how many bytes of the reply that was.
fn write_run(byte: u8, run: usize, out: &mut Vec<u8>) -> usize {
    if SPECIAL.contains(&byte) {
        out.extend_from_slice(&[b'}', byte ^ 0x20]);
        return 1;
    }
    out.push(byte);
    let repeats = run.saturating_sub(1).min(COUNT_LONGEST);
    // Shorter runs gain nothing, and a count is never one of the characters of framing.
    for count in (3..=repeats).rev() {
        let written = u8::try_from(count).unwrap_or(0).wrapping_add(COUNT_BASE);
        if !COUNT_FORBIDDEN.contains(&written) {
            out.extend_from_slice(&[b'*', written]);
            return count.saturating_add(1);
        }
    }
    1
}

/// Bytes that a byte of a reply may take.
pub(super) fn length(byte: u8) -> usize {
    if SPECIAL.contains(&byte) { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::write;

    fn framed(reply: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(reply, &mut out);
        out
    }

    #[test]
    fn frames_end_in_the_sum_of_what_is_sent() {
        assert_eq!(framed(b"OK"), b"$OK#9a");
        assert_eq!(framed(b""), b"$#00");
        assert_eq!(framed(b"a}"), b"$a}]#3b");
    }

    #[test]
    fn runs_are_shortened_where_it_pays() {
        assert_eq!(framed(b"000"), b"$000#90");
        assert_eq!(framed(b"0000"), b"$0* #7a");
        // Six repeats would be '#', seven '$': both are split.
        assert_eq!(framed(b"0000000")[..5], *b"$0*\"0");
        assert_eq!(framed(b"00000000")[..6], *b"$0*\"00");
    }
}
