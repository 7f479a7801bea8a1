//! Requests on memory, registers, maps, extended state and system calls: what they move and what they refuse.
//!
//! Decides nothing. Neighbours: specification section 4; FreeBSD's suite never touches most of these.

use kernel_abi::registers::Registers;
use proc_abi::io::IoDescriptor;
use proc_abi::request::Request;
use proc_abi::vm_entry::VmEntry;
use zerocopy::{FromBytes, IntoBytes};

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::{Errno, RequestArguments};

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn io(world: &mut World, tracer: i32, target: i32, descriptor: IoDescriptor) -> crate::Result<IoDescriptor> {
    world.poke(tracer, BUFFER, descriptor.as_bytes());
    world.ptrace(tracer, Request::Io, target, BUFFER, 0)?;
    let bytes: Vec<u8> = (0..8).flat_map(|word| world.peek_int(tracer, BUFFER + word * 4).to_le_bytes()).collect();
    Ok(IoDescriptor::read_from_bytes(&bytes).expect("32 bytes"))
}

#[test]
fn words_are_read_and_written() {
    let (mut world, tracer, child) = traced();
    world.poke(child, 0x3001, &[1, 2, 3, 0xff]);
    assert_eq!(world.ptrace(tracer, Request::ReadD, child, 0x3001, 0), Ok(i32::from_le_bytes([1, 2, 3, 0xff])));
    assert_eq!(world.ptrace(tracer, Request::ReadI, child, UNMAPPED, 0), Err(Errno::ENOMEM));
    assert_eq!(world.ptrace(tracer, Request::ReadI, child, UNMAPPED - 2, 0), Err(Errno::ENOMEM), "short is nothing");
    assert_eq!(world.ptrace(tracer, Request::WriteI, child, 0x4000, -2), Ok(0));
    assert_eq!(world.peek_int(child, 0x4000), -2);
    assert_eq!(world.ptrace(tracer, Request::WriteD, child, UNMAPPED, 1), Err(Errno::ENOMEM));
}

#[test]
fn minus_one_can_be_read_without_being_an_error() {
    let (mut world, tracer, child) = traced();
    world.poke(child, 0x3000, &[0xff; 4]);
    assert_eq!(world.ptrace(tracer, Request::ReadD, child, 0x3000, 0), Ok(-1));
}

#[test]
fn io_moves_any_length_and_says_how_much() {
    let (mut world, tracer, child) = traced();
    let text: Vec<u8> = (0..10_000_u32).map(|byte| byte as u8).collect();
    world.poke(child, 0x5ff0, &text);
    let read = IoDescriptor { op: 1, offs: 0x5ff0, addr: 0x10_0000, len: 10_000, pad: 0 };
    assert_eq!(io(&mut world, tracer, child, read).map(|told| told.len), Ok(10_000));
    assert_eq!(world.peek_int(tracer, 0x10_0000 + 9_996), i32::from_le_bytes([0x0c, 0x0d, 0x0e, 0x0f]));
    let write = IoDescriptor { op: 4, offs: 0x9000, addr: 0x10_0000, len: 3, pad: 0 };
    assert_eq!(io(&mut world, tracer, child, write).map(|told| told.len), Ok(3));
    assert_eq!(world.peek_int(child, 0x9000), 0x0002_0100);
}

#[test]
fn io_of_nothing_needs_its_page_and_failures_leave_the_descriptor_alone() {
    let (mut world, tracer, child) = traced();
    let nothing = IoDescriptor { op: 1, offs: 0x5000, addr: 0, len: 0, pad: 0 };
    assert_eq!(io(&mut world, tracer, child, nothing).map(|told| told.len), Ok(0));
    let unmapped = IoDescriptor { offs: UNMAPPED, ..nothing };
    assert_eq!(io(&mut world, tracer, child, unmapped), Err(Errno::EFAULT));
    assert_eq!(io(&mut world, tracer, child, IoDescriptor { op: 5, ..nothing }), Err(Errno::EINVAL));
    let huge = IoDescriptor { len: u64::MAX, ..nothing };
    assert_eq!(io(&mut world, tracer, child, huge), Err(Errno::EINVAL));
    let tail = IoDescriptor { offs: UNMAPPED - 4, len: 8, addr: 0x10_0000, ..nothing };
    assert_eq!(io(&mut world, tracer, child, tail), Err(Errno::EFAULT));
    assert_eq!(world.peek_int(tracer, BUFFER + 24), 8, "not told");
    let theirs = IoDescriptor { addr: UNMAPPED, len: 8, ..nothing };
    assert_eq!(io(&mut world, tracer, child, theirs), Err(Errno::EFAULT), "the tracer's own buffer");
}

