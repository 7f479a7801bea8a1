//! `./build.sh bench`: measures, and compares with Linux.
//!
//! Prints the table on stdout and what is wrong on stderr; ends with 1 if a row is missing or above Linux's best, with 2 if
//! nothing could be measured. Neighbours: the library beside this file does the work.
#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use bench_runner::bounds::Bounds;
use bench_runner::linux::Linux;
use bench_runner::{judge, run, table};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit statuses: figures that are not good enough, and no figures.
const FAILED: u8 = 1;
const NOT_MEASURED: u8 = 2;

/// Measure the system in instructions, and compare with Linux, seL4 and the design.
///
/// Boots on a machine whose clock counts instructions, so two runs agree exactly.
/// Ends with 1 if an operation takes more instructions than Linux's best round
/// (two rows are only told) or than its bound in
/// tests/bench/bounds.json, or is missing. docs/performance.md has the method.
#[derive(Debug, Parser)]
#[command(verbatim_doc_comment, name = "./build.sh bench", bin_name = "./build.sh bench")]
struct Options {
    /// Write all figures to FILE, as JSON:
    /// {"ops": {NAME: {"n", "min", "p50", "mean", "p99", "max", "switches"}},
    ///  "counts": {NAME: VALUE}}
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    json: Option<PathBuf>,
    /// Record what was measured and 2 % as the new bounds.
    #[arg(long)]
    write_bounds: bool,
    /// Only look at the command line: build.sh does before it builds what is booted.
    #[arg(long, hide = true)]
    check_arguments: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.check_arguments {
        return ExitCode::SUCCESS;
    }
    match measure(&options) {
        Ok(objections) if objections.is_empty() => ExitCode::SUCCESS,
        Ok(objections) => {
            objections.iter().for_each(|objection| eprintln!("bench: {objection}"));
            ExitCode::from(FAILED)
        }
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(NOT_MEASURED)
        }
    }
}

fn measure(options: &Options) -> Result<Vec<String>> {
    let linux = Linux::recorded()?;
    let figures = run()?;
    if let Some(path) = &options.json {
        std::fs::write(path, figures.to_json()?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let bounds = if options.write_bounds { Bounds::of(&figures) } else { Bounds::recorded()? };
    if options.write_bounds {
        bounds.record()?;
    }
    print!("{}", table::render(&figures, &linux));
    Ok(judge::objections(&figures, &linux, &bounds))
}
