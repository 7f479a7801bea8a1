//! `env`: lists the environment, or runs a program with a changed one.
//!
//! Decides that `NAME=VALUE` operands before the program's name are added, and that `-i` starts from nothing. Neighbours:
//! `tools::successor`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::io::{STANDARD_OUTPUT, borrow};
use runtime::{Result, environment};
use tools::Tool;
use tools::successor::Successor;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "env",
    usage: "[-i] [NAME=VALUE]... [PROGRAM [ARGUMENT]...]",
    summary: "Lists the environment, or runs PROGRAM with these variables added to it;\n-i starts from an empty one.",
    options: "i",
};

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
    Ok(Successor::new(program, arguments, variables.into_iter())?.execute(&TOOL))
}

/// Whether the environment is kept.
fn check(options: &[&'static [u8]]) -> bool {
    match options {
        [] => true,
        [b"-i"] => false,
        [b"--help", ..] => TOOL.help(),
        _ => TOOL.misuse("unknown option"),
    }
}

fn name_of(variable: &[u8]) -> Option<&[u8]> {
    let end = variable.iter().position(|&byte| byte == b'=').filter(|&end| end > 0)?;
    variable.get(..end)
}
