//! The screen: what output becomes on the line, and in which column that leaves the cursor.
//!
//! Decides newline translation; keeps the column, which erasing a typed tab needs. Main type: [`Screen`]. Neighbours:
//! `edit` (echo), `discipline`. FreeBSD: tty_ttydisc.c (ttydisc_write_oproc).

use super::Sink;
use runtime::terminal::settings::OutputModes;

/// Where the cursor is.
#[derive(Debug, Default)]
pub(super) struct Screen {
    column: usize,
}

impl Screen {
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Sends bytes as they are.
    pub(super) fn write(&mut self, bytes: &[u8], sink: Sink<'_>) {
        self.column = column_after(self.column, bytes);
        sink(bytes);
    }

    /// Sends bytes as the output modes have them.
    pub(super) fn process(&mut self, bytes: &[u8], modes: OutputModes, sink: Sink<'_>) {
        if !modes.contains(OutputModes::OPOST | OutputModes::ONLCR) {
            return self.write(bytes, sink);
        }
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(text) => {
                    self.write(text, sink);
                    self.write(b"\r\n", sink);
                }
                None => self.write(line, sink),
            }
        }
    }
}

/// The column after `bytes` were written from `column` on. Escape sequences count as text: only the distance between two
/// places in a typed line is ever used.
pub(super) fn column_after(column: usize, bytes: &[u8]) -> usize {
    bytes.iter().fold(column, |column, &byte| match byte {
        b'\r' | b'\n' => 0,
        b'\t' => (column | 7).saturating_add(1),
        0x08 => column.saturating_sub(1),
        0x80..=0xbf => column,
        byte if byte.is_ascii_control() => column,
        _ => column.saturating_add(1),
    })
}
