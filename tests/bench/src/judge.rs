//! The verdict over a run.
//!
//! Decides that every row must be there, that the median of each must not be above its bound, nor that of a goal above Linux's
//! best round, and that a tick must have been an instruction. Main functions: [`objections`], [`above_linux`]. Neighbours:
//! `rows`, `linux`, `bounds`, `figures`.

use crate::bounds::Bounds;
use crate::figures::Figures;
use crate::linux::Linux;
use crate::rows::{Comparison, ROWS, Row};

/// The instructions around the calibration loop that may count with it.
const CALIBRATION_SLACK: u64 = 4;

/// What is wrong with these figures; nothing if all is well.
#[must_use]
pub fn objections(figures: &Figures, linux: &Linux, bounds: &Bounds) -> Vec<String> {
    let rows = ROWS.iter().filter_map(|row| object_to_row(row, figures, linux, bounds));
    object_to_clock(figures).into_iter().chain(rows).collect()
}

fn object_to_row(row: &Row, figures: &Figures, linux: &Linux, bounds: &Bounds) -> Option<String> {
    let Some(figure) = figures.ops.get(row.name) else { return Some(format!("{}: not measured", row.name)) };
    if let Some(best) = above_linux(row, figures, linux).filter(|_| row.comparison == Comparison::Goal) {
        return Some(format!("{}: {} is above Linux's best, {best}", row.name, figure.p50));
    }
    let most = bounds.most(row.name).filter(|most| figure.p50 > *most)?;
    Some(format!("{}: {} is above its bound, {most}", row.name, figure.p50))
}

/// Linux's best, if this row is above it.
#[must_use]
pub fn above_linux(row: &Row, figures: &Figures, linux: &Linux) -> Option<u64> {
    let best = row.linux.and_then(|operation| linux.best(operation))?;
    figures.ops.get(row.name).filter(|figure| figure.p50 > best).map(|_| best)
}

fn object_to_clock(figures: &Figures) -> Option<String> {
    let count = |name: &str| figures.counts.get(name).copied();
    let (Some(instructions), Some(ticks)) = (count("loop_instructions"), count("loop_ticks")) else {
        return Some("the clock was not calibrated".to_owned());
    };
    let exact = ticks.checked_sub(instructions).is_some_and(|excess| excess <= CALIBRATION_SLACK);
    (!exact).then(|| format!("{instructions} instructions took {ticks} ticks: the clock counts something else"))
}

#[cfg(test)]
mod tests {
    use super::objections;
    use crate::bounds::Bounds;
    use crate::figures::{Figure, Figures};
    use crate::linux::Linux;
    use crate::rows::ROWS;

    /// Figures that are all one tick.
    fn perfect() -> Figures {
        let figure = Figure { n: 1, min: 1, p50: 1, mean: 1.0, p99: 1, max: 1, switches: 0.0 };
        let ops = ROWS.iter().map(|row| (row.name.to_owned(), figure.clone())).collect();
        let counts = [("loop_instructions", 200_000), ("loop_ticks", 200_001)];
        Figures { ops, counts: counts.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    fn judged(figures: &Figures) -> Vec<String> {
        let (linux, bounds) = (Linux::recorded(), Bounds::recorded());
        objections(figures, &linux.expect("the record is sound"), &bounds.expect("the record is sound"))
    }

    #[test]
    fn complete_figures_below_linux_pass() {
        assert_eq!(judged(&perfect()), Vec::<String>::new());
    }

    #[test]
    fn a_missing_row_and_a_slow_one_are_named() {
        let mut figures = perfect();
        figures.ops.remove("getppid");
        figures.ops.get_mut("ptrace_getregs").expect("it is a row").p50 = 1959;
        assert_eq!(judged(&figures), ["getppid: not measured", "ptrace_getregs: 1959 is above Linux's best, 1958"]);
    }

    #[test]
    fn a_row_above_its_own_bound_is_named() {
        let most = Bounds::recorded().expect("the record is sound").most("gdb_stepi_loop").expect("it has one");
        let mut figures = perfect();
        figures.ops.get_mut("gdb_stepi_loop").expect("it is a row").p50 = most;
        assert_eq!(judged(&figures), Vec::<String>::new());
        figures.ops.get_mut("gdb_stepi_loop").expect("it is a row").p50 = most + 1;
        assert_eq!(judged(&figures), [format!("gdb_stepi_loop: {} is above its bound, {most}", most + 1)]);
    }

    #[test]
    fn a_clock_that_counts_time_is_refused() {
        let mut figures = perfect();
        figures.counts.insert("loop_ticks".to_owned(), 150_000);
        assert_eq!(judged(&figures).len(), 1);
    }
}
