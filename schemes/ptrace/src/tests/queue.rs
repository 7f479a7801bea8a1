//! The signal queue against a plain model: nothing merges, nothing injected is lost, the limit holds.
//!
//! Decides nothing. Neighbours: `queue`; specification section 5.3.

use proc_abi::id::Pid;
use proc_abi::signal::{MAX_PENDING_PER_PROCESS, SIGCHLD, SIGKILL, SIGUSR1, SIGUSR2};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use proptest::test_runner::{Config, RngSeed};

use crate::Errno;
use crate::queue::{End, Marks, Queued, SignalQueue};

fn add(queue: &mut SignalQueue, queued: Queued) -> crate::Result<()> {
    let counted = queue.counted();
    queue.add(queued, End::Tail, counted)
}

#[test]
fn equal_signals_are_kept_apart_up_to_the_limit() {
    let mut queue = SignalQueue::default();
    for code in 0..MAX_PENDING_PER_PROCESS as i32 {
        assert_eq!(add(&mut queue, Queued::new(SIGUSR1, code)), Ok(()));
    }
    assert_eq!(add(&mut queue, Queued { marks: Marks::REFUSABLE, ..Queued::new(SIGUSR1, 1) }), Err(Errno::EAGAIN));
    assert_eq!(add(&mut queue, Queued::new(SIGUSR1, 1000)), Ok(()), "as a bit");
    assert_eq!(add(&mut queue, Queued::injected(SIGUSR2)), Ok(()), "as another bit");
    assert_eq!(queue.take(SIGUSR2).map(|taken| taken.marks), Some(Marks::INJECTED));
    assert_eq!(queue.take(SIGUSR1).map(|taken| taken.info.code), Some(0), "the bit comes first, without information");
    for code in 0..MAX_PENDING_PER_PROCESS as i32 {
        assert!(queue.pending().contains(SIGUSR1));
        assert_eq!(queue.take(SIGUSR1).map(|taken| taken.info.code), Some(code));
    }
    assert!(queue.pending().is_empty());
}

#[test]
fn sigkill_is_one_bit_and_a_childs_news_are_one_entry() {
    let mut queue = SignalQueue::default();
    for code in [1, 2] {
        add(&mut queue, Queued::new(SIGKILL, code)).expect("never refused");
        add(&mut queue, Queued { child: Pid::new(7), ..Queued::new(SIGCHLD, code) }).expect("never refused");
    }
    assert_eq!(queue.counted(), 0);
    assert_eq!(queue.take(SIGKILL).map(|taken| taken.info.code), Some(0));
    assert_eq!(queue.take(SIGKILL), None);
    assert_eq!(queue.take(SIGCHLD).map(|taken| taken.info.code), Some(2), "the latest");
    assert_eq!(queue.take(SIGCHLD), None);
    add(&mut queue, Queued { child: Pid::new(7), ..Queued::new(SIGCHLD, 3) }).expect("never refused");
    queue.delete_child(Pid::INIT);
    assert!(queue.pending().contains(SIGCHLD));
    queue.delete_child(Pid::new(7).expect("a pid"));
    assert!(queue.pending().is_empty());
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(3), ..Config::default() })]

    #[test]
    fn takes_come_in_the_order_of_adds(codes in vec((any::<bool>(), 0..1000_i32), 0..100)) {
        let mut queue = SignalQueue::default();
        let pick = |first: bool| if first { SIGUSR1 } else { SIGUSR2 };
        for (first, code) in &codes {
            add(&mut queue, Queued::new(pick(*first), *code)).expect("never refused");
        }
        for first in [false, true] {
            let expected: Vec<i32> = codes.iter().filter(|entry| entry.0 == first).map(|entry| entry.1).collect();
            let taken: Vec<i32> = std::iter::from_fn(|| queue.take(pick(first))).map(|taken| taken.info.code).collect();
            prop_assert_eq!(taken, expected);
        }
        prop_assert_eq!(queue, SignalQueue::default());
    }
}
