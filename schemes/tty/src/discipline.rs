//! The line discipline: what each byte from the keyboard does, and what programs then read.
//!
//! Decides echo, editing, signals and line ends by the terminal's settings; holds what was typed and not yet read. All
//! memory is taken at the start, so nothing here can fail. Main type: [`Discipline`]. Neighbours: `edit` (the line being
//! typed), `queue` (finished input), `output` (what goes to the screen). FreeBSD: tty_ttydisc.c (ttydisc_rint).

mod edit;
mod output;
mod queue;

use alloc::collections::TryReserveError;
use edit::Line;
use output::Screen;
use proc_abi::signal::{SIGINT, SIGQUIT, SIGTSTP, Signal};
use queue::{End, Queue};
use runtime::terminal::settings::{Control, InputModes, LocalModes, Settings};

/// Takes the bytes that go to the screen.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8]);

/// How long the end of the file lasts that ^D on an empty line makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndOfFile {
    /// For one read: a person types on.
    Once,
    /// For ever: the input was a file or a pipe, and it is over for every program that reads after the first.
    Forever,
}

/// What a read gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many bytes; none is the end of the file.
    Bytes(usize),
    /// Nothing is there yet.
    Nothing,
}

/// A terminal's settings, the line being typed and the input that waits to be read.
#[derive(Debug)]
pub struct Discipline {
    settings: Settings,
    line: Line,
    queue: Queue,
    screen: Screen,
    literal: bool,
    end_of_file: EndOfFile,
}

