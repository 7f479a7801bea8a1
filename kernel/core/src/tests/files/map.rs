//! FMAP, FUNMAP and MPROTECT from a program's side: rights, addresses, servers' memory objects.
//!
//! Decides nothing. Neighbours: `map`, `memory` (whose own tests cover regions and pages), `files` (helpers).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::flag::{MapFlags, O_RDONLY, O_RDWR, O_WRONLY};
use kernel_abi::redox::number as n;
use kernel_abi::redox::schemev2::Opcode;
use zerocopy::IntoBytes;

use super::super::world::{DATA, HOLE, World, effect, error};
use super::{OUT, close, open, read_bytes, try_open, write};
use crate::errno::Errno;
use crate::thread::ThreadKey;

const ANONYMOUS: u64 = u64::MAX;
const READ_WRITE: MapFlags = MapFlags::PROT_READ.union(MapFlags::PROT_WRITE);

/// FMAP; the raw result, if there is one.
fn map(world: &mut World, thread: ThreadKey, descriptor: u64, length: u64, flags: MapFlags) -> Option<usize> {
    map_at(world, thread, descriptor, [0, length, flags.bits() as u64, 0])
}

fn map_at(world: &mut World, thread: ThreadKey, descriptor: u64, words: [u64; 4]) -> Option<usize> {
    world.poke(thread, OUT, words.as_bytes());
    world.call(thread, n::SYS_FMAP, &[descriptor, OUT, 32])
}

/// A shared mapping for reading and writing.
pub(super) fn map_shared(world: &mut World, thread: ThreadKey, descriptor: u64, length: u64) -> u64 {
    let raw = map(world, thread, descriptor, length, READ_WRITE | MapFlags::MAP_SHARED);
    kernel_abi::decode_result(raw.expect("answered at once")).expect("maps") as u64
}

#[test]
fn fresh_memory_is_zero_and_gone_after_unmap() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let at = map(&mut world, client, ANONYMOUS, 5000, READ_WRITE | MapFlags::MAP_PRIVATE).unwrap() as u64;
    assert_eq!(world.peek(client, at + 8000, 4), [0; 4]);
    world.poke(client, at, b"x");
    assert_eq!(world.call(client, n::SYS_FUNMAP, &[at, 8192]), Some(0));
    assert_eq!(world.call(client, n::SYS_CLOCK_GETTIME, &[4, at]), Some(error(Errno::EFAULT)));
}

#[test]
fn shared_mappings_and_the_file_are_the_same_bytes() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let memory = open(&mut world, client, "memory:anonymous/8192");
    let at = map_shared(&mut world, client, memory, 8192);
    world.poke(client, at + 4094, b"edge");
    assert_eq!(read_bytes(&mut world, client, memory, 4098)[4094..], *b"edge");
    let private = map(&mut world, client, memory, 8192, READ_WRITE | MapFlags::MAP_PRIVATE).unwrap() as u64;
    world.poke(client, private, b"mine");
    assert_eq!(world.peek(client, at, 4), [0; 4], "stores to a private mapping stay there");
    close(&mut world, client, memory);
    assert_eq!(world.peek(client, at + 4094, 4), b"edge", "a mapping outlives the descriptor");
}

#[test]
fn a_descriptor_gives_no_more_than_it_was_opened_for() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let reader = try_open(&mut world, client, "memory:anonymous/4096", O_RDONLY).unwrap() as u64;
    let writer = try_open(&mut world, client, "memory:anonymous/4096", O_WRONLY).unwrap() as u64;
    let shared = MapFlags::MAP_SHARED;
    assert_eq!(map(&mut world, client, reader, 4096, READ_WRITE | shared), Some(error(Errno::EACCES)));
    assert_eq!(map(&mut world, client, writer, 4096, READ_WRITE | shared), Some(error(Errno::EACCES)));
    let at = map(&mut world, client, reader, 4096, MapFlags::PROT_READ | shared).unwrap() as u64;
    let protect = |flags: MapFlags| [at, 4096, flags.bits() as u64];
    assert_eq!(world.call(client, n::SYS_MPROTECT, &protect(READ_WRITE)), Some(error(Errno::EACCES)));
    assert_eq!(world.call(client, n::SYS_MPROTECT, &protect(MapFlags::empty())), Some(0));
    assert_eq!(world.call(client, n::SYS_CLOCK_GETTIME, &[4, at]), Some(error(Errno::EFAULT)));
    let private = map(&mut world, client, reader, 4096, READ_WRITE | MapFlags::MAP_PRIVATE);
    assert!(kernel_abi::decode_result(private.unwrap()).is_ok());
}

