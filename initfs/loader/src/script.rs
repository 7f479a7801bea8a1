//! The first line of a script: which program interprets it.
//!
//! Decides FreeBSD's rules (imgact_shell.c, exec_shell_imgact): the interpreter's path ends at a blank, what follows up to
//! the end of the line, less blanks at both ends, is one argument; a line that does not end within the first page is no
//! interpreter's. Main type: [`Script`]. Neighbours: `strings` puts the new arguments in front.

use runtime::{Error, Result};

/// The interpreter that a script names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script<'a> {
    /// Its path.
    pub interpreter: &'a [u8],
    /// Its only argument, if there is one.
    pub argument: Option<&'a [u8]>,
}

impl<'a> Script<'a> {
    /// Reads the first bytes of a file; `None` if it is no script.
    ///
    /// # Errors
    /// ENOEXEC for a line that names no interpreter or does not end.
    pub fn parse(head: &'a [u8]) -> Result<Option<Self>> {
        let Some(rest) = head.strip_prefix(b"#!") else { return Ok(None) };
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or(Error::ENOEXEC)?;
        let line = rest.get(..end).unwrap_or_default();
        // A NUL could not stand in an argument.
        if line.contains(&0) {
            return Err(Error::ENOEXEC);
        }
        let line = trim(line);
        let split = line.iter().position(is_blank).unwrap_or(line.len());
        let (interpreter, argument) = line.split_at_checked(split).ok_or(Error::ENOEXEC)?;
        if interpreter.is_empty() {
            return Err(Error::ENOEXEC);
        }
        Ok(Some(Self { interpreter, argument: Some(trim(argument)).filter(|argument| !argument.is_empty()) }))
    }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last.saturating_add(1));
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Script;
    use runtime::Error;

    fn parse(head: &str) -> Result<Option<(&str, Option<&str>)>, Error> {
        let text = |bytes| std::str::from_utf8(bytes).expect("UTF-8");
        Script::parse(head.as_bytes())
            .map(|script| script.map(|script| (text(script.interpreter), script.argument.map(text))))
    }

    #[test]
    fn an_interpreter_has_at_most_one_argument() {
        assert_eq!(parse("#!/bin/sh\n"), Ok(Some(("/bin/sh", None))));
        assert_eq!(parse("#! /bin/sh -e \nexit"), Ok(Some(("/bin/sh", Some("-e")))));
        assert_eq!(parse("#!\t/bin/env  a b\t\n"), Ok(Some(("/bin/env", Some("a b")))));
    }

    #[test]
    fn other_files_are_no_scripts() {
        assert_eq!(parse("\x7fELF"), Ok(None));
        assert_eq!(parse("#"), Ok(None));
        assert_eq!(parse(""), Ok(None));
    }

    #[test]
    fn a_line_without_interpreter_or_end_is_refused() {
        assert_eq!(parse("#!\n"), Err(Error::ENOEXEC));
        assert_eq!(parse("#!  \t\n"), Err(Error::ENOEXEC));
        assert_eq!(parse("#!/bin/sh"), Err(Error::ENOEXEC));
        assert_eq!(parse("#!/bin/s\0h\n"), Err(Error::ENOEXEC));
    }
}
