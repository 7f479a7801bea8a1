//! The command line of the image writer.
//!
//! It reads the manifest and the files, and writes one image; a mistake ends it with one line that names the file and
//! the remedy. Neighbours: the library of the same name does the work, build.sh is the usual caller.
#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use initfs_format::BootMode;
use initfs_pack::{Manifest, Sources, WithFile};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a Proctor boot image.
#[derive(Debug, Parser)]
struct Options {
    /// What goes into the image.
    #[arg(long, default_value = "initfs/manifest.toml")]
    manifest: PathBuf,
    /// The repository; the manifest's files are relative to it.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Where the built programs are.
    #[arg(long)]
    bin_dir: PathBuf,
    /// A further file, at IMAGE or else /bin/NAME; may be given more than once.
    #[arg(long, value_name = "HOST[:IMAGE]")]
    with: Vec<WithFile>,
    /// What the image is booted for; by default a shell, or the program if one is named.
    #[arg(long)]
    mode: Option<ModeName>,
    /// Where to write the image.
    #[arg(short, long)]
    output: PathBuf,
    /// The program to run at boot, and its arguments.
    #[arg(last = true, num_args = 1.., value_names = ["PROGRAM", "ARG"])]
    arguments: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeName {
    Interactive,
    Execute,
    Test,
}

impl ModeName {
    fn mode(self) -> BootMode {
        match self {
            Self::Interactive => BootMode::Interactive,
            Self::Execute => BootMode::Execute,
            Self::Test => BootMode::Test,
        }
    }
}

fn main() -> ExitCode {
    match pack(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("initfs-pack: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn pack(options: Options) -> Result<()> {
    let sources = Sources { root: options.root, bin_dir: options.bin_dir };
    let mut contents = Manifest::load(&options.manifest)?.gather(&sources)?;
    for with in &options.with {
        with.add_to(&mut contents)?;
    }
    let implied = if options.arguments.is_empty() { BootMode::Interactive } else { BootMode::Execute };
    let mode = options.mode.map_or(implied, ModeName::mode);
    contents.set_arguments(mode, options.arguments.iter().map(|argument| argument.as_bytes()))?;
    let output = options.output;
    fs::write(&output, contents.to_image()?).with_context(|| format!("cannot write {}", output.display()))
}
