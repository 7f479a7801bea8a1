//! GETREGSET and SETREGSET: notes, sizes, and that nothing is written by halves.
//!
//! Decides nothing. Neighbours: `requests` (the older requests), specification section 11; upstream's PT_REGSET test.

use kernel_abi::registers::Registers;
use proc_abi::register_set::{IoVector, Note, StatusNote};
use proc_abi::request::Request;
use proc_abi::signal::SIGSTOP;
use zerocopy::{FromBytes, IntoBytes};

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::{Errno, Result};

/// Where the tracer's buffer for the set lies.
const SET: u64 = BUFFER + 0x100;
const ALL: [(Note, u64); 4] =
    [(Note::Status, 224), (Note::Float, 512), (Note::SegmentBases, 16), (Note::ExtendedState, 832)];

fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    (world, pids[0], child)
}

fn peek(world: &World, pid: i32, address: u64, length: u64) -> Vec<u8> {
    (0..length).map(|at| world.peek_int(pid, address + at) as u8).collect()
}

fn ask(world: &mut World, pids: (i32, i32), request: Request, note: i32, vector: IoVector) -> Result<u64> {
    world.poke(pids.0, BUFFER, vector.as_bytes());
    world.ptrace(pids.0, request, pids.1, BUFFER, note)?;
    let told = IoVector::read_from_bytes(&peek(world, pids.0, BUFFER, 16)).expect("16 bytes");
    assert_eq!(told.base, vector.base);
    Ok(told.length)
}

#[test]
fn sets_are_named_by_their_notes() {
    let (mut world, tracer, child) = traced();
    for (note, size) in ALL {
        let asked = IoVector { base: 0, length: 7 };
        assert_eq!(ask(&mut world, (tracer, child), Request::GetRegSet, note as i32, asked), Ok(size), "{note:?}");
        let whole = IoVector { base: SET, length: size };
        assert_eq!(ask(&mut world, (tracer, child), Request::GetRegSet, note as i32, whole), Ok(size), "{note:?}");
    }
    for note in [0, 3, 4, -1, 0x201, 0x203, i32::MAX, i32::MIN] {
        let asked = IoVector { base: 0, length: 0 };
        for request in [Request::GetRegSet, Request::SetRegSet] {
            assert_eq!(ask(&mut world, (tracer, child), request, note, asked), Err(Errno::EINVAL), "{note}");
        }
    }
    let main = world.main(child);
    world.model.thread(main).registers.rbx = 77;
    world.model.thread(main).registers.err = 9;
    let whole = IoVector { base: SET, length: 224 };
    assert_eq!(ask(&mut world, (tracer, child), Request::GetRegSet, Note::Status as i32, whole), Ok(224));
    let told = StatusNote::read_from_bytes(&peek(&world, tracer, SET, 224)).expect("224 bytes");
    let registers = Registers { err: 0, ..world.model.threads[&main].registers };
    assert_eq!(told, StatusNote::new(world.tid(main), SIGSTOP.number(), registers));
}

#[test]
fn lengths_must_be_exact() {
    let (mut world, tracer, child) = traced();
    for (note, size) in ALL {
        for length in [0, size - 1, size + 1, u64::MAX] {
            let vector = IoVector { base: SET, length };
            let got = ask(&mut world, (tracer, child), Request::GetRegSet, note as i32, vector);
            assert_eq!(got, Err(Errno::EINVAL), "{note:?} {length}");
            let shorter = note == Note::ExtendedState && length == size - 1;
            let expected = if shorter { Ok(length) } else { Err(Errno::EINVAL) };
            let set = ask(&mut world, (tracer, child), Request::SetRegSet, note as i32, vector);
            assert_eq!(set, expected, "{note:?} {length}");
        }
        let nowhere = IoVector { base: UNMAPPED, length: size };
        for request in [Request::GetRegSet, Request::SetRegSet] {
            assert_eq!(ask(&mut world, (tracer, child), request, note as i32, nowhere), Err(Errno::EFAULT), "{note:?}");
        }
    }
    let short = IoVector { base: SET, length: 511 };
    let note = Note::ExtendedState as i32;
    assert_eq!(ask(&mut world, (tracer, child), Request::SetRegSet, note, short), Err(Errno::EINVAL));
}

#[test]
fn written_sets_arrive() {
    let (mut world, tracer, child) = traced();
    let main = world.main(child);
    let wanted = Registers { rip: 0x4444, cs: 0x2b, ..Registers::default() };
    // Only the registers count: what the note says of itself is not looked at.
    let note = StatusNote { version: -3, ..StatusNote::new(1, 1, wanted) };
    world.poke(tracer, SET, note.as_bytes());
    let whole = IoVector { base: SET, length: 224 };
    assert_eq!(ask(&mut world, (tracer, child), Request::SetRegSet, Note::Status as i32, whole), Ok(224));
    assert_eq!(world.model.threads[&main].registers, wanted);
    let bad = StatusNote::new(1, 1, Registers { rip: u64::MAX, ..wanted });
    world.poke(tracer, SET, bad.as_bytes());
    let refused = ask(&mut world, (tracer, child), Request::SetRegSet, Note::Status as i32, whole);
    assert_eq!(refused, Err(Errno::EINVAL));
    assert_eq!(world.model.threads[&main].registers, wanted);
    for (note, length) in ALL.into_iter().skip(1) {
        let vector = IoVector { base: SET + 0x400, length };
        assert_eq!(ask(&mut world, (tracer, child), Request::SetRegSet, note as i32, vector), Ok(length), "{note:?}");
    }
}

#[test]
fn without_xsave_its_note_is_unknown() {
    let (mut world, tracer, child) = traced();
    world.model.legacy = true;
    for request in [Request::GetRegSet, Request::SetRegSet] {
        let vector = IoVector { base: SET, length: 832 };
        let result = ask(&mut world, (tracer, child), request, Note::ExtendedState as i32, vector);
        assert_eq!(result, Err(Errno::EINVAL), "{request:?}");
    }
}
