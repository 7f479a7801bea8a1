//! `status` and its binary twin: what a process is and what it is doing.
//!
//! Decides the words and their order; programs read the twin. Main functions: [`binary`], [`render`]. Neighbours:
//! `proc_abi::status` (the twin's layout), `threads` (what each thread waits for), `ptrace::status` (the facts).

use alloc::vec::Vec;

use proc_abi::id::Pid;
use proc_abi::signal::{SigSet, Signal};
use proc_abi::status::ProcessStatus;
use proc_abi::wait::WaitStatus;
use ptrace::{Errno, Flags, Life, Process, Result};
use zerocopy::IntoBytes;

use crate::node::threads;
use crate::server::Server;
use crate::text::Text;
use crate::verbs::Verbs;

/// The bytes of the binary twin.
pub(crate) fn binary<V: Verbs>(server: &mut Server<V>, pid: Pid) -> Result<Vec<u8>> {
    let status = server.turn().process_status(pid)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size_of::<ProcessStatus>()).map_err(|_| Errno::ENOMEM)?;
    bytes.extend_from_slice(status.as_bytes());
    Ok(bytes)
}

/// `status`.
pub(crate) fn render<V: Verbs>(server: &mut Server<V>, pid: Pid) -> Result<Vec<u8>> {
    let status = server.turn().process_status(pid)?;
    let process = server.table.get(pid).ok_or(Errno::ESRCH)?;
    let mut text = Text::default();
    text.add(format_args!("name:     "));
    text.add_name(&status.name);
    text.add(format_args!("\nstate:    "));
    add_state(&mut text, process);
    text.add(format_args!("\npid:      {}\nparent:   {}\n", status.pid, status.parent));
    match status.tracer {
        0 => text.add(format_args!("tracer:   none\n")),
        tracer => text.add(format_args!("tracer:   {tracer}\n")),
    }
    text.add(format_args!("group:    {}\nsession:  {}\n", status.process_group, status.session));
    let ([user, effective, saved], [group, effective_group, saved_group]) = (status.uid, status.gid);
    text.add(format_args!("uid:      {user} {effective} {saved}\n"));
    text.add(format_args!("gid:      {group} {effective_group} {saved_group}\n"));
    text.add(format_args!("threads:  {}\n", status.threads));
    text.add(format_args!("time/us:  {}\n", status.run_time / 1000));
    let blocked = process.threads.first().map_or(SigSet::EMPTY, |thread| thread.mask);
    let sets =
        [("pending", status.pending), ("blocked", blocked), ("ignored", status.ignored), ("caught", status.caught)];
    for (name, set) in sets {
        text.add(format_args!("{name}:{:width$}", "", width = 9_usize.saturating_sub(name.len())));
        text.add_signals(set);
        text.add(format_args!("\n"));
    }
    add_tokens(&mut text, process, status.tracer, server.table.holders(pid));
    threads::add_waits(server, pid, &mut text)?;
    text.finish()
}

fn add_state(text: &mut Text, process: &Process) {
    let signal = process.xsig.and_then(Signal::name).unwrap_or("no signal");
    match process.life {
        Life::New => text.add(format_args!("being created")),
        Life::Exiting(_) => text.add(format_args!("exiting")),
        Life::Zombie(status) => add_end(text, status),
        Life::Normal if process.is(Flags::STOPPED_TRACE) => text.add(format_args!("stopped for its tracer ({signal})")),
        Life::Normal if process.is(Flags::STOPPED_SIG) => text.add(format_args!("stopped ({signal})")),
        Life::Normal if process.is(Flags::TOKEN_STOP) => text.add(format_args!("stopped by ctl")),
        Life::Normal if process.is(Flags::INEXEC) => text.add(format_args!("in exec")),
        Life::Normal => text.add(format_args!("running")),
    }
    if process.should_stop() {
        let how = if process.is(Flags::WAITED) {
            "collected"
        } else if process.is(Flags::STOP_COMPLETE) {
            "not collected"
        } else {
            "not complete"
        };
        text.add(format_args!(", {how}"));
    }
}

fn add_end(text: &mut Text, status: WaitStatus) {
    match status {
        WaitStatus::Exited(code) => text.add(format_args!("dead, exit status {code}")),
        WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) | WaitStatus::Stopped(signal) => {
            text.add(format_args!("dead, by {}", signal.name().unwrap_or("a signal")));
        }
        WaitStatus::Continued => text.add(format_args!("dead")),
    }
}

/// Who keeps the process from running.
fn add_tokens(text: &mut Text, process: &Process, tracer: i32, holders: impl Iterator<Item = Pid>) {
    text.add(format_args!("held by: "));
    let mut any = false;
    let mut add = |text: &mut Text, token: core::fmt::Arguments<'_>| {
        text.add(format_args!(" {token}"));
        any = true;
    };
    if process.is(Flags::STOPPED_TRACE) {
        add(text, format_args!("tracer {tracer}"));
    } else if process.is(Flags::STOPPED_SIG) {
        add(text, format_args!("job control"));
    }
    if process.is(Flags::OPERATOR_STOP) {
        add(text, format_args!("operator"));
    }
    for holder in holders {
        add(text, format_args!("holder {}", holder.raw()));
    }
    for thread in process.threads.iter().filter(|thread| thread.is_held()) {
        add(text, format_args!("debugger (thread {})", thread.tid.raw()));
    }
    if !any {
        text.add(format_args!(" nobody"));
    }
    text.add(format_args!("\n"));
}
