//! The table for people, 80 columns wide.
//!
//! Decides the columns: the median here, Linux's best round, how much of it we need, the design's aim, seL4's best, and how
//! often the address space changes (CR3 is loaded), which instructions do not tell.
//! Below it stand the rows that are above Linux's best, also those that need not be below. Main function: [`render`]. Neighbours: `rows` (their order), `judge` (what is wrong is told apart).

use crate::figures::Figures;
use crate::judge::above_linux;
use crate::linux::Linux;
use crate::rows::{ROWS, Row};

/// The table, with a newline at its end.
#[must_use]
pub fn render(figures: &Figures, linux: &Linux) -> String {
    let mut text =
        line("instructions, medians", ["Proctor", "Linux", "ratio", "design", "seL4", "CR3"].map(str::to_owned));
    for row in ROWS {
        text.push_str(&render_row(row, figures, linux));
    }
    let above: Vec<_> = ROWS.iter().filter(|row| above_linux(row, figures, linux).is_some()).collect();
    text.push_str(if above.is_empty() { "\nNo row is above Linux's best.\n" } else { "\nAbove Linux's best:\n" });
    for row in above {
        text.push_str(&format!("  {}\n", row.name));
    }
    text
}

fn render_row(row: &Row, figures: &Figures, linux: &Linux) -> String {
    let own = figures.ops.get(row.name).map(|figure| figure.p50);
    let best = row.linux.and_then(|operation| linux.best(operation));
    let ratio = own.zip(best).map(|(own, best)| format!("{:.2}", own as f64 / best as f64));
    let switches = figures.ops.get(row.name).map(|figure| format!("{:.0}", figure.switches)).unwrap_or_default();
    let (own, best, design, sel4) = (grouped(own), grouped(best), grouped(row.design), grouped(row.sel4));
    let columns = [own, best, ratio.unwrap_or_default(), design, sel4, switches];
    line(row.name, columns)
}

fn line(name: &str, columns: [String; 6]) -> String {
    let [own, linux, ratio, design, sel4, switches] = columns;
    format!("{name:<36}{own:>10}{linux:>9}{ratio:>6}{design:>8}{sel4:>6}{switches:>4}\n")
}

/// A number with commas between thousands; nothing for none.
fn grouped(number: Option<u64>) -> String {
    let Some(number) = number else { return String::new() };
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{grouped, render};
    use crate::figures::Figures;
    use crate::linux::Linux;

    #[test]
    fn thousands_are_grouped() {
        let texts = [0, 999, 1000, 25_778, 1_048_576].map(|number| grouped(Some(number)));
        assert_eq!(texts, ["0", "999", "1,000", "25,778", "1,048,576"]);
        assert_eq!(grouped(None), "");
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let text = "op vm_read_1m 16 10000000 10000000 10000000.0 10000000 10000000 2.0\nend 1\n";
        let figures = Figures::parse(text).expect("the text is complete");
        let table = render(&figures, &Linux::recorded().expect("the record is sound"));
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(table.contains("10,000,000  323,089 30.95 146,800"), "{table}");
    }
}
