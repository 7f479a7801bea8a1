//! The files of a target: registers and memory, commands and events.
//!
//! Decides that control by files is what a debugger does with them: a record written, its reply read, the event read.
//! Main types: [`Debugger`], [`Command`]. Neighbours: `target` (control by process calls), `proc_abi::command`,
//! `proc_abi::event_record`.

use crate::failure::{Failure, Verdict, expect};
use crate::target::{HERE, Target};
use alloc::format;
use proc_abi::command::{CommandHeader, Lengths, REPLY_MAGIC, ReplyHeader};
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use proc_abi::signal::SIGTRAP;
use runtime::file::{File, OpenFlags};
use zerocopy::{FromZeros, IntoBytes};

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

/// A command that resumes, made once and given often.
#[derive(Debug)]
pub(crate) struct Command(CommandHeader);

impl Command {
    /// Resumes by `request`.
    pub(crate) fn resuming(request: Request) -> Verdict<Self> {
        let header = CommandHeader::new(request.raw(), 0, HERE, 0, Lengths::default());
        header.map(Self).ok_or(Failure::new("a command's length", 0))
    }
}

/// Control of a target by `ctl` and `event`.
#[derive(Debug)]
pub(crate) struct Debugger {
    control: File,
    events: File,
}

impl Debugger {
    /// Opens both files.
    pub(crate) fn open(target: &Target) -> Verdict<Self> {
        Ok(Self { control: open(target, "ctl")?, events: open(target, "event")? })
    }

    /// Lets the target run by `command` until it stops by SIGTRAP.
    #[inline(always)]
    pub(crate) fn run(&self, command: &Command) -> Verdict {
        let record = command.0.as_bytes();
        expect("bytes of commands taken", self.control.write(record)? as u64, record.len() as u64)?;
        let mut reply = ReplyHeader::new_zeroed();
        let length = self.control.read(reply.as_mut_bytes())?;
        expect("bytes of a reply", length as u64, size_of::<ReplyHeader>() as u64)?;
        expect("a reply's magic number", u64::from(reply.magic), u64::from(REPLY_MAGIC))?;
        expect("a reply's error", u64::from(reply.errno), 0)?;
        self.wait()
    }

    /// Waits for the next stop, which has to be by SIGTRAP; what else happened is passed over.
    #[inline(always)]
    fn wait(&self) -> Verdict {
        loop {
            let mut event = EventRecord::new_zeroed();
            let length = self.events.read(event.as_mut_bytes())?;
            expect("bytes of an event", length as u64, size_of::<EventRecord>() as u64)?;
            if event.kind() == Some(EventKind::TraceStop) {
                return expect("a stop's signal", event.signal as u64, SIGTRAP.number() as u64);
            }
        }
    }
}
