//! Commands made of commands: groups, `if`, loops.
//!
//! Decides their grammar. Neighbours: `parser` (lists), `simple` (redirections after them).

use super::{Parser, SyntaxError};
use crate::lexer::{Operator, Token};
use crate::syntax::{CommandKind, Sense, plain_text};
use crate::variables::is_name;
use alloc::vec::Vec;

impl Parser<'_> {
    /// A compound command, if one begins here.
    pub(super) fn compound(&mut self) -> Result<Option<CommandKind>, SyntaxError> {
        if self.accept(Operator::Open)? {
            let list = self.filled_list()?;
            if !self.accept(Operator::Close)? {
                return Err(self.expected("')'"));
            }
            return Ok(Some(CommandKind::Subshell(list)));
        }
        let Token::Word(word) = &self.token else { return Ok(None) };
        let kind = match plain_text(word) {
            Some(b"{") => self.group()?,
            Some(b"if") => self.branches()?,
            Some(b"while") => self.repeat(Sense::Plain)?,
            Some(b"until") => self.repeat(Sense::Inverted)?,
            Some(b"for") => self.for_each()?,
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn group(&mut self) -> Result<CommandKind, SyntaxError> {
        self.advance()?;
        let list = self.filled_list()?;
        self.require_word("}")?;
        Ok(CommandKind::Group(list))
    }

    fn branches(&mut self) -> Result<CommandKind, SyntaxError> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        while self.is_word(b"if") && branches.is_empty() || self.is_word(b"elif") {
            self.advance()?;
            let condition = self.filled_list()?;
            self.require_word("then")?;
            branches.push((condition, self.filled_list()?));
        }
        if self.accept_word(b"else")? {
            otherwise = Some(self.filled_list()?);
        }
        self.require_word("fi")?;
        Ok(CommandKind::If { branches, otherwise })
    }

    fn repeat(&mut self, until: Sense) -> Result<CommandKind, SyntaxError> {
        self.advance()?;
        let condition = self.filled_list()?;
        let body = self.body()?;
        Ok(CommandKind::Loop { until, condition, body })
    }

    fn for_each(&mut self) -> Result<CommandKind, SyntaxError> {
        self.advance()?;
        let variable = match &self.token {
            Token::Word(word) => plain_text(word).filter(|name| is_name(name)).map(<[u8]>::to_vec),
            _ => None,
        };
        let variable = variable.ok_or_else(|| self.expected("the name of a variable"))?;
        self.advance()?;
        self.skip_newlines()?;
        let words = if self.accept_word(b"in")? { Some(self.words()?) } else { None };
        self.accept(Operator::Semicolon)?;
        self.skip_newlines()?;
        Ok(CommandKind::For { variable, words, body: self.body()? })
    }

    fn words(&mut self) -> Result<Vec<crate::syntax::Word>, SyntaxError> {
        let mut words = Vec::new();
        while let Token::Word(word) = &self.token {
            words.push(word.clone());
            self.advance()?;
        }
        if self.is_operator(Operator::Semicolon) || self.token == Token::Newline {
            return Ok(words);
        }
        Err(self.expected("';' after the words of 'for'"))
    }

    fn body(&mut self) -> Result<crate::syntax::List, SyntaxError> {
        self.require_word("do")?;
        let body = self.filled_list()?;
        self.require_word("done")?;
        Ok(body)
    }
}
