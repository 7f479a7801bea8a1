//! The program that a tool becomes in the end.
//!
//! Decides its exit status when there is no such program: 127 if none was found, 126 if it cannot be run, as the shell has
//! it. Main type: [`Successor`]. Neighbours: `env`, `only`; `runtime::process::execute`.

use crate::Tool;
use alloc::vec::Vec;
use runtime::process::command::find_program;
use runtime::process::execute::{Strings, execute};
use runtime::{Error, Result};

/// Exit status when the program is not there.
const NOT_FOUND: i32 = 127;
/// Exit status when it cannot be run.
const NOT_RUN: i32 = 126;

/// A program that was looked for, with its arguments and environment.
#[derive(Debug)]
pub struct Successor<'a> {
    program: &'a [u8],
    path: Result<Vec<u8>>,
    arguments: Strings,
    variables: Strings,
}

impl<'a> Successor<'a> {
    /// Looks for `program` along PATH, now.
    ///
    /// # Errors
    /// E2BIG, ENOMEM, EINVAL for a string with a NUL.
    pub fn new(
        program: &'a [u8],
        arguments: impl Iterator<Item = &'a [u8]>,
        variables: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Self> {
        let arguments = Strings::from_strings(core::iter::once(program).chain(arguments))?;
        Ok(Self { program, path: find_program(program), arguments, variables: Strings::from_strings(variables)? })
    }

    /// Becomes it; the exit status if that fails, which was told then.
    #[must_use]
    pub fn execute(self, tool: &Tool) -> i32 {
        let Err(error) = self.path.and_then(|path| execute(path, &self.arguments, &self.variables));
        tool.complain(self.program, error);
        if error == Error::ENOENT { NOT_FOUND } else { NOT_RUN }
    }
}
