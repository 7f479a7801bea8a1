//! Descriptors: numbers, copies, close-on-exec, flags, names that do not exist, calls that make no sense.
//!
//! Decides nothing. Neighbours: `file::descriptor`, `file::open`, `file::stat`, `files` (helpers).

use kernel_abi::redox::flag::{
    F_DUPFD, F_GETFD, F_GETFL, F_SETFD, F_SETFL, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, SEEK_CUR, SEEK_END, SEEK_SET,
};
use kernel_abi::redox::number as n;
use kernel_abi::{FD_CLOEXEC, LOWEST_FREE, NAMESPACE, O_CLOEXEC};

use super::super::world::{HOLE, World, error};
use super::{IN, PATH, again, close, dup, open, pipe, read, read_bytes, try_open, write};
use crate::errno::Errno;

#[test]
fn descriptors_are_the_lowest_free_or_the_one_asked_for() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let descriptors: Vec<u64> = (0..3).map(|_| open(&mut world, client, "pipe:")).collect();
    assert_eq!(descriptors, [0, 1, 2]);
    close(&mut world, client, 1);
    assert_eq!(dup(&mut world, client, 0, ""), Ok(1));
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[0, 9, 0, 0]), Some(9));
    let before = world.core.descriptions.len();
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[2, 9, 0, 0]), Some(9), "what was open there is closed");
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[9, 9, 0, 0]), Some(9));
    assert_eq!(world.core.descriptions.len(), before);
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[0, 1 << 40, 0, 0]), Some(error(Errno::EBADF)));
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[8, LOWEST_FREE as u64, 0, 0]), Some(error(Errno::EBADF)));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[0, F_DUPFD as u64, 9]), Some(10));
    assert_eq!(world.call(client, n::SYS_CLOSE, &[8]), Some(error(Errno::EBADF)));
}

#[test]
fn a_copy_replaces_what_was_there() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let (first, peer) = pipe(&mut world, client);
    let memory = open(&mut world, client, "memory:anonymous/4096");
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[memory, peer, 0, 0]), Some(peer as usize));
    assert_eq!(read(&mut world, client, first, 1), Some(0), "the other end was closed by that");
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[memory, memory, 0, 0]), Some(memory as usize));
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[first, first, 0, 0]), Some(first as usize));
    assert_eq!(world.core.descriptions.len(), 3);
    close(&mut world, client, first);
    assert!(world.core.pipes.is_empty());
}

#[test]
fn copies_share_all_but_close_on_exec() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let raw = try_open(&mut world, client, "memory:anonymous/4096", O_RDWR | O_CLOEXEC);
    assert_eq!(raw, Some(0));
    assert_eq!(dup(&mut world, client, 0, ""), Ok(1));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[0, F_GETFD as u64, 0]), Some(FD_CLOEXEC));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[1, F_GETFD as u64, 0]), Some(0));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[1, F_SETFD as u64, FD_CLOEXEC as u64]), Some(0));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[1, F_GETFD as u64, 0]), Some(FD_CLOEXEC));
    assert_eq!(write(&mut world, client, 0, b"abc"), Some(3));
    assert_eq!(world.call(client, n::SYS_LSEEK, &[1, 0, SEEK_CUR as u64]), Some(3), "one offset for both");
    assert_eq!(world.call(client, n::SYS_FCNTL, &[1, F_SETFL as u64, (O_NONBLOCK | O_WRONLY) as u64]), Some(0));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[0, F_GETFL as u64, 0]), Some(O_RDWR | O_NONBLOCK));
}

#[test]
fn access_modes_are_kept() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let reader = try_open(&mut world, client, "memory:anonymous/4096", O_RDONLY).unwrap() as u64;
    let writer = try_open(&mut world, client, "memory:anonymous/4096", O_WRONLY).unwrap() as u64;
    assert_eq!(write(&mut world, client, reader, b"x"), Some(error(Errno::EBADF)));
    assert_eq!(read(&mut world, client, writer, 1), Some(error(Errno::EBADF)));
    assert_eq!(read_bytes(&mut world, client, reader, 1), [0]);
    let both = try_open(&mut world, client, "memory:anonymous/4096", 0).unwrap() as u64;
    assert_eq!(write(&mut world, client, both, b"x"), Some(1), "no mode means both for the kernel's own files");
}

#[test]
fn nonblocking_is_a_flag_of_the_open_file() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let (first, _peer) = pipe(&mut world, client);
    world.call(client, n::SYS_FCNTL, &[first, F_SETFL as u64, O_NONBLOCK as u64]);
    assert_eq!(read(&mut world, client, first, 1), again());
}

