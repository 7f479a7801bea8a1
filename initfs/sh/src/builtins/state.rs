//! Builtins that change the shell itself: directory, variables, options, parameters.
//!
//! Decides what each takes; the variables are `sh::variables`'s. Neighbours: `builtins` dispatches.

use super::{Misuse, Outcome, parse_number};
use crate::shell::Shell;
use crate::source;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::{environment, eprintln, println};
use sh::variables::{Scope, is_name, split};

impl Shell {
    pub(super) fn change_directory(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        let home = self.variables.get(b"HOME").unwrap_or(b"/").to_vec();
        let directory = match arguments {
            [] => home,
            [previous] if previous == b"-" => self.variables.get(b"OLDPWD").unwrap_or(b"/").to_vec(),
            [directory] => directory.clone(),
            _ => return Err(Misuse),
        };
        let before = environment::current_directory();
        if let Err(error) = environment::set_current_directory(&directory) {
            eprintln!("sh: cd: {}: {error}", String::from_utf8_lossy(&directory));
            return Ok(1);
        }
        self.variables.set(b"OLDPWD", &before);
        self.variables.set(b"PWD", &environment::current_directory());
        Ok(0)
    }

    pub(super) fn export(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        for argument in arguments {
            let (name, value) =
                split(argument).map_or((argument.as_slice(), None), |(name, value)| (name, Some(value)));
            if !is_name(name) {
                return Err(Misuse);
            }
            if let Some(value) = value {
                self.variables.set(name, value);
            }
            self.variables.export(name);
        }
        if arguments.is_empty() {
            self.list_variables(|scope| scope == Scope::Exported);
        }
        Ok(0)
    }

    pub(super) fn unset(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        if arguments.is_empty() || !arguments.iter().all(|name| is_name(name)) {
            return Err(Misuse);
        }
        arguments.iter().for_each(|name| self.variables.unset(name));
        Ok(0)
    }

    pub(super) fn set(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        if arguments.is_empty() {
            self.list_variables(|_| true);
        }
        let mut rest = arguments;
        while let Some((argument, others)) = rest.split_first() {
            let chosen = match argument.first() {
                _ if argument == b"--" => {
                    self.positional = others.to_vec();
                    return Ok(0);
                }
                Some(b'-') => true,
                Some(b'+') => false,
                _ => break,
            };
            for letter in argument.iter().skip(1) {
                match letter {
                    b'e' => self.stop_at_failure = chosen,
                    b'x' => self.trace = chosen,
                    _ => return Err(Misuse),
                }
            }
            rest = others;
        }
        if !rest.is_empty() {
            self.positional = rest.to_vec();
        }
        Ok(0)
    }

    fn list_variables(&self, wanted: impl Fn(Scope) -> bool) {
        for (name, value, _) in self.variables.iter().filter(|(.., scope)| wanted(*scope)) {
            println!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        }
    }

    pub(super) fn shift(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        let count = match arguments {
            [] => Some(1),
            [count] => parse_number(count).and_then(|count| usize::try_from(count).ok()),
            _ => None,
        };
        let count = count.ok_or(Misuse)?;
        if count > self.positional.len() {
            return Ok(1);
        }
        self.positional.drain(..count);
        Ok(0)
    }

    /// Splits a line at blanks; the last variable gets what is left.
    pub(super) fn read(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        let Some((last, others)) = arguments.split_last() else { return Err(Misuse) };
        if !arguments.iter().all(|name| is_name(name)) {
            return Err(Misuse);
        }
        let mut line = Vec::new();
        let complete = source::read_line(&mut line);
        let mut rest = line.trim_ascii();
        for name in others {
            let end = rest.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, b""));
            self.variables.set(name, word);
            rest = after.trim_ascii_start();
        }
        self.variables.set(last, rest);
        Ok(i32::from(!complete && line.is_empty()))
    }
}

pub(super) fn print_directory(arguments: &[Vec<u8>]) -> Outcome {
    if !arguments.is_empty() {
        return Err(Misuse);
    }
    println!("{}", String::from_utf8_lossy(&environment::current_directory()));
    Ok(0)
}
