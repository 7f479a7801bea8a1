//! `ps`: lists processes.
//!
//! Decides the columns. Everything comes from files under `proc:`: the directory of pids and the binary twin of each
//! `status`. Neighbours: `proc_abi::status`, the process server.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::status::{ProcessFlags, ProcessState, ProcessStatus};
use runtime::file::directory::{Directory, Name};
use runtime::{Error, Result, proc};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "ps",
    usage: "",
    summary: "Lists processes: pid, parent, process group, threads, user,\nstate (with T if traced), time run, name.",
    options: "",
};

fn main() -> Result<()> {
    if !TOOL.line().operands.is_empty() {
        TOOL.misuse("it takes no arguments");
    }
    let names = Directory::open("proc:")?.names()?;
    let number = |name: &Name| core::str::from_utf8(&name.name).ok()?.parse().ok();
    let mut pids: Vec<Pid> = names.iter().filter_map(number).filter_map(Pid::new).collect();
    pids.sort_unstable();
    runtime::println!("{:>5} {:>5} {:>5} {:>3} {:>5} STATE {:>8} NAME", "PID", "PPID", "PGRP", "THR", "UID", "TIME");
    for pid in pids {
        match proc::status(pid) {
            Ok(status) => show(&status),
            // It ended while the list was made.
            Err(Error::ESRCH | Error::ENOENT) => {}
            Err(error) => TOOL.complain(format!("{}", pid.raw()).as_bytes(), error),
        }
    }
    Ok(())
}

fn show(status: &ProcessStatus) {
    let letter = STATES.iter().find(|(state, _)| *state as u32 == status.state).map_or('?', |(_, letter)| *letter);
    let traced = if status.flags & ProcessFlags::TRACED.bits() == 0 { ' ' } else { 'T' };
    let [uid, ..] = status.uid;
    let end = status.name.iter().position(|&byte| byte == 0).unwrap_or(status.name.len());
    let name = status.name.get(..end).unwrap_or_default().escape_ascii();
    let (pid, parent, group, threads) = (status.pid, status.parent, status.process_group, status.threads);
    let hundredths = status.run_time / 10_000_000;
    let (minutes, seconds, rest) = (hundredths / 6000, hundredths / 100 % 60, hundredths % 100);
    runtime::println!(
        "{pid:>5} {parent:>5} {group:>5} {threads:>3} {uid:>5} {letter}{traced}    {minutes:>2}:{seconds:02}.{rest:02} {name}"
    );
}

/// The letter of each state: running, stopped by job control, stopped for a tracer, exiting, zombie, new.
const STATES: [(ProcessState, char); 6] = [
    (ProcessState::Running, 'R'),
    (ProcessState::JobStopped, 'S'),
    (ProcessState::TraceStopped, 't'),
    (ProcessState::Exiting, 'E'),
    (ProcessState::Zombie, 'Z'),
    (ProcessState::New, 'N'),
];
