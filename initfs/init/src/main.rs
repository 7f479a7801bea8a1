//! Process 1: starts the servers, runs what the system was booted for, reaps orphans, and stops the machine at the end.
//!
//! Decides the order of starting and what the host is told (tests/qemu/README.md): `exit status N` or `exit signal N` on the
//! kernel's log. Neighbours: `start` (programs and their descriptors), /etc/servers and /etc/boot.args (what to start),
//! the process server, which starts this.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod start;

use alloc::string::String;
use alloc::vec::Vec;
use initfs_format::{BOOT_ARGUMENTS_PATH, BootArguments, BootMode};
use runtime::file::{File, OpenFlags};
use runtime::process::Pid;
use runtime::process::wait::{Who, wait};
use runtime::{Error, Result, eprintln};

runtime::entry!(main);

/// The list of servers.
const SERVERS_PATH: &str = "/etc/servers";

/// Status that a shell gives for a program that is not there, and for one that cannot be run.
const NOT_FOUND: i32 = 127;
const NOT_RUN: i32 = 126;

fn main() -> i32 {
    let verdict = match run() {
        Ok(verdict) => verdict,
        Err(error) => {
            eprintln!("init: {error}");
            String::from("exit status 1\n")
        }
    };
    // Descriptor 2 is the kernel's log, where the host reads.
    let _ = runtime::io::borrow(runtime::io::STANDARD_ERROR).write_all(verdict.as_bytes());
    stop_machine();
    1
}

fn run() -> Result<String> {
    start::open_log()?;
    let contents = read_file(BOOT_ARGUMENTS_PATH)?;
    let boot = BootArguments::parse(&contents).map_err(|error| {
        eprintln!("init: {BOOT_ARGUMENTS_PATH}: {error}");
        Error::EINVAL
    })?;
    start_servers(boot.mode())?;
    let arguments: Vec<&[u8]> = boot.arguments().collect();
    match start::start_session(boot.mode(), &arguments) {
        Ok(pid) => reap_until(pid),
        Err(error) => {
            let name = arguments.first().copied().unwrap_or(start::SHELL.as_bytes());
            eprintln!("init: cannot run {}: {error}", name.escape_ascii());
            let status = if error == Error::ENOENT { NOT_FOUND } else { NOT_RUN };
            Ok(alloc::format!("exit status {status}\n"))
        }
    }
}

fn start_servers(mode: BootMode) -> Result<()> {
    let text = read_file(SERVERS_PATH)?;
    for line in init::server_lines(core::str::from_utf8(&text)?) {
        match line {
            Ok(line) => {
                if let Err(error) = start::start_server(&line, mode) {
                    eprintln!("init: cannot start {} for {}: {error}", line.program, line.scheme);
                }
            }
            Err(line) => eprintln!("init: {SERVERS_PATH}: expected SCHEME PROGRAM, not '{line}'"),
        }
    }
    Ok(())
}

/// Takes every dead child until `main` is among them; gives its verdict.
fn reap_until(main: Pid) -> Result<String> {
    loop {
        match wait(Who::Any, proc_abi::wait::WaitOptions::empty()) {
            Ok(Some(waited)) if waited.pid == main => {
                if let Some(verdict) = init::verdict(waited.status) {
                    return Ok(verdict);
                }
            }
            Ok(_) | Err(Error::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn read_file(path: &str) -> Result<Vec<u8>> {
    let mut contents = Vec::new();
    let read = File::open(path, OpenFlags::READ).and_then(|file| file.read_to_end(&mut contents));
    read.inspect_err(|error| eprintln!("init: cannot read {path}: {error}"))?;
    Ok(contents)
}

/// Returns only if the kernel refuses.
fn stop_machine() {
    let stopped = File::open("sys:shutdown", OpenFlags::WRITE).and_then(|file| file.write(&[0]));
    if let Err(error) = stopped {
        eprintln!("init: cannot stop the machine: {error}");
    }
}
