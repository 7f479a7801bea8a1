//! Gathers everything about a stopped process from its files under `proc:`.
//!
//! Decides which file tells what; the process must stay stopped meanwhile, which its tracer sees to. Main functions:
//! [`take`], [`paths`]. Neighbours: `image`, `proc_abi::path`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};
use proc_abi::path::{ProcessFile, ThreadFile};
use proc_abi::siginfo::SigInfo;
use proc_abi::status::{MapEntry, ProcessStatus, ThreadStatus};
use proc_abi::xstate::XSTATE_MAX;
use runtime::file::OpenFlags;
use runtime::proc::{open, open_thread, status};
use runtime::{Error, Result, processor};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use crate::image::{Image, Process, Region, Thread};

/// The process as it stands.
///
/// # Errors
/// As a file refuses: EPERM without the debug right, EBUSY for a process that runs, ESRCH for one that is gone; ENOMEM.
pub fn take(pid: Pid) -> Result<Image> {
    let status = status(pid)?;
    let mut threads = Vec::new();
    for record in records::<ThreadStatus>(&whole(pid, ProcessFile::ThreadRecords)?) {
        let tid = Tid::new(record.tid).ok_or(Error::EPROTO)?;
        threads.push(thread(pid, tid)?);
    }
    // Debuggers take the first thread for the one that the core is about.
    if let Some(place) = threads.iter().position(|thread| thread.tid == status.reporter) {
        threads.swap(0, place);
    }
    let regions = regions(pid)?;
    let process = process(pid, status, threads.first())?;
    Ok(Image { process, threads, regions, components: processor::extended_components() })
}

fn process(pid: Pid, status: ProcessStatus, first: Option<&Thread>) -> Result<Process> {
    let mut signal = SigInfo::new_zeroed();
    if let Some(tid) = first.and_then(|thread| Tid::new(thread.tid)) {
        open_thread(pid, tid, ThreadFile::SignalInformation, OpenFlags::READ)?.read(signal.as_mut_bytes())?;
    }
    if signal.signo == 0 {
        signal.signo = status.stop;
    }
    // A program that has never been through exec has neither.
    let arguments = whole(pid, ProcessFile::CommandLine).unwrap_or_default();
    let auxiliary = whole(pid, ProcessFile::AuxiliaryVector).unwrap_or_default();
    Ok(Process { status, signal, arguments, auxiliary })
}

fn thread(pid: Pid, tid: Tid) -> Result<Thread> {
    Ok(Thread {
        tid: tid.raw(),
        registers: set(pid, tid, ThreadFile::Registers)?,
        bases: set(pid, tid, ThreadFile::Bases)?,
        float: set(pid, tid, ThreadFile::FloatRegisters)?,
        extended: extended(pid, tid)?,
    })
}

fn set<T: FromBytes + IntoBytes>(pid: Pid, tid: Tid, file: ThreadFile) -> Result<T> {
    let mut set = T::new_zeroed();
    let length = open_thread(pid, tid, file, OpenFlags::READ)?.read(set.as_mut_bytes())?;
    if length == size_of::<T>() { Ok(set) } else { Err(Error::EPROTO) }
}

/// The XSAVE image; none on a machine without.
fn extended(pid: Pid, tid: Tid) -> Result<Option<Vec<u8>>> {
    let mut image = Vec::new();
    image.try_reserve_exact(XSTATE_MAX)?;
    image.resize(XSTATE_MAX, 0);
    let read = open_thread(pid, tid, ThreadFile::ExtendedState, OpenFlags::READ).and_then(|file| file.read(&mut image));
    match read {
        Ok(length) => {
            image.truncate(length);
            Ok(Some(image))
        }
        Err(Error::EOPNOTSUPP) => Ok(None),
        Err(error) => Err(error),
    }
}

fn regions(pid: Pid) -> Result<Vec<Region>> {
    let lines = whole(pid, ProcessFile::Map)?;
    let named = paths(core::str::from_utf8(&lines).map_err(|_| Error::EPROTO)?);
    let path = |start: u64| named.iter().find(|row| row.0 == start).map(|row| row.1.clone());
    let region = |entry: MapEntry| Region {
        start: entry.start,
        end: entry.end,
        offset: entry.offset,
        protection: entry.protection,
        path: path(entry.start),
    };
    Ok(records::<MapEntry>(&whole(pid, ProcessFile::MapRecords)?).map(region).collect())
}

/// The paths in the lines of `map`, with the first addresses of their regions.
#[must_use]
pub fn paths(lines: &str) -> Vec<(u64, String)> {
    let named = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let start = u64::from_str_radix(range.split('-').next()?, 16).ok()?;
        let path = rest.splitn(3, ' ').nth(2).filter(|path| path.starts_with('/'))?;
        Some((start, path.to_string()))
    };
    lines.lines().filter_map(named).collect()
}

fn records<T: FromBytes>(bytes: &[u8]) -> impl Iterator<Item = T> {
    bytes.chunks_exact(size_of::<T>()).filter_map(|chunk| T::read_from_bytes(chunk).ok())
}

fn whole(pid: Pid, file: ProcessFile) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(pid, file, OpenFlags::READ)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
