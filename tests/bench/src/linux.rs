//! Linux's figures, as recorded in linux.json.
//!
//! Decides that the best of Linux's rounds is what counts: that is the figure to be below. Main type: [`Linux`].
//! Neighbours: `rows` names Linux's operations, docs/performance.md says how they were measured.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The record, compiled in.
const RECORD: &str = include_str!("../linux.json");

/// What was recorded of one operation, in ticks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
struct Recorded {
    min: f64,
}

/// Linux's figures by operation.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Linux {
    ops: BTreeMap<String, Recorded>,
}

impl Linux {
    /// Reads the record.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn recorded() -> Result<Self> {
        serde_json::from_str(RECORD).context("tests/bench/linux.json")
    }

    /// The best round of an operation.
    #[must_use]
    pub fn best(&self, operation: &str) -> Option<u64> {
        // Rounded down: to be below the rounded figure is to be below the figure.
        self.ops.get(operation).map(|recorded| recorded.min.max(0.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Linux;
    use crate::rows::ROWS;

    #[test]
    fn every_row_has_the_figure_it_is_compared_with() {
        let linux = Linux::recorded().expect("the record is sound");
        for row in ROWS {
            assert!(
                row.linux.is_none_or(|operation| linux.best(operation).is_some_and(|best| best > 0)),
                "{}",
                row.name
            );
        }
    }
}
