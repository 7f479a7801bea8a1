//! Waiting for other threads: a futex, a mutex and a condition variable on it.
//!
//! Decides the states of a lock word. The mutex type is `lock_api`'s over [`RawLock`], so guards and their rules are that
//! crate's. Main types: [`Mutex`], [`Condition`]. Neighbours: `heap` and `environment` lock, `thread` joins by [`wait`].

use crate::error::Result;
use crate::system_call;
use core::sync::atomic::{AtomicU32, Ordering};
use kernel_abi::redox::flag::{FUTEX_WAIT, FUTEX_WAKE};
use kernel_abi::redox::number::SYS_FUTEX;

/// A lock around a value.
pub type Mutex<T> = lock_api::Mutex<RawLock, T>;
/// What locking a [`Mutex`] gives.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawLock, T>;

const FREE: u32 = 0;
const HELD: u32 = 1;
/// Held, and somebody may sleep on it.
const CONTENDED: u32 = 2;

/// The lock word of a [`Mutex`]: free, held, or held with sleepers (U. Drepper, "Futexes Are Tricky", mutex 2).
#[derive(Debug)]
pub struct RawLock(AtomicU32);

// SAFETY: the word leaves FREE only by the exchange of one thread, and that thread alone stores FREE again.
unsafe impl lock_api::RawMutex for RawLock {
    const INIT: Self = Self(AtomicU32::new(FREE));

    type GuardMarker = lock_api::GuardSend;

    fn lock(&self) {
        if !self.try_lock() {
            self.lock_contended();
        }
    }

    fn try_lock(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    unsafe fn unlock(&self) {
        if self.0.swap(FREE, Ordering::Release) == CONTENDED {
            wake(&self.0, 1);
        }
    }
}

impl RawLock {
    #[cold]
    fn lock_contended(&self) {
        while self.0.swap(CONTENDED, Ordering::Acquire) != FREE {
            wait(&self.0, CONTENDED);
        }
    }
}

/// A condition that threads wait for while they give up a [`Mutex`].
#[derive(Debug, Default)]
pub struct Condition {
    /// Rises with every notification, so that one between unlocking and sleeping is not missed.
    sequence: AtomicU32,
}

impl Condition {
    /// A condition nobody waits for.
    #[must_use]
    pub const fn new() -> Self {
        Self { sequence: AtomicU32::new(0) }
    }

    /// Gives up the lock until the next notification; may return without one.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let seen = self.sequence.load(Ordering::Relaxed);
        lock_api::MutexGuard::unlocked(guard, || wait(&self.sequence, seen));
    }

    /// Wakes one waiter.
    pub fn notify_one(&self) {
        self.sequence.fetch_add(1, Ordering::Relaxed);
        wake(&self.sequence, 1);
    }

    /// Wakes all waiters.
    pub fn notify_all(&self) {
        self.sequence.fetch_add(1, Ordering::Relaxed);
        wake(&self.sequence, usize::MAX >> 1);
    }
}

/// Sleeps while `word` is `expected`, until [`wake`]; may return early.
pub fn wait(word: &AtomicU32, expected: u32) {
    let address = word.as_ptr().expose_provenance();
    let value = usize::try_from(expected).unwrap_or(0);
    // SAFETY: the kernel compares the word, which is borrowed for the call; no timeout structure is read.
    let result = unsafe { system_call::call(SYS_FUTEX, [address, FUTEX_WAIT, value, 0, 0, 0]) };
    // EAGAIN (the word changed) and EINTR are as good as a wake: callers look at the word again.
    let _: Result<usize> = result;
}

/// Wakes up to `count` sleepers on `word`.
pub fn wake(word: &AtomicU32, count: usize) {
    let address = word.as_ptr().expose_provenance();
    // SAFETY: the address only names a queue of sleepers.
    let result = unsafe { system_call::call(SYS_FUTEX, [address, FUTEX_WAKE, count, 0, 0, 0]) };
    debug_assert!(result.is_ok(), "an aligned word of our own can be a futex");
}

#[cfg(test)]
mod tests {
    use super::Mutex;

    #[test]
    fn a_held_lock_refuses_a_second_holder() {
        let lock = Mutex::new(1);
        let guard = lock.lock();
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert_eq!(lock.try_lock().map(|guard| *guard), Some(1));
    }
}
