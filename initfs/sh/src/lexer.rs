//! Text to tokens: words with their quotes resolved, operators, line ends.
//!
//! Decides where tokens begin and end (XCU 2.3) and what quotes and `$` mean inside words. Main types: [`Lexer`],
//! [`Token`]. Neighbours: `word` (the inside of words), `parser` takes the tokens.

mod word;

use crate::parser::SyntaxError;
use crate::syntax::Word;
use alloc::vec::Vec;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word, perhaps empty in quotes.
    Word(Word),
    /// A number right before `<` or `>`.
    Descriptor(usize),
    /// An operator.
    Operator(Operator),
    /// The end of a line.
    Newline,
    /// The end of the text.
    End,
}

/// Operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `;`
    Semicolon,
    /// `&`
    Ampersand,
    /// `&&`
    And,
    /// `|`
    Pipe,
    /// `||`
    Or,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `>>`
    Append,
    /// `<&`
    LessAnd,
    /// `>&`
    GreaterAnd,
}

/// Longest first, so that the first match is the right one.
const OPERATORS: [(&[u8], Operator); 12] = [
    (b"&&", Operator::And),
    (b"||", Operator::Or),
    (b">>", Operator::Append),
    (b"<&", Operator::LessAnd),
    (b">&", Operator::GreaterAnd),
    (b";", Operator::Semicolon),
    (b"&", Operator::Ampersand),
    (b"|", Operator::Pipe),
    (b"(", Operator::Open),
    (b")", Operator::Close),
    (b"<", Operator::Less),
    (b">", Operator::Greater),
];

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        let found = OPERATORS.iter().find(|(_, operator)| *operator == self);
        found.and_then(|(text, _)| core::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// A text and how much of it has been read.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a [u8],
    position: usize,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// Begins at the start of `text`.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, position: 0, line: 1 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Line of the next byte, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The text between two offsets.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> &'a [u8] {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Skips blanks, quoted line ends and a comment; what follows is a token.
    pub fn skip_blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t' | b'\r'), _) => self.advance(1),
                (Some(b'\\'), Some(b'\n')) => self.advance(2),
                (Some(b'#'), _) => {
                    let rest = self.text.get(self.position..).unwrap_or_default();
                    let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                    self.advance(length);
                    return;
                }
                _ => return,
            }
        }
    }

    /// The next token.
    ///
    /// # Errors
    /// A quote or brace that is not closed, or a `$` that this shell does not know.
    pub fn token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks();
        match self.peek(0) {
            None => Ok(Token::End),
            Some(b'\n') => {
                self.advance(1);
                Ok(Token::Newline)
            }
            Some(_) => {
                if let Some(operator) = self.operator() {
                    return Ok(Token::Operator(operator));
                }
                if let Some(number) = self.descriptor() {
                    return Ok(Token::Descriptor(number));
                }
                word::read(self).map(Token::Word)
            }
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let (text, operator) = OPERATORS.iter().find(|(text, _)| rest.starts_with(text))?;
        self.advance(text.len());
        Some(*operator)
    }

    /// A single digit that `<` or `>` follows.
    fn descriptor(&mut self) -> Option<usize> {
        match (self.peek(0), self.peek(1)) {
            (Some(digit @ b'0'..=b'9'), Some(b'<' | b'>')) => {
                self.advance(1);
                Some(usize::from(digit.wrapping_sub(b'0')))
            }
            _ => None,
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.position.saturating_add(ahead)).copied()
    }

    fn advance(&mut self, count: usize) {
        let end = self.position.saturating_add(count).min(self.text.len());
        let newlines = self.slice(self.position, end).iter().filter(|&&byte| byte == b'\n').count();
        self.line = self.line.saturating_add(newlines);
        self.position = end;
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> Vec<u8> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length = rest.iter().position(|&byte| !belongs(byte)).unwrap_or(rest.len());
        let taken = rest.get(..length).unwrap_or_default().to_vec();
        self.advance(length);
        taken
    }
}
