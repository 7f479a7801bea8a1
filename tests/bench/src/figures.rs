//! The figures of one run: what the guest printed, and the JSON that others read.
//!
//! Decides the form of both. The guest prints `op NAME N MIN P50 MEAN P99 MAX SWITCHES`, `count NAME VALUE` and, last,
//! `end LINES`; the JSON is `{"ops": {NAME: {"n", "min", "p50", "mean", "p99", "max", "switches"}}, "counts": {NAME: VALUE}}`.
//! Main types: [`Figures`], [`Figure`]. Neighbours: `initfs/bench` prints, `judge` and `table` look up.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;

/// The figures of one operation, in ticks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Rounds.
    pub n: u64,
    /// The least.
    pub min: u64,
    /// The median.
    pub p50: u64,
    /// The mean, to a tenth.
    pub mean: f64,
    /// The 99th percentile.
    pub p99: u64,
    /// The most.
    pub max: u64,
    /// Changes of the address space in one round, to a tenth.
    pub switches: f64,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// By operation.
    pub ops: BTreeMap<String, Figure>,
    /// Figures that are no durations.
    pub counts: BTreeMap<String, u64>,
}

impl Figures {
    /// Reads the guest's output; lines before and after it do not count.
    ///
    /// # Errors
    /// If a line is damaged or the last one does not follow as many as it says.
    pub fn parse(text: &str) -> Result<Self> {
        let mut figures = Self::default();
        let mut lines = 0_u64;
        for line in text.lines().map(str::trim_end) {
            let mut words = line.split(' ');
            match words.next() {
                Some("op") => figures.add_operation(words).with_context(|| format!("damaged line: {line}"))?,
                Some("count") => figures.add_count(words).with_context(|| format!("damaged line: {line}"))?,
                Some("end") => return figures.complete(words.next(), lines),
                _ => continue,
            }
            lines = lines.saturating_add(1);
        }
        bail!("the output ends early")
    }

    fn complete(self, claimed: Option<&str>, lines: u64) -> Result<Self> {
        if claimed == Some(lines.to_string().as_str()) {
            return Ok(self);
        }
        bail!("{lines} lines came of {}", claimed.unwrap_or("an unknown number"))
    }

    fn add_operation<'a>(&mut self, mut words: impl Iterator<Item = &'a str>) -> Option<()> {
        let name = words.next()?.to_owned();
        let mut next = || words.next();
        let figure = Figure {
            n: next()?.parse().ok()?,
            min: next()?.parse().ok()?,
            p50: next()?.parse().ok()?,
            mean: next()?.parse().ok()?,
            p99: next()?.parse().ok()?,
            max: next()?.parse().ok()?,
            switches: next()?.parse().ok()?,
        };
        self.ops.insert(name, figure);
        words.next().is_none().then_some(())
    }

    fn add_count<'a>(&mut self, mut words: impl Iterator<Item = &'a str>) -> Option<()> {
        let name = words.next()?.to_owned();
        self.counts.insert(name, words.next()?.parse().ok()?);
        words.next().is_none().then_some(())
    }

    /// The JSON, with a newline.
    ///
    /// # Errors
    /// None that a figure could cause.
    pub fn to_json(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }
}

#[cfg(test)]
mod tests {
    use super::Figures;

    const OUTPUT: &str = "hello\r\ncount empty_section 4\r\nop getppid 2000 315 316 315.5 320 401 2.0\r\nend 2\r\n$ ";

    #[test]
    fn lines_become_figures() {
        let figures = Figures::parse(OUTPUT).expect("the output is complete");
        assert_eq!(figures.counts["empty_section"], 4);
        let figure = &figures.ops["getppid"];
        assert_eq!((figure.n, figure.min, figure.p50, figure.p99, figure.max), (2000, 315, 316, 320, 401));
        assert!((figure.mean - 315.5).abs() < 0.01);
    }

    #[test]
    fn incomplete_output_is_refused() {
        for output in ["", "op a 1 2 3 4.0 5 6 0.0\n", "op a 1 2 3 4.0 5 6\nend 1\n", "op a 1 2 3 4.0 5 6 0.0\nend 2\n"]
        {
            assert!(Figures::parse(output).is_err(), "{output}");
        }
    }

    #[test]
    fn the_json_has_operations_and_counts() {
        let json = Figures::parse(OUTPUT).and_then(|figures| figures.to_json()).expect("figures have a JSON form");
        let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(value["ops"]["getppid"]["p50"], 316);
        assert_eq!(value["counts"]["empty_section"], 4);
    }
}
