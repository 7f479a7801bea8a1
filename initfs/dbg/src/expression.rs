//! Expressions: `$rip + 0x10`, `*(counter + 8)`, `table & ~7`.
//!
//! Decides the grammar and C's order of binding; values are 64-bit words that wrap, like addresses. Main functions:
//! [`evaluate`], [`evaluate_prefix`]. Neighbours: `session` is the [`Names`] that knows registers, symbols and memory;
//! `expression::token` cuts the text.
//!
//! There is no tree: evaluation has no effect but reading, so the parser computes as it goes. Nesting is limited, because
//! a line of input must not be able to overflow the stack.

mod token;

use crate::error::{Error, Result};
use alloc::format;
use token::{Token, Tokens};

/// Deepest nesting of parentheses and prefix operators.
const DEPTH_MAX: usize = 64;

/// What names stand for.
pub(crate) trait Names {
    /// The register called `name`, without the dollar sign.
    fn register(&mut self, name: &str) -> Result<u64>;
    /// The address of the symbol called `name`.
    fn symbol(&mut self, name: &str) -> Result<u64>;
    /// The eight bytes at `address`.
    fn word(&mut self, address: u64) -> Result<u64>;
}

/// The value of `text`, all of which is one expression.
pub(crate) fn evaluate(text: &str, names: &mut impl Names) -> Result<u64> {
    let (value, rest) = evaluate_prefix(text, names)?;
    if rest.is_empty() { Ok(value) } else { Err(Error::expected("an operator", rest)) }
}

/// The value of the longest expression that `text` starts with, and the text after it.
pub(crate) fn evaluate_prefix<'a>(text: &'a str, names: &mut impl Names) -> Result<(u64, &'a str)> {
    let mut evaluator = Evaluator { tokens: Tokens::new(text)?, names, depth: 0 };
    let value = evaluator.binary(0)?;
    Ok((value, evaluator.tokens.rest()))
}

/// Evaluates any text where everything named is there and 0: the entry point of the fuzz target.
pub fn check(text: &str) {
    struct Zeros;
    impl Names for Zeros {
        fn register(&mut self, _: &str) -> Result<u64> {
            Ok(0)
        }
        fn symbol(&mut self, _: &str) -> Result<u64> {
            Ok(0)
        }
        fn word(&mut self, _: u64) -> Result<u64> {
            Ok(0)
        }
    }
    // Only the absence of a panic matters here.
    let _value = evaluate(text, &mut Zeros);
}

struct Evaluator<'a, 'n, N> {
    tokens: Tokens<'a>,
    names: &'n mut N,
    depth: usize,
}

impl<N: Names> Evaluator<'_, '_, N> {
    /// Operators that bind at least as tightly as `minimum`, by climbing precedence.
    fn binary(&mut self, minimum: u8) -> Result<u64> {
        let mut left = self.prefix()?;
        while let Token::Operator(operator) = self.tokens.current() {
            let Some(strength) = strength(operator).filter(|&strength| strength >= minimum) else { break };
            self.tokens.advance()?;
            let right = self.binary(strength.saturating_add(1))?;
            left = apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn prefix(&mut self) -> Result<u64> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(Error::new(format!("expected at most {DEPTH_MAX} nested operators")));
        }
        let value = self.operand();
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn operand(&mut self) -> Result<u64> {
        let token = self.tokens.current();
        let text = self.tokens.text();
        self.tokens.advance()?;
        match token {
            Token::Number(value) => Ok(value),
            Token::Register(name) => self.names.register(name),
            Token::Symbol(name) => self.names.symbol(name),
            Token::Open => {
                let value = self.binary(0)?;
                if self.tokens.current() != Token::Close {
                    return Err(Error::expected("')'", self.tokens.text()));
                }
                self.tokens.advance()?;
                Ok(value)
            }
            Token::Operator("-") => Ok(self.prefix()?.wrapping_neg()),
            Token::Operator("~") => Ok(!self.prefix()?),
            // The address of a symbol is its value already; people who know C write it all the same.
            Token::Operator("&") => self.prefix(),
            Token::Operator("*") => {
                let address = self.prefix()?;
                self.names.word(address)
            }
            Token::Operator(_) | Token::Close | Token::Unknown | Token::End => {
                Err(Error::expected("a number, a symbol or a $register", text))
            }
        }
    }
}

/// C's order of the binary operators, loosest first.
fn strength(operator: &str) -> Option<u8> {
    Some(match operator {
        "|" => 1,
        "^" => 2,
        "&" => 3,
        "<<" | ">>" => 4,
        "+" | "-" => 5,
        "*" | "/" | "%" => 6,
        _ => return None,
    })
}

fn apply(operator: &str, left: u64, right: u64) -> Result<u64> {
    let shift = u32::try_from(right).ok();
    Ok(match operator {
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "<<" => shift.and_then(|shift| left.checked_shl(shift)).unwrap_or(0),
        ">>" => shift.and_then(|shift| left.checked_shr(shift)).unwrap_or(0),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right).ok_or_else(|| Error::new("cannot divide by zero"))?,
        _ => left.checked_rem(right).ok_or_else(|| Error::new("cannot divide by zero"))?,
    })
}

#[cfg(test)]
mod tests;
