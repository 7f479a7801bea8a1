//! The kernel's log: QEMU's and Bochs's debug console at port 0xE9.
//!
//! Decides that logging never blocks and never fails: without the device it goes nowhere. Also the `log` crate's logger,
//! one line per record. Main function: [`write_log`]. Neighbours: `set`, `panic`.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use log::{LevelFilter, Log, Metadata, Record};

use super::port::Port;

const CONSOLE: Port = Port(0xe9);
/// What the device reads as, if it is there.
const SIGNATURE: u8 = 0xe9;

static PRESENT: AtomicBool = AtomicBool::new(false);
static LOGGER: Logger = Logger;

/// Looks for the device and becomes the logger of the `log` crate.
pub(crate) fn initialize() {
    PRESENT.store(CONSOLE.read() == SIGNATURE, Ordering::Relaxed);
    // The only failure is a logger set before, and boot runs once.
    let _ = log::set_logger(&LOGGER);
    log::set_max_level(LevelFilter::Info);
}

/// Appends bytes to the log.
pub(crate) fn write_log(bytes: &[u8]) {
    if PRESENT.load(Ordering::Relaxed) {
        bytes.iter().for_each(|byte| CONSOLE.write(*byte));
    }
}

struct Logger;

impl Log for Logger {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // Writing to the log cannot fail.
        let _ = writeln!(Output, "{}: {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

struct Output;

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_log(text.as_bytes());
        Ok(())
    }
}
