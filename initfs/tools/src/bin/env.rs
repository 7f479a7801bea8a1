//! `env`: lists the environment, or runs a program with a changed one.
//!
//! Decides that `NAME=VALUE` operands before the program's name are added, and that `-i` starts from nothing. Neighbours:
//! `runtime::process::execute`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::environment;
use runtime::io::{STANDARD_OUTPUT, borrow};
use runtime::process::command::find_program;
use runtime::process::execute::{Strings, execute};
use runtime::{Error, Result};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "env",
    usage: "[-i] [NAME=VALUE]... [PROGRAM [ARGUMENT]...]",
    summary: "Lists the environment, or runs PROGRAM with these variables added to it; -i starts from an empty one.",
    options: "i",
};

const NOT_FOUND: i32 = 127;
const NOT_RUN: i32 = 126;

fn main() -> Result<i32> {
    // The program's own options are not this program's.
    let mut arguments = environment::arguments().skip(1).peekable();
    let options: Vec<&[u8]> =
        core::iter::from_fn(|| arguments.next_if(|argument| argument.starts_with(b"-"))).collect();
    let kept = check(&options);
    let mut variables: Vec<&[u8]> = if kept { environment::variables().collect() } else { Vec::new() };
    while let Some(added) = arguments.next_if(|argument| name_of(argument).is_some()) {
        variables.retain(|variable| name_of(variable) != name_of(added));
        variables.push(added);
    }
    let Some(program) = arguments.next() else {
        for variable in variables {
            let mut line = variable.to_vec();
            line.push(b'\n');
            borrow(STANDARD_OUTPUT).write_all(&line)?;
        }
        return Ok(0);
    };
    let words = Strings::from_strings(core::iter::once(program).chain(arguments))?;
    let Err(error) = find_program(program).and_then(|path| execute(path, &words, &Strings::from_strings(variables)?));
    TOOL.complain(program, error);
    Ok(if error == Error::ENOENT { NOT_FOUND } else { NOT_RUN })
}

/// Whether the environment is kept.
fn check(options: &[&'static [u8]]) -> bool {
    match options {
        [] => true,
        [b"-i"] => false,
        [b"--help", ..] => {
            runtime::println!("usage: {} {}\n{}", TOOL.name, TOOL.usage, TOOL.summary);
            runtime::process::exit(0)
        }
        _ => TOOL.misuse("unknown option"),
    }
}

fn name_of(variable: &[u8]) -> Option<&[u8]> {
    let end = variable.iter().position(|&byte| byte == b'=').filter(|&end| end > 0)?;
    variable.get(..end)
}
