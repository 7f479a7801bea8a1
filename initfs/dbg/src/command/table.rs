//! Names, usage and help of every command.
//!
//! Decides spelling and abbreviations: a whole name or one of its short forms, else the only command that starts so. Main
//! types: [`Verb`], [`Row`]. Neighbours: `command` performs a [`Verb`], `command::help` prints the rows.

use crate::error::{Error, Result};
use alloc::format;
use alloc::string::String;

/// A command; each has its line of help in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Break,
    TemporaryBreak,
    Delete,
    Watch,
    Run,
    Continue,
    Signal,
    Step,
    Next,
    Finish,
    Until,
    Detach,
    Kill,
    Registers,
    FloatRegisters,
    Examine,
    Set,
    Print,
    Disassemble,
    Backtrace,
    Threads,
    Thread,
    Maps,
    Info,
    Help,
    Quit,
}

impl Verb {
    /// Letters may stand behind a slash.
    pub(super) fn takes_format(self) -> bool {
        matches!(self, Self::Examine | Self::Print | Self::Set)
    }
}

/// One command's names and help.
pub(super) struct Row {
    /// The command.
    pub(super) verb: Verb,
    /// Its name, then its short forms.
    pub(super) names: &'static [&'static str],
    /// How it is used.
    pub(super) usage: &'static str,
    /// What it does, one or more lines.
    pub(super) help: &'static str,
}

const fn row(verb: Verb, names: &'static [&'static str], usage: &'static str, help: &'static str) -> Row {
    Row { verb, names, usage, help }
}

/// Every command, in the order in which help lists them.
pub(super) const TABLE: [Row; 26] = [
    row(Verb::Break, &["break", "b", "br"], "break SYMBOL|*ADDRESS", "stop whenever the program gets there"),
    row(Verb::TemporaryBreak, &["tbreak", "tb"], "tbreak SYMBOL|*ADDRESS", "stop there once"),
    row(Verb::Delete, &["delete", "d"], "delete [NUMBER]...", "delete these breakpoints and watchpoints, or all"),
    row(Verb::Watch, &["watch"], "watch ADDRESS [LENGTH]", "stop when 1, 2, 4 or 8 bytes change (in hardware)"),
    row(Verb::Run, &["run", "r"], "run [ARGUMENT]...", "start the program, with new arguments if any are given"),
    row(
        Verb::Continue,
        &["continue", "c", "cont"],
        "continue",
        "let the program run on, with the signal it stopped for",
    ),
    row(Verb::Signal, &["signal"], "signal NAME|NUMBER", "let the program run on with this signal; 0 for none"),
    row(Verb::Step, &["step", "s", "si", "stepi"], "step [COUNT]", "run one instruction, or COUNT"),
    row(Verb::Next, &["next", "n", "ni", "nexti"], "next [COUNT]", "as step, but run calls to their end"),
    row(Verb::Finish, &["finish", "fin"], "finish", "run until the function returns, and show rax"),
    row(Verb::Until, &["until", "u"], "until SYMBOL|*ADDRESS", "run until the thread gets there"),
    row(Verb::Detach, &["detach"], "detach", "let the process go its own way"),
    row(Verb::Kill, &["kill", "k"], "kill", "kill the process"),
    row(Verb::Registers, &["regs"], "regs [NAME [VALUE]]", "show the registers, or one of them, or set it"),
    row(Verb::FloatRegisters, &["fpregs"], "fpregs [NAME]", "show the floating-point registers, or those named so"),
    row(
        Verb::Examine,
        &["x"],
        "x[/COUNT FORMAT SIZE] [ADDRESS]",
        "show memory: COUNT values, FORMAT x d u o t c a s i, SIZE b h w g",
    ),
    row(
        Verb::Set,
        &["set"],
        "set[/SIZE] ADDRESS|$REGISTER [=] VALUE",
        "write memory, SIZE b h w g (8 bytes), or a register",
    ),
    row(
        Verb::Print,
        &["print", "p"],
        "print[/FORMAT] EXPRESSION",
        "show a value: + - * / % & | ^ ~ << >>, *ADDRESS, $rip, symbols",
    ),
    row(
        Verb::Disassemble,
        &["disassemble", "disas"],
        "disassemble [SYMBOL|ADDRESS [COUNT]]",
        "show instructions: a function's, or COUNT",
    ),
    row(Verb::Backtrace, &["bt", "backtrace", "where"], "bt", "show who called whom, by frame pointers"),
    row(Verb::Threads, &["threads"], "threads", "show the threads; the marked one is what commands are about"),
    row(Verb::Thread, &["thread", "t"], "thread NUMBER", "choose the thread that commands are about"),
    row(Verb::Maps, &["maps"], "maps", "show the address map"),
    row(Verb::Info, &["info", "i"], "info breakpoints|registers|signals|program", "show the debugger's view of these"),
    row(Verb::Help, &["help", "h", "?"], "help [COMMAND]", "show this list, or how a command is used"),
    row(Verb::Quit, &["quit", "q", "exit"], "quit", "leave; kills what run started, detaches from what ran before"),
];

/// The row of a command.
pub(super) fn row_of(verb: Verb) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.verb == verb)
}

/// How a command is used.
pub(super) fn usage(verb: Verb) -> &'static str {
    row_of(verb).map_or("", |row| row.usage)
}

/// The command called `name`.
pub(super) fn find(name: &str) -> Result<Verb> {
    if let Some(row) = TABLE.iter().find(|row| row.names.contains(&name)) {
        return Ok(row.verb);
    }
    let mut candidates = TABLE.iter().filter(|row| row.names.first().is_some_and(|full| full.starts_with(name)));
    match (candidates.next().filter(|_| !name.is_empty()), candidates.next()) {
        (Some(row), None) => Ok(row.verb),
        (None, _) => Err(Error::expected("a command ('help' lists them)", name)),
        (Some(_), Some(_)) => {
            let mut names = String::new();
            for row in TABLE.iter().filter(|row| row.names.first().is_some_and(|full| full.starts_with(name))) {
                names.push_str(if names.is_empty() { "" } else { ", " });
                names.push_str(row.names.first().unwrap_or(&""));
            }
            Err(Error::new(format!("'{name}' could be {names}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, Verb, find};
    use alloc::string::ToString;

    #[test]
    fn names_and_short_forms_are_unique() {
        for (index, row) in TABLE.iter().enumerate() {
            for other in &TABLE[index + 1..] {
                assert_ne!(row.verb, other.verb);
                assert!(row.names.iter().all(|name| !other.names.contains(name)), "{:?}", row.names);
            }
        }
    }

    #[test]
    fn abbreviations_are_found_and_doubts_are_told() {
        assert_eq!(find("b"), Ok(Verb::Break));
        assert_eq!(find("s"), Ok(Verb::Step));
        assert_eq!(find("disass"), Ok(Verb::Disassemble));
        assert_eq!(find("thread"), Ok(Verb::Thread));
        assert_eq!(find("de").unwrap_err().to_string(), "'de' could be delete, detach");
        assert_eq!(find("jump").unwrap_err().to_string(), "expected a command ('help' lists them), not 'jump'");
        assert_eq!(find("").unwrap_err().to_string(), "expected a command ('help' lists them)");
    }
}
