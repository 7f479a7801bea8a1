//! The table of `-c`: how often each call was made, how often it failed, how long it took.
//!
//! Decides columns and order (most time first, then by name). Main type: [`Summary`]. Neighbours: `call`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// Counts of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    name: &'static str,
    calls: u64,
    errors: u64,
    time: Duration,
}

/// How a call ended, as the table counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a result.
    Done,
    /// With an error.
    Failed,
}

/// Counts of all calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    rows: Vec<Row>,
}

impl Summary {
    /// Counts a call that took this long between its two stops.
    pub fn count(&mut self, name: &'static str, outcome: Outcome, time: Duration) {
        let errors = u64::from(outcome == Outcome::Failed);
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => {
                row.calls = row.calls.saturating_add(1);
                row.errors = row.errors.saturating_add(errors);
                row.time = row.time.saturating_add(time);
            }
            None => self.rows.push(Row { name, calls: 1, errors, time }),
        }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut rows = self.rows.clone();
        rows.sort_by(|one, other| other.time.cmp(&one.time).then(one.name.cmp(other.name)));
        let mut text = String::from("microseconds     calls    errors  call\n");
        let mut total = Row { name: "total", calls: 0, errors: 0, time: Duration::ZERO };
        for row in &rows {
            text.push_str(&line(row));
            total.calls = total.calls.saturating_add(row.calls);
            total.errors = total.errors.saturating_add(row.errors);
            total.time = total.time.saturating_add(row.time);
        }
        text.push_str(&line(&total));
        text
    }
}

fn line(row: &Row) -> String {
    format!("{:>12} {:>9} {:>9}  {}\n", row.time.as_micros(), row.calls, row.errors, row.name)
}