#[test]
fn paths_that_lead_nowhere_have_their_errors() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let nowhere = [
        ("", Errno::ENOENT),
        ("relative", Errno::ENOENT),
        ("nobody:x", Errno::ENODEV),
        ("/bin/sh", Errno::ENODEV),
        ("pipe:x", Errno::ENOENT),
        ("time:9", Errno::ENOENT),
        ("sys:x", Errno::ENOENT),
        ("memory:x", Errno::ENOENT),
        ("memory:anonymous/", Errno::EINVAL),
        ("memory:anonymous/0", Errno::EINVAL),
        ("memory:anonymous/-1", Errno::EINVAL),
        ("memory:anonymous/99999999999999999999", Errno::EINVAL),
        ("memory:anonymous/18446744073709551615", Errno::ENOMEM),
        ("serial:0", Errno::EPERM),
        ("log:", Errno::EPERM),
        ("image:", Errno::EPERM),
        ("sys:fail", Errno::EPERM),
        ("sys:shutdown", Errno::EPERM),
    ];
    for (path, errno) in nowhere {
        assert_eq!(try_open(&mut world, client, path, O_RDWR), Some(error(errno)), "{path}");
    }
    let name = NAMESPACE as u64;
    let open = |length, at| [name, at, length, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &open(4097, PATH)), Some(error(Errno::ENAMETOOLONG)));
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &open(u64::MAX, PATH)), Some(error(Errno::ENAMETOOLONG)));
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &open(5, HOLE)), Some(error(Errno::EFAULT)));
    world.poke(client, PATH, b"pipe\xff");
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &open(5, PATH)), Some(error(Errno::EINVAL)));
    assert_eq!(world.core.descriptions.len(), 1, "nothing was opened but the server's socket");
    assert!(world.core.pipes.is_empty() && world.core.memory.objects.is_empty());
}

#[test]
fn a_descriptor_that_cannot_be_had_opens_nothing() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let first = open(&mut world, client, "pipe:");
    world.poke(client, PATH, b"pipe:");
    let into = |target: u64| [NAMESPACE as u64, PATH, 5, O_RDWR as u64, target];
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &into(first)), Some(error(Errno::EBUSY)));
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &into(1 << 20)), Some(error(Errno::EBADF)));
    assert_eq!(world.core.pipes.len(), 1);
    world.poke(client, PATH, b"peer");
    assert_eq!(world.call(client, n::SYS_DUP_INTO, &[first, first, PATH, 4]), Some(error(Errno::EBUSY)));
    assert_eq!(dup(&mut world, client, first, "peer"), Ok(1), "the peer can still be asked for");
}

#[test]
fn relative_paths_need_a_directory_of_a_server() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let first = open(&mut world, client, "pipe:");
    world.poke(client, PATH, b"x");
    let arguments = [first, PATH, 1, O_RDWR as u64, LOWEST_FREE as u64];
    assert_eq!(world.call(client, n::SYS_OPENAT_INTO2, &arguments), Some(error(Errno::ENOTDIR)));
    assert_eq!(
        world.call(client, n::SYS_OPENAT_INTO2, &[77, PATH, 1, 0, LOWEST_FREE as u64]),
        Some(error(Errno::EBADF))
    );
}

#[test]
fn offsets_have_a_range_and_streams_have_none() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/8192");
    let (stream, _peer) = pipe(&mut world, client);
    let mut seek =
        |descriptor, by: i64, whence: usize| world.call(client, n::SYS_LSEEK, &[descriptor, by as u64, whence as u64]);
    assert_eq!(seek(memory, 100, SEEK_SET), Some(100));
    assert_eq!(seek(memory, -40, SEEK_CUR), Some(60));
    assert_eq!(seek(memory, -92, SEEK_END), Some(8100));
    assert_eq!(seek(memory, -1, SEEK_SET), Some(error(Errno::EINVAL)));
    assert_eq!(seek(memory, i64::MAX, SEEK_CUR), Some(error(Errno::EINVAL)));
    assert_eq!(seek(memory, 0, 9), Some(error(Errno::EINVAL)));
    assert_eq!(seek(memory, 0, SEEK_CUR), Some(8100), "failures move nothing");
    assert_eq!(seek(stream, 0, SEEK_SET), Some(error(Errno::ESPIPE)));
    assert_eq!(world.call(client, n::SYS_READ2, &[stream, IN, 1, 0, 0]), Some(error(Errno::ESPIPE)));
    assert_eq!(world.call(client, n::SYS_WRITE2, &[stream, IN, 1, 0, 0]), Some(error(Errno::ESPIPE)));
}

#[test]
fn questions_about_the_kernels_own_files_are_answered() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/5000");
    let (stream, _peer) = pipe(&mut world, client);
    world.poke(client, IN, &[0xff; 104]);
    assert_eq!(world.call(client, n::SYS_FSTAT, &[memory, IN, 104]), Some(0));
    let stat = world.peek(client, IN, 104);
    assert_eq!(stat[16..18], 0o100_600_u16.to_le_bytes());
    assert_eq!(stat[18..20], [0, 0], "padding is zero");
    assert_eq!(stat[32..40], 8192_u64.to_le_bytes());
    assert_eq!(world.call(client, n::SYS_FSTAT, &[stream, IN, 103]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_FSTAT, &[stream, HOLE, 104]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(client, n::SYS_FPATH, &[stream, IN, 100]), Some(12));
    assert_eq!(world.peek(client, IN, 12), b"/scheme/pipe");
    assert_eq!(world.call(client, kernel_abi::calls::SYS_GETDENTS, &[stream, IN, 100, 0]), Some(error(Errno::ENOTDIR)));
    assert_eq!(world.call(client, n::SYS_FEVENT, &[stream, 3]), Some(2), "a pipe without bytes can be written");
    assert_eq!(world.call(client, n::SYS_FEVENT, &[stream, 8]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_FCNTL, &[stream, 77, 0]), Some(error(Errno::EINVAL)));
}
