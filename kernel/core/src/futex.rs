//! Futexes: calls that wait until a word of memory is said to have changed.
//!
//! Decides who is woken: waiters of the same word (shared memory: the same word of the object), first come first. Main type:
//! [`Futexes`]. Neighbours: `memory::futex` (identity of words), `clock` (timeouts), `complete`.
//!
//! Timeouts are absolute times of CLOCK_MONOTONIC, as Redox's are. The word is compared and the waiter queued in one step of
//! the kernel, so a wake that follows a change is never lost.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use kernel_abi::redox::flag::{FUTEX_REQUEUE, FUTEX_WAIT, FUTEX_WAIT64, FUTEX_WAKE};

use crate::Core;
use crate::call::{Done, Served};
use crate::clock::TimerTarget;
use crate::errno::Errno;
use crate::file::Waiter;
use crate::group::GroupKey;
use crate::hash::KeyHash;
use crate::memory::{FutexKey, OutOfMemory};
use crate::pending::{Outcome, Wait};
use crate::seam::Machine;
use crate::slab::Slab;
use crate::thread::{Thread, ThreadKey};
use crate::user::short_errno;

/// Lists over which waiters are spread by their word.
const BUCKETS: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Sleeper {
    word: FutexKey,
    waiter: Waiter,
}

/// All waiters. Entries of calls that ended otherwise stay until their list is full.
#[derive(Debug)]
pub(crate) struct Futexes {
    buckets: [Vec<Sleeper>; BUCKETS],
    hasher: KeyHash,
}

impl Default for Futexes {
    fn default() -> Self {
        Self { buckets: [const { Vec::new() }; BUCKETS], hasher: KeyHash::default() }
    }
}

impl Futexes {
    fn bucket(&mut self, word: FutexKey) -> Option<&mut Vec<Sleeper>> {
        self.buckets.get_mut(self.hasher.hash_one(word) as usize % BUCKETS)
    }

    /// Makes room for `count` more waiters of a word.
    fn reserve(&mut self, word: FutexKey, count: usize, threads: &Slab<Thread>) -> Result<(), OutOfMemory> {
        let bucket = self.bucket(word).ok_or(OutOfMemory)?;
        if bucket.capacity().saturating_sub(bucket.len()) < count {
            bucket.retain(|sleeper| sleeper.waiter.is_live(threads));
        }
        bucket.try_reserve(count).map_err(|_| OutOfMemory)
    }

    /// Adds a waiter in room that was reserved.
    fn push(&mut self, word: FutexKey, waiter: Waiter) {
        if let Some(bucket) = self.bucket(word) {
            bucket.push(Sleeper { word, waiter });
        }
    }

    /// Takes the waiter of a word that came first.
    fn pop(&mut self, word: FutexKey, threads: &Slab<Thread>) -> Option<Waiter> {
        let bucket = self.bucket(word)?;
        let wanted = |sleeper: &Sleeper| sleeper.word == word && sleeper.waiter.is_live(threads);
        let index = bucket.iter().position(wanted)?;
        Some(bucket.remove(index).waiter)
    }

    /// How many wait for a word.
    fn count(&mut self, word: FutexKey, threads: &Slab<Thread>) -> usize {
        let wanted = |sleeper: &&Sleeper| sleeper.word == word && sleeper.waiter.is_live(threads);
        self.bucket(word).map_or(0, |bucket| bucket.iter().filter(wanted).count())
    }
}

/// How wide the word of a wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Bits32,
    Bits64,
}