#[test]
fn nonsense_is_refused() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let stream = open(&mut world, client, "pipe:");
    let private = (READ_WRITE | MapFlags::MAP_PRIVATE).bits() as u64;
    let fixed = private | MapFlags::MAP_FIXED.bits() as u64;
    let exclusive = private | MapFlags::MAP_FIXED_NOREPLACE.bits() as u64;
    let wrong = [
        ([0, 0, private, 0], Errno::EINVAL),
        ([0, u64::MAX, private, 0], Errno::EINVAL),
        ([0, 1 << 47, private, 0], Errno::ENOMEM),
        ([0, 4096, 0, 0], Errno::EINVAL),
        ([0, 4096, fixed, 0], Errno::EINVAL),
        ([0, 4096, fixed, DATA + 1], Errno::EINVAL),
        ([0, 4096, fixed, 0x7fff_ffff_f000], Errno::EINVAL),
        ([0, 4096, exclusive, DATA], Errno::EEXIST),
    ];
    for (words, errno) in wrong {
        assert_eq!(map_at(&mut world, client, ANONYMOUS, words), Some(error(errno)), "{words:x?}");
    }
    assert_eq!(map_at(&mut world, client, stream, [0, 4096, private, 0]), Some(error(Errno::ENODEV)));
    assert_eq!(map_at(&mut world, client, 99, [0, 4096, private, 0]), Some(error(Errno::EBADF)));
    let memory = open(&mut world, client, "memory:anonymous/4096");
    assert_eq!(map_at(&mut world, client, memory, [1, 4096, private, 0]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_FMAP, &[ANONYMOUS, OUT, 31]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_FMAP, &[ANONYMOUS, HOLE, 32]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(client, n::SYS_FUNMAP, &[DATA + 1, 1]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_FUNMAP, &[DATA, 0]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_MPROTECT, &[HOLE, 4096, 0]), Some(error(Errno::ENOMEM)));
    assert_eq!(world.call(client, n::SYS_MPROTECT, &[DATA, 4096, 4]), Some(error(Errno::EINVAL)));
}

#[test]
fn long_ranges_are_unmapped_and_protected_as_a_whole() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let pages = 700_u64;
    let at = map(&mut world, client, ANONYMOUS, pages * 4096, READ_WRITE | MapFlags::MAP_PRIVATE).unwrap() as u64;
    for page in 0..pages {
        world.poke(client, at + page * 4096, b"x");
    }
    let before = world.core.memory.frames.free();
    let read = MapFlags::PROT_READ.bits() as u64;
    assert_eq!(world.call(client, n::SYS_MPROTECT, &[at, pages * 4096, read]), None);
    world.finish_jobs();
    assert_eq!(world.result(client), Some(0));
    for page in [0, 255, 256, 600, 699] {
        let into = at + page * 4096;
        assert_eq!(world.call(client, n::SYS_CLOCK_GETTIME, &[4, into]), Some(error(Errno::EFAULT)), "{page}");
    }
    assert_eq!(world.call(client, n::SYS_FUNMAP, &[at, pages * 4096]), None);
    world.finish_jobs();
    assert_eq!(world.result(client), Some(0));
    assert_eq!(world.core.memory.frames.free(), before + pages as u32);
}

#[test]
fn a_servers_file_is_mapped_by_its_memory_object() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let memory = open(&mut world, server.thread, "memory:anonymous/8192");
    write(&mut world, server.thread, memory, &[9; 4097]);
    assert_eq!(try_open(&mut world, client, "/lib", O_RDWR), None);
    let tag = world.only(&server, Kind::Request).tag;
    world.order(&server, &[effect(V::ReplyOpen, tag, &[55, 1])]);
    let file = world.result(client).unwrap() as u64;
    let flags = MapFlags::PROT_READ | MapFlags::MAP_SHARED;
    assert_eq!(map_at(&mut world, client, file, [4096, 4096, flags.bits() as u64, 0]), None);
    let message = world.only(&server, Kind::Request);
    assert_eq!((message.number, message.handle), (Opcode::MmapPrep as u32, 55));
    assert_eq!(message.words[..3], [4096, 4096, flags.bits() as u64]);
    world.order(&server, &[effect(V::ReplyDescriptor, message.tag, &[memory, 4096])]);
    let at = world.result(client).unwrap() as u64;
    assert_eq!(world.peek(client, at, 2), [9, 0]);
    assert_eq!(offset_at(&world, client, at), 4096);
    assert_eq!(map_at(&mut world, client, file, [0, 4096, flags.bits() as u64, 0]), None);
    let tag = world.only(&server, Kind::Request).tag;
    world.order(&server, &[effect(V::Reply, tag, &[0])]);
    assert_eq!(world.result(client), Some(error(Errno::EIO)), "success needs a memory object");
}

/// The offset of an address in its file, as a debugger is shown it.
fn offset_at(world: &World, thread: ThreadKey, address: u64) -> u64 {
    let space = world.core.space_of(thread).unwrap();
    let space = world.core.memory.spaces.get(space).unwrap();
    let mut regions = (0..).map_while(|index| space.region(index));
    let region = regions.find(|region| (region.start..region.end).contains(&address)).expect("a region");
    region.offset + (address - region.start)
}

#[test]
fn offsets_are_shown_as_the_files_wherever_the_server_keeps_it() {
    let mut world = World::new();
    let server = world.server("file");
    let client = world.client(&server);
    let memory = open(&mut world, server.thread, "memory:anonymous/16384");
    assert_eq!(try_open(&mut world, client, "/lib", O_RDWR), None);
    let tag = world.only(&server, Kind::Request).tag;
    world.order(&server, &[effect(V::ReplyOpen, tag, &[55, 1])]);
    let file = world.result(client).unwrap() as u64;
    let flags = (MapFlags::PROT_READ | MapFlags::MAP_PRIVATE).bits() as u64;
    // The file begins after the object, and before it.
    for (asked, kept) in [(0, 8192), (4096, 12288), (8192, 0)] {
        assert_eq!(map_at(&mut world, client, file, [asked, 4096, flags, 0]), None);
        let tag = world.only(&server, Kind::Request).tag;
        world.order(&server, &[effect(V::ReplyDescriptor, tag, &[memory, kept])]);
        let at = world.result(client).unwrap() as u64;
        assert_eq!(offset_at(&world, client, at), asked, "{kept}");
    }
}
