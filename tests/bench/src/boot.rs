//! One boot of the benches.
//!
//! Decides the machine: that of Linux's figures, so that one instruction is one tick and nothing depends on the host.
//! Nothing is typed, because the moment at which a key arrives would be the host's. Main function: [`run`]. Neighbours:
//! `qemu_tests` boots, `figures` reads what comes out.

use crate::figures::Figures;
use anyhow::{Context, Result, bail};
use initfs_format::BootMode;
use qemu_tests::{Boot, Ending, Log, ProgramEnd};
use std::time::Duration;

/// The program that measures.
const PROGRAM: &str = "/bin/bench";
/// No ERMS: `rep movsb` would count a tick for each byte, which real processors do not.
const PROCESSOR: &str = "max,-erms";
const MEMORY_MIB: u32 = 512;
/// Far longer than it takes, because the host may be busy.
const LIMIT: Duration = Duration::from_secs(600);

/// Boots and measures.
///
/// # Errors
/// If the boot could not be tried, the program failed, or its output is not complete.
pub fn run() -> Result<Figures> {
    let boot = Boot::new(PROGRAM).mode(BootMode::Execute).icount().processor(PROCESSOR).memory(MEMORY_MIB);
    let mut session = boot.start()?;
    let ending = session.wait(Some(LIMIT))?;
    let (log, console) = (session.log().text(), session.console().text());
    let end = Log::parse(&log).program;
    if ending != Ending::PoweredOff || end != Some(ProgramEnd::Status(0)) {
        let end = end.map_or_else(|| "no end".to_owned(), |end| end.to_string());
        bail!("the benches failed: {ending}, {end}\n--- log\n{log}\n--- console\n{console}");
    }
    Figures::parse(&console).with_context(|| format!("the benches printed:\n{console}"))
}
