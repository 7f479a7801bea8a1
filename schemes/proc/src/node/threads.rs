//! `threads` and its binary twin, and what each thread waits for.
//!
//! Decides how the chain of waits is followed: from a thread to the server whose answer it needs, to what that server's
//! threads wait for, to the end. Main functions: [`binary`], [`render`], [`add_waits`]. Neighbours: `status` shows the
//! chain, `kernel_abi::verb::ThreadInformation` has its links.

use alloc::vec::Vec;

use kernel_abi::calls;
use kernel_abi::verb::ThreadInformation;
use proc_abi::id::Pid;
use proc_abi::status::{ThreadState, ThreadStatus};
use ptrace::{Errno, KernelGroup, Result};
use zerocopy::IntoBytes;

use crate::server::Server;
use crate::text::Text;
use crate::verbs::Verbs;

/// `ThreadInformation::state`: it waits in a call.
const WAITS: u32 = 1;
/// Links of a chain that are followed: servers wait for few others.
const CHAIN: usize = 8;

/// The records of a process's threads, oldest first; a thread that the kernel has forgotten already is left out.
fn records<V: Verbs>(server: &mut Server<V>, pid: Pid) -> Result<Vec<ThreadStatus>> {
    let count = server.table.get(pid).ok_or(Errno::ESRCH)?.threads.len();
    let mut records = Vec::new();
    records.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
    for index in 0..count {
        match server.turn().thread_status(pid, index) {
            Ok(record) => records.push(record),
            Err(Errno::ENOENT | Errno::ESRCH) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(records)
}

/// `threads.bin`.
pub(crate) fn binary<V: Verbs>(server: &mut Server<V>, pid: Pid) -> Result<Vec<u8>> {
    let records = records(server, pid)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size_of_val(records.as_slice())).map_err(|_| Errno::ENOMEM)?;
    bytes.extend_from_slice(records.as_bytes());
    Ok(bytes)
}

/// `threads`: one line for each.
pub(crate) fn render<V: Verbs>(server: &mut Server<V>, pid: Pid) -> Result<Vec<u8>> {
    let mut text = Text::default();
    text.add(format_args!("    tid  state      call              time/us  name\n"));
    for record in records(server, pid)? {
        let held = if record.held == 1 { "held" } else { state_name(record.state) };
        let microseconds = record.run_time / 1000;
        let call = call_name(record.syscall_code);
        text.add(format_args!("{:>7}  {held:<9}  {call:<14}  {microseconds:>9}  ", record.tid));
        text.add_name(&record.name);
        text.add(format_args!("\n"));
    }
    text.finish()
}

fn state_name(state: u32) -> &'static str {
    const NAMES: [(ThreadState, &str); 5] = [
        (ThreadState::Running, "running"),
        (ThreadState::Waiting, "waiting"),
        (ThreadState::Stopped, "stopped"),
        (ThreadState::Reporting, "reporting"),
        (ThreadState::Dying, "dying"),
    ];
    NAMES.iter().find(|row| row.0 as u32 == state).map_or("?", |row| row.1)
}

fn call_name(shown: u32) -> &'static str {
    calls::by_shown(shown).map_or("-", |call| call.name)
}

/// What the kernel says of a thread; nothing of one that is gone already.
fn information<V: Verbs>(server: &mut Server<V>, thread: u64) -> Option<ThreadInformation> {
    server.gate.verbs.thread_information(thread).ok()
}

/// Lines that say what each waiting thread waits for, through servers to the end of the chain.
pub(crate) fn add_waits<V: Verbs>(server: &mut Server<V>, pid: Pid, text: &mut Text) -> Result<()> {
    let count = server.table.get(pid).ok_or(Errno::ESRCH)?.threads.len();
    for index in 0..count {
        let thread = |server: &Server<V>| {
            server.table.get(pid)?.threads.get(index).map(|thread| (thread.tid.raw(), thread.kernel.0))
        };
        let Some((tid, kernel)) = thread(server) else { break };
        let Some(of) = information(server, kernel) else { continue };
        if of.state == WAITS {
            text.add(format_args!("waits:    {tid} in {}", call_name(of.call)));
            add_chain(server, of.waits_for, text);
            text.add(format_args!("\n"));
        }
    }
    Ok(())
}

fn add_chain<V: Verbs>(server: &mut Server<V>, first: u64, text: &mut Text) {
    let mut group = first;
    for _ in 0..CHAIN {
        if group == 0 {
            return;
        }
        let Some(pid) = server.table.find_group(KernelGroup(group)) else {
            text.add(format_args!(", for a server of the system"));
            return;
        };
        let Some(process) = server.table.get(pid) else { return };
        text.add(format_args!(", for "));
        text.add_name(&process.name);
        text.add(format_args!(" ({})", pid.raw()));
        group = waiting_thread(server, pid).map_or(0, |of| {
            text.add(format_args!(" in {}", call_name(of.call)));
            of.waits_for
        });
    }
}

/// The oldest thread of a server that waits for another one, else any that waits.
fn waiting_thread<V: Verbs>(server: &mut Server<V>, pid: Pid) -> Option<ThreadInformation> {
    let mut found = None;
    for index in 0..server.table.get(pid)?.threads.len() {
        let kernel = server.table.get(pid)?.threads.get(index)?.kernel.0;
        let Some(of) = information(server, kernel) else { continue };
        if of.state == WAITS && of.waits_for != 0 {
            return Some(of);
        }
        if of.state == WAITS {
            found = found.or(Some(of));
        }
    }
    found
}
