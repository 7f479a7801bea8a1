//! `boot gdb`: one program under the host's GDB, and GDB's status as the result.
//!
//! Decides what GDB is told before the user's own commands: where the program's symbols are, and where it runs. The program
//! writes to stdout; the kernel's log goes to a file, because it would spoil the debugger's screen. Neighbours: `options`,
//! build/gdb.sh, which reads the user's command line; `execute` has the same output without a debugger.

use crate::execute::Flushing;
use crate::options::GdbOptions;
use anyhow::{Context, Result, bail};
use qemu_tests::{Artifacts, Session, Sinks, SymbolWriter, Symbols};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long the kernel may take to its first line.
const BOOT_LIMIT: Duration = Duration::from_secs(60);

/// The status when a signal ended GDB.
const GDB_KILLED: u8 = 125;

pub(crate) fn debug(options: &GdbOptions) -> Result<u8> {
    let artifacts = Artifacts::find()?;
    let log_path = artifacts.sources.bin_dir.with_file_name("kernel.log");
    let log = File::create(&log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
    let log = SymbolWriter::new(Symbols::load(&artifacts.kernel), log);
    let sinks = Sinks { console: Box::new(Flushing(io::stdout())), log: Box::new(log) };
    let session = options.boot().start_with(&artifacts, sinks)?;
    // What is sent before the ports are set up is lost.
    if session.log().wait_for("\n", 0, BOOT_LIMIT).is_none() {
        bail!("the kernel does not start; its log is {}", log_path.display());
    }
    let status = debugger(options, &artifacts, &session).status().context("cannot start gdb")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(GDB_KILLED))
}

/// GDB with the program's symbols and its own command line.
fn debugger(options: &GdbOptions, artifacts: &Artifacts, session: &Session) -> Command {
    let mut gdb = Command::new("gdb");
    // A busy host makes the emulated port slow.
    gdb.args(["-q", "-iex", "set debuginfod enabled off", "-iex", "set remotetimeout 30"]);
    if let Some(file) = symbols(options, artifacts) {
        gdb.arg("-ex").arg(format!("file {}", file.display()));
    }
    gdb.arg("-ex").arg(format!("target extended-remote {}", session.debugger().display()));
    gdb.args(options.arguments());
    gdb
}

/// The host's file of the program; none if GDB has to fetch it from the image.
fn symbols(options: &GdbOptions, artifacts: &Artifacts) -> Option<PathBuf> {
    let (program, added) = options.program();
    let name = Path::new(program).file_name()?.to_str()?;
    added.map(Path::to_path_buf).or_else(|| artifacts.debug_file(name))
}
