//! Handles that end: exec of a set-id image on either side, exit, and a pid that is another's, file by file.
//!
//! The kernel's own handles are told by the incarnation of the group, which is looked at here; what they then do is tested
//! in the kernel. Neighbours: `judge`, `files`, `opening` (who may open).

use kernel_abi::effect::EffectVerb;
use kernel_abi::redox::error::{EPERM, ESRCH, ESTALE};
use kernel_abi::redox::schemev2::Opcode;
use proc_abi::command::{CommandHeader, Lengths};
use proc_abi::id::PID_MAX;
use proc_abi::request::Request;
use runtime::file::OpenFlags;
use zerocopy::IntoBytes;

use super::world::{DATA, Program, Reply, World};

const READ: OpenFlags = OpenFlags::READ;
const BOTH: OpenFlags = OpenFlags::READ_WRITE;
const SETUID: u32 = 23;
const EXECVE: u32 = 59;
const WAIT4: u32 = 7;
const SOMEBODY: u64 = 1000;

fn number(errno: i32) -> u32 {
    errno.unsigned_abs()
}

fn error(errno: i32) -> Reply {
    Reply::Error(number(errno))
}

/// Process 2 and its child 3, both of one plain user.
fn users() -> (World, Program, Program) {
    let mut world = World::new();
    let init = world.init();
    let debugger = world.fork(init);
    world.call(debugger, SETUID, &[SOMEBODY]);
    exec(&mut world, debugger, "/bin/sh");
    let target = world.fork(debugger);
    (world, debugger, target)
}

fn exec(world: &mut World, program: Program, path: &str) {
    world.call(program, EXECVE, &[DATA, DATA + 8, DATA + 16]);
    world.finish_exec(path);
}

fn tid(world: &World, pid: i32) -> i32 {
    let process = world.server.processes().get(proc_abi::id::Pid::new(pid).expect("a pid")).expect("a process");
    process.threads[0].tid.raw()
}

fn attach() -> Vec<u8> {
    let lengths = Lengths { payload: 0, room: 0 };
    CommandHeader::new(Request::Attach.raw(), 0, 0, 0, lengths).expect("a record").as_bytes().to_vec()
}

/// The files that the debug right was judged for.
fn judged_files(world: &World) -> Vec<String> {
    let thread = format!("3/lwp/{}", tid(world, 3));
    let of_process = ["map", "map.bin", "files", "files.bin", "auxv"].map(|name| format!("3/{name}"));
    of_process.into_iter().chain(["info", "siginfo", "syscall"].map(|name| format!("{thread}/{name}"))).collect()
}

/// What the kernel was told last of a group's incarnation.
fn incarnation(world: &mut World, group: u64) -> u64 {
    let identity =
        |effect: &&kernel_abi::effect::Effect| effect.verb == EffectVerb::Identity as u32 && effect.target == group;
    world.effects().iter().rfind(identity).expect("an identity").words[4]
}

#[test]
fn a_set_id_exec_of_the_target_ends_every_file_that_needed_the_right() {
    let (mut world, _, target) = users();
    let files: Vec<(String, u64)> = judged_files(&world)
        .into_iter()
        .map(|path| {
            let handle = world.opened(2, &path, READ);
            (path, handle)
        })
        .collect();
    let control = world.opened(2, "3/ctl", BOTH);
    let events = [world.opened(2, "3/event", BOTH), world.opened(2, "3/event", READ)];
    let open = ["status", "status.bin", "threads"].map(|name| world.opened(2, &format!("3/{name}"), READ));
    let before = incarnation(&mut world, target.group);
    exec(&mut world, target, "/bin/su");
    assert!(incarnation(&mut world, target.group) > before, "the kernel ends its own handles");
    for (path, handle) in files {
        assert_eq!(world.read(handle, 0, 4096), Err(number(ESTALE)), "{path}");
        assert_eq!(world.open(2, &path, READ), error(EPERM), "{path}");
    }
    assert_eq!(world.write(control, b"stop"), error(ESTALE));
    assert_eq!(world.write(control, &attach()), error(ESTALE));
    for event in events {
        assert_eq!(world.read(event, 0, 160), Err(number(ESTALE)));
    }
    for file in open {
        assert!(world.read(file, 0, 4096).is_ok(), "anyone may look at these");
    }
    assert!(world.model().sessions.is_empty());
}

#[test]
fn readers_that_wait_for_an_event_are_sent_away_by_a_set_id_exec() {
    let (mut world, _, target) = users();
    let event = world.opened(2, "3/event", READ);
    let tag = world.request(2, Opcode::Read, event, (&[], 160), &[0, 0]);
    assert_eq!(world.reply(tag), None);
    exec(&mut world, target, "/bin/su");
    assert_eq!(world.reply(tag), Some(error(ESTALE)));
    let init = world.init();
    world.exit(target, 0);
    for parent in [world.program(2), init] {
        world.call(parent, WAIT4, &[3, 0, 0, 0]);
        assert_eq!(world.read(event, 0, 160), Err(number(ESTALE)), "its end is no news either");
    }
}

