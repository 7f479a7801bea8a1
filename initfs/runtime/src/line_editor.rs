//! Editing a line on a terminal, with history, for programs that talk with people.
//!
//! Decides the keys (Emacs's, and the cursor keys) and that a line longer than the screen scrolls sideways in one row, so
//! that nothing has to be known about the terminal but its width: no answer is awaited from it, because at the other end
//! of a serial line there may be a script. Main types: [`LineEditor`], [`Outcome`]; main function:
//! [`LineEditor::read_line`]. Neighbours: `keys` (bytes to keys), `history`, `terminal` (raw mode), shells and debuggers.

mod history;
mod keys;

use crate::error::{Error, Result};
use crate::file::File;
use crate::terminal::Terminal;
use alloc::vec::Vec;
use history::History;
use keys::{Key, Keys};

/// Longest line.
const LIMIT: usize = 4096;
/// Columns of a terminal that does not know its size.
const COLUMNS: usize = 80;

/// What a key led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The line is still being edited.
    Editing,
    /// Enter.
    Finished,
    /// ^C.
    Interrupted,
    /// ^D on an empty line.
    EndOfFile,
}

/// What [`LineEditor::read_line`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end.
    Text(Vec<u8>),
    /// The line was given up.
    Interrupted,
    /// There will be no more.
    EndOfFile,
}

/// A line being edited and the lines before it.
#[derive(Debug, Default)]
pub struct LineEditor {
    prompt: Vec<u8>,
    columns: usize,
    line: Vec<u8>,
    /// Offset in `line`, always between characters.
    cursor: usize,
    keys: Keys,
    history: History,
}

impl LineEditor {
    /// An editor without history.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows `prompt` and lets the user edit a line; `input` is a terminal, which is in raw mode meanwhile. Each byte is
    /// read by itself: what was typed ahead stays for the program that is run next.
    ///
    /// # Errors
    /// As the terminal's server refuses it; ENOTTY for a file that is no terminal.
    pub fn read_line(&mut self, input: &File, output: &File, prompt: &str) -> Result<Line> {
        let terminal = Terminal::new(input)?;
        let settings = terminal.settings()?;
        let columns = terminal.window_size().map_or(COLUMNS, |size| usize::from(size.columns));
        if terminal.column().is_ok_and(|column| column > 0) {
            // The last program left its line open; the prompt would be drawn over it.
            output.write_all(b"\n")?;
        }
        terminal.set_settings(settings.raw())?;
        let outcome = self.edit(input, output, prompt, columns);
        terminal.set_settings(settings)?;
        outcome
    }

    fn edit(&mut self, input: &File, output: &File, prompt: &str, columns: usize) -> Result<Line> {
        let mut screen = Vec::new();
        self.begin(prompt.as_bytes(), columns, &mut screen);
        loop {
            output.write_all(&screen)?;
            screen.clear();
            let mut byte = [0];
            let outcome = match input.read(&mut byte) {
                Ok(0) => Outcome::EndOfFile,
                Ok(_) => byte.into_iter().fold(Outcome::Editing, |_, byte| self.key(byte, &mut screen)),
                Err(Error::EINTR) => Outcome::Editing,
                Err(error) => return Err(error),
            };
            let line = match outcome {
                Outcome::Editing => continue,
                Outcome::Finished => Line::Text(self.finish()),
                Outcome::Interrupted => Line::Interrupted,
                Outcome::EndOfFile => Line::EndOfFile,
            };
            output.write_all(&screen)?;
            return Ok(line);
        }
    }

    /// Begins an empty line on a terminal of so many columns.
    pub fn begin(&mut self, prompt: &[u8], columns: usize, screen: &mut Vec<u8>) {
        self.prompt = prompt.to_vec();
        self.columns = columns.max(8);
        self.set_line(Vec::new());
        self.keys = Keys::default();
        self.history.rewind();
        self.draw(screen);
    }

    /// The finished line, which becomes the latest of the history.
    pub fn finish(&mut self) -> Vec<u8> {
        let line = core::mem::take(&mut self.line);
        self.cursor = 0;
        self.history.add(&line);
        line
    }

