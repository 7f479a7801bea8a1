//! The verdict over a run.
//!
//! Decides that every row must be there, that the median of each must not be above Linux's best round or its own bound, and that a tick must
//! have been an instruction. Main function: [`objections`]. Neighbours: `rows`, `linux`, `figures`.

use crate::figures::Figures;
use crate::linux::Linux;
use crate::rows::{ROWS, Row};

/// The instructions around the calibration loop that may count with it.
const CALIBRATION_SLACK: u64 = 4;

/// What is wrong with these figures; nothing if all is well.
#[must_use]
pub fn objections(figures: &Figures, linux: &Linux) -> Vec<String> {
    let rows = ROWS.iter().filter_map(|row| object_to_row(row, figures, linux));
    object_to_clock(figures).into_iter().chain(rows).collect()
}

fn object_to_row(row: &Row, figures: &Figures, linux: &Linux) -> Option<String> {
    let Some(figure) = figures.ops.get(row.name) else { return Some(format!("{}: not measured", row.name)) };
    if let Some(most) = row.most.filter(|&most| figure.p50 > most) {
        return Some(format!("{}: {} is above its bound, {most}", row.name, figure.p50));
    }
    let best = row.linux.and_then(|operation| linux.best(operation))?;
    (figure.p50 > best).then(|| format!("{}: {} is above Linux's best, {best}", row.name, figure.p50))
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
        objections(figures, &Linux::recorded().expect("the record is sound"))
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
        let mut figures = perfect();
        figures.ops.get_mut("gdb_stepi_loop").expect("it is a row").p50 = 1_000_000;
        assert_eq!(judged(&figures), ["gdb_stepi_loop: 1000000 is above its bound, 160000"]);
    }

    #[test]
    fn a_clock_that_counts_time_is_refused() {
        let mut figures = perfect();
        figures.counts.insert("loop_ticks".to_owned(), 150_000);
        assert_eq!(judged(&figures).len(), 1);
    }
}
