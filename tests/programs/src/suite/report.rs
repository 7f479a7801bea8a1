//! The lines of the plan.
//!
//! Decides their form: `plan N`, `ok K NAME`, `not ok K NAME: REASON`, each written by one call. Main type: [`Report`].
//! Neighbours: `suite`; tests/qemu/src/log.rs is the other side.

use crate::failure::Verdict;
use alloc::format;
use alloc::string::String;
use runtime::Result;
use runtime::file::{File, OpenFlags};

#[derive(Debug)]
pub(super) struct Report(File);

impl Report {
    pub(super) fn begin(cases: usize) -> Result<Self> {
        let report = Self(File::open("log:", OpenFlags::WRITE | OpenFlags::CLOSE_ON_EXEC)?);
        report.0.write_all(format!("plan {cases}\n").as_bytes())?;
        Ok(report)
    }

    pub(super) fn tell(&self, number: usize, name: &str, verdict: &Verdict) {
        // A line that is missing fails the plan.
        let _ = self.0.write_all(line(number, name, verdict).as_bytes());
    }
}

fn line(number: usize, name: &str, verdict: &Verdict) -> String {
    match verdict {
        Ok(()) => format!("ok {number} {name}\n"),
        Err(failure) => format!("not ok {number} {name}: {failure}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::failure::Failure;

    #[test]
    fn lines_follow_the_protocol() {
        assert_eq!(line(1, "exit tells", &Ok(())), "ok 1 exit tells\n");
        assert_eq!(line(2, "fork", &Err(Failure::new("a\nb"))), "not ok 2 fork: a b\n");
    }
}