    /// A byte was typed: changes line and screen.
    pub fn key(&mut self, byte: u8, screen: &mut Vec<u8>) -> Outcome {
        let Some(key) = self.keys.take(byte) else { return Outcome::Editing };
        match key {
            Key::Enter => {
                self.cursor = self.line.len();
                self.draw(screen);
                screen.extend_from_slice(b"\n");
                return Outcome::Finished;
            }
            Key::Interrupt => {
                screen.extend_from_slice(b"^C\n");
                return Outcome::Interrupted;
            }
            Key::DeleteOrEnd if self.line.is_empty() => {
                screen.extend_from_slice(b"\n");
                return Outcome::EndOfFile;
            }
            Key::Byte(byte) => return self.insert(byte, screen),
            Key::DeleteOrEnd | Key::Delete => self.delete(self.cursor, self.next()),
            Key::Backspace => self.delete(self.previous(), self.cursor),
            Key::EraseWord => self.delete(self.word_start(), self.cursor),
            Key::EraseToStart => self.delete(0, self.cursor),
            Key::EraseToEnd => self.delete(self.cursor, self.line.len()),
            Key::Left => self.cursor = self.previous(),
            Key::Right => self.cursor = self.next(),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.line.len(),
            Key::Up => self.recall(History::older),
            Key::Down => self.recall(History::newer),
            Key::ClearScreen => screen.extend_from_slice(b"\x1b[H\x1b[2J"),
        }
        self.draw(screen);
        Outcome::Editing
    }

    fn insert(&mut self, byte: u8, screen: &mut Vec<u8>) -> Outcome {
        if self.line.len() < LIMIT {
            let at_end = self.cursor == self.line.len();
            self.line.insert(self.cursor, byte);
            self.cursor = self.cursor.saturating_add(1);
            let fits = columns(&self.prompt).saturating_add(columns(&self.line)) < self.columns.saturating_sub(1);
            if at_end && fits {
                screen.push(byte);
            } else {
                self.draw(screen);
            }
        }
        Outcome::Editing
    }

    fn delete(&mut self, from: usize, to: usize) {
        if from < to && to <= self.line.len() {
            self.line.drain(from..to);
            self.cursor = from;
        }
    }

    fn recall(&mut self, step: impl Fn(&mut History, &[u8]) -> Option<Vec<u8>>) {
        if let Some(line) = step(&mut self.history, &self.line) {
            self.set_line(line);
        }
    }

    fn set_line(&mut self, line: Vec<u8>) {
        self.cursor = line.len();
        self.line = line;
    }

    fn previous(&self) -> usize {
        let before = self.line.get(..self.cursor).unwrap_or_default();
        before.iter().rposition(|byte| !is_continuation(*byte)).unwrap_or(0)
    }

    fn next(&self) -> usize {
        let after = self.line.get(self.cursor.saturating_add(1)..).unwrap_or_default();
        let length = after.iter().position(|byte| !is_continuation(*byte)).unwrap_or(after.len());
        self.cursor.saturating_add(1).saturating_add(length).min(self.line.len())
    }

    fn word_start(&self) -> usize {
        let before = self.line.get(..self.cursor).unwrap_or_default().trim_ascii_end();
        before.iter().rposition(|byte| *byte == b' ').map_or(0, |blank| blank.saturating_add(1))
    }

    /// Draws prompt and line in one row, scrolled so that the cursor shows.
    fn draw(&self, screen: &mut Vec<u8>) {
        let room = self.columns.saturating_sub(columns(&self.prompt)).saturating_sub(1).max(4);
        let before = columns(self.line.get(..self.cursor).unwrap_or_default());
        let hidden = before.saturating_sub(room);
        screen.push(b'\r');
        screen.extend_from_slice(&self.prompt);
        screen.extend_from_slice(window(&self.line, hidden, room));
        screen.extend_from_slice(b"\x1b[K\r");
        let column = columns(&self.prompt).saturating_add(before.saturating_sub(hidden));
        if column > 0 {
            screen.extend_from_slice(alloc::format!("\x1b[{column}C").as_bytes());
        }
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Columns that a text takes: one for each character.
fn columns(text: &[u8]) -> usize {
    text.iter().filter(|byte| !is_continuation(**byte)).count()
}

/// The part of a text that `room` columns from `hidden` on show.
fn window(text: &[u8], hidden: usize, room: usize) -> &[u8] {
    let offset = |column: usize| {
        let mut starts = text.iter().enumerate().filter(|(_, byte)| !is_continuation(**byte));
        starts.nth(column).map_or(text.len(), |(offset, _)| offset)
    };
    text.get(offset(hidden)..offset(hidden.saturating_add(room))).unwrap_or_default()
}

#[cfg(test)]
mod tests;
