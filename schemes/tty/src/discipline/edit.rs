//! The line being typed: erasing from its end, and what of it shows.
//!
//! Decides how much one erase takes (a UTF-8 character, a word) and how the screen follows. Main type: [`Line`].
//! Neighbours: `discipline` (which byte does what), `output` (columns). FreeBSD: tty_ttydisc.c (ttydisc_rubchar,
//! ttydisc_rubword, ttydisc_echo).

use super::output::column_after;
use super::{Discipline, Sink};
use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use runtime::terminal::settings::{LocalModes, OutputModes};

/// Longest line; a longer one is handed over in pieces, so that a file without newlines passes through.
const LIMIT: usize = 4096;

#[derive(Debug)]
pub(super) struct Line {
    bytes: Vec<u8>,
    start_column: usize,
}

impl Line {
    pub(super) fn new() -> Result<Self, TryReserveError> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(LIMIT)?;
        Ok(Self { bytes, start_column: 0 })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn begin_at(&mut self, column: usize) {
        self.start_column = column;
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= LIMIT
    }

    pub(super) fn push(&mut self, byte: u8) {
        if !self.is_full() {
            self.bytes.push(byte);
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Takes the last character off, all bytes of it.
    pub(super) fn erase_character(&mut self) {
        while self.bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    /// Takes blanks and then a word off.
    pub(super) fn erase_word(&mut self) {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        while self.bytes.last().is_some_and(is_blank) {
            self.bytes.pop();
        }
        while self.bytes.last().is_some_and(|byte| !is_blank(byte)) {
            self.bytes.pop();
        }
    }

    /// The column behind the line.
    fn end_column(&self) -> usize {
        self.bytes.iter().fold(self.start_column, |column, byte| {
            if is_shown_as_control(*byte) { column.saturating_add(2) } else { column_after(column, &[*byte]) }
        })
    }
}

fn is_shown_as_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\n' | b'\t')
}

impl Discipline {
    /// Shows a typed byte.
    pub(super) fn show(&mut self, byte: u8, sink: Sink<'_>) {
        let echo = self.local(LocalModes::ECHO);
        if byte == b'\n' {
            if echo || self.local(LocalModes::ECHONL) {
                self.show_text(b"\n", sink);
            }
        } else if echo && is_shown_as_control(byte) && self.local(LocalModes::ECHOCTL) {
            self.screen.write(&[b'^', byte ^ 0x40], sink);
        } else if echo {
            self.screen.write(&[byte], sink);
        }
    }

    fn show_text(&mut self, text: &[u8], sink: Sink<'_>) {
        let modes: OutputModes = self.settings.output_modes();
        self.screen.process(text, modes, sink);
    }

    pub(super) fn show_control(&mut self, byte: u8, sink: Sink<'_>) {
        if self.local(LocalModes::ECHO | LocalModes::ECHOCTL) {
            self.screen.write(&[b'^', byte ^ 0x40], sink);
        }
    }

    /// ^D shows and is overwritten by what comes next.
    pub(super) fn show_end_of_file(&mut self, byte: u8, sink: Sink<'_>) {
        if self.local(LocalModes::ECHO | LocalModes::ECHOCTL) {
            self.screen.write(&[b'^', byte ^ 0x40, 0x08, 0x08], sink);
        }
    }

    /// Shortens the line, and the screen with it.
    pub(super) fn cut(&mut self, shorten: impl Fn(&mut Line), sink: Sink<'_>) {
        let before = self.line.end_column();
        shorten(&mut self.line);
        let columns = before.saturating_sub(self.line.end_column());
        if self.local(LocalModes::ECHO | LocalModes::ECHOE) {
            for _ in 0..columns {
                self.screen.write(b"\x08 \x08", sink);
            }
        }
    }

    pub(super) fn kill(&mut self, byte: u8, sink: Sink<'_>) {
        if self.local(LocalModes::ECHOKE | LocalModes::ECHOE) {
            return self.cut(Line::clear, sink);
        }
        self.line.clear();
        self.show_control(byte, sink);
        if self.local(LocalModes::ECHO | LocalModes::ECHOK) {
            self.show_text(b"\n", sink);
        }
    }

    /// Shows the line again, on a line of its own.
    pub(super) fn reprint(&mut self, byte: u8, sink: Sink<'_>) {
        if !self.local(LocalModes::ECHO) {
            return;
        }
        self.show_control(byte, sink);
        self.show_text(b"\n", sink);
        self.line.begin_at(self.screen.column());
        for index in 0..self.line.bytes().len() {
            if let Some(&byte) = self.line.bytes().get(index) {
                self.show(byte, sink);
            }
        }
    }
}
