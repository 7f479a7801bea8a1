//! Handles on memory and registers of a target: rights, shapes of memory, refusals that change nothing.
//!
//! Decides nothing. Neighbours: `core::target`, `core::register_file`, `session` (how long handles live).

use kernel_abi::effect::{EffectVerb as V, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::redox::number::{SYS_DUP_INTO, SYS_READ2, SYS_WRITE2};
use kernel_abi::registers::{DebugRegisters, FloatRegisters, Registers, SegmentBases};
use kernel_abi::verb::{ForkFlags, SocketVerb};
use zerocopy::{FromZeros, IntoBytes};

use super::case::Case;
use super::fork::fork;
use super::world::{DATA, DATA_LENGTH, ENTRY, HOLE, effect, error};
use crate::errno::Errno;
use crate::file::Object;
use crate::memory::Protection;
use crate::target::Rights;
use crate::thread::ThreadKey;

/// Program text.
const TEXT: u64 = 0x40_0000;
/// Pages with a hole after each.
const ISLANDS: u64 = 0x60_0000;

struct Debugged {
    case: Case,
    debugger: ThreadKey,
}

impl Debugged {
    fn new() -> Self {
        let mut case = Case::new();
        let debugger = case.world.client(&case.server);
        let space = case.world.core.space_of(case.client).unwrap();
        case.world.map(space, TEXT, 4096, Protection::READ | Protection::EXECUTE);
        for island in 0..3 {
            case.world.map(space, ISLANDS + island * 8192, 4096, Protection::READ | Protection::WRITE);
        }
        Self { case, debugger }
    }

    /// A handle in the debugger's table.
    fn grant(&mut self, kind: ObjectKind, rights: u64) -> u64 {
        let target = if kind == ObjectKind::Memory { self.group() } else { self.case.client.raw() };
        let words = [kind as u64, target, 0, rights];
        self.case.world.poke(self.case.server.thread, DATA, words.as_bytes());
        let group = self.case.world.group_of(self.debugger).raw();
        let descriptor = 3 + kind as u64 * 4 + rights;
        let raw = self.case.world.verb(&self.case.server, SocketVerb::GrantObject, [group, descriptor], (DATA, 32));
        assert_eq!(raw, Some(descriptor as usize));
        descriptor
    }

    fn group(&self) -> u64 {
        self.case.world.group_of(self.case.client).raw()
    }

    fn read(&mut self, handle: u64, length: u64, offset: u64) -> Result<Vec<u8>, u32> {
        let raw = self.case.world.call(self.debugger, SYS_READ2, &[handle, DATA, length, offset]).unwrap();
        kernel_abi::decode_result(raw).map(|count| self.case.world.peek(self.debugger, DATA, count))
    }

    fn write(&mut self, handle: u64, bytes: &[u8], offset: u64) -> Result<usize, u32> {
        self.case.world.poke(self.debugger, DATA, bytes);
        let raw = self.case.world.call(self.debugger, SYS_WRITE2, &[handle, DATA, bytes.len() as u64, offset]).unwrap();
        kernel_abi::decode_result(raw)
    }
}

const BOTH: u64 = RIGHT_READ | RIGHT_WRITE;

#[test]
fn a_handle_does_what_its_rights_say() {
    let mut debugged = Debugged::new();
    for kind in [ObjectKind::Memory, ObjectKind::Bases] {
        let reader = debugged.grant(kind, RIGHT_READ);
        let writer = debugged.grant(kind, RIGHT_WRITE);
        let offset = if kind == ObjectKind::Memory { DATA } else { 0 };
        assert_eq!(debugged.read(reader, 16, offset).unwrap().len(), 16);
        assert_eq!(debugged.write(reader, &[0; 16], offset), Err(Errno::EBADF.0));
        assert_eq!(debugged.read(writer, 16, offset), Err(Errno::EBADF.0));
        assert_eq!(debugged.write(writer, &[0; 16], offset), Ok(16));
    }
}

#[test]
fn accesses_cross_pages_and_end_at_holes() {
    let mut debugged = Debugged::new();
    let memory = debugged.grant(ObjectKind::Memory, BOTH);
    let edge = DATA + 3 * 4096 - 5;
    for length in [10, 64, 65, 9000] {
        let bytes: Vec<u8> = (0..length).map(|number| number as u8 ^ length as u8).collect();
        assert_eq!(debugged.write(memory, &bytes, edge), Ok(length));
        assert_eq!(debugged.read(memory, length as u64, edge).unwrap(), bytes);
        assert_eq!(debugged.case.world.peek(debugged.case.client, edge, length), bytes);
    }
    for length in [16, 64, 200, 5000] {
        assert_eq!(debugged.read(memory, length, ISLANDS + 4090).unwrap().len(), 6, "{length}");
        assert_eq!(debugged.write(memory, &vec![1; length as usize], ISLANDS + 4090), Ok(6), "{length}");
        assert_eq!(debugged.read(memory, length, ISLANDS + 4096), Err(Errno::EFAULT.0));
        assert_eq!(debugged.write(memory, &vec![1; length as usize], ISLANDS + 4096), Err(Errno::EFAULT.0));
    }
    assert_eq!(debugged.read(memory, 0, HOLE), Ok(vec![]));
    for far in [0, 8, u64::MAX, u64::MAX - 4096, 1 << 47, 0x7fff_ffff_f000] {
        assert_eq!(debugged.read(memory, 8, far), Err(Errno::EFAULT.0), "{far:#x}");
        assert_eq!(debugged.write(memory, &[0; 8], far), Err(Errno::EFAULT.0), "{far:#x}");
    }
    debugged.case.world.audit();
}

#[test]
fn a_breakpoint_in_text_is_this_process_alone() {
    let mut debugged = Debugged::new();
    let space = debugged.case.world.core.space_of(debugged.case.client).unwrap();
    let (child, group) = fork(&mut debugged.case, ForkFlags::empty()).unwrap();
    debugged.case.world.finish_jobs();
    let memory = debugged.grant(ObjectKind::Memory, BOTH);
    assert_eq!(debugged.write(memory, &[0xcc], TEXT + 8), Ok(1));
    assert_eq!(debugged.read(memory, 1, TEXT + 8).unwrap(), [0xcc]);
    assert_eq!(debugged.case.world.peek(child, TEXT + 8, 1), [0], "the child has its own");
    let write = debugged.case.world.core.copy_out(space, TEXT, &[1]);
    assert_eq!(write, Err(Errno::EFAULT), "the program itself still cannot write there");
    let server = debugged.case.server;
    let raw = debugged.case.world.verb(&server, SocketVerb::ReadMemory, [group, TEXT], (DATA, 1));
    assert_eq!(raw, Some(1));
    debugged.case.world.audit();
}

#[test]
fn register_sets_are_taken_whole_or_not_at_all() {
    let mut debugged = Debugged::new();
    let sizes = [
        (ObjectKind::General, size_of::<Registers>()),
        (ObjectKind::Float, size_of::<FloatRegisters>()),
        (ObjectKind::Debug, size_of::<DebugRegisters>()),
        (ObjectKind::Bases, size_of::<SegmentBases>()),
        (ObjectKind::Extended, 832),
    ];
    for (kind, size) in sizes {
        let handle = debugged.grant(kind, BOTH);
        let image = debugged.read(handle, 4096, 0).unwrap();
        assert_eq!(debugged.write(handle, &image, 0), Ok(size));
        // The processor's own mask of MXCSR is in the image from now on.
        let image = debugged.read(handle, 4096, 0).unwrap();
        assert_eq!(image.len(), size, "{kind:?}");
        assert_eq!(debugged.read(handle, 8, 0).unwrap(), image[..8], "a shorter buffer gets the front");
        assert_eq!(debugged.read(handle, 8, 8), Ok(vec![]), "there is nothing behind the set");
        let mut wrong = vec![0xff_u8; size + 8];
        for length in [0, 1, 8, size - 1, size + 1, size + 8] {
            // An XSAVE image may be shorter, down to its header.
            if kind != ObjectKind::Extended || length < 576 || length > size {
                assert_eq!(debugged.write(handle, &wrong[..length], 0), Err(Errno::EINVAL.0), "{kind:?} {length}");
            }
        }
        wrong.truncate(size);
        assert_eq!(debugged.write(handle, &wrong, 8), Err(Errno::EINVAL.0), "not at an offset");
        assert_eq!(debugged.read(handle, 4096, 0).unwrap(), image, "{kind:?} is as it was");
    }
}

#[test]
fn values_that_a_user_frame_cannot_have_are_refused() {
    let mut debugged = Debugged::new();
    let general = debugged.grant(ObjectKind::General, BOTH);
    let present = debugged.case.world.core.threads.get(debugged.case.client).unwrap().context.registers;
    let with = |change: fn(&mut Registers)| {
        let mut registers = present;
        change(&mut registers);
        registers
    };
    for bad in [
        with(|registers| registers.rip = 1 << 47),
        with(|registers| registers.rip = u64::MAX),
        with(|registers| registers.rsp = 0xffff_8000_0000_0000),
        with(|registers| registers.cs = 8),
        with(|registers| registers.rflags ^= 1 << 9),
        with(|registers| registers.rflags |= 3 << 12),
        with(|registers| registers.rflags |= 1 << 17),
    ] {
        assert_eq!(debugged.write(general, bad.as_bytes(), 0), Err(Errno::EINVAL.0), "{bad:x?}");
    }
    let bases = debugged.grant(ObjectKind::Bases, BOTH);
    for bad in [SegmentBases { fs: 1 << 47, gs: 0 }, SegmentBases { fs: 0, gs: u64::MAX }] {
        assert_eq!(debugged.write(bases, bad.as_bytes(), 0), Err(Errno::EINVAL.0));
    }
    let debug = debugged.grant(ObjectKind::Debug, BOTH);
    let mut kernel_watch = DebugRegisters::new_zeroed();
    (kernel_watch.dr[0], kernel_watch.dr[7]) = (0xffff_8000_0000_0000, 1);
    assert_eq!(debugged.write(debug, kernel_watch.as_bytes(), 0), Err(Errno::EINVAL.0));
    let context = &debugged.case.world.core.threads.get(debugged.case.client).unwrap().context;
    assert_eq!((context.registers, context.fs_base, context.debug.dr[7]), (present, 0, 0));
}

#[test]
fn an_extended_image_names_only_components_that_exist() {
    let mut debugged = Debugged::new();
    let extended = debugged.grant(ObjectKind::Extended, BOTH);
    let image = debugged.read(extended, 4096, 0).unwrap();
    for (place, byte) in [(512, 8), (519, 0x80), (520, 1), (575, 1)] {
        let mut bad = image.clone();
        bad[place] = byte;
        assert_eq!(debugged.write(extended, &bad, 0), Err(Errno::EINVAL.0), "byte {place}");
    }
    assert_eq!(debugged.read(extended, 4096, 0).unwrap(), image);
    let mut rounding = image.clone();
    rounding[24..28].copy_from_slice(&[0xff; 4]);
    rounding[512] = 3;
    assert_eq!(debugged.write(extended, &rounding, 0), Ok(image.len()));
    let kept = debugged.read(extended, 32, 0).unwrap();
    assert_eq!(kept[24..28], 0xffff_u32.to_le_bytes(), "MXCSR keeps only what the processor has");
}

#[test]
fn handles_of_the_dead_find_nobody() {
    let mut debugged = Debugged::new();
    let memory = debugged.grant(ObjectKind::Memory, BOTH);
    let general = debugged.grant(ObjectKind::General, BOTH);
    let kill = effect(V::Kill, debugged.case.client.raw(), &[]);
    debugged.case.world.order(&debugged.case.server, &[kill]);
    debugged.case.world.finish_jobs();
    for handle in [memory, general] {
        assert_eq!(debugged.read(handle, 8, 0), Err(Errno::ESRCH.0));
        assert_eq!(debugged.write(handle, &[0; 8], 0), Err(Errno::ESRCH.0));
    }
    // The slots are used again; the handles do not notice.
    debugged.case.client = debugged.case.world.client(&debugged.case.server);
    assert_eq!(debugged.read(memory, 8, DATA), Err(Errno::ESRCH.0));
    assert_eq!(debugged.read(general, 8, 0), Err(Errno::ESRCH.0));
}

#[test]
fn buffers_in_holes_are_the_debuggers_fault_and_change_nothing() {
    let mut debugged = Debugged::new();
    let memory = debugged.grant(ObjectKind::Memory, BOTH);
    let general = debugged.grant(ObjectKind::General, BOTH);
    let before = debugged.case.world.peek(debugged.case.client, DATA, 64);
    let size = size_of::<Registers>() as u64;
    for (handle, length, offset) in [(memory, 8, DATA), (memory, 5000, DATA), (general, size, 0)] {
        for call in [SYS_READ2, SYS_WRITE2] {
            let raw = debugged.case.world.call(debugged.debugger, call, &[handle, HOLE, length, offset]);
            assert_eq!(raw, Some(error(Errno::EFAULT)));
        }
    }
    let edge = DATA + DATA_LENGTH - 20;
    let raw = debugged.case.world.call(debugged.debugger, SYS_WRITE2, &[general, edge, size, 0]);
    assert_eq!(raw, Some(error(Errno::EFAULT)));
    assert_eq!(debugged.case.world.peek(debugged.case.client, DATA, 64), before);
    assert_eq!(debugged.case.world.core.threads.get(debugged.case.client).unwrap().context.registers.rip, ENTRY);
}

#[test]
fn a_named_duplicate_can_only_read_and_can_do_no_more_again() {
    let mut debugged = Debugged::new();
    let memory = debugged.grant(ObjectKind::Memory, BOTH);
    let writer = debugged.grant(ObjectKind::Bases, RIGHT_WRITE);
    let name = |debugged: &mut Debugged, handle: u64, name: &[u8]| {
        debugged.case.world.poke(debugged.debugger, DATA, name);
        let lowest = kernel_abi::LOWEST_FREE as u64;
        let words = [handle, lowest, DATA, name.len() as u64];
        let raw = debugged.case.world.call(debugged.debugger, SYS_DUP_INTO, &words).unwrap();
        kernel_abi::decode_result(raw).map(|descriptor| descriptor as u64)
    };
    for wrong in [&b"peer"[..], b"rea", b"reader", b"writ"] {
        assert_eq!(name(&mut debugged, memory, wrong), Err(Errno::EINVAL.0));
    }
    assert_eq!(name(&mut debugged, writer, b"read"), Err(Errno::EBADF.0), "it cannot read");
    let reader = name(&mut debugged, memory, b"read").unwrap();
    assert_eq!(debugged.read(reader, 16, DATA).unwrap().len(), 16);
    assert_eq!(debugged.write(reader, &[0; 16], DATA), Err(Errno::EBADF.0));
    let object = debugged.case.world.core.file_of(debugged.debugger, reader as usize).unwrap().1.object;
    let Object::Target(handle) = object else { panic!("a handle") };
    assert_eq!(handle.rights, Rights::READ, "the handle itself has less, not its descriptor alone");
    assert_eq!(debugged.write(memory, &[0; 16], DATA), Ok(16), "the original is what it was");
    let again = name(&mut debugged, reader, b"read").unwrap();
    assert_eq!(debugged.write(again, &[0; 16], DATA), Err(Errno::EBADF.0));
    debugged.case.world.audit();
}
