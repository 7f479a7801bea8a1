//! The files of `sys:` and `log:`, and who may use them.
//!
//! Decides nothing. Neighbours: `file::system`, `file::log`, `files` (helpers).

use kernel_abi::effect::GROUP_PRIVILEGED;
use kernel_abi::redox::flag::{O_RDONLY, O_RDWR};
use kernel_abi::redox::number as n;
use kernel_abi::verb::{ForkFlags, SocketVerb};

use super::super::world::{World, error};
use super::{IN, OUT, open, read, read_bytes, try_open, write};
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::seam::{Devices, SerialPort};

#[test]
fn counts_are_lines_of_names_and_numbers() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let counts = open(&mut world, client, "sys:counts");
    let text = String::from_utf8(read_bytes(&mut world, client, counts, 4096)).unwrap();
    assert!(text.starts_with(&format!("frames {} free ", world.core.memory.frames.total())), "{text}");
    assert!(text.contains("\nthreads 2\ngroups 2\n"), "{text}");
    assert!(text.ends_with('\n') && text.len() < 1000);
    assert_eq!(read(&mut world, client, counts, 4096), Some(0), "the end of the file");
    assert_eq!(world.call(client, n::SYS_READ2, &[counts, IN, 6, 0, 0]), Some(6));
    assert_eq!(write(&mut world, client, counts, b"x"), Some(error(Errno::EINVAL)));
}

#[test]
fn switches_are_a_number_beside_the_counts() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let switches = open(&mut world, client, "sys:switches");
    assert_eq!(read_bytes(&mut world, client, switches, 100), b"0\n", "the fake machine runs nothing");
    assert_eq!(read(&mut world, client, switches, 100), Some(0), "the end of the file");
    assert_eq!(write(&mut world, client, switches, b"x"), Some(error(Errno::EINVAL)));
}

#[test]
fn what_is_logged_can_be_read_and_is_on_the_device() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let log = open(&mut world, server.thread, "log:");
    assert_eq!(write(&mut world, server.thread, log, b"one line\n"), Some(9));
    assert_eq!(world.core.machine.log, b"one line\n");
    let reader = open(&mut world, client, "sys:log");
    assert_eq!(read_bytes(&mut world, client, reader, 4), b"one ");
    assert_eq!(read_bytes(&mut world, client, reader, 100), b"line\n");
    assert_eq!(read(&mut world, client, reader, 100), Some(0));
    write(&mut world, server.thread, log, b"more");
    assert_eq!(read_bytes(&mut world, client, reader, 100), b"more");
    assert_eq!(read(&mut world, server.thread, log, 1), Some(error(Errno::EINVAL)));
}

#[test]
fn privileged_files_need_a_privileged_group() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    assert_eq!(try_open(&mut world, client, "sys:fail", O_RDWR), Some(error(Errno::EPERM)));
    assert!(kernel_abi::decode_result(try_open(&mut world, client, "sys:counts", O_RDONLY).unwrap()).is_ok());
    let group = world.group_of(client);
    world.core.groups.get_mut(group).unwrap().flags = GROUP_PRIVILEGED;
    open(&mut world, client, "sys:fail");
    open(&mut world, client, "log:");
}

#[test]
fn an_allocation_fails_on_purpose() {
    let mut world = World::new();
    let server = world.server("proc");
    let fail = open(&mut world, server.thread, "sys:fail");
    let memory = open(&mut world, server.thread, "memory:anonymous/8192");
    assert_eq!(write(&mut world, server.thread, fail, b"x"), Some(error(Errno::EINVAL)));
    world.poke(server.thread, OUT, &[0; 8192]);
    assert_eq!(write(&mut world, server.thread, fail, b"frame 2\n"), Some(8));
    assert_eq!(write(&mut world, server.thread, memory, &[1; 8192]), Some(4096), "the second page has no frame");
    assert_eq!(write(&mut world, server.thread, memory, &[1; 4096]), Some(4096), "it fails once");
}

#[test]
fn an_allocation_of_the_heap_is_chosen_and_watched() {
    let mut world = World::new();
    let server = world.server("proc");
    let fail = open(&mut world, server.thread, "sys:fail");
    assert_eq!(write(&mut world, server.thread, fail, b"heap 7"), Some(6));
    assert_eq!(write(&mut world, server.thread, fail, b"frame 900"), Some(9));
    assert_eq!(world.core.machine.allocations_left(), Some(7));
    assert_eq!(read_bytes(&mut world, server.thread, fail, 64), b"frame 900\nheap 7\n");
    write(&mut world, server.thread, fail, b"heap 0");
    assert_eq!(world.core.machine.allocations_left(), None);
}

#[test]
fn what_was_written_to_a_line_is_sent_before_the_machine_goes_off() {
    let mut world = World::new();
    let server = world.server("proc");
    let (line, switch) = (open(&mut world, server.thread, "serial:0"), open(&mut world, server.thread, "sys:shutdown"));
    world.core.machine.line(SerialPort::Console).room = Some(0);
    assert_eq!(write(&mut world, server.thread, line, b"the last words"), Some(14));
    world.core.machine.line(SerialPort::Console).room = Some(1);
    write(&mut world, server.thread, switch, &[16]);
    assert_eq!(world.core.machine.line(SerialPort::Console).output, b"the last words");
    assert_eq!(world.core.machine.powered_off, Some(16));
}

#[test]
fn a_status_byte_switches_the_machine_off() {
    let mut world = World::new();
    let server = world.server("proc");
    let switch = open(&mut world, server.thread, "sys:shutdown");
    assert_eq!(write(&mut world, server.thread, switch, &[]), Some(error(Errno::EINVAL)));
    assert_eq!(world.core.machine.powered_off, None);
    write(&mut world, server.thread, switch, &[16]);
    assert_eq!(world.core.machine.powered_off, Some(16));
}

#[test]
fn a_group_and_those_after_it_see_only_the_names_it_kept() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let names = open(&mut world, client, "sys:namespace");
    assert_eq!(read_bytes(&mut world, client, names, 64), b"*\n");
    assert_eq!(write(&mut world, client, names, b"sys"), Some(error(Errno::EPERM)), "it is not privileged");
    let group = world.group_of(client);
    world.core.groups.get_mut(group).unwrap().flags = GROUP_PRIVILEGED;
    assert_eq!(write(&mut world, client, names, &[b'a'; 401]), Some(error(Errno::E2BIG)));
    assert_eq!(write(&mut world, client, names, b"sys event\n"), Some(10));
    for path in ["proc:1", "pipe:", "/bin/sh", "/scheme/proc"] {
        assert_eq!(try_open(&mut world, client, path, O_RDWR), Some(error(Errno::ENODEV)), "{path}");
    }
    open(&mut world, client, "event:");
    let again = open(&mut world, client, "sys:namespace");
    assert_eq!(read_bytes(&mut world, client, again, 64), b"sys\nevent\n");
    assert_eq!(write(&mut world, client, again, b"proc"), Some(error(Errno::EPERM)), "what is gone stays gone");
    let child = world.core.fork(client, ForkFlags::SHARE_SPACE, 0).unwrap().group;
    let loader = world.verb(&server, SocketVerb::CreateGroup, [group.raw(), 4], (0, 0)).unwrap() as u64;
    for raw in [child, loader] {
        let view = world.core.groups.get(GroupKey::from_raw(raw)).unwrap().view;
        assert!(view.sees("event") && !view.sees("proc"));
    }
    assert_eq!(world.verb(&server, SocketVerb::CreateGroup, [99, 4], (0, 0)), Some(error(Errno::ESRCH)));
}