impl Discipline {
    /// A terminal where nothing has been typed.
    ///
    /// # Errors
    /// If there is no memory for its queue.
    pub fn new(settings: Settings, end_of_file: EndOfFile) -> Result<Self, TryReserveError> {
        let (line, queue, screen) = (Line::new()?, Queue::new()?, Screen::default());
        Ok(Self { settings, line, queue, screen, literal: false, end_of_file })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Changes the settings. What was typed under the old ones stays: lines become bytes, and bytes that no program took
    /// are typed again, so that a shell with an editor of its own leaves what is not for it to the programs it runs.
    pub fn set_settings(&mut self, settings: Settings, sink: Sink<'_>) -> Option<Signal> {
        let had_lines = self.has_lines();
        self.settings = settings;
        match (had_lines, self.has_lines()) {
            (true, false) => {
                let end_of_file = self.control(Control::EndOfFile);
                self.queue.become_bytes(end_of_file);
                self.queue.push_bytes(self.line.bytes());
                self.line.clear();
                self.literal = false;
                None
            }
            (false, true) => self.type_again(sink),
            _ => None,
        }
    }

    fn type_again(&mut self, sink: Sink<'_>) -> Option<Signal> {
        let mut signal = None;
        for _ in 0..self.queue.length() {
            let Some(byte) = self.queue.pop_byte() else { break };
            signal = self.input(byte, sink).or(signal);
        }
        signal
    }

    /// A byte was typed: echoes and keeps it, or does what it stands for. Gives the signal to send to the foreground.
    pub fn input(&mut self, byte: u8, sink: Sink<'_>) -> Option<Signal> {
        if core::mem::take(&mut self.literal) {
            self.insert(byte, sink);
            return None;
        }
        let byte = self.translate(byte)?;
        if let Some(signal) = self.signal_for(byte) {
            self.show_control(byte, sink);
            if !self.local(LocalModes::NOFLSH) {
                self.flush();
            }
            return Some(signal);
        }
        if !self.has_lines() {
            self.show(byte, sink);
            self.queue.push_bytes(&[byte]);
        } else if !self.edit(byte, sink) {
            self.insert(byte, sink);
        }
        None
    }

    /// Carriage returns and newlines, as the input modes have them; `None` drops the byte.
    fn translate(&self, byte: u8) -> Option<u8> {
        let modes = self.settings.input_modes();
        match byte {
            b'\r' if modes.contains(InputModes::IGNCR) => None,
            b'\r' if modes.contains(InputModes::ICRNL) => Some(b'\n'),
            b'\n' if modes.contains(InputModes::INLCR) => Some(b'\r'),
            byte => Some(byte),
        }
    }

    fn signal_for(&self, byte: u8) -> Option<Signal> {
        if !self.local(LocalModes::ISIG) {
            return None;
        }
        [(Control::Interrupt, SIGINT), (Control::Quit, SIGQUIT), (Control::Suspend, SIGTSTP)]
            .into_iter()
            .find_map(|(control, signal)| self.settings.is_control(control, byte).then_some(signal))
    }

    /// Does what an editing character stands for; `false` if `byte` is none.
    fn edit(&mut self, byte: u8, sink: Sink<'_>) -> bool {
        let is = |control| self.settings.is_control(control, byte);
        let extended = self.local(LocalModes::IEXTEN);
        if is(Control::Erase) || is(Control::Erase2) {
            self.cut(Line::erase_character, sink);
        } else if is(Control::Kill) {
            self.kill(byte, sink);
        } else if is(Control::EndOfFile) {
            self.show_end_of_file(byte, sink);
            self.finish(End::EndOfFile);
        } else if extended && is(Control::WordErase) {
            self.cut(Line::erase_word, sink);
        } else if extended && is(Control::Reprint) {
            self.reprint(byte, sink);
        } else if extended && is(Control::LiteralNext) {
            self.literal = true;
            if self.local(LocalModes::ECHO | LocalModes::ECHOCTL) {
                self.screen.write(b"^\x08", sink);
            }
        } else {
            return false;
        }
        true
    }

    /// Adds a byte to the line; a newline that was not quoted, or a full line, ends it.
    fn insert(&mut self, byte: u8, sink: Sink<'_>) {
        if !self.has_lines() {
            self.show(byte, sink);
            return self.queue.push_bytes(&[byte]);
        }
        if self.line.bytes().is_empty() {
            self.line.begin_at(self.screen.column());
        }
        self.show(byte, sink);
        self.line.push(byte);
        if byte == b'\n' || self.settings.is_control(Control::EndOfLine, byte) || self.line.is_full() {
            self.finish(End::Line);
        }
    }

    fn finish(&mut self, end: End) {
        self.queue.push_line(self.line.bytes(), end);
        self.line.clear();
    }

    /// Throws everything away that was typed and not read.
    pub fn flush(&mut self) {
        self.line.clear();
        self.queue.clear();
        self.literal = false;
    }

    /// Whether a read would not wait.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        if self.has_lines() { self.queue.has_line() } else { self.queue.length() > 0 || self.minimum() == 0 }
    }

    /// Whether no more can be typed until a program reads: bytes have to wait on the line.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    /// Takes input out for a read into `into`.
    pub fn take(&mut self, into: &mut [u8]) -> Taken {
        if !self.is_readable() {
            return Taken::Nothing;
        }
        Taken::Bytes(match (self.has_lines(), self.end_of_file) {
            (false, _) => self.queue.take_bytes(into),
            (true, EndOfFile::Forever) if self.queue.is_at_end_of_file() => 0,
            (true, _) => self.queue.take_line(into),
        })
    }

    /// What a program writes, on its way to the screen.
    pub fn output(&mut self, bytes: &[u8], sink: Sink<'_>) {
        self.screen.process(bytes, self.settings.output_modes(), sink);
    }

    /// The column in which output has left the cursor.
    #[must_use]
    pub fn column(&self) -> u16 {
        u16::try_from(self.screen.column()).unwrap_or(u16::MAX)
    }

    fn has_lines(&self) -> bool {
        self.local(LocalModes::ICANON)
    }

    fn local(&self, modes: LocalModes) -> bool {
        self.settings.local_modes().contains(modes)
    }

    fn control(&self, control: Control) -> u8 {
        self.settings.controls.get(control as usize).copied().unwrap_or_default()
    }

    fn minimum(&self) -> u8 {
        self.control(Control::Minimum)
    }
}

#[cfg(test)]
mod tests;
