//! What the process server is told of the open descriptors of its groups.
//!
//! Decides nothing. Neighbours: `socket::descriptor`, `files` (how programs open what is listed here).

use kernel_abi::descriptor::{CLOSE_ON_EXEC, DescriptorInformation, DescriptorKind, POSITIONED};
use kernel_abi::effect::{ObjectKind, RIGHT_READ};
use kernel_abi::redox::flag::{O_APPEND, O_RDONLY, O_RDWR};
use kernel_abi::verb::SocketVerb;
use zerocopy::{FromBytes, IntoBytes};

use super::case::Case;
use super::files::{open, pipe};
use super::world::{DATA, error};
use crate::errno::Errno;
use crate::file::Object;

const SIZE: usize = size_of::<DescriptorInformation>();

/// The first open descriptor from a number on.
fn ask(case: &mut Case, group: u64, from: u64) -> Result<DescriptorInformation, usize> {
    let raw = case.world.verb(&case.server, SocketVerb::Descriptor, [group, from], (DATA, SIZE as u64));
    match raw.expect("it never waits") {
        SIZE => Ok(DescriptorInformation::read_from_bytes(&case.world.peek(case.server.thread, DATA, SIZE)).unwrap()),
        raw => Err(raw),
    }
}

/// All of them, gaps included.
fn all(case: &mut Case) -> Vec<DescriptorInformation> {
    let group = case.world.group_of(case.client).raw();
    let mut list = Vec::new();
    let mut from = 0;
    while let Ok(information) = ask(case, group, from) {
        from = information.number + u64::from(information.kind != DescriptorKind::Gap as u32);
        list.push(information);
    }
    assert_eq!(ask(case, group, from), Err(error(Errno::ENOENT)));
    list
}

fn name(information: &DescriptorInformation) -> &str {
    core::str::from_utf8(&information.name).unwrap().trim_end_matches('\0')
}

#[test]
fn each_kind_of_open_file_is_told_by_its_name() {
    let mut case = Case::new();
    let group = case.world.group_of(case.client);
    let (first, peer) = pipe(&mut case.world, case.client);
    for path in ["event:", "memory:anonymous/4096", "time:4"] {
        open(&mut case.world, case.client, path);
    }
    let file = Object::Scheme { scheme: case.server.scheme, handle: 5, positioned: true };
    case.world.core.install(group, 10, file, O_RDWR | O_APPEND).unwrap();
    let words = [ObjectKind::Memory as u64, group.raw(), 0, RIGHT_READ];
    case.world.poke(case.server.thread, DATA, words.as_bytes());
    case.world.verb(&case.server, SocketVerb::GrantObject, [group.raw(), 11], (DATA, 32));

    let list = all(&mut case);
    let names: Vec<_> = list.iter().map(|information| (information.number, name(information))).collect();
    let own = [(2, "event"), (3, "memory/anonymous"), (4, "time")];
    assert_eq!(names, [&[(first, "pipe"), (peer, "pipe")], &own[..], &[(10, "proc"), (11, "")]].concat());
    assert_eq!(list[0].label, list[1].label, "both ends are of one pipe");
    assert_eq!((list[0].state, list[3].state), (0, POSITIONED));
    let file = list[5];
    assert_eq!((file.kind, file.scheme, file.label), (DescriptorKind::File as u32, case.server.scheme.raw(), 5));
    assert_eq!((file.flags as usize, file.references), (O_RDWR | O_APPEND, 1));
    let handle = list[6];
    assert_eq!((handle.kind, handle.object), (DescriptorKind::Handle as u32, ObjectKind::Memory as u32));
    assert_eq!((handle.label, handle.flags as usize & O_RDONLY), (group.raw(), O_RDONLY));
}

#[test]
fn close_on_exec_offset_and_references_are_those_of_the_moment() {
    let mut case = Case::new();
    let group = case.world.group_of(case.client);
    let descriptor = open(&mut case.world, case.client, "memory:anonymous/4096");
    case.world.call(case.client, kernel_abi::redox::number::SYS_WRITE, &[descriptor, DATA, 100]);
    let key = case.world.core.groups.get(group).unwrap().table.get(descriptor as usize).unwrap().description;
    case.world.core.share(group, 7, key, true).unwrap();
    let list = all(&mut case);
    assert_eq!(
        list.iter().map(|one| (one.number, one.offset, one.references)).collect::<Vec<_>>(),
        [(descriptor, 100, 2), (7, 100, 2)]
    );
    assert_eq!((list[0].state, list[1].state), (POSITIONED, POSITIONED | CLOSE_ON_EXEC));
}

#[test]
fn a_wide_table_is_walked_in_pieces() {
    let mut case = Case::new();
    let group = case.world.group_of(case.client);
    case.world.core.install(group, 600, Object::Log, O_RDWR).unwrap();
    let numbers: Vec<_> = all(&mut case).iter().map(|one| (one.number, one.kind)).collect();
    assert_eq!(numbers, [(256, 0), (512, 0), (600, DescriptorKind::Kernel as u32)]);
    assert_eq!(ask(&mut case, group.raw(), u64::MAX), Err(error(Errno::ENOENT)));
}

#[test]
fn only_a_group_that_exists_and_reports_to_the_server_is_told_of() {
    let mut case = Case::new();
    assert_eq!(ask(&mut case, 99, 0), Err(error(Errno::ESRCH)));
    let foreign = case.world.server("other").group.raw();
    let refused = ask(&mut case, foreign, 0);
    assert!(refused == Err(error(Errno::EPERM)) || refused == Err(error(Errno::ESRCH)), "{refused:?}");
}
