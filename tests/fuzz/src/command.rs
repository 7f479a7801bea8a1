//! What is written to `proc:PID/ctl`: command records, replies to them, and one-line verbs.
//!
//! Decides that records are taken one after the other, none beyond the buffer, and that what was read can be written again.
//! Neighbours: `proc_abi::command`, `proc_abi::text`.

use proc_abi::command::{CommandHeader, Commands, Lengths, Replies};
use proc_abi::text;

/// Reads the bytes as each of the three.
///
/// # Panics
/// If a record reaches beyond the buffer or is not what its own header says.
pub fn check(bytes: &[u8]) {
    let mut left = bytes.len();
    for command in Commands::new(bytes) {
        let Ok(command) = command else { break };
        let size = usize::try_from(command.header.size).unwrap_or(usize::MAX);
        assert!(size <= left, "{command:?} is longer than the buffer");
        left = left.saturating_sub(size);
        let lengths = Lengths { payload: command.payload.len(), room: command.header.room as usize };
        let header = command.header;
        let again = CommandHeader::new(header.request, header.id, header.address, header.data, lengths);
        assert_eq!(again, Some(header), "a header that was read can be written");
    }
    let replies = Replies::new(bytes).map_while(Result::ok);
    let total: usize = replies.map(|reply| reply.header.size as usize).sum();
    assert!(total <= bytes.len(), "replies are longer than the buffer");
    if let Ok(line) = core::str::from_utf8(bytes)
        && let Some(verb) = text::parse(line)
    {
        let trimmed = line.strip_suffix('\n').unwrap_or(line);
        assert_eq!(text::parse(trimmed), Some(verb), "the newline means nothing");
    }
}
