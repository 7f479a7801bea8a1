//! Framing of replies: dollar, text, hash, checksum, with runs of one byte shortened.
//!
//! Decides escapes and run lengths. Main function: [`write`]. Neighbours: `decode` is the way back, without run lengths,
//! which only servers use (GDB manual, appendix E.1).

use crate::text::digit_of;
use alloc::vec::Vec;

/// Whether it would be taken for framing.
const fn is_special(byte: u8) -> bool {
    matches!(byte, b'$' | b'#' | b'}' | b'*')
}

/// What a run count is added to, and the counts that would be written as framing characters.
const COUNT_BASE: u8 = 29;
const COUNT_LONGEST: usize = 97;
const COUNT_FORBIDDEN: [u8; 4] = *b"#$+-";

/// Repeats of a byte that are worth a count: fewer gain nothing.
const RUN: usize = 3;

/// Appends the frame of `reply` to `out`.
pub(crate) fn write(reply: &[u8], out: &mut Vec<u8>) {
    out.reserve(reply.len().saturating_add(4));
    out.push(b'$');
    let start = out.len();
    let mut rest = reply;
    while let Some(&byte) = rest.first() {
        let plain = plain_length(rest);
        let used = match rest.get(..plain).filter(|plain| !plain.is_empty()) {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                plain
            }
            None => write_run(byte, rest, out),
        };
        rest = rest.get(used..).unwrap_or_default();
    }
    let sum = out.get(start..).unwrap_or_default().iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
    out.extend_from_slice(&[b'#', digit_of(sum >> 4), digit_of(sum & 15)]);
}

/// Bytes at the start that go as they are.
fn plain_length(bytes: &[u8]) -> usize {
    let ends = |window: &[u8; RUN + 1]| {
        let word = u32::from_le_bytes(*window);
        // Four equal bytes stay the same when they move on by one.
        word.rotate_left(8) == word || is_special(window[0])
    };
    bytes.array_windows().position(ends).unwrap_or_else(|| {
        // Too little is left for a run.
        let inner = bytes.len().saturating_sub(RUN);
        let special = bytes.iter().skip(inner).position(|byte| is_special(*byte));
        special.map_or(bytes.len(), |place| inner.saturating_add(place))
    })
}

/// Writes the byte, or as much of its run as goes into one count; gives how many bytes of the reply that was.
fn write_run(byte: u8, rest: &[u8], out: &mut Vec<u8>) -> usize {
    if is_special(byte) {
        out.extend_from_slice(&[b'}', byte ^ 0x20]);
        return 1;
    }
    out.push(byte);
    let repeats = rest.iter().skip(1).take(COUNT_LONGEST).take_while(|&&other| other == byte).count();
    // A count is never one of the characters of framing.
    for count in (RUN..=repeats).rev() {
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
    if is_special(byte) { 2 } else { 1 }
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