#[test]
fn an_ordinary_exec_ends_nothing_of_it() {
    let (mut world, _, target) = users();
    let control = world.opened(2, "3/ctl", BOTH);
    let event = world.opened(2, "3/event", READ);
    let map = world.opened(2, "3/map", READ);
    let before = incarnation(&mut world, target.group);
    exec(&mut world, target, "/bin/sh");
    assert_eq!(incarnation(&mut world, target.group), before);
    assert_eq!(world.write(control, b"stop"), Reply::Value(4));
    assert!(world.read(event, 0, 160).is_ok() && world.read(map, 0, 4096).is_ok());
}

/// Who got the handle from a program that then became a set-id image must not have the image's rights.
#[test]
fn a_set_id_exec_of_the_opener_ends_its_orders() {
    let (mut world, debugger, target) = users();
    let control = world.opened(2, "3/ctl", BOTH);
    exec(&mut world, target, "/bin/su");
    exec(&mut world, debugger, "/bin/su");
    for order in [b"stop".to_vec(), attach()] {
        assert_eq!(world.write(control, &order), error(ESTALE));
    }
    let (mut world, debugger, _) = users();
    let fresh = world.opened(2, "3/ctl", BOTH);
    exec(&mut world, debugger, "/bin/su");
    assert_eq!(world.write(fresh, b"stop"), error(ESTALE), "the opener alone is another");
    world.close(fresh);
    assert!(world.model().sessions.is_empty(), "its end is still that of the session");
}

#[test]
fn the_exit_of_the_opener_ends_its_orders() {
    let (mut world, debugger, _) = users();
    let control = world.opened(2, "3/ctl", BOTH);
    let event = world.opened(2, "3/event", BOTH);
    let observer = world.opened(2, "3/event", READ);
    world.exit(debugger, 0);
    let init = world.init();
    world.call(init, WAIT4, &[2, 0, 0, 0]);
    assert_eq!(world.write(control, b"stop"), error(ESTALE));
    assert_eq!(world.read(event, 0, 160), Err(number(ESTALE)));
    let tag = world.request(1, Opcode::Read, observer, (&[], 160), &[0, 0]);
    assert_eq!(world.reply(tag), None, "looking needs nobody's orders");
    assert!(world.model().sessions.is_empty());
}

/// Makes and reaps children of init until one gets this pid.
fn reuse(world: &mut World, pid: i32) -> Program {
    let init = world.init();
    for _ in 0..=PID_MAX {
        let child = world.fork(init);
        if child.pid.raw() == pid {
            return child;
        }
        world.exit(child, 0);
        world.call(init, WAIT4, &[child.pid.raw().unsigned_abs().into(), 0, 0, 0]);
        let model = world.model();
        (model.performed, model.buffers, model.memory) = Default::default();
        model.callers.clear();
    }
    panic!("{pid} is never free");
}

#[test]
fn a_pid_that_is_anothers_is_neither_the_target_nor_the_opener() {
    let (mut world, debugger, target) = users();
    let files: Vec<u64> = judged_files(&world)
        .into_iter()
        .chain(["status", "status.bin", "threads", "cmdline", "exe"].map(|name| format!("3/{name}")))
        .map(|path| world.opened(2, &path, READ))
        .collect();
    let control = world.opened(2, "3/ctl", BOTH);
    let third = world.fork(debugger);
    let orders = world.opened(2, "4/ctl", BOTH);
    assert_eq!(third.pid.raw(), 4);
    world.exit(target, 0);
    world.call(debugger, WAIT4, &[3, 0, 0, 0]);
    world.exit(debugger, 0);
    let init = world.init();
    world.call(init, WAIT4, &[2, 0, 0, 0]);
    let root = reuse(&mut world, 2);
    reuse(&mut world, 3);
    for file in files {
        assert_eq!(world.read(file, 0, 4096), Err(number(ESRCH)));
    }
    assert_eq!(world.write(control, b"stop"), error(ESTALE));
    assert!(world.read_text(1, "3/status").contains("held by:  nobody\n"));
    assert_eq!(world.write(orders, b"stop"), error(ESTALE), "the new process 2 gave no orders");
    let own = world.opened(2, "4/ctl", BOTH);
    world.close(orders);
    assert_eq!(world.write(own, b"stop"), Reply::Value(4), "closing another's file is not closing its own");
    world.exit(root, 0);
}
