//! Every decision of the kernel, in safe Rust and without hardware.
//!
//! The kernel is `loop { schedule; run user code; handle the exit }` (kernel/src/main.rs). [`Core`] owns all state and is
//! passed as `&mut`; a blocked call is data in its thread, so a thread is always either running or exactly at its user
//! frame. Main types: [`Core`], [`seam`]'s traits. Map of the files:
//!
//! - threads: `thread`, `group`, `scheduler`, `due` (the ordered way back to user code), `exit` (why it came in), `suspend`
//! - calls: `call` (dispatch), `pending` (the call as an object), `complete` (outcomes), `frame` (register rules)
//! - schemes: `scheme`, `inbox`, `namespace`, `request` (in), `receive` (out), `reply`, `fill`, `batch` and
//!   `order` (effects), `socket` (verbs)
//! - files: `file` and one file per kind of object; `map` (mmap and friends), `futex`, `clock`
//! - debugging: `session`, `target` (handles on memory and registers), `run` (stops without the server), `fork`, `exec`, `teardown`
//! - memory: `memory` and its parts; `slab`, `hash`
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod errno;
pub mod file;
pub mod group;
pub mod memory;
pub mod pending;
pub mod scheme;
pub mod seam;
pub mod slab;
pub mod target;
pub mod thread;

mod batch;
mod birth;
mod boot;
mod call;
mod change;
mod clock;
mod complete;
mod due;
mod exec;
mod exit;
mod fill;
mod fork;
mod frame;
mod futex;
mod hash;
mod inbox;
mod map;
mod namespace;
mod order;
mod receive;
mod register_file;
mod reply;
mod request;
mod run;
mod scheduler;
mod session;
mod socket;
mod suspend;
mod teardown;
mod user;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use kernel_abi::effect::Effect;
use kernel_abi::registers::FloatRegisters;

use crate::clock::Timers;
use crate::file::event::EventQueue;
use crate::file::pipe::Pipe;
use crate::file::{Description, Files};
use crate::futex::Futexes;
use crate::group::Group;
use crate::hash::Map;
use crate::inbox::Nodes;
use crate::memory::Memory;
use crate::namespace::Namespace;
use crate::scheduler::Scheduler;
use crate::scheme::Scheme;
use crate::seam::Machine;
use crate::session::Session;
use crate::slab::Slab;
use crate::teardown::Jobs;
use crate::thread::Thread;

pub use boot::{BootError, BootInformation};

/// All state of the kernel.
pub struct Core<M: Machine> {
    machine: M,
    memory: Memory,
    threads: Slab<Thread>,
    groups: Slab<Group>,
    schemes: Slab<Scheme>,
    descriptions: Slab<Description>,
    pipes: Slab<Pipe>,
    queues: Slab<EventQueue>,
    files: Files,
    sessions: Map<u64, Session>,
    namespace: Namespace,
    nodes: Nodes,
    timers: Timers,
    futexes: Futexes,
    scheduler: Scheduler,
    jobs: Jobs,
    /// The current thread's call changed nothing but its result: no decision is needed before it goes on.
    straight: bool,
    /// Source of tags of pending calls.
    last_tag: u64,
    /// Room for the effects of one batch.
    effects: Vec<Effect>,
    /// Room for one image of float registers while it is checked.
    float: FloatRegisters,
    /// Object of the boot image, for `image:`.
    image: Option<memory::ObjectKey>,
}

impl<M: Machine> fmt::Debug for Core<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Core")
            .field("threads", &self.threads.len())
            .field("groups", &self.groups.len())
            .field("current", &self.scheduler.current)
            .finish_non_exhaustive()
    }
}

impl<M: Machine> Core<M> {
    /// The machine, for the loop in `main` that waits for an interrupt when nothing is to be run.
    pub const fn machine(&mut self) -> &mut M {
        &mut self.machine
    }
}
