//! Where commands come from: a script, a keyboard, a pipe.
//!
//! Decides what is seen of them. At a keyboard the user edits a line behind the prompt; commands from anywhere else are
//! written out behind a prompt as if they had been typed, so that a transcript reads like a session. A pipe is read by the
//! byte: what follows the commands may be the input of the program. Main type: [`Lines`].

use crate::interrupt;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use runtime::Error;
use runtime::io::{STANDARD_INPUT, STANDARD_OUTPUT, borrow};
use runtime::line_editor::{Line, LineEditor};
use runtime::println;
use runtime::terminal::Terminal;
use runtime::terminal::settings::LocalModes;

const PROMPT: &str = "(dbg) ";

/// Commands to come.
#[derive(Debug)]
pub(crate) struct Lines {
    script: VecDeque<String>,
    keyboard: Option<LineEditor>,
}

impl Lines {
    /// Commands from standard input. A terminal that does not echo has a program at its other end, not a person.
    pub(crate) fn new() -> Self {
        let input = borrow(STANDARD_INPUT);
        let settings = Terminal::new(&input).and_then(Terminal::settings);
        let echoes = settings.is_ok_and(|settings| settings.local_modes().contains(LocalModes::ECHO));
        Self { script: VecDeque::new(), keyboard: echoes.then(LineEditor::new) }
    }

    /// Commands that come before those.
    pub(crate) fn add_script(&mut self, text: &str) {
        self.script.extend(text.lines().map(ToString::to_string));
    }

    /// The next command, without its end.
    pub(crate) fn next(&mut self) -> Option<String> {
        if let Some(line) = self.script.pop_front() {
            println!("{PROMPT}{line}");
            return Some(line);
        }
        // Ctrl-C at the prompt is nobody's business; from here to the end of the line it is a key, or ends a read. One that
        // comes behind the line is for the command.
        let _ = interrupt::pressed();
        let line = match &mut self.keyboard {
            Some(editor) => edited(editor)?,
            None => {
                let line = piped()?;
                println!("{PROMPT}{}", line.escape_ascii());
                line
            }
        };
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

fn edited(editor: &mut LineEditor) -> Option<Vec<u8>> {
    loop {
        match editor.read_line(&borrow(STANDARD_INPUT), &borrow(STANDARD_OUTPUT), PROMPT) {
            Ok(Line::Text(line)) => return Some(line),
            Ok(Line::Interrupted) => {}
            Ok(Line::EndOfFile) | Err(_) => return None,
        }
    }
}

fn piped() -> Option<Vec<u8>> {
    let input = borrow(STANDARD_INPUT);
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        match input.read(&mut byte) {
            Ok(0) => return (!line.is_empty()).then_some(line),
            Ok(_) if byte == *b"\n" => return Some(line),
            Ok(_) => line.extend_from_slice(&byte),
            Err(Error::EINTR) => {
                let _ = interrupt::pressed();
            }
            Err(_) => return None,
        }
    }
}
