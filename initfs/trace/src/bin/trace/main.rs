//! `trace`: follows the system calls, signals, forks and exits of a program.
//!
//! Its status is the program's, 128 and the signal if one killed it. Main modules: `tracer` (the loop over events), `target`
//! (the files of one process), `calls` (from entry to exit), `start`, `leave`, `output` (where lines go). Neighbours: the
//! library words every line.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod calls;
mod leave;
mod output;
mod start;
mod target;
mod tracer;

use alloc::string::String;
use alloc::vec::Vec;
use output::Output;
use runtime::{Error, environment, eprintln, println};
use trace::options::{HELP, USAGE, What, parse};
use tracer::Tracer;

runtime::entry!(main);

/// The status for mistakes in the command line.
const MISUSED: i32 = 2;

fn main() -> i32 {
    let arguments: Vec<String> =
        environment::arguments().skip(1).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    if matches!(arguments.first().map(String::as_str), Some("-h" | "--help")) {
        println!("{USAGE}\n{HELP}");
        return 0;
    }
    let options = match parse(arguments.iter().map(String::as_str)) {
        Ok(options) => options,
        Err(what) => {
            eprintln!("trace: {what}\n{USAGE}");
            return MISUSED;
        }
    };
    let output = match Output::open(options.output.as_deref()) {
        Ok(output) => output,
        Err(error) => {
            eprintln!("trace: {}: {error}", options.output.as_deref().unwrap_or_default());
            return 1;
        }
    };
    let what = options.what.clone();
    let tracer = match Tracer::begin(options, output) {
        Ok(tracer) => tracer,
        Err(error) => return refused(&what, error),
    };
    match tracer.run() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("trace: {error}");
            1
        }
    }
}

/// Says what cannot be followed; the status is the shell's for programs.
fn refused(what: &What, error: Error) -> i32 {
    match what {
        What::Program(program) => {
            eprintln!("trace: {}: {error}", program.first().map_or("", String::as_str));
            start::status_of(error)
        }
        What::Process(pid) => {
            // It has no folder under proc: then.
            let error = if error == Error::ENOENT { Error::ESRCH } else { error };
            eprintln!("trace: process {pid}: {error}");
            1
        }
    }
}
