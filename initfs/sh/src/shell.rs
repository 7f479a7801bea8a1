//! The state of a shell: variables, parameters, jobs, the last status.
//!
//! Decides what `$?`, `$$` and the other special parameters are. Main type: [`Shell`]. Neighbours: `execute`, `builtins`,
//! `job_control` change it; `sh::expand` reads it.

use crate::job_control::JobControl;
use crate::options::Options;
use alloc::string::ToString;
use alloc::vec::Vec;
use runtime::{environment, process};
use sh::expand::Parameters;
use sh::jobs::Jobs;
use sh::variables::Variables;

/// Where programs are looked for if nobody says.
const PATH: &[u8] = b"/bin";

#[derive(Debug)]
pub(crate) struct Shell {
    /// `$0`
    pub(crate) name: Vec<u8>,
    pub(crate) positional: Vec<Vec<u8>>,
    pub(crate) variables: Variables,
    pub(crate) jobs: Jobs,
    /// `$?`
    pub(crate) status: i32,
    /// `$$`, the same in subshells.
    pid: i32,
    /// `$!`
    pub(crate) last_background: Option<i32>,
    pub(crate) stop_at_failure: bool,
    pub(crate) trace: bool,
    /// Only a shell that talks with a person has it.
    pub(crate) control: Option<JobControl>,
    /// Loops around the present command.
    pub(crate) loops: usize,
}

impl Shell {
    pub(crate) fn new(options: &Options) -> Self {
        let mut variables = Variables::from_environment(environment::variables());
        if variables.get(b"PATH").is_none() {
            variables.set(b"PATH", PATH);
            variables.export(b"PATH");
        }
        variables.set(b"PWD", &environment::current_directory());
        variables.export(b"PWD");
        Self {
            name: options.name.clone(),
            positional: options.positional.clone(),
            variables,
            jobs: Jobs::default(),
            status: 0,
            pid: process::id(),
            last_background: None,
            stop_at_failure: options.stop_at_failure,
            trace: options.trace,
            control: None,
            loops: 0,
        }
    }
}

impl Parameters for Shell {
    fn value(&self, name: &[u8]) -> Option<Vec<u8>> {
        let number = match name {
            b"?" => self.status,
            b"$" => self.pid,
            b"!" => self.last_background?,
            b"#" => i32::try_from(self.positional.len()).unwrap_or(i32::MAX),
            b"0" => return Some(self.name.clone()),
            [digit @ b'1'..=b'9'] => {
                return self.positional.get(usize::from(digit.wrapping_sub(b'1'))).cloned();
            }
            name => return self.variables.get(name).map(<[u8]>::to_vec),
        };
        Some(number.to_string().into_bytes())
    }

    fn positional(&self) -> &[Vec<u8>] {
        &self.positional
    }
}
