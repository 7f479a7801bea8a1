//! `sleep`: waits for some seconds.
//!
//! Decides nothing: `tools::duration` reads the time. Neighbours: `runtime::time`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use runtime::time::sleep_fully;
use tools::{Tool, duration};

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "sleep",
    usage: "SECONDS",
    summary: "Waits for so many seconds; they may have a fraction, as in 0.5.",
    options: "",
};

fn main() -> i32 {
    let line = TOOL.line();
    let [seconds] = line.operands.as_slice() else { TOOL.misuse("it takes one argument") };
    let Some(duration) = duration::parse(seconds) else { TOOL.misuse("that is no number of seconds") };
    sleep_fully(duration);
    0
}
