//! Tests of the line discipline: typed bytes, what they show, what is read.
//!
//! A keyboard and a screen stand for the serial line. Neighbours: `discipline`.

use super::{Discipline, EndOfFile, Taken};
use proc_abi::signal::{SIGINT, SIGQUIT, SIGTSTP, Signal};
use proptest::prelude::*;
use runtime::terminal::settings::{LocalModes, Settings};

struct Console {
    discipline: Discipline,
    screen: Vec<u8>,
    signals: Vec<Signal>,
}

impl Console {
    fn new(settings: Settings) -> Self {
        Self::with_end(settings, EndOfFile::Once)
    }

    fn with_end(settings: Settings, end: EndOfFile) -> Self {
        Self { discipline: Discipline::new(settings, end).expect("memory"), screen: Vec::new(), signals: Vec::new() }
    }

    fn person() -> Self {
        Self::new(Settings::interactive())
    }

    fn keys(&mut self, keys: &[u8]) -> &mut Self {
        for &key in keys {
            let screen = &mut self.screen;
            let signal = self.discipline.input(key, &mut |bytes| screen.extend_from_slice(bytes));
            self.signals.extend(signal);
        }
        self
    }

    fn settings(&mut self, settings: Settings) -> &mut Self {
        let screen = &mut self.screen;
        let signal = self.discipline.set_settings(settings, &mut |bytes| screen.extend_from_slice(bytes));
        self.signals.extend(signal);
        self
    }

    fn read(&mut self, limit: usize) -> Option<Vec<u8>> {
        let mut buffer = vec![0; limit];
        match self.discipline.take(&mut buffer) {
            Taken::Bytes(count) => Some(buffer[..count].to_vec()),
            Taken::Nothing => None,
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen).into_owned()
    }
}

#[test]
fn a_line_is_read_when_it_is_finished() {
    let mut console = Console::person();
    assert_eq!(console.keys(b"echo").read(80), None);
    assert_eq!(console.keys(b" a\r").read(80).as_deref(), Some(&b"echo a\n"[..]));
    assert_eq!(console.shown(), "echo a\r\n");
    assert_eq!(console.read(80), None);
}

#[test]
fn a_read_gets_one_line_and_a_short_read_leaves_the_rest() {
    let mut console = Console::person();
    console.keys(b"one\rtwo\r");
    assert_eq!(console.read(2).as_deref(), Some(&b"on"[..]));
    assert_eq!(console.read(80).as_deref(), Some(&b"e\n"[..]));
    assert_eq!(console.read(80).as_deref(), Some(&b"two\n"[..]));
}

#[test]
fn erasing_takes_characters_words_and_the_line() {
    let mut console = Console::person();
    console.keys(b"ab\x08c\x7f\x7f\x7f\x7fx\r");
    assert_eq!(console.read(80).as_deref(), Some(&b"x\n"[..]));
    console.keys(b"one two  \x17three\r");
    assert_eq!(console.read(80).as_deref(), Some(&b"one three\n"[..]));
    console.keys(b"all of it\x15y\r");
    assert_eq!(console.read(80).as_deref(), Some(&b"y\n"[..]));
    console.keys("ä\x7fz\r".as_bytes());
    assert_eq!(console.read(80).as_deref(), Some(&b"z\n"[..]));
}

#[test]
fn the_screen_follows_erasing() {
    let mut console = Console::person();
    console.keys(b"a\x16\x03\x7f\x7f");
    assert_eq!(console.shown(), "a^\x08^C\x08 \x08\x08 \x08\x08 \x08");
    let mut console = Console::person();
    console.keys(b"a\t\x7f");
    assert_eq!(console.shown(), format!("a\t{}", "\x08 \x08".repeat(7)));
    let mut console = Console::person();
    console.keys(b"\x7f");
    assert_eq!(console.shown(), "");
}

#[test]
fn reprint_shows_the_line_again() {
    let mut console = Console::person();
    console.keys(b"ab\x12");
    assert_eq!(console.shown(), "ab^R\r\nab");
}

#[test]
fn end_of_file_hands_over_what_there_is() {
    let mut console = Console::person();
    console.keys(b"abc\x04\x04");
    assert_eq!(console.read(80).as_deref(), Some(&b"abc"[..]));
    assert_eq!(console.read(80).as_deref(), Some(&b""[..]));
    assert_eq!(console.read(80), None);
}

#[test]
fn the_end_of_a_pipe_stays() {
    let mut console = Console::with_end(Settings::piped(), EndOfFile::Forever);
    console.keys(b"abc\x04\x04");
    assert_eq!(console.read(80).as_deref(), Some(&b"abc"[..]));
    for _ in 0..3 {
        assert_eq!(console.read(80).as_deref(), Some(&b""[..]));
    }
}