impl<M: Machine> Core<M> {
    /// FUTEX(address, operation, value, value or timeout, address).
    pub(crate) fn futex_call(
        &mut self,
        key: ThreadKey,
        address: u64,
        operation: usize,
        [value, second, other]: [u64; 3],
    ) -> Served {
        match operation {
            FUTEX_WAIT => self.futex_wait(key, address, (Width::Bits32, value), second),
            FUTEX_WAIT64 => self.futex_wait(key, address, (Width::Bits64, value), second),
            FUTEX_WAKE => {
                let word = self.word_at(key, address, Width::Bits32)?;
                Ok(Done::Value(self.futex_wake(word, value)))
            }
            FUTEX_REQUEUE => {
                let word = self.word_at(key, address, Width::Bits32)?;
                let target = self.word_at(key, other, Width::Bits32)?;
                self.futex_requeue((word, value), (target, second))
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// Waits if the word still has the value that the caller saw: EAGAIN if not, ETIMEDOUT at the deadline.
    fn futex_wait(&mut self, key: ThreadKey, address: u64, (width, expected): (Width, u64), timeout: u64) -> Served {
        let word = self.word_at(key, address, width)?;
        let (found, expected) = match width {
            Width::Bits32 => {
                let mut bytes = [0; 4];
                self.copy_in(self.space_of(key).ok_or(Errno::ESRCH)?, address, &mut bytes)?;
                (u64::from(u32::from_le_bytes(bytes)), expected & u64::from(u32::MAX))
            }
            Width::Bits64 => {
                let mut bytes = [0; 8];
                self.copy_in(self.space_of(key).ok_or(Errno::ESRCH)?, address, &mut bytes)?;
                (u64::from_le_bytes(bytes), expected)
            }
        };
        if found != expected {
            return Err(Errno::EAGAIN);
        }
        let deadline = if timeout == 0 { None } else { Some(self.read_time(key, timeout)?) };
        if deadline.is_some_and(|deadline| deadline <= self.machine.now()) {
            return Err(Errno::ETIMEDOUT);
        }
        self.futexes.reserve(word, 1, &self.threads)?;
        if deadline.is_some() {
            self.reserve_timer()?;
        }
        let tag = self.begin_wait(key, Wait::Futex);
        let waiter = Waiter { thread: key, tag };
        self.futexes.push(word, waiter);
        if let Some(deadline) = deadline {
            self.start_timer(deadline, TimerTarget::Call(waiter));
        }
        Ok(Done::Wait)
    }

    /// Wakes up to `limit` waiters; how many. One pass over the list, however many they are.
    fn futex_wake(&mut self, word: FutexKey, limit: u64) -> usize {
        let mut list = self.futexes.bucket(word).map(core::mem::take).unwrap_or_default();
        let mut woken = 0_usize;
        list.retain(|Sleeper { word: other, waiter }| {
            let wanted = (woken as u64) < limit && *other == word && waiter.is_live(&self.threads);
            if wanted {
                self.complete(waiter.thread, Outcome::Result(0));
                woken = woken.saturating_add(1);
            }
            !wanted
        });
        if let Some(place) = self.futexes.bucket(word) {
            *place = list;
        }
        woken
    }

    /// WAKE: everybody who waits for a word of a group's memory.
    pub(crate) fn wake_word(&mut self, group: GroupKey, address: u64) {
        let space = self.groups.get(group).and_then(|group| group.space);
        if let Some(Ok(word)) = space.map(|space| self.memory.futex_key(space, address)) {
            self.futex_wake(word, u64::MAX);
        }
    }

    /// Wakes some waiters and lets others wait for another word; how many were woken.
    fn futex_requeue(&mut self, (word, wakes): (FutexKey, u64), (target, moves): (FutexKey, u64)) -> Served {
        let waiting = self.futexes.count(word, &self.threads) as u64;
        let moves = if word == target { 0 } else { waiting.saturating_sub(wakes).min(moves) };
        self.futexes.reserve(target, moves as usize, &self.threads)?;
        let woken = self.futex_wake(word, wakes);
        for _ in 0..moves {
            let Some(waiter) = self.futexes.pop(word, &self.threads) else {
                break;
            };
            self.futexes.push(target, waiter);
        }
        Ok(Done::Value(woken))
    }

    /// The identity of an aligned word.
    fn word_at(&self, key: ThreadKey, address: u64, width: Width) -> Result<FutexKey, Errno> {
        let alignment = match width {
            Width::Bits32 => 4,
            Width::Bits64 => 8,
        };
        if !address.is_multiple_of(alignment) {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.memory.futex_key(space, address).map_err(short_errno)
    }
}
