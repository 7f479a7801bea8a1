//! Scripted sessions over a small machine: each command's exact output.
//!
//! Decides what the debugger prints, whole lines of it. Main functions: [`check`], [`session`]. Neighbours: `fake` is the
//! target, `machine` runs its instructions, `programs` are the programs it debugs.

mod breakpoints;
mod elf;
mod events;
mod fake;
mod looking;
mod machine;
mod mistakes;
mod programs;
mod setting;
mod stepping;
mod threads;

use crate::session::Session;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use fake::Fake;

/// A session over `fake`, which has its programs as files; the first is loaded.
fn session(fake: Fake) -> Session<Fake, String> {
    let path = fake.files.first().map_or(String::new(), |file| file.0.clone());
    let mut session = Session::new(fake, String::new());
    session.load(&path, Vec::new()).expect("the file is there");
    session
}

/// Runs commands and gives everything printed, each command behind the prompt.
fn commands(session: &mut Session<Fake, String>, lines: &[&str]) -> String {
    let before = session.output().len();
    for line in lines {
        let prompt = alloc::format!("{}\n", alloc::format!("(dbg) {line}").trim_end());
        session.print(&prompt);
        session.line(line);
    }
    session.output()[before..].to_string()
}

/// Runs the commands of a transcript and compares all of it: lines behind the prompt are commands, the others what they
/// print.
#[track_caller]
fn check(session: &mut Session<Fake, String>, transcript: &str) {
    let expected = transcript.trim_start_matches('\n');
    let lines: Vec<&str> = expected.lines().filter_map(|line| line.strip_prefix("(dbg)")).map(str::trim).collect();
    let actual = commands(session, &lines);
    assert_eq!(actual.trim_end(), expected.trim_end(), "\n--- actual ---\n{actual}--- expected ---\n{expected}");
}
