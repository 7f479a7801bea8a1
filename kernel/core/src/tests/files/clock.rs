//! Clocks, sleeping, timer files, slices, timers of servers.
//!
//! Decides nothing. Neighbours: `clock`, `file::timer`, `files` (helpers).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::redox::flag::{CLOCK_MONOTONIC, CLOCK_REALTIME};
use kernel_abi::redox::number as n;
use zerocopy::IntoBytes;

use super::super::world::{HOLE, World, effect, error};
use super::{IN, OUT, open, pass, read, read_bytes, write};
use crate::errno::Errno;
use crate::pending::Interruption;
use crate::scheduler::SLICE;
use crate::seam::Devices;
use crate::thread::ThreadKey;

const SECOND: u64 = 1_000_000_000;

fn sleep(world: &mut World, thread: ThreadKey, seconds: i64, nanoseconds: u64) -> Option<usize> {
    world.poke(thread, OUT, [seconds as u64, nanoseconds].as_bytes());
    world.call(thread, n::SYS_NANOSLEEP, &[OUT, IN])
}

#[test]
fn a_sleep_is_over_when_its_time_is() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    assert_eq!(sleep(&mut world, client, 1, 500), None);
    pass(&mut world, SECOND + 499);
    assert_eq!(world.result(client), None);
    pass(&mut world, 1);
    assert_eq!(world.result(client), Some(0));
    assert_eq!(sleep(&mut world, client, 0, 0), Some(0));
}

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    let mut world = World::new();
    let server = world.server("proc");
    let [late, early] = [world.client(&server), world.client(&server)];
    world.sleep(&server);
    assert_eq!(sleep(&mut world, late, 2, 0), None);
    assert_eq!(sleep(&mut world, early, 1, 0), None);
    assert_eq!(world.core.machine.deadline(), Some(SECOND));
    pass(&mut world, SECOND);
    assert_eq!((world.result(late), world.result(early)), (None, Some(0)));
    pass(&mut world, SECOND);
    assert_eq!(world.result(late), Some(0));
}

#[test]
fn an_interrupted_sleep_says_what_was_left() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    assert_eq!(sleep(&mut world, client, 3, 7), None);
    pass(&mut world, SECOND);
    world.core.interrupt(client, Interruption::Restart);
    assert_eq!(world.result(client), Some(error(Errno::EINTR)), "a sleep is never restarted");
    assert_eq!(world.peek(client, IN, 16), [2_u64, 7].as_bytes());
    assert_eq!(sleep(&mut world, client, 9, 0), None);
    pass(&mut world, 3 * SECOND);
    assert_eq!(world.result(client), None, "the entry of the first sleep means nothing");
}

#[test]
fn times_that_make_no_sense_are_refused() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    assert_eq!(sleep(&mut world, client, -1, 0), Some(error(Errno::EINVAL)));
    assert_eq!(sleep(&mut world, client, 0, SECOND), Some(error(Errno::EINVAL)));
    assert_eq!(world.call(client, n::SYS_NANOSLEEP, &[HOLE, 0]), Some(error(Errno::EFAULT)));
    assert_eq!(world.call(client, n::SYS_CLOCK_GETTIME, &[7, IN]), Some(error(Errno::EINVAL)));
    assert_eq!(sleep(&mut world, client, i64::MAX, 0), None, "the end of time");
}

#[test]
fn clocks_count_from_boot_and_from_1970() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    pass(&mut world, 2 * SECOND + 5);
    assert_eq!(world.call(client, n::SYS_CLOCK_GETTIME, &[CLOCK_MONOTONIC as u64, IN]), Some(0));
    assert_eq!(world.peek(client, IN, 16), [2_u64, 5].as_bytes());
    let boot = world.core.machine.boot_time();
    assert_eq!(world.call(client, n::SYS_CLOCK_GETTIME, &[CLOCK_REALTIME as u64, IN]), Some(0));
    assert_eq!(world.peek(client, IN, 16), [boot + 2, 5].as_bytes());
    let timer = open(&mut world, client, "time:4");
    assert_eq!(read_bytes(&mut world, client, timer, 16), [2_u64, 5].as_bytes());
    assert_eq!(read(&mut world, client, timer, 15), Some(error(Errno::EINVAL)));
}

#[test]
fn a_timer_file_counts_on_its_own_clock() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    let timer = open(&mut world, client, "time:1");
    let ready = |world: &mut World| world.call(client, n::SYS_FEVENT, &[timer, 1]);
    let boot = world.core.machine.boot_time();
    assert_eq!(write(&mut world, client, timer, [boot + 3, 0].as_bytes()), Some(16));
    assert_eq!(ready(&mut world), Some(0));
    pass(&mut world, 3 * SECOND);
    assert_eq!(ready(&mut world), Some(1));
    read_bytes(&mut world, client, timer, 16);
    assert_eq!(ready(&mut world), Some(0), "a read takes the readiness away");
    assert_eq!(write(&mut world, client, timer, &[0; 15]), Some(error(Errno::EINVAL)));
}

#[test]
fn equals_take_turns_and_an_idle_machine_has_no_ticks() {
    let mut world = World::new();
    let server = world.server("proc");
    let [one, other] = [world.client(&server), world.client(&server)];
    world.sleep(&server);
    world.focus(one);
    world.core.clock_running();
    pass(&mut world, SLICE);
    assert_eq!(world.core.scheduler.current, Some(one), "the first tick only marks who runs");
    pass(&mut world, SLICE);
    assert_eq!(world.core.scheduler.current, Some(other));
    for thread in [one, other] {
        world.focus(thread);
        sleep(&mut world, thread, 100, 0);
    }
    world.settle();
    let deadline = world.core.machine.deadline().unwrap();
    assert!(deadline > 50 * SECOND, "{deadline}: no tick while nothing runs");
}

#[test]
fn a_server_gets_a_message_at_each_of_its_times() {
    let mut world = World::new();
    let server = world.server("proc");
    world.order(&server, &[effect(V::Timer, 1, &[SECOND]), effect(V::Timer, 2, &[2 * SECOND])]);
    world.order(&server, &[effect(V::Timer, 3, &[SECOND]), effect(V::Timer, 1, &[3 * SECOND])]);
    world.order(&server, &[effect(V::Timer, 3, &[0])]);
    pass(&mut world, SECOND);
    assert!(world.order(&server, &[]).is_empty(), "3 was taken back, 1 was moved");
    pass(&mut world, SECOND);
    assert_eq!(world.only(&server, Kind::Timer).words[0], 2);
    pass(&mut world, SECOND);
    assert_eq!(world.only(&server, Kind::Timer).words[0], 1);
    pass(&mut world, 100 * SECOND);
    assert!(world.order(&server, &[]).is_empty());
}

#[test]
fn entries_of_sleeps_that_ended_do_not_pile_up() {
    let mut world = World::new();
    let server = world.server("proc");
    let client = world.client(&server);
    for _ in 0..1000 {
        assert_eq!(sleep(&mut world, client, 1000, 0), None);
        world.core.interrupt(client, Interruption::Error);
        assert_eq!(world.result(client), Some(error(Errno::EINTR)));
    }
    assert!(world.core.timers.entry_count() < 16);
}
