//! `gcore`: writes the core of a running process, which goes on unharmed.
//!
//! Decides that the process is stopped by the text verb `attach`, which lasts as long as its handle, so it runs on whatever
//! becomes of this program. Neighbours: the library writes the file.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use gcore::write::write;
use proc_abi::event_record::EventKind;
use proc_abi::id::Pid;
use runtime::file::{File, OpenFlags};
use runtime::proc::{Control, Events, after_exec};
use runtime::{Error, Result, environment, eprintln};

runtime::entry!(main);

const USAGE: &str = "usage: gcore PID FILE";

fn main() -> i32 {
    let mut arguments = environment::arguments().skip(1);
    let (Some(pid), Some(path), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("{USAGE}");
        return 2;
    };
    let pid = core::str::from_utf8(pid).ok().and_then(|text| text.parse().ok()).and_then(Pid::new);
    let Some(pid) = pid else {
        eprintln!("gcore: that is no process\n{USAGE}");
        return 2;
    };
    match dump(pid, path) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("gcore: {error}");
            1
        }
    }
}

fn dump(pid: Pid, path: &[u8]) -> Result<()> {
    let file = File::open(path, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE)?;
    let control = Control::open(pid)?;
    let events = Events::open(pid, OpenFlags::READ_WRITE)?;
    after_exec(pid, || control.file().write_all(b"attach"))?;
    loop {
        match events.next()?.ok_or(Error::ESRCH)?.kind() {
            Some(EventKind::TraceStop) => return write(pid, &file, 0),
            Some(EventKind::Exited | EventKind::Killed) => return Err(Error::ESRCH),
            _ => {}
        }
    }
}
