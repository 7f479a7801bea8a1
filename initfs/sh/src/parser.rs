//! Tokens to commands.
//!
//! Decides the grammar (a part of XCU 2.10) and says in one line what was expected where a text does not follow it. Main
//! function: [`parse`]; main type: [`SyntaxError`]. Neighbours: `lexer`, `compound` (if, while, for, groups), `simple`
//! (words and redirections), `syntax` (the result).

mod compound;
mod simple;

use crate::lexer::{Lexer, Operator, Token};
use crate::syntax::{Chain, Command, Connector, Item, List, Pipeline, Place, Sense, plain_text};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Most commands within commands: the parser's own stack is bounded by it.
const DEPTH: usize = 64;

/// Words that mean something where a command may begin.
const RESERVED: [&[u8]; 15] = [
    b"!", b"{", b"}", b"if", b"then", b"elif", b"else", b"fi", b"while", b"until", b"for", b"in", b"do", b"done",
    b"case",
];

/// Why a text is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    line: usize,
    message: String,
    incomplete: bool,
}

impl SyntaxError {
    pub(crate) fn incomplete(line: usize, expected: &str) -> Self {
        Self { line, message: format!("expected {expected}, found the end of the text"), incomplete: true }
    }

    pub(crate) fn unsupported(line: usize, message: &str) -> Self {
        Self { line, message: message.to_owned(), incomplete: false }
    }

    /// More text could still make it a command.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

/// Reads a whole text.
///
/// # Errors
/// The first thing that is not as expected.
pub fn parse(text: &[u8]) -> Result<List, SyntaxError> {
    let mut parser =
        Parser { lexer: Lexer::new(text), token: Token::Newline, start: 0, end: 0, before: 0, line: 1, depth: 0 };
    parser.advance()?;
    let list = parser.list()?;
    match parser.token {
        Token::End => Ok(list),
        _ => Err(parser.expected("a command")),
    }
}

/// Reads arbitrary bytes: the entry point of the fuzz target.
pub fn check(text: &[u8]) {
    // Only the absence of a panic matters here.
    let _list = parse(text);
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token and where it lies.
    token: Token,
    start: usize,
    end: usize,
    /// Where the token before it ended.
    before: usize,
    line: usize,
    depth: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<(), SyntaxError> {
        self.before = self.end;
        self.lexer.skip_blanks();
        (self.start, self.line) = (self.lexer.position(), self.lexer.line());
        self.token = self.lexer.token()?;
        self.end = self.lexer.position();
        Ok(())
    }

    fn expected(&self, what: &str) -> SyntaxError {
        let found = match &self.token {
            Token::End => return SyntaxError::incomplete(self.line, what),
            Token::Newline => "the end of the line".to_owned(),
            Token::Operator(operator) => format!("'{}'", operator.text()),
            Token::Word(_) | Token::Descriptor(_) => {
                format!("'{}'", String::from_utf8_lossy(self.lexer.slice(self.start, self.end)))
            }
        };
        SyntaxError { line: self.line, message: format!("expected {what}, found {found}"), incomplete: false }
    }

    fn is_operator(&self, operator: Operator) -> bool {
        self.token == Token::Operator(operator)
    }

    fn accept(&mut self, operator: Operator) -> Result<bool, SyntaxError> {
        let found = self.is_operator(operator);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn is_word(&self, text: &[u8]) -> bool {
        matches!(&self.token, Token::Word(word) if plain_text(word) == Some(text))
    }

    fn accept_word(&mut self, text: &[u8]) -> Result<bool, SyntaxError> {
        let found = self.is_word(text);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn require_word(&mut self, text: &str) -> Result<(), SyntaxError> {
        if self.accept_word(text.as_bytes())? { Ok(()) } else { Err(self.expected(&format!("'{text}'"))) }
    }

    fn skip_newlines(&mut self) -> Result<(), SyntaxError> {
        while self.token == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    /// Commands up to something that cannot begin one.
    fn list(&mut self) -> Result<List, SyntaxError> {
        let mut list = List::default();
        self.skip_newlines()?;
        while self.begins_command() {
            let start = self.start;
            let chain = self.chain()?;
            let text = self.lexer.slice(start, self.before).to_vec();
            let place = if self.is_operator(Operator::Ampersand) { Place::Background } else { Place::Foreground };
            let more =
                self.accept(Operator::Ampersand)? || self.accept(Operator::Semicolon)? || self.token == Token::Newline;
            list.items.push(Item { chain, place, text });
            if !more {
                break;
            }
            self.skip_newlines()?;
        }
        Ok(list)
    }

    /// As [`Parser::list`], with at least one command.
    fn filled_list(&mut self) -> Result<List, SyntaxError> {
        let list = self.list()?;
        if list.items.is_empty() { Err(self.expected("a command")) } else { Ok(list) }
    }

    fn begins_command(&self) -> bool {
        const BEGIN: [&[u8]; 6] = [b"!", b"{", b"if", b"while", b"until", b"for"];
        match &self.token {
            Token::Word(word) => plain_text(word).is_none_or(|text| BEGIN.contains(&text) || !RESERVED.contains(&text)),
            Token::Descriptor(_) => true,
            Token::Operator(operator) => matches!(
                operator,
                Operator::Open
                    | Operator::Less
                    | Operator::Greater
                    | Operator::Append
                    | Operator::LessAnd
                    | Operator::GreaterAnd
            ),
            Token::Newline | Token::End => false,
        }
    }

    fn chain(&mut self) -> Result<Chain, SyntaxError> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let connector = if self.accept(Operator::And)? {
                Connector::And
            } else if self.accept(Operator::Or)? {
                Connector::Or
            } else {
                return Ok(Chain { first, rest });
            };
            self.skip_newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, SyntaxError> {
        let mut sense = Sense::Plain;
        while self.accept_word(b"!")? {
            sense = if sense == Sense::Plain { Sense::Inverted } else { Sense::Plain };
        }
        let mut commands = Vec::from([self.command()?]);
        while self.accept(Operator::Pipe)? {
            self.skip_newlines()?;
            commands.push(self.command()?);
        }
        Ok(Pipeline { sense, commands })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        if !self.begins_command() {
            return Err(self.expected("a command"));
        }
        if self.depth >= DEPTH {
            return Err(SyntaxError::unsupported(self.line, "more than 64 commands within each other"));
        }
        self.depth = self.depth.saturating_add(1);
        let command = match self.compound()? {
            Some(kind) => self.with_redirections(kind),
            None => self.simple(),
        };
        self.depth = self.depth.saturating_sub(1);
        command
    }
}

#[cfg(test)]
mod tests;
