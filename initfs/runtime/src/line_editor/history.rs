//! Lines that were entered before, and walking through them.
//!
//! Decides that empty lines and repetitions are not kept and that the line being edited comes back after the latest one.
//! Main type: [`History`]. Neighbours: `line_editor`.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Lines kept.
const LIMIT: usize = 200;

#[derive(Debug, Default)]
pub(super) struct History {
    lines: VecDeque<Vec<u8>>,
    /// How far back the walk is; 0 is the line being edited.
    back: usize,
    edited: Vec<u8>,
}

impl History {
    pub(super) fn add(&mut self, line: &[u8]) {
        if line.trim_ascii().is_empty() || self.lines.back().is_some_and(|last| last == line) {
            return;
        }
        if self.lines.len() >= LIMIT {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_vec());
    }

    /// The next walk begins at the latest line.
    pub(super) fn rewind(&mut self) {
        self.back = 0;
    }

    /// The line before; `present` is kept if it is the one being edited.
    pub(super) fn older(&mut self, present: &[u8]) -> Option<Vec<u8>> {
        let back = self.back.checked_add(1)?;
        let line = self.lines.get(self.lines.len().checked_sub(back)?)?.clone();
        if self.back == 0 {
            self.edited = present.to_vec();
        }
        self.back = back;
        Some(line)
    }

    /// The line after, at last the one being edited.
    pub(super) fn newer(&mut self, _present: &[u8]) -> Option<Vec<u8>> {
        self.back = self.back.checked_sub(1)?;
        if self.back == 0 {
            return Some(core::mem::take(&mut self.edited));
        }
        self.lines.get(self.lines.len().checked_sub(self.back)?).cloned()
    }
}
