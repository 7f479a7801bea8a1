//! Paths, numbers and byte layouts of the files under `proc:`, and of the process calls; no logic beyond reading them.
//!
//! FreeBSD's numbers and structures of signals, wait and ptrace live here once, where debuggers and the server both read
//! them; error numbers are Redox's ([`kernel_abi::redox::error`]). Every structure is `repr(C)` without hidden padding
//! and crosses as bytes by zerocopy; every parser is total over arbitrary bytes, which [`check`] gives to a fuzzer.
//! Neighbours: `ptrace` decides by these types, `proc` serves them, the runtime library's client speaks them.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod badge;
pub mod child;
pub mod combined;
pub mod command;
pub mod core_dump;
pub mod event;
pub mod event_record;
pub mod fault_set;
pub mod id;
pub mod io;
pub mod lwpinfo;
pub mod open_file;
pub mod path;
pub mod procctl;
pub mod register_set;
pub mod remote;
pub mod request;
pub mod resource;
pub mod run;
pub mod sigaction;
pub mod siginfo;
pub mod signal;
pub mod signal_frame;
pub mod status;
pub mod stop_event;
pub mod syscall;
pub mod text;
pub mod thread;
pub mod time;
pub mod vm_entry;
pub mod wait;
pub mod xstate;

pub use kernel_abi::registers;

/// Feeds arbitrary bytes to every parser of this crate; it must return, whatever they are.
pub fn check(bytes: &[u8]) {
    for record in command::Commands::new(bytes) {
        if record.is_err() {
            break;
        }
    }
    for reply in command::Replies::new(bytes) {
        if reply.is_err() {
            break;
        }
    }
    for event in event_record::Events::new(bytes) {
        if event.is_err() {
            break;
        }
    }
    if let Ok(line) = core::str::from_utf8(bytes) {
        // Only the absence of a panic matters here.
        let _path = path::parse(line);
        let _verb = text::parse(line);
    }
}

#[cfg(test)]
mod tests;
