//! The builtins' names and what `help` says about them.
//!
//! Decides which commands the shell runs itself. Main type: [`Builtin`]. Neighbours: the program's `builtins` carry them
//! out.

/// A command that the shell runs itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Runs commands of a file in this shell.
    Source,
    /// Does nothing.
    Colon,
    /// `test` under its other name.
    Bracket,
    /// Continues a job in the background.
    Background,
    /// Leaves loops.
    Break,
    /// Changes the directory.
    ChangeDirectory,
    /// Begins the next round of a loop.
    Continue,
    /// Replaces the shell by a program.
    Execute,
    /// Ends the shell.
    Exit,
    /// Gives variables to programs.
    Export,
    /// Fails.
    False,
    /// Continues a job in the foreground.
    Foreground,
    /// Lists builtins and programs.
    Help,
    /// Lists jobs.
    Jobs,
    /// Sends signals to jobs and processes.
    Kill,
    /// Tells the directory.
    PrintDirectory,
    /// Reads a line into variables.
    Read,
    /// Chooses options and positional parameters.
    Set,
    /// Drops positional parameters.
    Shift,
    /// Compares and asks about files.
    Test,
    /// Succeeds.
    True,
    /// Forgets variables.
    Unset,
    /// Waits for jobs.
    Wait,
}

/// Name, usage and purpose of each, in the order in which `help` lists them.
pub const BUILTINS: [(Builtin, &str, &str, &str); 23] = [
    (Builtin::Source, ".", "FILE", "run the commands of a file here"),
    (Builtin::Colon, ":", "", "do nothing"),
    (Builtin::Bracket, "[", "EXPRESSION ]", "as test"),
    (Builtin::Background, "bg", "[%JOB]", "continue a job in the background"),
    (Builtin::Break, "break", "[N]", "leave a loop"),
    (Builtin::ChangeDirectory, "cd", "[DIRECTORY]", "change the directory"),
    (Builtin::Continue, "continue", "[N]", "begin the next round of a loop"),
    (Builtin::Execute, "exec", "PROGRAM [ARG]...", "replace the shell by a program"),
    (Builtin::Exit, "exit", "[STATUS]", "end the shell"),
    (Builtin::Export, "export", "NAME[=VALUE]...", "give variables to programs"),
    (Builtin::False, "false", "", "fail"),
    (Builtin::Foreground, "fg", "[%JOB]", "continue a job in the foreground"),
    (Builtin::Help, "help", "", "list builtins and programs"),
    (Builtin::Jobs, "jobs", "", "list jobs"),
    (Builtin::Kill, "kill", "[-SIGNAL] %JOB|PID...", "send a signal"),
    (Builtin::PrintDirectory, "pwd", "", "tell the directory"),
    (Builtin::Read, "read", "NAME...", "read a line into variables"),
    (Builtin::Set, "set", "[-ex] [+ex] [--] [ARG]...", "options, parameters; alone: list variables"),
    (Builtin::Shift, "shift", "[N]", "drop positional parameters"),
    (Builtin::Test, "test", "EXPRESSION", "compare, or ask about files"),
    (Builtin::True, "true", "", "succeed"),
    (Builtin::Unset, "unset", "NAME...", "forget variables"),
    (Builtin::Wait, "wait", "[%JOB|PID]...", "wait for jobs"),
];

impl Builtin {
    /// The builtin with this name.
    #[must_use]
    pub fn find(name: &[u8]) -> Option<Self> {
        BUILTINS.iter().find(|(_, text, ..)| text.as_bytes() == name).map(|(builtin, ..)| *builtin)
    }

    /// What its name is and what it takes.
    #[must_use]
    pub fn usage(self) -> (&'static str, &'static str) {
        let row = BUILTINS.iter().find(|(builtin, ..)| *builtin == self);
        row.map_or(("", ""), |(_, name, usage, _)| (*name, *usage))
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILTINS, Builtin};

    #[test]
    fn names_are_sorted_and_found() {
        assert!(BUILTINS.is_sorted_by_key(|(_, name, ..)| *name));
        for (builtin, name, usage, _) in BUILTINS {
            assert_eq!(Builtin::find(name.as_bytes()), Some(builtin));
            assert_eq!(builtin.usage(), (name, usage));
        }
        assert_eq!(Builtin::find(b"ls"), None);
    }
}
