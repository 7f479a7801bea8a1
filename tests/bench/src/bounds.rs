//! What each row may take at most, as recorded in bounds.json.
//!
//! Decides the slack: two parts in a hundred above what was measured when the record was made, so that a change which costs
//! something is seen, and has to be wanted. The figures hold for the toolchain that rustup installs and for fat LTO. Main type:
//! [`Bounds`]. Neighbours: `judge` applies them, `main` writes them anew.

use crate::figures::Figures;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The record, compiled in.
const RECORD: &str = include_str!("../bounds.json");
/// Where it is.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bounds.json");
/// One part of the figure in so many is allowed on top.
const SLACK: u64 = 50;

/// Bounds by row, in ticks.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Bounds {
    most: BTreeMap<String, u64>,
}

impl Bounds {
    /// Reads the record.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn recorded() -> Result<Self> {
        serde_json::from_str(RECORD).with_context(|| PATH.to_owned())
    }

    /// The bounds that follow from a run.
    #[must_use]
    pub fn of(figures: &Figures) -> Self {
        let bound = |p50: u64| p50.saturating_add(p50.div_ceil(SLACK));
        Self { most: figures.ops.iter().map(|(name, figure)| (name.clone(), bound(figure.p50))).collect() }
    }

    /// Makes these the record.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn record(&self) -> Result<()> {
        let text = format!("{}\n", serde_json::to_string_pretty(self)?);
        std::fs::write(Path::new(PATH), text).with_context(|| format!("cannot write {PATH}"))
    }

    /// What a row may take.
    #[must_use]
    pub fn most(&self, row: &str) -> Option<u64> {
        self.most.get(row).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;
    use crate::figures::Figures;
    use crate::rows::ROWS;

    #[test]
    fn every_row_has_a_bound_and_every_bound_a_row() {
        let bounds = Bounds::recorded().expect("the record is sound");
        let mut rows: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        rows.sort_unstable();
        assert_eq!(bounds.most.keys().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn a_bound_is_two_hundredths_above_the_median() {
        let text = "op a 1 90 100 100.0 100 900 0.0\nop b 1 175 175 175.0 175 175 0.0\nend 2\n";
        let bounds = Bounds::of(&Figures::parse(text).expect("the text is complete"));
        assert_eq!((bounds.most("a"), bounds.most("b"), bounds.most("c")), (Some(102), Some(179), None));
    }
}
