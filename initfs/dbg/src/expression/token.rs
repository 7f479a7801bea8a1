//! Cuts an expression into tokens, one at a time.
//!
//! Decides what a number, a register and a symbol look like. Main types: [`Token`], [`Tokens`]. Neighbour: `expression`.
//! A symbol may contain `::`, dots and dollars, as compilers make them; one with other characters stands in quotes.

use crate::error::{Error, Result};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Number(u64),
    Register(&'a str),
    Symbol(&'a str),
    Operator(&'static str),
    Open,
    Close,
    /// A character that begins no token; it ends an expression.
    Unknown,
    End,
}

const OPERATORS: [&str; 11] = ["<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^", "~"];

/// A cursor over the text, with one token read ahead.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'a> {
    /// From the present token on.
    rest: &'a str,
    /// Bytes of the present token.
    length: usize,
    current: Token<'a>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self> {
        let mut tokens = Self { rest: text, length: 0, current: Token::End };
        tokens.advance()?;
        Ok(tokens)
    }

    pub(super) fn current(&self) -> Token<'a> {
        self.current
    }

    /// The present token as it was written.
    pub(super) fn text(&self) -> &'a str {
        self.rest.get(..self.length).unwrap_or_default()
    }

    /// The text from the present token on.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn advance(&mut self) -> Result<()> {
        self.rest = self.rest.get(self.length..).unwrap_or_default().trim_start();
        (self.current, self.length) = read(self.rest)?;
        Ok(())
    }
}

/// The token that `text` starts with, and its length.
fn read(text: &str) -> Result<(Token<'_>, usize)> {
    let Some(first) = text.chars().next() else { return Ok((Token::End, 0)) };
    if let Some(operator) = OPERATORS.into_iter().find(|operator| text.starts_with(operator)) {
        return Ok((Token::Operator(operator), operator.len()));
    }
    match first {
        '(' => Ok((Token::Open, 1)),
        ')' => Ok((Token::Close, 1)),
        '$' => {
            let name = word(text.get(1..).unwrap_or_default());
            Ok((Token::Register(name), name.len().saturating_add(1)))
        }
        '\'' => quoted(text),
        '0'..='9' => {
            let digits = word(text);
            Ok((Token::Number(number(digits)?), digits.len()))
        }
        _ => {
            let name = word(text);
            if name.is_empty() { Ok((Token::Unknown, first.len_utf8())) } else { Ok((Token::Symbol(name), name.len())) }
        }
    }
}

fn quoted(text: &str) -> Result<(Token<'_>, usize)> {
    let inner = text.get(1..).unwrap_or_default();
    let (name, _) = inner.split_once('\'').ok_or_else(|| Error::expected("a closing quote", ""))?;
    Ok((Token::Symbol(name), name.len().saturating_add(2)))
}

/// The longest prefix that is one name; a single colon ends it, a pair does not.
fn word(text: &str) -> &str {
    let mut length = 0_usize;
    while let Some(rest) = text.get(length..) {
        if rest.starts_with("::") {
            length = length.saturating_add(2);
            continue;
        }
        match rest.chars().next() {
            Some(next) if next.is_alphanumeric() || matches!(next, '_' | '.' | '$') => {
                length = length.saturating_add(next.len_utf8());
            }
            _ => break,
        }
    }
    text.get(..length).unwrap_or_default()
}

/// Decimal, or hexadecimal after `0x`, binary after `0b`; underscores are skipped.
pub(super) fn number(text: &str) -> Result<u64> {
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (text.get(2..).unwrap_or_default(), 16),
        Some("0b" | "0B") => (text.get(2..).unwrap_or_default(), 2),
        _ => (text, 10),
    };
    let mut value = None;
    for digit in digits.chars().filter(|&digit| digit != '_') {
        let digit = digit.to_digit(radix).ok_or_else(|| Error::expected("a number", text))?;
        let scaled = value.unwrap_or(0_u64).checked_mul(u64::from(radix));
        value = scaled.and_then(|scaled| scaled.checked_add(u64::from(digit)));
        if value.is_none() {
            return Err(Error::expected("a number of at most 64 bits", text));
        }
    }
    value.ok_or_else(|| Error::expected("a number", text))
}
