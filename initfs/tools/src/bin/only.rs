//! `only`: runs a program that sees no schemes but those named.
//!
//! Decides that the program's own scheme has to be among them. Neighbours: `env`, `runtime::namespace`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::process::command::find_program;
use runtime::process::execute::{Strings, execute};
use runtime::{Error, Result, environment, namespace};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "only",
    usage: "NAME[,NAME]... PROGRAM [ARGUMENT]...",
    summary: "Runs PROGRAM with only these schemes to be seen, as in only file,console sh.",
    options: "",
};

const NOT_FOUND: i32 = 127;
const NOT_RUN: i32 = 126;

fn main() -> Result<i32> {
    let mut arguments = environment::arguments().skip(1);
    let (Some(names), Some(program)) = (arguments.next(), arguments.next()) else {
        TOOL.misuse("it needs names and a program")
    };
    let words = Strings::from_strings(core::iter::once(program).chain(arguments))?;
    let variables = Strings::from_strings(environment::variables())?;
    let path = find_program(program);
    let names: Vec<&str> = core::str::from_utf8(names)?.split(',').collect();
    namespace::restrict(&names)?;
    let Err(error) = path.and_then(|path| execute(path, &words, &variables));
    TOOL.complain(program, error);
    Ok(if error == Error::ENOENT { NOT_FOUND } else { NOT_RUN })
}