#[test]
fn signal_characters_send_signals_and_throw_typed_text_away() {
    let mut console = Console::person();
    console.keys(b"line\rabc\x03\x1c\x1a");
    assert_eq!(console.signals, [SIGINT, SIGQUIT, SIGTSTP]);
    assert_eq!(console.shown(), "line\r\nabc^C^\\^Z");
    assert_eq!(console.read(80), None);
    let mut kept = Settings::interactive();
    kept.local |= LocalModes::NOFLSH.bits();
    let mut console = Console::new(kept);
    assert_eq!(console.keys(b"a\x03b\r").read(80).as_deref(), Some(&b"ab\n"[..]));
}

#[test]
fn literal_next_takes_the_meaning_from_a_byte() {
    let mut console = Console::person();
    console.keys(b"\x16\x03\x16\x16\x16\r\r");
    assert_eq!(console.signals, []);
    assert_eq!(console.read(80).as_deref(), Some(&b"\x03\x16\r\n"[..]));
}

#[test]
fn raw_bytes_are_read_at_once_and_mean_nothing() {
    let mut console = Console::new(Settings::interactive().raw());
    assert_eq!(console.keys(b"\x03\x04\x7f").read(80).as_deref(), Some(&b"\x03\x04\x7f"[..]));
    assert_eq!(console.shown(), "");
    assert_eq!(console.read(80), None);
}

#[test]
fn what_was_typed_ahead_survives_a_change_of_mode() {
    let person = Settings::interactive();
    let mut console = Console::new(person.raw());
    console.keys(b"input\r\x04rest").settings(person);
    assert_eq!(console.shown(), "input\r\n^D\x08\x08rest");
    assert_eq!(console.read(80).as_deref(), Some(&b"input\n"[..]));
    console.settings(person.raw());
    assert_eq!(console.read(80).as_deref(), Some(&b"\x04rest"[..]));
}

#[test]
fn the_column_is_known() {
    let mut console = Console::person();
    for (text, column) in [("abc", 3), ("\t", 8), ("ä\x08", 8), ("x\n", 0), ("no end", 6)] {
        console.discipline.output(text.as_bytes(), &mut |_| ());
        assert_eq!(console.discipline.column(), column, "{text:?}");
    }
    assert_eq!(console.keys(b"\r").discipline.column(), 0);
}

#[test]
fn output_gets_carriage_returns_for_people_only() {
    let mut console = Console::person();
    let mut shown = Vec::new();
    console.discipline.output(b"a\n\nb", &mut |bytes| shown.extend_from_slice(bytes));
    assert_eq!(shown, b"a\r\n\r\nb");
    let mut console = Console::new(Settings::piped());
    shown.clear();
    console.discipline.output(b"a\n\nb", &mut |bytes| shown.extend_from_slice(bytes));
    assert_eq!(shown, b"a\n\nb");
}

#[test]
fn a_line_without_end_passes_in_pieces_and_the_queue_says_when_it_is_full() {
    let mut console = Console::new(Settings::piped());
    let mut typed = 0;
    while !console.discipline.is_full() {
        console.keys(b"x");
        typed += 1;
    }
    let mut read = 0;
    while let Some(piece) = console.read(1000) {
        read += piece.len();
    }
    assert_eq!(read, typed);
    assert!(!console.discipline.is_full());
}

proptest! {
    /// The host tool quotes every command byte; whatever it is given, the program reads exactly that.
    #[test]
    fn quoted_bytes_pass_unchanged(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        const COMMANDS: &[u8] = b"\x03\x04\x08\x0d\x11\x13\x15\x16\x17\x1a\x1c\x7f";
        let mut console = Console::new(Settings::piped());
        let mut read = Vec::new();
        for &byte in &input {
            if COMMANDS.contains(&byte) {
                console.keys(b"\x16");
            }
            console.keys(&[byte]);
        }
        console.keys(if input.last().is_none_or(|&byte| byte == b'\n') { b"\x04" } else { b"\x04\x04" });
        while let Some(piece) = console.read(7).filter(|piece| !piece.is_empty()) {
            read.extend(piece);
        }
        prop_assert_eq!(read, input);
        prop_assert!(console.signals.is_empty());
        prop_assert_eq!(console.shown(), "");
    }

    /// Any keys, in any settings, leave it working.
    #[test]
    fn any_keys_in_any_mode(local in any::<u32>(), keys in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut console = Console::new(Settings { local, ..Settings::interactive() });
        console.keys(&keys).settings(Settings::interactive()).settings(Settings::interactive().raw());
        console.settings(Settings::interactive()).keys(b"\x03ok\r");
        let mut last = None;
        while let Some(line) = console.read(4096) {
            last = Some(line);
        }
        prop_assert_eq!(last.as_deref().map(|line| line.ends_with(b"ok\n")), Some(true));
    }
}
