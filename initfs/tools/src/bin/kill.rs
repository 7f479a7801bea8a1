//! `kill`: sends a signal to processes.
//!
//! Decides the grammar: the signal as `-NAME`, `-NUMBER` or `-s NAME`, then pids; a pid of -N is process group N, after
//! `--`. Neighbours: `proc_abi::signal` (the names), the shell's builtin of the same name for its jobs.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use proc_abi::signal::{SIGNAL_MAX, SIGTERM, Signal};
use runtime::{environment, process};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "kill",
    usage: "[-SIGNAL | -s SIGNAL | -l] PID...",
    summary: "Sends a signal, TERM by default, to processes; -l lists the signals;\nafter --, -PID is a process group.",
    options: "",
};

fn main() -> i32 {
    let mut arguments = environment::arguments().skip(1).peekable();
    let signal = match arguments.next_if(|argument| argument.len() > 1 && argument.starts_with(b"-")) {
        None => SIGTERM,
        Some(b"--") => {
            return send_all(SIGTERM, arguments.collect());
        }
        Some(b"--help") => TOOL.help(),
        Some(b"-l") => return list(),
        Some(b"-s") => parse_signal(arguments.next().unwrap_or_default()),
        Some(option) => parse_signal(option.get(1..).unwrap_or_default()),
    };
    let _ = arguments.next_if_eq(&&b"--"[..]);
    send_all(signal, arguments.collect())
}

fn parse_signal(text: &[u8]) -> Signal {
    let signal = core::str::from_utf8(text).ok().and_then(Signal::from_name);
    signal.unwrap_or_else(|| TOOL.misuse("that is no signal"))
}

fn list() -> i32 {
    for signal in (1..=SIGNAL_MAX).filter_map(Signal::new) {
        if let Some(name) = signal.name() {
            runtime::println!("{:>3} {name}", signal.number());
        }
    }
    0
}

fn send_all(signal: Signal, pids: Vec<&[u8]>) -> i32 {
    if pids.is_empty() {
        TOOL.misuse("it needs a pid");
    }
    TOOL.each(pids, |text| {
        let pid = core::str::from_utf8(text).ok().and_then(|text| text.parse::<i32>().ok());
        let Some(pid) = pid else { TOOL.misuse("that is no pid") };
        process::kill(pid, Some(signal))
    })
}
