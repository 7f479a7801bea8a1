//! The files of a target: registers, memory, and running to the next stop.
//!
//! Decides that every stop is checked by its signal and has the registers of its thread. Main functions: [`run`],
//! [`run_by_files`]. Neighbours: `target` (control by process calls), `runtime::proc` (how it is done).

use crate::failure::{Failure, Verdict, expect};
use crate::target::{HERE, Target};
use alloc::format;
use proc_abi::event_record::EventRecord;
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use proc_abi::signal::SIGTRAP;
use runtime::file::{File, OpenFlags};
use runtime::proc::Control;
use runtime::proc::combined::End;
use runtime::proc::run::{Mode, Outcome, Runner};
use zerocopy::IntoBytes;

/// Opens a file of a target's.
fn open(target: &Target, name: &str) -> Verdict<File> {
    Ok(File::open(format!("proc:{}/{name}", target.pid().raw()), OpenFlags::READ_WRITE)?)
}

/// Opens a file of a target's thread.
pub(crate) fn open_of_thread(target: &Target, name: &str) -> Verdict<File> {
    open(target, &format!("lwp/{}/{name}", target.thread()?.raw()))
}

/// Opens a target's memory.
pub(crate) fn open_memory(target: &Target) -> Verdict<File> {
    open(target, "mem")
}

/// Fills `buffer` from the file, all of it.
#[inline(always)]
pub(crate) fn read_exactly(file: &File, buffer: &mut [u8], offset: u64) -> Verdict {
    let wanted = buffer.len() as u64;
    expect("bytes read", file.read_at(buffer, offset)? as u64, wanted)
}

/// Writes all of `buffer` to the file.
#[inline(always)]
pub(crate) fn write_exactly(file: &File, buffer: &[u8], offset: u64) -> Verdict {
    expect("bytes written", file.write_at(buffer, offset)? as u64, buffer.len() as u64)
}

/// Reads general registers.
#[inline(always)]
pub(crate) fn read_registers(file: &File, registers: &mut Registers) -> Verdict {
    read_exactly(file, registers.as_mut_bytes(), 0)
}

/// Lets a target run to its next stop, by the way that the runtime picks.
#[inline(always)]
pub(crate) fn run(runner: &Runner, mode: Mode) -> Verdict {
    match runner.run_and_wait(mode)? {
        Outcome::Stopped(record, registers, _) => check_stop(&record, &registers),
        Outcome::Ended(record) => Err(Failure::new("a stop, not an end", u64::from(record.kind))),
    }
}

/// The same by one call of `ctl`, which the server answers.
#[inline(always)]
pub(crate) fn run_by_files(control: &Control, request: Request) -> Verdict {
    match control.single(Some((request, HERE)))? {
        End::Stopped(record, registers) => check_stop(&record, &registers),
        _ => Err(Failure::new("a stop, not another end of a call", 0)),
    }
}

#[inline(always)]
fn check_stop(record: &EventRecord, registers: &Registers) -> Verdict {
    expect("a stop's signal", record.signal as u64, SIGTRAP.number() as u64)?;
    if registers.rip == 0 { Err(Failure::new("where a stop is", 0)) } else { Ok(()) }
}
