//! Reading, listing and asking about files: contents, pieces, and what every other request gets.
//!
//! Every node is read whole and in pieces, every opcode is sent to every kind of node. Neighbours: `serve`, `node`,
//! `world`; `opening` tests who gets this far.

use kernel_abi::descriptor::{CLOSE_ON_EXEC, DescriptorInformation, DescriptorKind, POSITIONED};
use kernel_abi::effect::ObjectKind;
use kernel_abi::redox::error::{EBADF, EINVAL, EISDIR, ENOTDIR, EOPNOTSUPP, EROFS, ESPIPE, ESRCH};
use kernel_abi::redox::flag::{O_APPEND, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::verb::{RegionInformation, ThreadInformation};
use proc_abi::open_file::{OpenFileFlags, OpenFiles};
use proc_abi::status::{MapEntry, ProcessState, ProcessStatus, ThreadStatus};
use runtime::file::OpenFlags;
use runtime::file::directory::Names;
use runtime::file::status::{Kind, Status};
use zerocopy::FromBytes;

use super::world::{DATA, FILE_SCHEME, Reply, STACK, World, file_number};

const READ: OpenFlags = OpenFlags::READ;

fn error(errno: i32) -> Option<Reply> {
    Some(Reply::Error(errno.unsigned_abs()))
}

fn two() -> World {
    let mut world = World::new();
    let init = world.init();
    world.fork(init);
    world
}

fn names(world: &mut World, path: &str, room: usize) -> Vec<String> {
    let handle = world.opened(1, path, READ);
    let mut names = Vec::new();
    let mut next = 0;
    loop {
        let tag = world.request(1, Opcode::Getdents, handle, (&[], room), &[next]);
        let Some(Reply::Value(count)) = world.reply(tag) else { panic!("no listing") };
        if count == 0 {
            return names;
        }
        let records = world.model().buffers[&tag][..count].to_vec();
        // Where the listing goes on stands in the second word of the last record.
        let mut rest = records.as_slice();
        while !rest.is_empty() {
            next = u64::from_le_bytes(rest[8..16].try_into().expect("a word"));
            rest = &rest[usize::from(u16::from_le_bytes([rest[16], rest[17]]))..];
        }
        let read = Names::new(&records).map(|name| String::from_utf8(name.expect("a name").name).expect("text"));
        names.extend(read);
    }
}

#[test]
fn directories_list_everything_once_however_they_are_read() {
    let mut world = two();
    for room in [32, 64, 4096] {
        assert_eq!(names(&mut world, "", room), ["1", "2", "self"]);
        assert_eq!(names(&mut world, "2/lwp", room), ["100001"]);
        let files =
            "ctl event run status status.bin map map.bin files files.bin threads threads.bin mem exe cmdline auxv lwp";
        assert_eq!(names(&mut world, "2", room), files.split(' ').collect::<Vec<_>>());
    }
    let files = "regs fpregs dbregs xstate base info siginfo syscall name";
    assert_eq!(names(&mut world, "2/lwp/100001", 40), files.split(' ').collect::<Vec<_>>());
}

#[test]
fn status_says_what_a_process_is() {
    let mut world = two();
    let expected = "\
name:     init
state:    running
pid:      2
parent:   1
tracer:   none
group:    1
session:  1
uid:      0 0 0
gid:      0 0 0
threads:  1
time/us:  0
pending:  none
blocked:  none
ignored:  none
caught:   none
held by:  nobody
";
    assert_eq!(world.read_text(1, "2/status"), expected);
    let handle = world.opened(1, "2/status.bin", READ);
    let bytes = world.read(handle, 0, 4096).expect("a record");
    let status = ProcessStatus::read_from_bytes(&bytes).expect("one record");
    assert_eq!((status.pid, status.parent, status.state), (2, 1, ProcessState::Running as u32));
    assert_eq!(status.size as usize, bytes.len());
}

#[test]
fn the_chain_of_waits_is_followed_to_its_end() {
    let mut world = two();
    let init = world.init();
    let server = world.fork(init);
    let (client, waits) = (world.program(2), 1);
    let of = |call: u32, waits_for| ThreadInformation { state: waits, call, waits_for, ..ThreadInformation::default() };
    world.model().information.insert(client.thread, of(3, server.group));
    world.model().information.insert(server.thread, of(3, 0xdead));
    let status = world.read_text(1, "2/status");
    let last = status.lines().last().expect("a line");
    assert_eq!(last, "waits:    100001 in read, for init (3) in read, for a server of the system");
    // Servers that wait for each other have no end: the chain is cut.
    world.model().information.insert(server.thread, of(3, client.group));
    assert!(world.read_text(1, "2/status").len() < 2000);
    let handle = world.opened(1, "2/threads.bin", READ);
    let bytes = world.read(handle, 0, 4096).expect("records");
    let (thread, _) = ThreadStatus::read_from_prefix(&bytes).expect("a record");
    assert_eq!((thread.tid, thread.waits_for, thread.syscall_code), (100_001, 3, 3));
    assert!(world.read_text(1, "2/threads").lines().nth(1).expect("a thread").contains("waiting    read"));
}

#[test]
fn a_map_names_the_files_of_the_image() {
    let mut world = two();
    let group = world.program(2).group;
    let number = file_number("/bin/sh");
    let code = RegionInformation {
        start: 0x40_0000,
        end: 0x40_2000,
        offset: 0x1000,
        protection: 5,
        maximum: 7,
        file: 1,
        label: number,
        scheme: FILE_SCHEME,
        ..RegionInformation::default()
    };
    let other = RegionInformation { start: 0x50_0000, end: 0x50_1000, scheme: 5, shared: 1, ..code };
    let memory = RegionInformation { start: 0x58_0000, end: 0x58_1000, scheme: 0, label: 0, ..other };
    let heap = RegionInformation { start: 0x60_0000, end: 0x60_1000, protection: 3, ..RegionInformation::default() };
    world.model().regions.insert(group, vec![code, other, memory, heap]);
    let expected = "\
000000400000-000000402000 r-xp 00001000 /bin/sh
000000500000-000000501000 r-xs 00001000 file 1 of scheme 0x5
000000580000-000000581000 r-xs 00001000 memory:anonymous
000000600000-000000601000 rw-p 00000000
";
    assert_eq!(world.read_text(1, "2/map"), expected);
    assert_eq!(world.read_text(1, "2/exe"), "/bin/sh");
    let handle = world.opened(1, "2/map.bin", READ);
    let bytes = world.read(handle, 0, 4096).expect("records");
    assert_eq!(bytes.len(), 4 * size_of::<MapEntry>());
    let (first, _) = MapEntry::read_from_prefix(&bytes).expect("a record");
    assert_eq!((first.start, first.file, first.scheme), (0x40_0000, number, FILE_SCHEME));
}

/// Descriptors of every kind that `files` names.
fn descriptors(world: &mut World) -> Vec<DescriptorInformation> {
    let (target, own) = (world.program(2), world.opened(2, "2/status", READ));
    let named = |number, name: &[u8]| {
        let mut information = DescriptorInformation { number, references: 1, ..DescriptorInformation::default() };
        information.name[..name.len()].copy_from_slice(name);
        information
    };
    let file = |number, name: &[u8], scheme, label| {
        let kind = DescriptorKind::File as u32;
        DescriptorInformation { kind, scheme, label, ..named(number, name) }
    };
    let handle = |number, object: ObjectKind, label| {
        let kind = DescriptorKind::Handle as u32;
        DescriptorInformation { kind, object: object as u32, label, state: POSITIONED, ..named(number, b"") }
    };
    let kernel = DescriptorKind::Kernel as u32;
    let flags = |flags: usize| flags as u32;
    vec![
        DescriptorInformation { flags: flags(O_RDWR | O_NONBLOCK), ..file(0, b"terminal", 9, 4) },
        DescriptorInformation {
            flags: flags(O_RDONLY),
            state: POSITIONED | CLOSE_ON_EXEC,
            offset: 4096,
            ..file(3, b"file", FILE_SCHEME, file_number("/bin/sh"))
        },
        DescriptorInformation { flags: flags(O_RDONLY), state: POSITIONED, ..file(4, b"proc", 8, own) },
        DescriptorInformation { kind: kernel, flags: flags(O_WRONLY | O_APPEND), label: 0x1_0002, ..named(5, b"pipe") },
        named(256, b""),
        DescriptorInformation { kind: kernel, state: POSITIONED, ..named(700, b"memory/anonymous") },
        DescriptorInformation { flags: flags(O_RDWR), ..handle(701, ObjectKind::Memory, target.group) },
        DescriptorInformation { flags: flags(O_RDONLY), ..handle(702, ObjectKind::General, target.thread) },
        handle(703, ObjectKind::Run, 4242),
        DescriptorInformation { kind: kernel, ..named(704, b"scheme/upper") },
    ]
}

#[test]
fn open_files_are_told_by_name_mode_and_position() {
    let mut world = two();
    let open = descriptors(&mut world);
    let group = world.program(2).group;
    world.model().descriptors.insert(group, open);
    let expected = "   fd mode     position name
    0 rw-n-           - terminal: file 4
    3 r---x        4096 /bin/sh
    4 r----           0 proc:2/status
    5 -wa--           - pipe: 0x10002
  700 -----           0 memory:anonymous
  701 rw---           0 proc:2/mem
  702 r----           0 proc:2/lwp/100001/regs
  703 -----           0 proc:(gone)/run
  704 -----           - scheme:upper
";
    assert_eq!(world.read_text(1, "2/files"), expected);
    let handle = world.opened(1, "2/files.bin", READ);
    let bytes = world.read(handle, 0, 4096).expect("records");
    let records: Vec<_> = OpenFiles::new(&bytes).collect();
    let (file, name) = records[1];
    assert_eq!((records.len(), name, file.descriptor, file.position), (9, &b"/bin/sh"[..], 3, 4096));
    assert_eq!((file.file, file.scheme, file.references), (file_number("/bin/sh"), FILE_SCHEME, 1));
    assert_eq!(file.flags(), OpenFileFlags::READ | OpenFileFlags::CLOSE_ON_EXEC | OpenFileFlags::POSITIONED);
    assert_eq!((records[3].0.file, records[5].0.file), (0x1_0002, 0), "a handle's number is the kernel's own business");
    let length: usize = records.iter().map(|record| record.0.size as usize).sum();
    assert_eq!(length, bytes.len());
}

#[test]
fn arguments_are_read_where_exec_left_them() {
    let mut world = two();
    let group = world.program(2).group;
    let words = [1, STACK + 0x100, 0, 0, 15, STACK + 0x103, 0, 0];
    let mut block: Vec<u8> = words.iter().flat_map(|word: &u64| word.to_le_bytes()).collect();
    block.resize(0x100, 0);
    block.extend_from_slice(b"sh\0/ram/x\0");
    block.resize(0x1000, 0);
    world.model().memory.insert((group, STACK), block);
    assert_eq!(world.read_text(1, "2/cmdline"), "sh\0");
    assert_eq!(world.read_text(1, "2/exe"), "/ram/x", "a file that is not of the image");
    let handle = world.opened(1, "2/auxv", READ);
    assert_eq!(world.read(handle, 0, 4096).expect("a vector").len(), 32);
}

#[test]
fn a_file_that_is_read_in_pieces_shows_one_state() {
    let mut world = two();
    let handle = world.opened(1, "2/status", READ);
    let whole = world.read(handle, 0, 4096).expect("text");
    let first = world.read(handle, 0, 10).expect("text");
    let program = world.program(2);
    world.call(program, 23, &[1000]);
    let mut pieces = first;
    while pieces.len() < whole.len() {
        let piece = world.read(handle, pieces.len() as u64, 10).expect("text");
        assert!(!piece.is_empty());
        pieces.extend(piece);
    }
    assert_eq!(pieces, whole);
    assert_eq!(world.read(handle, whole.len() as u64, 10), Ok(Vec::new()));
    assert_eq!(world.read(handle, u64::MAX, 10), Ok(Vec::new()));
    assert_ne!(world.read(handle, 0, 4096).expect("text"), whole, "from the start it is made anew");
}

#[test]
fn files_of_the_dead_say_so() {
    let mut world = two();
    let status = world.opened(1, "2/status", READ);
    let map = world.opened(1, "2/map", READ);
    let files = world.opened(1, "2/files.bin", READ);
    let program = world.program(2);
    world.exit(program, 3);
    let text = String::from_utf8(world.read(status, 0, 4096).expect("text")).expect("text");
    assert!(text.contains("state:    dead, exit status 3\n"), "{text}");
    assert_eq!(world.read(map, 0, 4096), Ok(Vec::new()), "no space, no map");
    assert_eq!(world.read(files, 0, 4096), Ok(Vec::new()), "no table, no files");
    let init = world.init();
    world.call(init, 7, &[2, DATA, 0, 0]);
    assert_eq!(world.read(status, 0, 4096), Err(ESRCH.unsigned_abs()));
}

#[test]
fn requests_that_make_no_sense_have_their_errors() {
    let mut world = two();
    let status = world.opened(1, "2/status", READ);
    let control = world.opened(1, "2/ctl", OpenFlags::READ_WRITE);
    let root = world.opened(1, "", READ);
    let ask = |world: &mut World, opcode, handle| {
        let tag = world.request(1, opcode, handle, (b"abc", 64), &[0]);
        world.reply(tag)
    };
    assert_eq!(ask(&mut world, Opcode::Read, root), error(EISDIR));
    assert_eq!(ask(&mut world, Opcode::Write, root), error(EISDIR));
    assert_eq!(ask(&mut world, Opcode::Write, status), error(EBADF));
    assert_eq!(ask(&mut world, Opcode::Getdents, status), error(ENOTDIR));
    assert_eq!(ask(&mut world, Opcode::Fsize, control), error(ESPIPE));
    assert_eq!(ask(&mut world, Opcode::Dup, control), error(EINVAL));
    assert_eq!(ask(&mut world, Opcode::UnlinkAt, 0), error(EROFS));
    assert_eq!(ask(&mut world, Opcode::MmapPrep, status), error(EOPNOTSUPP));
    for opcode in [Opcode::Read, Opcode::Write, Opcode::Fstat, Opcode::Fpath, Opcode::Getdents, Opcode::Fevent] {
        assert_eq!(ask(&mut world, opcode, 4242), error(EBADF), "{opcode:?}");
    }
}

#[test]
fn every_number_that_could_be_an_opcode_is_answered() {
    let mut world = two();
    let files: Vec<u64> = ["2/status", "2/ctl", "2", ""].iter().map(|path| world.opened(1, path, READ)).collect();
    for opcode in (0..=u8::MAX).filter_map(Opcode::try_from_raw) {
        for handle in &files {
            let tag = world.request(1, opcode, *handle, (b"x", 16), &[1, 2, 3]);
            assert!(world.reply(tag).is_some(), "{opcode:?}");
        }
    }
}

#[test]
fn kinds_and_paths_are_told() {
    let mut world = two();
    for (path, kind) in [
        ("", Kind::Directory),
        ("2", Kind::Directory),
        ("2/lwp", Kind::Directory),
        ("2/lwp/100001", Kind::Directory),
        ("2/lwp/100001/name", Kind::Regular),
        ("2/ctl", Kind::Character),
        ("2/event", Kind::Character),
        ("2/status", Kind::Regular),
    ] {
        let handle = world.opened(1, path, READ);
        let tag = world.request(1, Opcode::Fstat, handle, (&[], size_of::<Status>()), &[]);
        assert_eq!(world.reply(tag), Some(Reply::Value(size_of::<Status>())));
        let status = Status::read_from_bytes(&world.model().buffers[&tag]).expect("a status");
        assert_eq!(status.kind(), kind, "{path}");
        let tag = world.request(1, Opcode::Fpath, handle, (&[], 64), &[]);
        let Some(Reply::Value(length)) = world.reply(tag) else { panic!("no path") };
        assert_eq!(world.model().buffers[&tag][..length], *format!("proc:{path}").as_bytes());
    }
}

#[test]
fn a_threads_files_tell_its_name_and_its_call() {
    let mut world = two();
    assert_eq!(world.read_text(1, "2/lwp/100001/name"), "init\n");
    assert_eq!(world.read_text(1, "2/lwp/100001/syscall"), "\n");
    let thread = world.program(2).thread;
    let information = ThreadInformation {
        call: 3,
        cause: kernel_abi::stop::Cause::CallExit as u32,
        arguments: [4, 0x1000, 16, 9, 9, 9],
        result: 5_u64.wrapping_neg(),
        ..ThreadInformation::default()
    };
    world.model().information.insert(thread, information);
    assert_eq!(world.read_text(1, "2/lwp/100001/syscall"), "read 0x4 0x1000 0x10 = errno 5\n");
}
