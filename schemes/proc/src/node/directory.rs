//! Directories: the processes, a process's files and threads, a thread's files.
//!
//! Decides what is listed and where a listing goes on: after a pid or tid, so that one read in pieces misses nobody who
//! stays and repeats nobody. Main function: [`list`]. Neighbours: `proc_abi::path` (the names), `serve`.

use alloc::vec::Vec;
use core::fmt::Write;

use proc_abi::id::Pid;
use proc_abi::path::{PROCESS_FILES, SELF, THREAD_FILES, THREADS_DIRECTORY};
use ptrace::{Errno, Life, Processes, Result};
use runtime::file::directory::{More, NameWriter};
use runtime::file::status::Kind;

use crate::files::{Node, Subject};

/// A decimal id as a name.
#[derive(Default)]
struct Digits {
    bytes: [u8; 12],
    length: usize,
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            *self.bytes.get_mut(self.length).ok_or(core::fmt::Error)? = byte;
            self.length = self.length.saturating_add(1);
        }
        Ok(())
    }
}

/// Adds a name that is a number, which is also where a reader goes on after it.
fn add_id(writer: &mut NameWriter, id: i32) -> bool {
    let mut digits = Digits::default();
    let place = u64::from(id.unsigned_abs());
    let name = write!(digits, "{id}").ok().and_then(|()| digits.bytes.get(..digits.length)).unwrap_or_default();
    writer.add(place, place, Kind::Directory, name)
}

/// Adds the names of a fixed list from the `start`th on.
fn add_fixed<'a>(writer: &mut NameWriter, start: u64, names: impl Iterator<Item = (Kind, &'a str)>) -> More {
    let skip = usize::try_from(start).unwrap_or(usize::MAX);
    for (index, (kind, name)) in names.enumerate().skip(skip) {
        let place = (index as u64).saturating_add(1);
        if !writer.add(place, place, kind, name.as_bytes()) {
            return More::Yes;
        }
    }
    More::No
}

fn add_processes(writer: &mut NameWriter, table: &Processes, start: u64) -> More {
    let visible = |pid: &&Pid| table.get(**pid).is_some_and(|process| process.life != Life::New);
    for pid in table.pids().iter().filter(visible) {
        if u64::from(pid.raw().unsigned_abs()) > start && !add_id(writer, pid.raw()) {
            return More::Yes;
        }
    }
    // The last name's place lies beyond every pid.
    let last = u64::from(proc_abi::id::PID_MAX.unsigned_abs()).saturating_add(1);
    if start < last && !writer.add(last, last, Kind::Directory, SELF.as_bytes()) {
        return More::Yes;
    }
    More::No
}

fn add_threads(writer: &mut NameWriter, table: &Processes, subject: Subject, start: u64) -> Result<More> {
    let process = table.get(subject.pid).ok_or(Errno::ESRCH)?;
    // Oldest first is also the order of tids until those are used up once, so the lowest next one is looked for.
    let mut after = start;
    loop {
        let ids = process.threads.iter().map(|thread| u64::from(thread.tid.raw().unsigned_abs()));
        let Some(next) = ids.filter(|id| *id > after).min() else { return Ok(More::No) };
        if !add_id(writer, i32::try_from(next).unwrap_or(i32::MAX)) {
            return Ok(More::Yes);
        }
        after = next;
    }
}

/// Directory records of a node from the place `start` on, at most `limit` bytes.
///
/// # Errors
/// ENOTDIR; EINVAL if not one name fits; ENOMEM.
pub(crate) fn list(table: &Processes, node: &Node, start: u64, limit: u64) -> Result<Vec<u8>> {
    let mut writer = NameWriter::new(limit).map_err(converted)?;
    let more = match node {
        Node::Root => add_processes(&mut writer, table, start),
        Node::Process(_) => {
            let files = PROCESS_FILES.iter().map(|row| (Kind::Regular, row.1));
            add_fixed(&mut writer, start, files.chain([(Kind::Directory, THREADS_DIRECTORY)]))
        }
        Node::Threads(subject) => add_threads(&mut writer, table, *subject, start)?,
        Node::Thread(..) => add_fixed(&mut writer, start, THREAD_FILES.iter().map(|row| (Kind::Regular, row.1))),
        Node::ProcessText(..) | Node::ThreadText(..) | Node::Control(..) | Node::Event(..) => {
            return Err(crate::errno::ENOTDIR);
        }
    };
    writer.finish(more).map_err(converted)
}

fn converted(error: runtime::Error) -> Errno {
    Errno::new(error.number()).unwrap_or(Errno::EINVAL)
}
