//! Output that one thread reads and another waits for.
//!
//! A machine's console and log arrive on threads of their own; [`Capture`] keeps every byte and lets a test wait until
//! a text appears, or until the stream ends. Neighbours: `session` fills captures, `boot` and interactive tests read.

use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much is read at once.
const CHUNK: usize = 4096;

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

/// The bytes of one stream so far; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Capture {
    /// All bytes so far.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// All bytes so far as text, with a replacement character for what is not UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().bytes).into_owned()
    }

    /// Waits until `text` appears at or after byte `from`, and returns the position after it.
    ///
    /// `None` if the stream ends or `limit` passes without it.
    #[must_use]
    pub fn wait_for(&self, text: &str, from: usize, limit: Duration) -> Option<usize> {
        self.wait(limit, |state| {
            let rest = state.bytes.get(from..)?;
            let position = rest.windows(text.len().max(1)).position(|window| window == text.as_bytes())?;
            from.checked_add(position)?.checked_add(text.len())
        })
    }

    /// Waits until the stream ends; `false` if `limit` passes first.
    #[must_use]
    pub fn wait_for_end(&self, limit: Duration) -> bool {
        self.wait(limit, |state| state.ended.then_some(())).is_some()
    }

    /// Reads `source` to its end, passing every byte on to `sink`; a sink that fails gets no more.
    pub(crate) fn fill(&self, mut source: impl Read, sink: &mut dyn Write) {
        let mut chunk = [0; CHUNK];
        let mut sink_result = Ok(());
        loop {
            let length = match source.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => break,
                Ok(length) => length,
            };
            let bytes = chunk.get(..length).unwrap_or_default();
            self.change(|state| state.bytes.extend_from_slice(bytes));
            sink_result = sink_result.and_then(|()| sink.write_all(bytes));
        }
        // A sink that fails is a closed pipe on the host: the capture has the bytes all the same.
        drop(sink_result.and_then(|()| sink.flush()));
        self.change(|state| state.ended = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.shared.1.notify_all();
    }

    /// Waits until `found` gives something, the stream ends or `limit` passes.
    fn wait<T>(&self, limit: Duration, found: impl Fn(&State) -> Option<T>) -> Option<T> {
        let start = Instant::now();
        let mut state = self.lock();
        loop {
            let result = found(&state);
            if result.is_some() || state.ended {
                return result;
            }
            let left = limit.checked_sub(start.elapsed())?;
            let waited = self.shared.1.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Capture;
    use std::io::{Cursor, sink};
    use std::thread;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_text_is_found_after_a_position() {
        let capture = Capture::default();
        capture.fill(Cursor::new("$ a\n$ b"), &mut sink());
        assert_eq!(capture.wait_for("$ ", 0, LONG), Some(2));
        assert_eq!(capture.wait_for("$ ", 2, LONG), Some(6));
        assert_eq!(capture.wait_for("$ ", 6, LONG), None);
        assert_eq!(capture.wait_for("$ ", 600, LONG), None);
    }

    #[test]
    fn a_waiter_is_woken_by_the_bytes() {
        let capture = Capture::default();
        let waiter = thread::spawn({
            let capture = capture.clone();
            move || capture.wait_for("ready", 0, LONG)
        });
        capture.fill(Cursor::new("not ready"), &mut sink());
        assert_eq!(waiter.join().expect("the waiter returns"), Some(9));
    }

    #[test]
    fn a_limit_ends_the_wait() {
        let capture = Capture::default();
        assert_eq!(capture.wait_for("x", 0, Duration::ZERO), None);
        assert!(!capture.wait_for_end(Duration::ZERO));
    }
}
