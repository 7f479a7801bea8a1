//! The shell: a person's way to programs, and a script's.
//!
//! Decides by its arguments where commands come from: the terminal, a file, `-c`, or standard input. Main modules: `shell`
//! (state), `source` (texts), `execute` (running what was parsed), `builtins`. Neighbours: the library beside it has all
//! decisions about the language; docs/shell.md is the manual.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod builtins;
mod child;
mod execute;
mod job_control;
mod options;
mod redirect;
mod shell;
mod source;

use options::{Commands, Options};
use runtime::{environment, eprintln, println};
use sh::status::MISUSE;
use shell::Shell;

runtime::entry!(main);

fn main() -> i32 {
    let options = match Options::read(environment::arguments().map(<[u8]>::to_vec)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("sh: {message}; sh --help shows how it is used");
            return MISUSE;
        }
    };
    let mut shell = Shell::new(&options);
    match options.commands {
        Commands::Help => {
            println!("{}", options::USAGE);
            0
        }
        Commands::Text(text) => source::run_text(&mut shell, &text),
        Commands::File(path) => source::run_file(&mut shell, &path),
        Commands::StandardInput if source::is_interactive() => source::converse(&mut shell),
        Commands::StandardInput => source::run_standard_input(&mut shell),
    }
}
