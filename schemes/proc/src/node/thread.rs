//! A thread's `info`, `siginfo`, `syscall` and `name`.
//!
//! Decides that the first two are FreeBSD's structures (what PT_LWPINFO would tell, and its siginfo) and the others text.
//! Main function: [`content`]. Neighbours: `threads` lists all of a process's, `proc_abi::lwpinfo` has the layout.

use alloc::vec::Vec;

use kernel_abi::stop::Cause;
use kernel_abi::{calls, decode_result};
use proc_abi::id::{Pid, Tid};
use proc_abi::path::ThreadFile;
use ptrace::{Errno, Result};
use zerocopy::IntoBytes;

use crate::server::Server;
use crate::text::Text;
use crate::verbs::Verbs;

/// What the file of a thread holds.
pub(crate) fn content<V: Verbs>(server: &mut Server<V>, pid: Pid, tid: Tid, file: ThreadFile) -> Result<Vec<u8>> {
    match file {
        ThreadFile::Information => bytes_of(server.turn().thread_info(pid, tid)?.as_bytes()),
        ThreadFile::SignalInformation => bytes_of(server.turn().thread_info(pid, tid)?.siginfo.as_bytes()),
        ThreadFile::Name => name(server, pid, tid),
        ThreadFile::SystemCall => system_call(server, pid, tid),
        ThreadFile::Registers
        | ThreadFile::FloatRegisters
        | ThreadFile::DebugRegisters
        | ThreadFile::ExtendedState
        | ThreadFile::Bases => Err(Errno::EINVAL),
    }
}

fn name<V: Verbs>(server: &Server<V>, pid: Pid, tid: Tid) -> Result<Vec<u8>> {
    let thread = server.table.get(pid).and_then(|process| process.thread(tid)).ok_or(Errno::ESRCH)?;
    let mut text = Text::default();
    text.add_name(&thread.name);
    text.add(format_args!("\n"));
    text.finish()
}

fn bytes_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).map_err(|_| Errno::ENOMEM)?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// The call's name and arguments, its result where it has ended; an empty line outside calls.
fn system_call<V: Verbs>(server: &mut Server<V>, pid: Pid, tid: Tid) -> Result<Vec<u8>> {
    let thread = server.table.get(pid).and_then(|process| process.thread(tid)).ok_or(Errno::ESRCH)?;
    let kernel = thread.kernel.0;
    let of = server.gate.verbs.thread_information(kernel)?;
    let mut text = Text::default();
    if let Some(call) = calls::by_shown(of.call) {
        text.add(format_args!("{}", call.name));
        for argument in of.arguments.iter().take(call.arguments.into()) {
            text.add(format_args!(" {argument:#x}"));
        }
        if of.cause == Cause::CallExit as u32 {
            match decode_result(usize::try_from(of.result).unwrap_or(usize::MAX)) {
                Ok(value) => text.add(format_args!(" = {value:#x}")),
                Err(errno) => text.add(format_args!(" = errno {errno}")),
            }
        }
    }
    text.add(format_args!("\n"));
    text.finish()
}
