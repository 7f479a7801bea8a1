//! Memory objects as files.
//!
//! Decides nothing. Neighbours: `file::memory_object`, `memory::object_file`, `files` (helpers).

use kernel_abi::redox::number as n;

use super::super::world::{HOLE, World, error};
use super::{IN, OUT, close, open, read, read_bytes, write};
use crate::errno::Errno;

#[test]
fn bytes_that_were_written_come_back_and_others_are_zero() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/12288");
    world.poke(client, OUT, b"across a page boundary");
    assert_eq!(world.call(client, n::SYS_WRITE2, &[memory, OUT, 22, 4090, 0]), Some(22));
    world.poke(client, IN, &[0xff; 4096]);
    assert_eq!(world.call(client, n::SYS_READ2, &[memory, IN + 7, 40, 4080, 0]), Some(40));
    let mut expected = [0; 40];
    expected[10..32].copy_from_slice(b"across a page boundary");
    assert_eq!(world.peek(client, IN + 7, 40), expected);
}

#[test]
fn the_offset_moves_and_ends_with_the_object() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/1");
    assert_eq!(write(&mut world, client, memory, &[5; 4000]), Some(4000));
    assert_eq!(write(&mut world, client, memory, &[6; 4000]), Some(96), "short at the end");
    assert_eq!(write(&mut world, client, memory, b"x"), Some(error(Errno::ENOSPC)));
    assert_eq!(read(&mut world, client, memory, 10), Some(0));
    assert_eq!(world.call(client, n::SYS_READ2, &[memory, IN, 10, 4093, 0]), Some(3));
    assert_eq!(world.peek(client, IN, 3), [6; 3]);
    assert_eq!(world.call(client, n::SYS_READ2, &[memory, IN, 10, u64::MAX, 0]), Some(0));
}

#[test]
fn a_hole_in_the_buffer_ends_the_transfer_there() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/16384");
    let end = HOLE - 4096;
    assert_eq!(world.call(client, n::SYS_READ2, &[memory, end - 100, 4000, 0, 0]), Some(100));
    assert_eq!(world.call(client, n::SYS_READ2, &[memory, end, 10, 0, 0]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(client, n::SYS_WRITE2, &[memory, end - 100, 4000, 0, 0]), Some(100));
    assert_eq!(world.call(client, n::SYS_WRITE2, &[memory, u64::MAX - 3, 10, 0, 0]), Some(error(Errno::EFAULT)));
}

#[test]
fn one_call_moves_a_mebibyte_at_most() {
    let mut world = World::with_frames(4096);
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/4194304");
    let raw = world.call(client, n::SYS_READ2, &[memory, IN, u64::MAX, 0, 0]);
    assert_eq!(raw, Some(24 * 4096 + 34 * 4096), "short at the end of the program's memory");
    close(&mut world, client, memory);
}

#[test]
fn the_last_close_frees_the_pages() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    write_once(&mut world, client);
    let before = world.core.memory.frames.free();
    write_once(&mut world, client);
    assert_eq!(world.core.memory.frames.free(), before);
    assert!(world.core.memory.objects.is_empty());
}

fn write_once(world: &mut World, client: crate::thread::ThreadKey) {
    let memory = open(world, client, "memory:anonymous/65536");
    assert_eq!(write(world, client, memory, &[1; 8192]), Some(8192));
    assert_eq!(read_bytes(world, client, memory, 1), [0]);
    close(world, client, memory);
    while world.core.jobs.is_pending() {
        world.core.run_job();
    }
}
