//! Threads: starting them, waiting for them, naming them, signalling them.
//!
//! Decides that a thread has a stack of its own with a guard below it, freed when the thread is known to be gone, and that
//! [`JoinHandle::join`] waits on a word which the thread sets as its very last act on memory. Main function: [`spawn`];
//! main type: [`JoinHandle`]. Neighbours: `thread::end` (that last act), `sync` (the wait), the process server (thr_new).

mod end;

use crate::error::{Error, Result};
use crate::memory::{GuardedMemory, Memory, PAGE_SIZE};
use crate::process::process_call;
use crate::signal;
use crate::sync::{self, Mutex};
use crate::system_call;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use kernel_abi::calls::PROCESS_CALL;
use proc_abi::id::Tid;
use proc_abi::signal::{SigSet, Signal};
use proc_abi::thread::ThreadParameters;
use zerocopy::IntoBytes;

const THR_EXIT: usize = 431;
const THR_SELF: usize = 432;
const THR_KILL: usize = 433;
const THR_NEW: usize = 455;
const THR_SET_NAME: usize = 464;

/// Bytes of a thread's stack; pages come on first use.
const STACK_LENGTH: usize = 256 << 10;

/// What the word of a thread is when it is gone.
const GONE: u32 = 1;

/// The word that thr_exit sets: 64 bits for the server, of which waiting looks at the low half.
#[derive(Debug, Default)]
#[repr(C, align(8))]
struct Gone {
    low: AtomicU32,
    high: AtomicU32,
}

impl Gone {
    fn is_set(&self) -> bool {
        self.low.load(Ordering::Acquire) == GONE
    }
}

/// Stacks of threads that nobody joins, until they are gone.
static DETACHED: Mutex<Vec<Remains>> = Mutex::new(Vec::new());

/// What is left of a thread: whether it is gone, and its stack.
#[derive(Debug)]
struct Remains {
    gone: Arc<Gone>,
    /// Unmapped with this value, so not before the thread is gone.
    _stack: GuardedMemory,
}

/// What a new thread finds.
struct Start {
    body: Box<dyn FnOnce() + Send>,
    gone: Arc<Gone>,
}

/// A thread that was started.
#[derive(Debug)]
pub struct JoinHandle<T> {
    tid: Tid,
    result: Arc<Mutex<Option<T>>>,
    remains: Option<Remains>,
}

/// Starts a thread that runs `body`.
///
/// # Errors
/// EAGAIN, ENOMEM.
pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    DETACHED.lock().retain(|remains| !remains.gone.is_set());
    let stack = Memory::anonymous(STACK_LENGTH.saturating_add(PAGE_SIZE))?.guard(PAGE_SIZE)?;
    let gone = Arc::new(Gone::default());
    let result = Arc::new(Mutex::new(None));
    let place = Arc::clone(&result);
    let body = Box::new(move || *place.lock() = Some(body()));
    let start = Box::into_raw(Box::new(Start { body, gone: Arc::clone(&gone) }));
    match start_on(&stack, start) {
        Ok(tid) => Ok(JoinHandle { tid, result, remains: Some(Remains { gone, _stack: stack }) }),
        Err(error) => {
            // SAFETY: no thread was made, so the box is still this function's alone.
            drop(unsafe { Box::from_raw(start) });
            Err(error)
        }
    }
}

fn start_on(stack: &GuardedMemory, start: *mut Start) -> Result<Tid> {
    let mut tid = 0_i64;
    let parameters = ThreadParameters {
        start_func: (end::thread_entry as *const ()).expose_provenance() as u64,
        arg: start.expose_provenance() as u64,
        stack_base: stack.start() as u64,
        stack_size: stack.end().saturating_sub(stack.start()) as u64,
        child_tid: system_call::address_of_mut(tid.as_mut_bytes()) as u64,
        ..ThreadParameters::default()
    };
    let bytes = parameters.as_bytes();
    // SAFETY: the server reads the parameters and writes the tid, both lent; the new thread runs on a stack that nothing
    // else uses and gets the only pointer to `start`.
    unsafe { system_call::call(PROCESS_CALL | THR_NEW, [system_call::address_of(bytes), bytes.len(), 0, 0, 0, 0]) }?;
    i32::try_from(tid).ok().and_then(Tid::new).ok_or(Error::EPROTO)
}

