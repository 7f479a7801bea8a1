//! A descriptor that one group of a server's is lent from another.
//!
//! Decides nothing. Neighbour: `socket::lend`.

use kernel_abi::redox::number as n;
use kernel_abi::verb::{Lend, SocketVerb};
use zerocopy::IntoBytes;

use super::case::Case;
use super::world::{DATA, error};
use crate::errno::Errno;
use crate::file::Object;

#[test]
fn the_same_open_file_is_in_both_tables() {
    let mut case = Case::new();
    let other = case.world.client(&case.server);
    let (from, to) = (case.world.group_of(case.client), case.world.group_of(other));
    let object = Object::Scheme { scheme: case.server.scheme, handle: 5, positioned: false };
    let descriptor = case.world.core.install(from, kernel_abi::LOWEST_FREE, object, 0).unwrap() as u64;
    let mut lend = |source: u64, descriptor: u64, target: u64| {
        let asked = Lend { source, descriptor, target, reserved: 0 };
        case.world.poke(case.server.thread, DATA, asked.as_bytes());
        case.world.verb(&case.server, SocketVerb::Lend, [to.raw(), 0], (DATA, size_of::<Lend>() as u64))
    };
    assert_eq!(lend(from.raw(), descriptor, 9), Some(9));
    assert_eq!(lend(from.raw(), 77, 10), Some(error(Errno::EBADF)));
    assert_eq!(lend(from.raw(), u64::MAX, 10), Some(error(Errno::EBADF)));
    assert_eq!(lend(99, descriptor, 10), Some(error(Errno::ESRCH)));
    let foreign = case.server.group.raw();
    let refused = lend(foreign, case.server.socket as u64, 10);
    assert!(refused == Some(error(Errno::EBADF)) || refused == Some(error(Errno::EPERM)), "{refused:?}");
    assert_eq!(case.world.call(other, n::SYS_CLOSE, &[9]), Some(0));
    assert_eq!(case.world.order(&case.server, &[]), [], "the file is still open in the other table");
}
