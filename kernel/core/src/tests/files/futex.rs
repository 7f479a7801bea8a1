//! Futexes: comparison, order, timeouts, requeueing, shared words.
//!
//! Decides nothing. Neighbours: `futex`, `memory::futex`, `files` (helpers).

use kernel_abi::effect::EffectVerb;
use kernel_abi::redox::flag::{FUTEX_REQUEUE, FUTEX_WAIT, FUTEX_WAIT64, FUTEX_WAKE};
use kernel_abi::redox::number as n;
use zerocopy::IntoBytes;

use super::super::world::{DATA, HOLE, World, effect, error};
use super::{OUT, pass};
use crate::errno::Errno;
use crate::pending::Interruption;
use crate::thread::ThreadKey;

const WORD: u64 = DATA + 64;
const OTHER: u64 = DATA + 128;

fn wait(world: &mut World, thread: ThreadKey, address: u64, value: u64) -> Option<usize> {
    world.call(thread, n::SYS_FUTEX, &[address, FUTEX_WAIT as u64, value, 0, 0])
}

fn wake(world: &mut World, thread: ThreadKey, address: u64, count: u64) -> Option<usize> {
    world.call(thread, n::SYS_FUTEX, &[address, FUTEX_WAKE as u64, count, 0, 0])
}

/// A world with this many threads in one group.
fn threads<const N: usize>() -> (World, [ThreadKey; N]) {
    let mut world = World::new();
    let server = world.server("proc");
    let first = world.client(&server);
    let group = world.group_of(first);
    let threads = core::array::from_fn(|index| if index == 0 { first } else { world.thread(group) });
    (world, threads)
}

#[test]
fn a_wait_needs_the_value_it_saw() {
    let (mut world, [waiter, waker]) = threads();
    world.poke(waiter, WORD, &7_u32.to_le_bytes());
    assert_eq!(wait(&mut world, waiter, WORD, 8), Some(error(Errno::EAGAIN)));
    assert_eq!(wait(&mut world, waiter, WORD, 7 | 1 << 40), None, "only 32 bits are compared");
    assert_eq!(wake(&mut world, waker, WORD, 1), Some(1));
    assert_eq!(world.result(waiter), Some(0));
    assert_eq!(wake(&mut world, waker, WORD, 1), Some(0));
    world.poke(waiter, WORD, &(7_u64 | 1 << 40).to_le_bytes());
    let wait64 = |value: u64| [WORD, FUTEX_WAIT64 as u64, value, 0, 0];
    assert_eq!(world.call(waiter, n::SYS_FUTEX, &wait64(7)), Some(error(Errno::EAGAIN)));
    assert_eq!(world.call(waiter, n::SYS_FUTEX, &wait64(7 | 1 << 40)), None);
}

#[test]
fn the_first_to_wait_is_the_first_to_wake() {
    let (mut world, [a, b, c, waker]) = threads();
    for thread in [a, b, c] {
        assert_eq!(wait(&mut world, thread, WORD, 0), None);
    }
    assert_eq!(wake(&mut world, waker, WORD, 1), Some(1));
    assert_eq!((world.result(a), world.result(b), world.result(c)), (Some(0), None, None));
    assert_eq!(wake(&mut world, waker, OTHER, 9), Some(0));
    assert_eq!(wake(&mut world, waker, WORD, u64::MAX), Some(2));
    assert_eq!((world.result(b), world.result(c)), (Some(0), Some(0)));
}

#[test]
fn deadlines_are_absolute() {
    let (mut world, [waiter, waker]) = threads();
    pass(&mut world, 5_000_000_000);
    let timed = [WORD, FUTEX_WAIT as u64, 0, OUT, 0];
    world.poke(waiter, OUT, [4_u64, 0].as_bytes());
    assert_eq!(world.call(waiter, n::SYS_FUTEX, &timed), Some(error(Errno::ETIMEDOUT)));
    world.poke(waiter, OUT, [6_u64, 0].as_bytes());
    assert_eq!(world.call(waiter, n::SYS_FUTEX, &timed), None);
    pass(&mut world, 1_000_000_000);
    assert_eq!(world.result(waiter), Some(error(Errno::ETIMEDOUT)));
    assert_eq!(wake(&mut world, waker, WORD, 1), Some(0), "who timed out does not wait any more");
}

