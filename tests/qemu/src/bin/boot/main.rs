//! The `boot` tool: what `./build.sh run`, `exec` and `gdb` are made of.
//!
//! `boot run` joins the terminal to the guest's console; `boot exec` runs one program with the host's stdin and stdout
//! and ends with its status; `boot gdb` does it under the host's GDB. Neighbours: `interactive`, `execute` and `debug`
//! beside this file; the library does the booting.
#![forbid(unsafe_code)]

mod debug;
mod execute;
mod interactive;
mod options;

use clap::Parser;
use options::{Options, Verb};
use std::process::ExitCode;

/// The exit status for a mistake in the arguments or on the host, as `docker run` and `timeout` have it.
const HOST_FAILURE: u8 = 125;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.check_arguments {
        return ExitCode::SUCCESS;
    }
    let outcome = match options.verb {
        Verb::Run(options) => interactive::run(&options),
        Verb::Exec(options) => execute::execute(&options),
        Verb::Gdb(options) => debug::debug(&options),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("boot: {error:#}");
            ExitCode::from(HOST_FAILURE)
        }
    }
}