#[test]
fn registers_come_and_go_whole() {
    let (mut world, tracer, child) = traced();
    let main = world.main(child);
    world.model.thread(main).registers.rbx = 77;
    world.model.thread(main).registers.trapno = 9;
    assert_eq!(world.ptrace(tracer, Request::GetRegs, child, BUFFER, 0), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER + 88), 77);
    assert_eq!(world.peek_int(tracer, BUFFER + 120), 0, "trapno is not told");
    let wanted = Registers { rip: 0x4444, cs: 0x2b, ..Registers::default() };
    world.poke(tracer, BUFFER, wanted.as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetRegs, child, BUFFER, 0), Ok(0));
    assert_eq!(world.model.threads[&main].registers, wanted);
    world.poke(tracer, BUFFER, Registers { rip: u64::MAX, ..wanted }.as_bytes());
    assert_eq!(world.ptrace(tracer, Request::SetRegs, child, BUFFER, 0), Err(Errno::EINVAL));
    assert_eq!(world.model.threads[&main].registers, wanted);
    for request in [Request::GetFpRegs, Request::SetFpRegs, Request::GetDbRegs, Request::SetDbRegs] {
        assert_eq!(world.ptrace(tracer, request, child, BUFFER, 0), Ok(0), "{request:?}");
    }
}

#[test]
fn continue_takes_any_address_but_one_as_the_new_pc() {
    let (mut world, tracer, child) = traced();
    let main = world.main(child);
    assert_eq!(world.ptrace(tracer, Request::Continue, child, u64::MAX, 0), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(tracer, Request::Continue, child, 0, 129), Err(Errno::EINVAL), "the signal comes first");
    assert_ne!(world.model.threads[&main].registers.rip, 0);
    assert_eq!(world.ptrace(tracer, Request::Continue, child, 0, 0), Ok(0));
    assert_eq!(world.model.threads[&main].registers.rip, 0, "zero too");
    world.raise(child, proc_abi::signal::SIGSTOP);
    world.wait_stop(tracer, child);
    assert_eq!(world.ptrace(tracer, Request::Step, child, 0x9999, 0), Ok(0));
    assert_eq!(world.model.threads[&main].registers.rip, 0, "STEP ignores it");
}

#[test]
fn steps_are_armed_and_disarmed_without_running() {
    let (mut world, tracer, child) = traced();
    let main = world.main(child);
    assert_eq!(world.ptrace(tracer, Request::SetStep, child, 0, 0), Ok(0));
    assert!(world.model.threads[&main].step && !world.runs(child));
    assert_eq!(world.ptrace(tracer, Request::ClearStep, child, 0, 0), Ok(0));
    assert!(!world.model.threads[&main].step);
    let own = world.tid(world.main(tracer));
    assert_eq!(world.ptrace(tracer, Request::ClearStep, own, 0, 0), Ok(0), "one's own, untraced and running");
    assert_eq!(world.ptrace(tracer, Request::SetStep, own, 0, 0), Err(Errno::EPERM));
}

#[test]
fn the_map_is_walked_by_index() {
    let (mut world, tracer, child) = traced();
    let walk = |world: &mut World, entry: i32, pathlen: u32| {
        let asked = VmEntry { entry, pathlen, path: 0x200, ..VmEntry::default() };
        let arguments = RequestArguments { number: Request::VmEntry.raw(), id: child, address: 0, data: 0 };
        let (result, bytes) = world.record(tracer, arguments, asked.as_bytes());
        result.map(|_| (VmEntry::read_from_prefix(&bytes).expect("64 bytes").0, bytes))
    };
    let (first, bytes) = walk(&mut world, 0, 64).expect("an entry");
    assert_eq!((first.entry, first.start, first.end), (1, 0x40_0000, 0x40_0fff));
    assert_eq!((first.timestamp, first.prot, first.fileid, first.fsid, first.pathlen), (7, 5, 42, 3, 12));
    assert_eq!(&bytes[0x200..0x20c], b"/bin/target\0");
    assert_eq!(walk(&mut world, -5, 0).map(|told| told.0.entry), Ok(1), "negative is 0");
    let (second, _) = walk(&mut world, 1, 64).expect("an entry");
    assert_eq!((second.fileid, second.fsid, second.pathlen), (-1, u32::MAX, 0));
    assert_eq!(walk(&mut world, 0, 11).map(|told| told.0), Err(Errno::ENAMETOOLONG));
    assert_eq!(walk(&mut world, 2, 0).map(|told| told.0), Err(Errno::ENOENT));
    assert_eq!(walk(&mut world, 3, 0).map(|told| told.0), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(tracer, Request::VmTimestamp, child, 0, 0), Ok(7), "32 bits of it");
}

