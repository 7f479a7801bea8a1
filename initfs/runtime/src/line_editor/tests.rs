//! Tests of the line editor: keys in, lines and screen rows out.
//!
//! A row interprets the few sequences that the editor sends. Neighbours: `line_editor`.

use super::{LineEditor, Outcome};
use alloc::vec::Vec;
use proptest::prelude::*;

const WIDTH: usize = 20;

/// One row of a terminal.
#[derive(Default)]
struct Row {
    cells: Vec<char>,
    column: usize,
}

impl Row {
    fn show(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut rest = text.as_str();
        while let Some(letter) = rest.chars().next() {
            let taken = self.step(letter, rest);
            rest = &rest[taken..];
        }
    }

    fn step(&mut self, letter: char, rest: &str) -> usize {
        match letter {
            '\r' => self.column = 0,
            '\n' => *self = Self::default(),
            '\x1b' => {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).expect("a final byte");
                match &rest[end..=end] {
                    "K" => self.cells.truncate(self.column),
                    "C" => self.column += rest[2..end].parse::<usize>().expect("a count"),
                    "H" | "J" => *self = Self::default(),
                    other => panic!("unknown sequence {other}"),
                }
                return end + 1;
            }
            letter => {
                self.cells.resize(self.cells.len().max(self.column + 1), ' ');
                self.cells[self.column] = letter;
                self.column += 1;
            }
        }
        letter.len_utf8()
    }

    fn text(&self) -> String {
        self.cells.iter().collect()
    }
}

struct Session {
    editor: LineEditor,
    row: Row,
    last: Outcome,
}

impl Session {
    fn new() -> Self {
        let mut session = Self { editor: LineEditor::new(), row: Row::default(), last: Outcome::Editing };
        session.begin();
        session
    }

    fn begin(&mut self) {
        let mut screen = Vec::new();
        self.editor.begin(b"$ ", WIDTH, &mut screen);
        self.row.show(&screen);
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        for byte in keys.bytes() {
            let mut screen = Vec::new();
            self.last = self.editor.key(byte, &mut screen);
            if self.last != Outcome::Editing {
                return self;
            }
            self.row.show(&screen);
        }
        self
    }

    fn enter(&mut self, keys: &str) -> String {
        assert_eq!(self.keys(&format!("{keys}\r")).last, Outcome::Finished);
        let line = String::from_utf8(self.editor.finish()).expect("UTF-8");
        self.begin();
        line
    }
}

#[test]
fn keys_edit_the_line() {
    let mut session = Session::new();
    assert_eq!(session.enter("echo hello"), "echo hello");
    assert_eq!(session.enter("ello\x01h\x05!"), "hello!");
    assert_eq!(session.enter("abc\x1b[D\x1b[D\x7fX\x1b[CY"), "XbYc");
    assert_eq!(session.enter("one two three\x17\x17four"), "one four");
    assert_eq!(session.enter("abc\x02\x0bd\x15e"), "e");
    assert_eq!(session.enter("ab\x1b[H\x1b[3~\x04x"), "x");
    assert_eq!(session.enter("äö\x7f\x02ü"), "üä");
    assert_eq!(session.enter("a\x1b[1;5Qb\x1bzc"), "abc");
}

#[test]
fn the_row_shows_line_and_cursor() {
    let mut session = Session::new();
    session.keys("abc\x02\x02");
    assert_eq!((session.row.text().as_str(), session.row.column), ("$ abc", 3));
    session.keys("\x7f");
    assert_eq!((session.row.text().as_str(), session.row.column), ("$ bc", 2));
}

#[test]
fn a_long_line_scrolls_sideways() {
    let mut session = Session::new();
    session.keys("abcdefghijklmnopqrstuvwxyz");
    assert_eq!(session.row.text(), "$ jklmnopqrstuvwxyz");
    session.keys("\x01");
    assert_eq!((session.row.text().as_str(), session.row.column), ("$ abcdefghijklmnopq", 2));
}

#[test]
fn history_is_walked_and_the_edited_line_comes_back() {
    let mut session = Session::new();
    session.enter("first");
    session.enter("second");
    session.enter("second");
    session.enter("   ");
    assert_eq!(session.keys("new\x10\x10").row.text(), "$ first");
    assert_eq!(session.keys("\x10\x0e").row.text(), "$ second");
    assert_eq!(session.keys("\x1b[B\x1b[B").row.text(), "$ new");
    assert_eq!(session.enter("er"), "newer");
}

#[test]
fn control_keys_end_the_line() {
    assert_eq!(Session::new().keys("abc\x03").last, Outcome::Interrupted);
    assert_eq!(Session::new().keys("\x04").last, Outcome::EndOfFile);
    assert_eq!(Session::new().keys("a\x04").last, Outcome::Editing);
}

proptest! {
    #[test]
    fn any_keys_leave_the_cursor_in_the_row(keys in "[a-zä\x01\x02\x05\x06\x0b\x0e\x10\x15\x17\x7f\x1b\\[ABCD]{0,80}") {
        let mut session = Session::new();
        session.keys(&keys);
        prop_assert!(session.row.column < WIDTH);
        prop_assert!(session.row.cells.len() < WIDTH);
        prop_assert!(String::from_utf8(session.editor.line.clone()).is_ok());
    }
}
