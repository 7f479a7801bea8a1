//! The kernel's log, read as a protocol.
//!
//! Lines `plan N`, `ok K NAME`, `not ok K NAME: REASON`, `exit status CODE`, `exit signal N` and the text of a panic
//! are verdicts; all else is talk. [`Log::passed`] is the only judge of a plan, and it is strict: each case from 1 to N
//! exactly once, all ok, and at least one. Neighbours: the guest's test runtime and init write these lines on the debug
//! port, `report` joins them with how the machine ended.

use std::fmt;

#[cfg(test)]
mod tests;

/// How the program that was booted for ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProgramEnd {
    /// It exited with this status.
    Status(i32),
    /// It was ended by this signal (FreeBSD's number).
    Signal(i32),
}

impl ProgramEnd {
    /// The status that a shell would give: the low byte of an exit status, 128 + N for a signal.
    #[must_use]
    pub fn shell_status(self) -> u8 {
        let byte = |value: i32| value.to_le_bytes().first().copied().unwrap_or(0);
        match self {
            Self::Status(status) => byte(status),
            Self::Signal(signal) => byte(signal.saturating_add(128)),
        }
    }
}

impl fmt::Display for ProgramEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "exit status {status}"),
            Self::Signal(signal) => write!(formatter, "exit signal {signal}"),
        }
    }
}

/// One case of a plan.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Case {
    /// Its number in the plan, from 1.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// The verdicts of one boot.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Log {
    /// The numbers of all `plan` lines; a sound log has one.
    pub plans: Vec<u32>,
    /// The cases in the order in which they ended.
    pub cases: Vec<Case>,
    /// How the program ended.
    pub program: Option<ProgramEnd>,
    /// The panic message and the lines after it.
    pub panic: Vec<String>,
    /// The last line, verdict or not: where a machine that hung was.
    pub last_line: String,
}

impl Log {
    /// Reads a whole log.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut log = Self::default();
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            log.read_line(line);
        }
        log
    }

    /// Whether the plan is complete and every case is ok.
    ///
    /// # Errors
    /// The first thing that is missing or failed.
    pub fn passed(&self) -> Result<u32, String> {
        let plan = match self.plans.as_slice() {
            [] => return Err(format!("no plan; the last line is {:?}", self.last_line)),
            [0] => return Err("the plan has no cases".to_owned()),
            [plan] => *plan,
            _ => return Err("more than one plan".to_owned()),
        };
        if let Some((case, reason)) = self.cases.iter().find_map(|case| Some((case, case.failure.as_ref()?))) {
            return Err(format!("case {} {}: {reason}", case.number, case.name));
        }
        for number in 1..=plan {
            let count = self.cases.iter().filter(|case| case.number == number).count();
            if count != 1 {
                return Err(format!("case {number} of {plan} reported {count} times; last line {:?}", self.last_line));
            }
        }
        match self.cases.iter().find(|case| case.number == 0 || case.number > plan) {
            Some(case) => Err(format!("case {} is not in the plan of {plan}", case.number)),
            None => Ok(plan),
        }
    }

    fn read_line(&mut self, line: &str) {
        line.clone_into(&mut self.last_line);
        if !self.panic.is_empty() || line.starts_with("panic: ") {
            self.panic.push(line.to_owned());
        } else if let Some(plan) = line.strip_prefix("plan ").and_then(|rest| rest.parse().ok()) {
            self.plans.push(plan);
        } else if let Some(case) = read_case(line) {
            self.cases.push(case);
        } else if let Some(end) = read_end(line) {
            self.program = Some(end);
        }
    }
}

fn read_case(line: &str) -> Option<Case> {
    let (rest, failed) = match line.strip_prefix("not ok ") {
        Some(rest) => (rest, true),
        None => (line.strip_prefix("ok ")?, false),
    };
    let (number, text) = rest.split_once(' ')?;
    let number = number.parse().ok()?;
    if !failed {
        return Some(Case { number, name: text.to_owned(), failure: None });
    }
    let (name, reason) = text.split_once(": ").unwrap_or((text, "no reason given"));
    Some(Case { number, name: name.to_owned(), failure: Some(reason.to_owned()) })
}

fn read_end(line: &str) -> Option<ProgramEnd> {
    let rest = line.strip_prefix("exit ")?;
    let (kind, number) = rest.split_once(' ')?;
    let number = number.parse().ok()?;
    match kind {
        "status" => Some(ProgramEnd::Status(number)),
        "signal" => Some(ProgramEnd::Signal(number)),
        _ => None,
    }
}
