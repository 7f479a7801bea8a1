//! The `boot` tool: what `./build.sh run` and `./build.sh exec` are made of.
//!
//! `boot run` joins the terminal to the guest's console; `boot exec` runs one program with the host's stdin and stdout
//! and ends with its status. Neighbours: `interactive` and `execute` beside this file; the library does the booting.
#![forbid(unsafe_code)]

mod execute;
mod interactive;
mod options;

use clap::Parser;
use options::{Options, Verb};
use std::process::ExitCode;

/// The exit status for a mistake in the arguments or on the host, as `docker run` and `timeout` have it.
const HOST_FAILURE: u8 = 125;

fn main() -> ExitCode {
    let outcome = match Options::parse().verb {
        Verb::Run(options) => interactive::run(&options),
        Verb::Exec(options) => execute::execute(&options),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("boot: {error:#}");
            ExitCode::from(HOST_FAILURE)
        }
    }
}
