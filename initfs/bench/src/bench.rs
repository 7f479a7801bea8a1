//! Timing: the loop around every operation, and the lines that it becomes.
//!
//! Decides that each round is timed singly, that what an empty section costs is subtracted, and that nothing is printed
//! before everything is measured. Switches of address spaces are counted in rounds of their own, which are not timed. The
//! text is one line for each figure: `op NAME N MIN P50 MEAN P99 MAX SWITCHES` and `count NAME VALUE`. Main type: [`Bench`]. Neighbours: `statistics`, `rounds`, `calibration`; tests/bench reads the lines.

use crate::failure::{Failure, Verdict};
use crate::rounds::Rounds;
use crate::statistics::Summary;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use runtime::file::{File, OpenFlags};
use runtime::time::ticks;

/// Empty sections timed to find the cheapest.
const EMPTY_SECTIONS: usize = 1000;
/// Most rounds of any operation.
const MOST_SAMPLES: usize = 4096;

/// What has been measured so far.
#[derive(Debug)]
pub(crate) struct Bench {
    /// Ticks of a section with nothing in it.
    empty: u64,
    samples: Vec<u64>,
    lines: String,
    /// Tells how often the processor has changed to another address space.
    switches: File,
}

impl Bench {
    /// A bench that has measured only what measuring costs.
    pub(crate) fn new() -> Verdict<Self> {
        let mut empty = u64::MAX;
        for _ in 0..EMPTY_SECTIONS {
            let start = ticks();
            let end = ticks();
            empty = empty.min(end.wrapping_sub(start));
        }
        let (samples, switches) = (Vec::with_capacity(MOST_SAMPLES), File::open("sys:switches", OpenFlags::READ)?);
        let mut bench = Self { empty, samples, lines: String::new(), switches };
        bench.count("empty_section", empty);
        Ok(bench)
    }

    /// Measures an operation.
    pub(crate) fn measure(&mut self, name: &str, rounds: Rounds, operation: impl FnMut() -> Verdict) -> Verdict {
        self.measure_with_pauses(name, rounds, operation, || Ok(()))
    }

    /// Measures an operation that does the same so many times; the figures are of one.
    pub(crate) fn measure_parts(
        &mut self,
        name: &str,
        rounds: Rounds,
        parts: u64,
        mut operation: impl FnMut() -> Verdict,
    ) -> Verdict {
        self.sample(rounds, &mut operation, &mut || Ok(()))?;
        let tenths = self.count_switches(rounds.warm, &mut operation, &mut || Ok(()))?;
        self.samples.iter_mut().for_each(|sample| *sample = sample.checked_div(parts).unwrap_or(0));
        self.tell(name, tenths.checked_div(parts).unwrap_or(0));
        Ok(())
    }

    /// Measures an operation after each of which `pause` is run, which is not timed.
    pub(crate) fn measure_with_pauses(
        &mut self,
        name: &str,
        rounds: Rounds,
        mut operation: impl FnMut() -> Verdict,
        mut pause: impl FnMut() -> Verdict,
    ) -> Verdict {
        self.sample(rounds, &mut operation, &mut pause)?;
        let tenths = self.count_switches(rounds.warm, &mut operation, &mut pause)?;
        self.tell(name, tenths);
        Ok(())
    }

    fn sample(
        &mut self,
        rounds: Rounds,
        operation: &mut impl FnMut() -> Verdict,
        pause: &mut impl FnMut() -> Verdict,
    ) -> Verdict {
        self.samples.clear();
        for _ in 0..rounds.warm {
            operation()?;
            pause()?;
        }
        for _ in 0..rounds.counted {
            let start = ticks();
            let outcome = operation();
            let end = ticks();
            outcome?;
            self.samples.push(end.wrapping_sub(start).saturating_sub(self.empty));
            pause()?;
        }
        Ok(())
    }

    /// Switches of a round, in tenths.
    fn count_switches(
        &self,
        rounds: usize,
        operation: &mut impl FnMut() -> Verdict,
        pause: &mut impl FnMut() -> Verdict,
    ) -> Verdict<u64> {
        let mut switches = 0_u64;
        for _ in 0..rounds {
            let before = self.switches()?;
            operation()?;
            switches = switches.saturating_add(self.switches()?.saturating_sub(before));
            pause()?;
        }
        Ok(switches.saturating_mul(10).checked_div(rounds as u64).unwrap_or(0))
    }

    fn tell(&mut self, name: &str, tenths: u64) {
        if let Some(summary) = Summary::of(&mut self.samples) {
            self.line(format_args!("op {name} {summary} {}.{}", tenths / 10, tenths % 10));
        }
    }

    fn switches(&self) -> Verdict<u64> {
        let mut text = [0; 24];
        let length = self.switches.read_at(&mut text, 0)?;
        let number = text.get(..length).and_then(|text| core::str::from_utf8(text.trim_ascii()).ok());
        number.and_then(|number| number.parse().ok()).ok_or(Failure::new("bytes of a number", length as u64))
    }

    /// Ticks of `section`, the least of a few tries.
    pub(crate) fn time(&self, mut section: impl FnMut()) -> u64 {
        const TRIES: usize = 5;
        let mut least = u64::MAX;
        for _ in 0..TRIES {
            let start = ticks();
            section();
            let end = ticks();
            least = least.min(end.wrapping_sub(start).saturating_sub(self.empty));
        }
        least
    }

    /// Tells a figure that is no duration of an operation.
    pub(crate) fn count(&mut self, name: &str, value: u64) {
        self.line(format_args!("count {name} {value}"));
    }

    fn line(&mut self, line: core::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.lines, "{line}");
    }

    /// Prints everything, and a last line by which the reader knows that nothing is missing.
    pub(crate) fn print(&self) {
        let lines = self.lines.lines().count();
        runtime::print!("{}end {lines}\n", self.lines);
    }
}
