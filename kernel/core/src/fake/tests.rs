//! Tests of the fake machine, where other tests lean on it without looking.
//!
//! Table pages and the clock: the rest shows at once in whoever uses it.
//! Neighbour: `fake`.

use super::FakeMachine;
use crate::memory::FrameAllocator;
use crate::seam::{Devices, ExtendedState, Mapping, Page, PageTables, PhysicalMemory, Protection, SerialPort};

#[test]
fn tables_take_frames_and_give_them_back_in_steps() {
    let mut machine = FakeMachine::new(8);
    let mut frames = FrameAllocator::new(&[machine.usable()], &[]).unwrap();
    let root = machine.new_root(&mut frames).unwrap();
    let mapping = Mapping { frame: frames.allocate().unwrap(), protection: Protection::READ };
    assert!(machine.map(root, Page(0x400), mapping, &mut frames));
    assert_eq!(frames.free(), 3);
    // The next leaf table fits, a page far away does not, and its failure takes nothing.
    assert!(machine.map(root, Page(0x600), mapping, &mut frames));
    assert!(!machine.map(root, Page(1 << 30), mapping, &mut frames));
    assert_eq!((frames.free(), machine.table_frames().count()), (2, 5));
    assert_eq!(machine.next_mapped(root, Page(0x401), Page(0x601)), Some((Page(0x600), mapping)));
    assert_eq!(machine.unmap(root, Page(0x400)), Some(mapping));
    assert_eq!(machine.unmap(root, Page(0x600)), Some(mapping));
    assert!(!machine.free_tables(root, 2, &mut frames));
    assert!(machine.free_tables(root, 9, &mut frames));
    assert_eq!((frames.free(), machine.roots()), (7, 0));
}

#[test]
fn time_passes_only_when_a_test_says_so() {
    let mut machine = FakeMachine::new(1);
    machine.set_timer(Some(10));
    assert!(!machine.advance(9));
    assert_eq!((machine.now(), machine.deadline()), (9, Some(10)));
    assert!(machine.advance(1));
    assert_eq!(machine.deadline(), None);
}

#[test]
fn lines_take_as_much_as_they_have_room_for() {
    let mut machine = FakeMachine::new(1);
    machine.line(SerialPort::Console).room = Some(2);
    assert_eq!(machine.serial_write(SerialPort::Console, b"abc"), 2);
    machine.serial_notify_writable(SerialPort::Console);
    machine.line(SerialPort::Debugger).input.extend(b"$");
    assert_eq!(machine.serial_read(SerialPort::Debugger), Some(b'$'));
    let console = machine.line(SerialPort::Console);
    assert_eq!((console.output.as_slice(), console.notify), (b"ab".as_slice(), true));
}

#[test]
fn a_new_extended_image_is_nobodys_registers() {
    let mut machine = FakeMachine::new(1);
    let frame = crate::seam::Frame(machine.usable().first);
    machine.run_extended(frame);
    machine.reset_extended(frame);
    assert_eq!(machine.live_extended(), None);
    let mut word = [0; 4];
    machine.read(frame, 24, &mut word);
    assert_eq!(u32::from_le_bytes(word), 0x1f80);
}
