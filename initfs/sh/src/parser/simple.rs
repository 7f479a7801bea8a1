//! Simple commands: assignments, words, redirections.
//!
//! Decides what is an assignment (a name and `=` before the first word) and how redirections look. Neighbours: `parser`,
//! `compound` (which take redirections, too).

use super::{Parser, SyntaxError};
use crate::lexer::{Operator, Token};
use crate::syntax::{Command, CommandKind, Quoting, Redirection, RedirectionKind, Segment, Simple, Word};
use crate::variables::is_name;
use alloc::vec::Vec;

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> Result<Command, SyntaxError> {
        let mut simple = Simple::default();
        let mut redirections = Vec::new();
        loop {
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
                continue;
            }
            let Token::Word(word) = &self.token else { break };
            match assignment(word).filter(|_| simple.words.is_empty()) {
                Some(assignment) => simple.assignments.push(assignment),
                None => simple.words.push(word.clone()),
            }
            self.advance()?;
        }
        if self.is_operator(Operator::Open) {
            return Err(self.expected("the end of the command"));
        }
        Ok(Command { kind: CommandKind::Simple(simple), redirections })
    }

    pub(super) fn with_redirections(&mut self, kind: CommandKind) -> Result<Command, SyntaxError> {
        let mut redirections = Vec::new();
        while let Some(redirection) = self.redirection()? {
            redirections.push(redirection);
        }
        Ok(Command { kind, redirections })
    }

    fn redirection(&mut self) -> Result<Option<Redirection>, SyntaxError> {
        let given = match self.token {
            Token::Descriptor(number) => {
                self.advance()?;
                Some(number)
            }
            _ => None,
        };
        let Token::Operator(operator) = self.token else { return Ok(None) };
        let (usual, kind) = match operator {
            Operator::Less => (0, RedirectionKind::Read),
            Operator::Greater => (1, RedirectionKind::Write),
            Operator::Append => (1, RedirectionKind::Append),
            Operator::LessAnd => (0, RedirectionKind::Duplicate),
            Operator::GreaterAnd => (1, RedirectionKind::Duplicate),
            Operator::Semicolon
            | Operator::Ampersand
            | Operator::And
            | Operator::Pipe
            | Operator::Or
            | Operator::Open
            | Operator::Close => return Ok(None),
        };
        self.advance()?;
        let Token::Word(target) = &self.token else {
            return Err(self.expected(if kind == RedirectionKind::Duplicate { "a descriptor" } else { "a file name" }));
        };
        let target = target.clone();
        self.advance()?;
        Ok(Some(Redirection { descriptor: given.unwrap_or(usual), kind, target }))
    }
}

/// `NAME=VALUE`, if the word is one.
fn assignment(word: &[Segment]) -> Option<(Vec<u8>, Word)> {
    let (Segment::Text(text, Quoting::Bare), rest) = word.split_first()? else { return None };
    let equals = text.iter().position(|&byte| byte == b'=')?;
    let (name, value) = text.split_at_checked(equals)?;
    if !is_name(name) {
        return None;
    }
    let mut words = Word::new();
    let value = value.get(1..).unwrap_or_default();
    if !value.is_empty() {
        words.push(Segment::Text(value.to_vec(), Quoting::Bare));
    }
    words.extend_from_slice(rest);
    Some((name.to_vec(), words))
}
