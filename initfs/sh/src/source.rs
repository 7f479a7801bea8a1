//! Where commands come from: a text, a file, standard input, a person.
//!
//! Decides how much is read before it runs: a whole text, or as many lines as make a command, so that programs can read what
//! follows. Main functions: [`run_text`], [`run_file`], [`run_standard_input`], [`converse`]. Neighbours: `execute`,
//! `runtime::line_editor`.

use crate::execute::Flow;
use crate::job_control::{self, JobControl};
use crate::shell::Shell;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::file::{File, OpenFlags};
use runtime::io::{self, STANDARD_ERROR, STANDARD_INPUT};
use runtime::line_editor::{Line, LineEditor};
use runtime::process::identity;
use runtime::terminal::Terminal;
use runtime::terminal::settings::LocalModes;
use runtime::{Error, Result, eprintln};
use sh::parser::parse;
use sh::status::{self, MISUSE};
use sh::syntax::List;

/// What a person sees first.
const HINT: &str = "\
Proctor: a small system made for debugging. What to type first:
  help                          this shell's commands; ls /bin lists the programs
  dbg /bin/targets/recurse      a debugger and something to debug; its help explains it";

/// A person is at standard input: a terminal that echoes. The other end of one that does not is a pipe.
pub(crate) fn is_interactive() -> bool {
    let input = io::borrow(STANDARD_INPUT);
    let settings = Terminal::new(&input).and_then(Terminal::settings);
    settings.is_ok_and(|settings| settings.local_modes().contains(LocalModes::ECHO))
}

/// Runs a whole text; gives the status of the shell.
pub(crate) fn run_text(shell: &mut Shell, text: &[u8]) -> i32 {
    match parse(text) {
        Ok(list) => {
            shell.run_list(&list);
            shell.status
        }
        Err(error) => {
            eprintln!("sh: {error}");
            MISUSE
        }
    }
}

/// Runs the commands of a file.
pub(crate) fn run_file(shell: &mut Shell, path: &[u8]) -> i32 {
    match read_file(path) {
        Ok(text) => run_text(shell, &text),
        Err(error) => {
            eprintln!("sh: {}: {error}", String::from_utf8_lossy(path));
            status::of_failed_start(error)
        }
    }
}

/// The contents of a file.
pub(crate) fn read_file(path: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path, OpenFlags::READ)?.read_to_end(&mut text)?;
    Ok(text)
}

/// Runs commands of standard input, each as soon as it is complete.
pub(crate) fn run_standard_input(shell: &mut Shell) -> i32 {
    let mut text = Vec::new();
    loop {
        let more = read_line(&mut text);
        match parse(&text) {
            Ok(list) => {
                text.clear();
                if shell.run_list(&list) == Flow::Exit {
                    return shell.status;
                }
            }
            Err(error) if error.is_incomplete() && more => {}
            Err(error) => {
                eprintln!("sh: {error}");
                return MISUSE;
            }
        }
        if !more {
            return shell.status;
        }
    }
}

/// Appends a line of standard input to `text`, byte by byte: what follows belongs to whoever reads next. `false` at the
/// end.
pub(crate) fn read_line(text: &mut Vec<u8>) -> bool {
    let input = io::borrow(STANDARD_INPUT);
    let mut byte = [0];
    loop {
        match input.read(&mut byte) {
            Ok(0) => return false,
            Ok(_) => text.extend_from_slice(&byte),
            Err(Error::EINTR) if !job_control::was_interrupted() => continue,
            Err(_) => return false,
        }
        if byte == *b"\n" {
            return true;
        }
    }
}

/// Talks with a person until they leave.
pub(crate) fn converse(shell: &mut Shell) -> i32 {
    shell.control = JobControl::begin();
    eprintln!("{HINT}");
    let mut editor = LineEditor::new();
    let prompt = if identity::users().is_ok_and(|ids| ids.effective == 0) { "# " } else { "proctor$ " };
    loop {
        shell.tell_news();
        // Not later: a ^C right behind the line is meant for what the line starts.
        job_control::forget_interrupt();
        match read_command(&mut editor, prompt) {
            Command::Parsed(list) => {
                if shell.run_list(&list) == Flow::Exit {
                    return shell.status;
                }
            }
            Command::GivenUp => shell.status = status::SIGNALLED.saturating_add(2),
            Command::Wrong => shell.status = MISUSE,
            Command::None => return shell.status,
        }
    }
}

enum Command {
    Parsed(List),
    GivenUp,
    Wrong,
    None,
}

/// Reads lines until they make a command.
fn read_command(editor: &mut LineEditor, prompt: &str) -> Command {
    let (input, output) = (io::borrow(STANDARD_INPUT), io::borrow(STANDARD_ERROR));
    let mut text = Vec::new();
    loop {
        let prompt = if text.is_empty() { prompt } else { "> " };
        match editor.read_line(&input, &output, prompt) {
            Ok(Line::Text(line)) => {
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            Ok(Line::Interrupted) => return Command::GivenUp,
            Ok(Line::EndOfFile) if text.is_empty() => return Command::None,
            Ok(Line::EndOfFile) => return complain(&text),
            Err(error) => {
                eprintln!("sh: standard input: {error}");
                return Command::None;
            }
        }
        match parse(&text) {
            Ok(list) => return Command::Parsed(list),
            Err(error) if error.is_incomplete() => {}
            Err(_) => return complain(&text),
        }
    }
}

fn complain(text: &[u8]) -> Command {
    if let Err(error) = parse(text) {
        eprintln!("sh: {error}");
    }
    Command::Wrong
}
