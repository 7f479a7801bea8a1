//! Open files that travel through pipes: ordinary ones, and a debugger's handles on its target.
//!
//! A helper process receives what the case sends and answers by its status. Neighbours: `descriptors`, kernel-core's
//! `file/pipe/pass`.

use proc_abi::id::Tid;
use proc_abi::path::{ProcessFile, ThreadFile};
use proc_abi::request::Request;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, OpenFlags, pipe};
use runtime::process::Pid;
use runtime::{Error, proc};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, SAME_PLACE, Tracee};
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "an open file is given away", run: an_open_file_is_given_away },
    Case { name: "a copy shares its offset", run: a_copy_shares_its_offset },
    Case { name: "what cannot travel is refused", run: what_cannot_travel_is_refused },
    Case { name: "a debugger's handles work for whoever has them", run: handles_work_for_others },
    Case { name: "passed handles end with the session", run: passed_handles_end_with_the_session },
];

const SELF: &str = "/test/test-files";

/// What the target's memory holds, and what is put there.
const BEFORE: u8 = 0x5a;
const AFTER: u8 = 0xa5;

/// Starts a helper with one end of a pipe; it exits with what `body` gives, or 90 for an error.
fn helper(body: impl FnOnce(&File) -> runtime::Result<i32>) -> Result<(Pid, File), Failure> {
    let (own, other) = pipe::pair()?;
    let child = start(|| {
        // The copy of the case's end would keep the pipe open.
        drop(File::from_descriptor(own.descriptor()));
        body(&other).unwrap_or(90)
    })?;
    Ok((child, own))
}

fn ends_with(child: Pid, status: i32) -> Verdict {
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(status));
    Ok(())
}

fn an_open_file_is_given_away() -> Verdict {
    let (child, end) = helper(|end| {
        let mut start = [0; 4];
        pipe::receive(end)?.read(&mut start)?;
        Ok(i32::from(&start != b"\x7fELF"))
    })?;
    let file = File::open(SELF, OpenFlags::READ)?;
    let number = file.descriptor();
    pipe::send(&end, file)?;
    ensure_equal!(File::open(SELF, OpenFlags::READ)?.descriptor(), number);
    ends_with(child, 0)
}

fn a_copy_shares_its_offset() -> Verdict {
    let (child, end) = helper(|end| {
        pipe::receive(end)?.read(&mut [0; 100])?;
        Ok(0)
    })?;
    let file = File::open(SELF, OpenFlags::READ)?;
    pipe::send_copy(&end, &file)?;
    ends_with(child, 0)?;
    ensure_equal!(file.seek(runtime::file::Seek::Current(0))?, 100);
    Ok(())
}

fn what_cannot_travel_is_refused() -> Verdict {
    let (own, other) = pipe::pair()?;
    ensure_equal!(pipe::send_copy(&own, &other), Err(Error::EINVAL));
    let file = File::open(SELF, OpenFlags::READ)?;
    ensure_equal!(pipe::send_copy(&file, &own), Err(Error::EOPNOTSUPP));
    pipe::send_copy(&own, &file)?;
    // What nobody receives is closed with its pipe; the counts tell.
    drop(other);
    ensure_equal!(pipe::send_copy(&own, &file), Err(Error::EPIPE));
    ensure_equal!(pipe::receive(&own).err(), Some(Error::EPIPE));
    Ok(())
}

/// A stopped target with [`BEFORE`] at the address; once it may pass the gate it exits with 0 if it finds [`AFTER`] there.
fn target(gate: &Gate) -> Result<(Tracee, u64), Failure> {
    let cell = core::cell::Cell::new(BEFORE);
    let address = core::ptr::from_ref(&cell).addr() as u64;
    let tracee = Tracee::start(|| i32::from(gate.pass().is_err() || cell.get() != AFTER))?;
    Ok((tracee, address))
}

fn handles_work_for_others() -> Verdict {
    let gate = Gate::new()?;
    let (tracee, address) = target(&gate)?;
    let (child, end) = helper(|end| {
        let (memory, registers) = (pipe::receive(end)?, pipe::receive(end)?);
        let mut byte = [0];
        memory.read_at(&mut byte, address)?;
        let mut bytes = [0; 512];
        let length = registers.read(&mut bytes)?;
        memory.write_at(&[AFTER], address)?;
        Ok(i32::from(byte != [BEFORE] || length == 0))
    })?;
    let tid = Tid::new(tracee.information()?.lwpid).ok_or_else(|| Failure::new("no thread"))?;
    pipe::send(&end, proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ_WRITE)?)?;
    pipe::send(&end, proc::open_thread(tracee.0, tid, ThreadFile::Registers, OpenFlags::READ_WRITE)?)?;
    ends_with(child, 0)?;
    gate.open()?;
    tracee.finishes(0)
}

fn passed_handles_end_with_the_session() -> Verdict {
    let gate = Gate::new()?;
    let (tracee, address) = target(&gate)?;
    let (child, end) = helper(|end| {
        let memory = pipe::receive(end)?;
        // Told by the end of the pipe that the session is over.
        ensure_end(end)?;
        Ok(i32::from(memory.write_at(&[AFTER], address) != Err(Error::ESTALE)))
    })?;
    pipe::send(&end, proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ_WRITE)?)?;
    tracee.ask(Request::Detach, SAME_PLACE, 0)?;
    drop(end);
    ends_with(child, 0)?;
    gate.open()?;
    let status = next_change(tracee.0, WaitOptions::empty())?;
    ensure!(status == WaitStatus::Exited(1), "the target found another value: {status:?}");
    Ok(())
}

fn ensure_end(end: &File) -> runtime::Result<()> {
    match pipe::receive(end) {
        Err(Error::EPIPE) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(Error::EPROTO),
    }
}