/// The first Rust function of a thread.
extern "C" fn run(start: *mut Start) -> ! {
    // SAFETY: `spawn` made the box and gave it to this thread alone.
    let start = unsafe { Box::from_raw(start) };
    let Start { body, gone } = *start;
    body();
    // A handler would need the stack, which the joiner may unmap before the thread's last instruction.
    let all = SigSet { bits: [u32::MAX; 4] };
    let _ = signal::block(all);
    let word = core::ptr::from_ref(&*gone).cast_mut().cast::<u64>();
    // The handle, or the list of detached threads, keeps the word until it reads `GONE`.
    drop(gone);
    // SAFETY: the word lives until it is set, and nothing of this thread's is needed any more.
    unsafe { end::end_thread(word) }
}

impl<T> JoinHandle<T> {
    /// The thread's id.
    #[must_use]
    pub const fn tid(&self) -> Tid {
        self.tid
    }

    /// Waits for the thread's end and gives what it returned.
    ///
    /// # Errors
    /// ESRCH if it ended without returning.
    pub fn join(mut self) -> Result<T> {
        if let Some(remains) = self.remains.take() {
            while !remains.gone.is_set() {
                sync::wait(&remains.gone.low, 0);
            }
        }
        self.result.lock().take().ok_or(Error::ESRCH)
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if let Some(remains) = self.remains.take() {
            DETACHED.lock().push(remains);
        }
    }
}

/// The calling thread.
///
/// # Errors
/// None in a process.
pub fn current() -> Result<Tid> {
    let mut tid = 0_i64;
    let address = system_call::address_of_mut(tid.as_mut_bytes());
    // SAFETY: the server writes the tid, for which it is lent.
    unsafe { system_call::call(PROCESS_CALL | THR_SELF, [address, 0, 0, 0, 0, 0]) }?;
    i32::try_from(tid).ok().and_then(Tid::new).ok_or(Error::EPROTO)
}

/// Sends a signal to one thread of this process; without one it only checks.
///
/// # Errors
/// ESRCH, EINVAL.
pub fn kill(tid: Tid, signal: Option<Signal>) -> Result<()> {
    let number = usize::try_from(signal.map_or(0, Signal::number)).unwrap_or(0);
    process_call(THR_KILL, [usize::try_from(tid.raw()).unwrap_or(0), number, 0, 0, 0, 0]).map(drop)
}

/// Names a thread of this process, for debuggers; names longer than 19 bytes are cut.
///
/// # Errors
/// ESRCH.
pub fn set_name(tid: Tid, name: &str) -> Result<()> {
    let mut bytes = [0; 20];
    let length = name.len().min(bytes.len().saturating_sub(1));
    if let (Some(place), Some(name)) = (bytes.get_mut(..length), name.as_bytes().get(..length)) {
        place.copy_from_slice(name);
    }
    let tid = usize::try_from(tid.raw()).unwrap_or(0);
    // SAFETY: the server reads the name up to its NUL, which is there.
    unsafe { system_call::call(PROCESS_CALL | THR_SET_NAME, [tid, system_call::address_of(&bytes), 0, 0, 0, 0]) }
        .map(drop)
}

/// Ends the calling thread at once; the process goes on as long as it has others. Nothing is dropped, and a handle on this
/// thread never joins.
pub fn exit() -> ! {
    let _ = process_call(THR_EXIT, [0; 6]);
    // The last thread's exit is refused: the process is to end by its status.
    crate::start::exit(0)
}
