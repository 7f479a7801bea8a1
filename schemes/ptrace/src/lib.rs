//! FreeBSD's process and ptrace semantics as a state machine: processes, parents and tracers, credentials, signals, wait,
//! every stop and event, and the requests of ptrace.
//!
//! Nothing here blocks, waits or keeps time. The server makes one [`Turn`] for each message it receives; the turn reads and
//! writes through the [`Kernel`] trait what can fail, changes the table, and leaves [`Effect`]s that the server performs in
//! one batch. README.md says how to drive it. Main types: [`Processes`], [`Turn`], [`Kernel`], [`Effect`]. Neighbours:
//! `proc-abi` names requests and layouts, `kernel-abi` the kernel's verbs, the `proc` server drives this crate.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod access;
mod actions;
mod advance;
mod argument;
mod birth;
mod blocked;
mod by_pid;
mod calls;
mod core_dump;
mod credentials;
mod delegate;
mod deliver;
mod effect;
mod errno;
mod exec;
mod exit;
mod family;
mod fault;
mod files;
mod fork;
mod frame;
mod hash;
mod id;
mod interrupt;
mod kernel;
mod kill;
mod loaders;
mod notice;
mod orphans;
mod pending;
mod permission;
mod process;
mod queue;
mod report;
mod request;
mod resume;
mod scan;
mod send;
mod session;
mod status;
mod stop;
mod stop_event;
mod stops;
mod table;
mod thread;
mod timer;
mod token;
mod turn;
mod wait;

pub use access::Caller;
pub use argument::{Arguments, Record};
pub use core_dump::Helper;
pub use credentials::{Credentials, Ids};
pub use delegate::{Delegated, Motion};
pub use effect::{Effect, Effects, Farewell, Interruption, Notice, Stepping, Store};
pub use errno::{Errno, Result};
pub use id::{KernelGroup, KernelThread, SessionId, Tag, ThreadRef};
pub use kernel::{FileName, Image, Kernel, Loader, LoaderRequest};
pub use process::{Flags, Life, Process};
pub use request::RequestArguments;
pub use session::Sharing;
pub use stop_event::CauseChange;
pub use table::Processes;
pub use thread::Thread;
pub use turn::{ProcessCall, Turn};
pub use wait::Awaited;

#[cfg(test)]
mod tests;
