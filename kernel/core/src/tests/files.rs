//! Open files of every kind, as programs use them: through system calls on the fake machine.
//!
//! Decides how a test plays a program: [`open`], [`read`], [`write`] and friends put strings and buffers into its memory.
//! Neighbours: `world`, one file for each kind of object below.

mod clock;
mod descriptor;
mod event;
mod futex;
mod map;
mod memory;
mod pass;
mod pipe;
mod random;
mod scheme;
mod serial;
mod system;
mod watch;

use kernel_abi::redox::flag::{O_NONBLOCK, O_RDWR};
use kernel_abi::redox::number as n;
use kernel_abi::{LOWEST_FREE, NAMESPACE};

use super::world::{DATA, World, error};
use crate::errno::Errno;
use crate::seam::{Exit, Interrupt};
use crate::thread::ThreadKey;

/// Where a program puts paths.
const PATH: u64 = DATA + 4096;
/// Where it puts what it writes.
const OUT: u64 = DATA + 2 * 4096;
/// Where it reads to: 24 pages.
const IN: u64 = DATA + 6 * 4096;

/// OPENAT_INTO2 with flags; the raw result, if there is one.
fn try_open(world: &mut World, thread: ThreadKey, path: &str, flags: usize) -> Option<usize> {
    world.poke(thread, PATH, path.as_bytes());
    let arguments = [NAMESPACE as u64, PATH, path.len() as u64, flags as u64, LOWEST_FREE as u64];
    world.call(thread, n::SYS_OPENAT_INTO2, &arguments)
}

/// A descriptor for reading and writing.
pub(super) fn open(world: &mut World, thread: ThreadKey, path: &str) -> u64 {
    let raw = try_open(world, thread, path, O_RDWR).expect("answered at once");
    kernel_abi::decode_result(raw).expect("opens") as u64
}

/// Likewise; its calls fail with EAGAIN instead of waiting.
fn open_nonblocking(world: &mut World, thread: ThreadKey, path: &str) -> u64 {
    let raw = try_open(world, thread, path, O_RDWR | O_NONBLOCK).expect("answered at once");
    kernel_abi::decode_result(raw).expect("opens") as u64
}

/// Both ends of a pipe.
pub(super) fn pipe(world: &mut World, thread: ThreadKey) -> (u64, u64) {
    let first = open(world, thread, "pipe:");
    (first, dup(world, thread, first, "peer").expect("has a peer"))
}

/// DUP_INTO the lowest free descriptor.
fn dup(world: &mut World, thread: ThreadKey, descriptor: u64, name: &str) -> Result<u64, u32> {
    world.poke(thread, PATH, name.as_bytes());
    let arguments = [descriptor, LOWEST_FREE as u64, PATH, name.len() as u64];
    let raw = world.call(thread, n::SYS_DUP_INTO, &arguments).expect("answered at once");
    kernel_abi::decode_result(raw).map(|descriptor| descriptor as u64)
}

/// WRITE; the raw result, if there is one.
fn write(world: &mut World, thread: ThreadKey, descriptor: u64, bytes: &[u8]) -> Option<usize> {
    world.poke(thread, OUT, bytes);
    world.call(thread, n::SYS_WRITE, &[descriptor, OUT, bytes.len() as u64])
}

/// READ; the raw result, if there is one. What was read lies at [`IN`].
fn read(world: &mut World, thread: ThreadKey, descriptor: u64, length: u64) -> Option<usize> {
    world.call(thread, n::SYS_READ, &[descriptor, IN, length])
}

/// READ that must succeed at once.
fn read_bytes(world: &mut World, thread: ThreadKey, descriptor: u64, length: u64) -> Vec<u8> {
    let raw = read(world, thread, descriptor, length).expect("does not wait");
    let count = kernel_abi::decode_result(raw).expect("reads");
    world.peek(thread, IN, count)
}

fn close(world: &mut World, thread: ThreadKey, descriptor: u64) {
    assert_eq!(world.call(thread, n::SYS_CLOSE, &[descriptor]), Some(0));
}

/// Time passes, and the timer's interrupt comes if it is due.
fn pass(world: &mut World, nanoseconds: u64) {
    if world.core.machine.advance(nanoseconds) {
        world.core.handle(Exit::Interrupt(Interrupt::Timer));
        world.settle();
    }
}

/// A raw result that says EAGAIN.
fn again() -> Option<usize> {
    Some(error(Errno::EAGAIN))
}
