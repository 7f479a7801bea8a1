//! The command line of `trace`.
//!
//! Decides which options exist and what they mean together. Main types: [`Options`], [`What`], [`Selection`]. Neighbours:
//! `summary` (`-c`), src/bin/trace.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::calls::TABLE;

/// How to use it.
pub const USAGE: &str = "\
usage: trace [-cf] [-e [!]CALL[,CALL]...] [-o FILE] PROGRAM [ARG]...
       trace [-cf] [-e [!]CALL[,CALL]...] [-o FILE] -p PID";

/// What `--help` adds.
pub const HELP: &str = "\
Follows a program and writes a line for each system call, signal and end.
  -f        follow children and name threads: lines begin with PID/TID
  -e CALLS  show these calls, or with ! all others
  -c        no lines but a table at the end: time, calls, errors
  -o FILE   write to a file in place of standard error
  -p PID    follow a process that runs; ^C lets it go on";

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A program that is started, with its arguments.
    Program(Vec<String>),
    /// A process that runs already.
    Process(i32),
}

/// Which calls are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All.
    All,
    /// These.
    Only(Vec<String>),
    /// All others.
    Except(Vec<String>),
}

impl Selection {
    /// Whether this call is shown.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|own| own == name),
            Self::Except(names) => names.iter().all(|own| own != name),
        }
    }

    /// The stops that show these calls and no others.
    #[must_use]
    pub fn stops(&self) -> CallStops {
        let mut calls = match self {
            Self::All => return CallStops::ALL,
            Self::Only(_) => CallSet::EMPTY,
            // Calls without a name are none of those that were named.
            Self::Except(_) => {
                let mut calls = CallSet::EMPTY;
                calls.insert_shown(u32::MAX);
                calls
            }
        };
        for call in TABLE.iter().filter(|call| self.contains(call.name)) {
            calls.insert_shown(call.shown);
        }
        CallStops { entry: calls, exit: calls }
    }
}

/// What a selection does with children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Children run untraced.
    No,
    /// Children are followed.
    Forks,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line for each call and change.
    Lines,
    /// A table at the end.
    Summary,
}

/// Everything that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is followed.
    pub what: What,
    /// Whether children are followed.
    pub follow: Follow,
    /// Which calls are shown.
    pub selection: Selection,
    /// Lines or a table.
    pub form: Form,
    /// The file to write to; standard error otherwise.
    pub output: Option<String>,
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// What is wrong with them, for a person to read.
pub fn parse<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Options, String> {
    let mut arguments = arguments.into_iter();
    let mut process = None;
    let mut options = Options {
        what: What::Program(Vec::new()),
        follow: Follow::No,
        selection: Selection::All,
        form: Form::Lines,
        output: None,
    };
    let mut program: Vec<String> = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument {
            "-e" => options.selection = selection(value(argument, arguments.next())?)?,
            "-o" => options.output = Some(value(argument, arguments.next())?.to_string()),
            "-p" => process = Some(pid(value(argument, arguments.next())?)?),
            "--" => program.extend(arguments.by_ref().map(ToString::to_string)),
            option if option.starts_with('-') => switches(option, &mut options)?,
            first => {
                program.push(first.to_string());
                program.extend(arguments.by_ref().map(ToString::to_string));
            }
        }
    }
    options.what = match (process, program.is_empty()) {
        (Some(pid), true) => What::Process(pid),
        (None, false) => What::Program(program),
        (Some(_), false) => return Err("a process or a program, not both".to_string()),
        (None, true) => return Err("a program or -p PID is missing".to_string()),
    };
    Ok(options)
}

/// Options without a value, which may stand together.
fn switches(argument: &str, options: &mut Options) -> Result<(), String> {
    let letters = argument.strip_prefix('-').unwrap_or_default();
    if letters.is_empty() {
        return Err(format!("there is no option {argument}"));
    }
    for letter in letters.chars() {
        match letter {
            'f' => options.follow = Follow::Forks,
            'c' => options.form = Form::Summary,
            _ => return Err(format!("there is no option {argument}")),
        }
    }
    Ok(())
}

fn value<'a>(option: &str, value: Option<&'a str>) -> Result<&'a str, String> {
    value.ok_or_else(|| format!("{option} needs a value"))
}

fn pid(text: &str) -> Result<i32, String> {
    text.parse().ok().filter(|pid| *pid > 0).ok_or_else(|| format!("{text} is no process"))
}

fn selection(text: &str) -> Result<Selection, String> {
    let (names, except) = text.strip_prefix('!').map_or((text, false), |names| (names, true));
    let names: Vec<String> = names.split(',').map(ToString::to_string).collect();
    if let Some(unknown) = names.iter().find(|name| kernel_abi::calls::by_name(name).is_none()) {
        return Err(format!("there is no system call {unknown}"));
    }
    Ok(if except { Selection::Except(names) } else { Selection::Only(names) })
}
