//! Serial lines: exclusive, raw, buffered both ways.
//!
//! Decides nothing. Neighbours: `file::serial`, `fake` (the other end of the lines), `files` (helpers).

use kernel_abi::redox::flag::O_RDWR;
use kernel_abi::redox::number as n;

use super::super::world::{World, error};
use super::{again, close, open, open_nonblocking, read, read_bytes, try_open, write};
use crate::errno::Errno;
use crate::seam::{Exit, Interrupt, SerialPort};

const PORT: SerialPort = SerialPort::Debugger;

/// Bytes arrive.
fn receive(world: &mut World, bytes: &[u8]) {
    world.core.machine.line(PORT).input.extend(bytes);
    interrupt(world);
}

fn interrupt(world: &mut World) {
    world.core.handle(Exit::Interrupt(Interrupt::Serial(PORT)));
    world.settle();
}

#[test]
fn a_line_has_one_user_at_a_time() {
    let mut world = World::new();
    let server = world.server("tty");
    let line = open(&mut world, server.thread, "serial:1");
    assert_eq!(try_open(&mut world, server.thread, "serial:1", O_RDWR), Some(error(Errno::EBUSY)));
    let other = open(&mut world, server.thread, "serial:0");
    close(&mut world, server.thread, line);
    open(&mut world, server.thread, "serial:1");
    close(&mut world, server.thread, other);
    assert_eq!(try_open(&mut world, server.thread, "serial:2", O_RDWR), Some(error(Errno::ENOENT)));
}

#[test]
fn reads_wait_for_bytes_and_take_what_is_there() {
    let mut world = World::new();
    let server = world.server("tty");
    receive(&mut world, b"before anybody listened");
    let line = open(&mut world, server.thread, "serial:1");
    assert_eq!(read_bytes(&mut world, server.thread, line, 100), b"before anybody listened");
    assert_eq!(read(&mut world, server.thread, line, 100), None);
    receive(&mut world, b"abc");
    assert_eq!(world.result(server.thread), Some(3));
    receive(&mut world, b"defg");
    assert_eq!(read_bytes(&mut world, server.thread, line, 2), b"de");
    assert_eq!(world.call(server.thread, n::SYS_FEVENT, &[line, 3]), Some(3));
    assert_eq!(read_bytes(&mut world, server.thread, line, 100), b"fg");
    assert_eq!(world.call(server.thread, n::SYS_FEVENT, &[line, 3]), Some(2));
}

#[test]
fn bytes_without_room_stay_in_the_port() {
    let mut world = World::new();
    let server = world.server("tty");
    let line = open_nonblocking(&mut world, server.thread, "serial:1");
    assert_eq!(read(&mut world, server.thread, line, 10), again());
    receive(&mut world, &[1; 4000]);
    receive(&mut world, &[2; 100]);
    assert_eq!(world.core.machine.line(PORT).input.len(), 4);
    assert_eq!(read_bytes(&mut world, server.thread, line, 5000).len(), 4096);
    assert_eq!(read_bytes(&mut world, server.thread, line, 5000), [2; 4]);
}

#[test]
fn output_waits_for_the_port() {
    let mut world = World::new();
    let server = world.server("tty");
    let line = open(&mut world, server.thread, "serial:1");
    world.core.machine.line(PORT).room = Some(0);
    assert_eq!(write(&mut world, server.thread, line, &[b'x'; 4096]), Some(4096));
    assert!(world.core.machine.line(PORT).notify);
    assert_eq!(write(&mut world, server.thread, line, b"more"), None);
    world.core.machine.line(PORT).room = None;
    interrupt(&mut world);
    assert_eq!(world.result(server.thread), Some(4));
    let sent = &world.core.machine.line(PORT).output;
    assert_eq!((sent.len(), &sent[4096..]), (4100, &b"more"[..]));
}

#[test]
fn what_was_written_is_sent_after_the_close() {
    let mut world = World::new();
    let server = world.server("tty");
    let line = open(&mut world, server.thread, "serial:1");
    world.core.machine.line(PORT).room = Some(0);
    write(&mut world, server.thread, line, b"last words");
    close(&mut world, server.thread, line);
    world.core.machine.line(PORT).room = None;
    interrupt(&mut world);
    assert_eq!(world.core.machine.line(PORT).output, b"last words");
}
