//! What one boot came to.
//!
//! [`Report::passed`] is the verdict of a test boot: the kernel powered off on purpose, the plan is complete and every
//! case is ok. A failure is one text with everything needed to understand it: the reason, the panic with its frames
//! named, the ends of log and console. Neighbours: `boot` makes reports, `ending` and `log` are their halves.

use crate::ending::Ending;
use crate::log::Log;
use crate::symbols::Symbols;

/// How many lines of log and console a failure shows.
const TAIL_LINES: usize = 25;

/// What one boot came to.
#[derive(Debug)]
pub struct Report {
    /// How the machine ended.
    pub ending: Ending,
    /// The verdicts in the kernel's log.
    pub log: Log,
    /// The kernel's log, whole.
    pub log_text: String,
    /// Everything written to the console.
    pub console: Vec<u8>,
    /// What QEMU complained about.
    pub complaints: String,
    pub(crate) symbols: Symbols,
}

impl Report {
    /// The console's text, with a replacement character for what is not UTF-8.
    #[must_use]
    pub fn console_text(&self) -> String {
        String::from_utf8_lossy(&self.console).into_owned()
    }

    /// Whether this was a passed test; gives the number of its cases.
    ///
    /// # Errors
    /// Everything needed to understand the failure.
    pub fn passed(&self) -> Result<u32, String> {
        if self.ending != Ending::PoweredOff {
            return Err(self.explain(&self.ending.to_string()));
        }
        self.log.passed().map_err(|reason| self.explain(&reason))
    }

    /// Fails the calling test unless this was a passed one.
    ///
    /// # Panics
    /// With everything needed to understand the failure.
    pub fn assert_passed(&self) {
        let verdict = self.passed();
        assert!(verdict.is_ok(), "{}", verdict.err().unwrap_or_default());
    }

    /// `reason`, followed by what the machine said last.
    #[must_use]
    pub fn explain(&self, reason: &str) -> String {
        let mut text = format!("{reason}\n");
        let mut section = |title: &str, lines: &[String]| {
            if !lines.is_empty() {
                text.push_str(&format!("--- {title}\n{}\n", lines.join("\n")));
            }
        };
        section("panic", &self.log.panic.iter().map(|line| self.symbols.annotate(line)).collect::<Vec<_>>());
        section("end of the log", &tail(&self.log_text));
        section("end of the console", &tail(&self.console_text()));
        section("QEMU", &tail(&self.complaints));
        text
    }
}

fn tail(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(TAIL_LINES);
    lines.get(start..).unwrap_or_default().iter().map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::ending::Ending;
    use crate::log::Log;
    use crate::symbols::Symbols;
    use std::path::Path;

    fn report(ending: Ending, log: &str) -> Report {
        Report {
            ending,
            log: Log::parse(log),
            log_text: log.to_owned(),
            console: b"$ prompt".to_vec(),
            complaints: String::new(),
            symbols: Symbols::load(Path::new("/nonexistent")),
        }
    }

    #[test]
    fn a_test_needs_the_exit_code_and_the_plan() {
        assert_eq!(report(Ending::PoweredOff, "plan 1\nok 1 a\n").passed(), Ok(1));
        for ending in [Ending::Reset, Ending::KernelPanic, Ending::Deadline, Ending::Code(1)] {
            assert!(report(ending, "plan 1\nok 1 a\n").passed().is_err(), "{ending}");
        }
        assert!(report(Ending::PoweredOff, "plan 2\nok 1 a\n").passed().is_err());
    }

    #[test]
    fn a_failure_shows_panic_log_and_console() {
        let failure = report(Ending::KernelPanic, "hello\npanic: why\n").passed().expect_err("a panic");
        for part in ["kernel panic\n", "--- panic\npanic: why", "--- end of the log\nhello", "$ prompt"] {
            assert!(failure.contains(part), "{part:?} in {failure}");
        }
    }
}