#[test]
fn extended_state_and_bases_check_their_sizes() {
    let (mut world, tracer, child) = traced();
    assert_eq!(world.ptrace(tracer, Request::GetXstateInfo, child, BUFFER, 15), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(tracer, Request::GetXstateInfo, child, BUFFER, 16), Ok(0));
    assert_eq!((world.peek_int(tracer, BUFFER), world.peek_int(tracer, BUFFER + 8)), (7, 832));
    assert_eq!(world.ptrace(tracer, Request::GetXstate, child, BUFFER, 0), Ok(0));
    assert_eq!(world.ptrace(tracer, Request::SetXstate, child, BUFFER, 511), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(tracer, Request::SetXstate, child, BUFFER, 833), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(tracer, Request::SetXstate, child, BUFFER, 832), Ok(0));
    for request in [Request::GetFsBase, Request::SetFsBase, Request::GetGsBase, Request::SetGsBase] {
        assert_eq!(world.ptrace(tracer, request, child, BUFFER, 0), Ok(0), "{request:?}");
        assert_eq!(world.ptrace(tracer, request, child, UNMAPPED, 0), Err(Errno::EFAULT), "{request:?}");
    }
}

#[test]
fn without_xsave_there_is_no_extended_state() {
    let (mut world, tracer, child) = traced();
    world.model.legacy = true;
    for (request, data) in [(Request::GetXstateInfo, 16), (Request::GetXstateInfo, 0), (Request::GetXstate, 0)] {
        assert_eq!(world.ptrace(tracer, request, child, BUFFER, data), Err(Errno::EOPNOTSUPP), "{request:?} {data}");
    }
    assert_eq!(world.ptrace(tracer, Request::SetXstate, child, BUFFER, 512), Err(Errno::EOPNOTSUPP));
}

#[test]
fn lwpinfo_gives_a_prefix_and_no_siginfo_to_old_callers() {
    let (mut world, tracer, child) = traced();
    for (size, result) in [(0, Err(Errno::EINVAL)), (161, Err(Errno::EINVAL)), (-1, Err(Errno::EINVAL)), (160, Ok(0))] {
        assert_eq!(world.ptrace(tracer, Request::LwpInfo, child, BUFFER, size), result);
    }
    world.poke(tracer, BUFFER, &[0x55; 160]);
    assert_eq!(world.ptrace(tracer, Request::LwpInfo, child, BUFFER, 127), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER + 8), 0, "no SI");
    assert_eq!(world.peek_int(tracer, BUFFER + 128), 0x5555_5555);
}

#[test]
fn negative_lengths_of_system_call_requests_are_huge() {
    let (mut world, tracer, child) = traced();
    assert_eq!(world.ptrace(tracer, Request::GetScArgs, child, BUFFER, 64), Err(Errno::EINVAL), "not in a call");
    world.resume(tracer, Request::Syscall, child, 0);
    world.call(child, 20, &[]);
    world.wait_stop(tracer, child);
    world.poke(tracer, BUFFER, &[0x55; 72]);
    assert_eq!(world.ptrace(tracer, Request::GetScArgs, child, BUFFER, -1), Ok(0));
    assert_eq!((world.peek_int(tracer, BUFFER + 60), world.peek_int(tracer, BUFFER + 64)), (0, 0x5555_5555));
    assert_eq!(world.ptrace(tracer, Request::GetScArgs, child, UNMAPPED, 0), Ok(0), "nothing is copied");
}
