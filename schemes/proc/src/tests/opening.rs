//! What can be opened, by whom, for what, and what every other attempt gets.
//!
//! Names, flags, rights and the kernel's own handles, each with its errno. Neighbours: `open`, `world`; `files` reads what
//! is opened here.

use kernel_abi::effect::{NEED_COLLECTED, NEED_STOPPED, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::redox::error::{EACCES, EBUSY, EEXIST, EISDIR, ENOENT, ENOTDIR, EPERM};
use proc_abi::path::{PROCESS_FILES, THREAD_FILES};
use runtime::file::OpenFlags;

use super::world::{Reply, World};

const READ: OpenFlags = OpenFlags::READ;
const WRITE: OpenFlags = OpenFlags::WRITE;
const BOTH: OpenFlags = OpenFlags::READ_WRITE;
const SETUID: u32 = 23;

fn error(errno: i32) -> Reply {
    Reply::Error(errno.unsigned_abs())
}

/// Process 2 (a debugger) and process 3 (its target), both of the superuser.
fn pair() -> World {
    let mut world = World::new();
    let init = world.init();
    world.fork(init);
    world.fork(init);
    world
}

fn tid(world: &mut World, pid: i32) -> i32 {
    let program = world.program(pid);
    world.server.processes().get(program.pid).expect("a process").threads[0].tid.raw()
}

#[test]
fn every_name_that_is_listed_opens() {
    let mut world = pair();
    let tid = tid(&mut world, 3);
    let files = PROCESS_FILES.iter().map(|row| format!("3/{}", row.1));
    let threads = THREAD_FILES.iter().map(|row| format!("3/lwp/{tid}/{}", row.1));
    let directories = ["", "3", "3/", "3/lwp", "self", "self/lwp"].map(String::from);
    for path in files.chain(threads).chain(directories).chain([format!("3/lwp/{tid}")]) {
        let opened = world.open(2, &path, if path.ends_with("/run") { BOTH } else { READ });
        if path.ends_with("/run") {
            assert_eq!(opened, error(EBUSY), "nobody debugs it");
            continue;
        }
        assert!(matches!(opened, Reply::Opened(_) | Reply::Object(_)), "{path}: {opened:?}");
    }
}

#[test]
fn other_names_are_not_there() {
    let mut world = pair();
    let long = "1/".repeat(64);
    for path in ["0", "4", "03", "-1", "99999999", "x", "3/x", "3//ctl", "3/lwp/5", "3/lwp/100001/x", "3/ctl/", &long] {
        assert_eq!(world.open(2, path, READ), error(ENOENT), "{path}");
    }
    assert_eq!(world.open(0, "self", READ), error(ENOENT), "a native group is no process");
    assert_eq!(world.open(2, "\u{fe}", READ), error(ENOENT));
}

#[test]
fn directories_are_where_paths_go_on() {
    let mut world = pair();
    let root = world.opened(2, "", READ | OpenFlags::DIRECTORY);
    let Reply::Opened(process) = world.open_at(2, root, "3", READ) else { panic!("a directory") };
    assert!(matches!(world.open_at(2, process, "status", READ), Reply::Opened(_)));
    assert!(matches!(world.open_at(2, process, "", READ), Reply::Opened(_)));
    let status = world.opened(2, "3/status", READ);
    assert_eq!(world.open_at(2, status, "x", READ), error(ENOTDIR));
    let program = world.program(3);
    world.exit(program, 0);
    let init = world.init();
    world.call(init, 7, &[3, 0, 0, 0]);
    assert_eq!(world.open_at(2, process, "status", READ), error(ENOENT), "its process is gone");
}

#[test]
fn flags_that_do_not_fit_are_refused() {
    let mut world = pair();
    assert_eq!(world.open(2, "3", WRITE), error(EISDIR));
    assert_eq!(world.open(2, "", BOTH), error(EISDIR));
    assert_eq!(world.open(2, "3/ctl", BOTH | OpenFlags::DIRECTORY), error(ENOTDIR));
    assert_eq!(world.open(2, "3/ctl", BOTH | OpenFlags::CREATE | OpenFlags::EXCLUSIVE), error(EEXIST));
    for file in ["status", "status.bin", "map", "map.bin", "threads", "threads.bin", "exe", "cmdline", "auxv"] {
        assert_eq!(world.open(2, &format!("3/{file}"), WRITE), error(EACCES), "{file}");
    }
    // What a shell's > asks for.
    let shell = WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
    assert!(matches!(world.open(2, "3/ctl", shell), Reply::Opened(_)));
}

#[test]
fn debugging_needs_the_right_and_looking_does_not() {
    let mut world = pair();
    let stranger = world.program(2);
    world.call(stranger, SETUID, &[1000]);
    let tid = tid(&mut world, 3);
    for file in ["mem", "event", "map", "map.bin", "auxv", &format!("lwp/{tid}/regs"), &format!("lwp/{tid}/info")] {
        assert_eq!(world.open(2, &format!("3/{file}"), READ), error(EPERM), "{file}");
    }
    for file in ["ctl", "event", "mem", &format!("lwp/{tid}/regs")] {
        assert_eq!(world.open(2, &format!("3/{file}"), BOTH), error(EPERM), "{file}");
    }
    for file in ["ctl", "status", "threads", "cmdline", &format!("lwp/{tid}/name")] {
        assert!(matches!(world.open(2, &format!("3/{file}"), READ), Reply::Opened(_)), "{file}");
    }
    for file in ["ctl", "mem"] {
        assert_eq!(world.open(2, &format!("1/{file}"), BOTH), error(EPERM), "init is protected");
        assert_eq!(world.open(0, &format!("3/{file}"), BOTH), error(EPERM), "a native group has no rights");
    }
}

#[test]
fn memory_and_registers_are_the_kernels_own_handles() {
    let mut world = pair();
    let tid = tid(&mut world, 3);
    let target = world.program(3);
    let memory = ObjectKind::Memory as u64;
    let general = ObjectKind::General as u64;
    let registers = format!("3/lwp/{tid}/regs");
    assert_eq!(world.open(2, "3/mem", READ), Reply::Object([memory, target.group, 0, RIGHT_READ]));
    let stopped = RIGHT_READ | NEED_STOPPED;
    assert_eq!(world.open(2, &registers, READ), Reply::Object([general, target.thread, 0, stopped]));
    assert_eq!(world.open(2, "3/mem", BOTH), error(EBUSY), "nobody controls it yet");
    world.opened(2, "3/ctl", BOTH);
    let session = world.model().sessions[0];
    let both = RIGHT_READ | RIGHT_WRITE | NEED_COLLECTED;
    assert_eq!(world.open(2, "3/mem", BOTH), Reply::Object([memory, target.group, session, both]));
    let written = RIGHT_WRITE | NEED_COLLECTED | NEED_STOPPED;
    assert_eq!(world.open(2, &registers, WRITE), Reply::Object([general, target.thread, session, written]));
}

#[test]
fn a_session_lasts_as_long_as_its_control_files() {
    let mut world = pair();
    let control = world.opened(2, "3/ctl", BOTH);
    let event = world.opened(2, "3/event", BOTH);
    assert_eq!(world.model().sessions.len(), 1);
    world.close(control);
    assert_eq!(world.model().sessions.len(), 1);
    world.close(event);
    assert!(world.model().sessions.is_empty());
    world.close(event);
    world.close(0);
    world.close(u64::MAX);
}