#[test]
fn requeued_waiters_wait_for_the_other_word() {
    let (mut world, [a, b, c, waker]) = threads();
    for thread in [a, b, c] {
        assert_eq!(wait(&mut world, thread, WORD, 0), None);
    }
    let requeue = [WORD, FUTEX_REQUEUE as u64, 1, 1, OTHER];
    assert_eq!(world.call(waker, n::SYS_FUTEX, &requeue), Some(1));
    assert_eq!(world.result(a), Some(0));
    assert_eq!(wake(&mut world, waker, WORD, 9), Some(1));
    assert_eq!((world.result(b), world.result(c)), (None, Some(0)));
    assert_eq!(wake(&mut world, waker, OTHER, 9), Some(1));
    assert_eq!(world.result(b), Some(0));
}

#[test]
fn interrupted_waiters_are_not_woken_again() {
    let (mut world, [a, b, waker]) = threads();
    assert_eq!(wait(&mut world, a, WORD, 0), None);
    assert_eq!(wait(&mut world, b, WORD, 0), None);
    world.core.interrupt(a, Interruption::Error);
    assert_eq!(world.result(a), Some(error(Errno::EINTR)));
    assert_eq!(wake(&mut world, waker, WORD, 1), Some(1), "the wake is not lost on who left");
    assert_eq!(world.result(b), Some(0));
}

#[test]
fn nonsense_is_refused() {
    let (mut world, [thread]) = threads();
    assert_eq!(wait(&mut world, thread, WORD + 2, 0), Some(error(Errno::EINVAL)));
    assert_eq!(wait(&mut world, thread, HOLE, 0), Some(error(Errno::EFAULT)));
    assert_eq!(wait(&mut world, thread, u64::MAX - 3, 0), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(thread, n::SYS_FUTEX, &[WORD, 77, 0, 0, 0]), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(thread, n::SYS_FUTEX, &[WORD, FUTEX_WAIT as u64, 0, HOLE, 0]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(thread, n::SYS_FUTEX, &[WORD + 4, FUTEX_WAIT64 as u64, 0, 0, 0]), Some(error(Errno::EINVAL)));
}

#[test]
fn a_shared_word_is_the_same_at_every_address() {
    let (mut world, [waiter, waker]) = threads();
    let memory = super::open(&mut world, waiter, "memory:anonymous/4096");
    let [one, other] = [0, 0].map(|_| super::map::map_shared(&mut world, waiter, memory, 4096));
    assert_ne!(one, other);
    assert_eq!(wait(&mut world, waiter, one + 8, 0), None);
    assert_eq!(wake(&mut world, waker, other + 4, 1), Some(0));
    assert_eq!(wake(&mut world, waker, other + 8, 1), Some(1));
    assert_eq!(world.result(waiter), Some(0));
}

#[test]
fn a_server_wakes_who_waits_for_a_word_of_a_group() {
    let mut world = World::new();
    let server = world.server("proc");
    let waiter = world.client(&server);
    assert_eq!(wait(&mut world, waiter, WORD, 0), None);
    let group = world.group_of(waiter).raw();
    for address in [OTHER, HOLE, u64::MAX] {
        world.order(&server, &[effect(EffectVerb::Wake, group, &[address])]);
        assert_eq!(world.result(waiter), None, "{address:#x}");
    }
    world.order(&server, &[effect(EffectVerb::Wake, group, &[WORD])]);
    assert_eq!(world.result(waiter), Some(0));
}
