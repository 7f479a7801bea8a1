//! The inside of a word: quotes, backslashes and parameters.
//!
//! Decides XCU 2.2 (quoting) and which forms of `$` there are: `$NAME`, `${NAME}`, `$1`, `$?`, `$$`, `$!`, `$#`, `$@`,
//! `$*`. Main function: [`read`]. Neighbours: `lexer` (where words begin), `expand` (what parameters become).

use super::Lexer;
use crate::parser::SyntaxError;
use crate::syntax::{Quoting, Segment, Word};
use alloc::vec::Vec;

/// Bytes that end a bare word.
const METACHARACTERS: &[u8] = b" \t\r\n;&|()<>";

/// Reads the word that begins here.
pub(super) fn read(lexer: &mut Lexer<'_>) -> Result<Word, SyntaxError> {
    let mut word = Word::new();
    while let Some(byte) = lexer.peek(0) {
        match byte {
            b'\'' => single_quoted(lexer, &mut word)?,
            b'"' => double_quoted(lexer, &mut word)?,
            b'\\' => escaped(lexer, &mut word)?,
            b'$' => parameter(lexer, &mut word, Quoting::Bare)?,
            byte if METACHARACTERS.contains(&byte) => break,
            _ => {
                let text = lexer.take_while(|byte| !METACHARACTERS.contains(&byte) && !b"'\"\\$".contains(&byte));
                push(&mut word, &text, Quoting::Bare);
            }
        }
    }
    Ok(word)
}

fn single_quoted(lexer: &mut Lexer<'_>, word: &mut Word) -> Result<(), SyntaxError> {
    lexer.advance(1);
    let text = lexer.take_while(|byte| byte != b'\'');
    if lexer.peek(0).is_none() {
        return Err(SyntaxError::incomplete(lexer.line(), "a closing '"));
    }
    lexer.advance(1);
    push(word, &text, Quoting::Quoted);
    Ok(())
}

fn escaped(lexer: &mut Lexer<'_>, word: &mut Word) -> Result<(), SyntaxError> {
    let Some(byte) = lexer.peek(1) else {
        return Err(SyntaxError::incomplete(lexer.line(), "a character after \\"));
    };
    lexer.advance(2);
    if byte != b'\n' {
        push(word, &[byte], Quoting::Quoted);
    }
    Ok(())
}

fn double_quoted(lexer: &mut Lexer<'_>, word: &mut Word) -> Result<(), SyntaxError> {
    lexer.advance(1);
    push(word, b"", Quoting::Quoted);
    loop {
        match (lexer.peek(0), lexer.peek(1)) {
            (None, _) => return Err(SyntaxError::incomplete(lexer.line(), "a closing \"")),
            (Some(b'"'), _) => {
                lexer.advance(1);
                return Ok(());
            }
            (Some(b'$'), _) => parameter(lexer, word, Quoting::Quoted)?,
            (Some(b'\\'), Some(b'\n')) => lexer.advance(2),
            (Some(b'\\'), Some(byte @ (b'$' | b'`' | b'"' | b'\\'))) => {
                lexer.advance(2);
                push(word, &[byte], Quoting::Quoted);
            }
            (Some(b'\\'), _) => {
                lexer.advance(1);
                push(word, b"\\", Quoting::Quoted);
            }
            (Some(_), _) => {
                let text = lexer.take_while(|byte| !b"\"$\\".contains(&byte));
                push(word, &text, Quoting::Quoted);
            }
        }
    }
}

/// A parameter, or a dollar sign that stands for itself.
fn parameter(lexer: &mut Lexer<'_>, word: &mut Word, quoting: Quoting) -> Result<(), SyntaxError> {
    lexer.advance(1);
    let name = match lexer.peek(0) {
        Some(b'{') => {
            lexer.advance(1);
            braced(lexer)?
        }
        Some(b'(') => {
            return Err(SyntaxError::unsupported(lexer.line(), "$( ): command substitution is not known here"));
        }
        Some(byte) if is_special(byte) => {
            lexer.advance(1);
            Vec::from([byte])
        }
        _ => lexer.take_while(is_name_byte),
    };
    if name.is_empty() {
        push(word, b"$", quoting);
    } else {
        word.push(Segment::Parameter(name, quoting));
    }
    Ok(())
}

fn braced(lexer: &mut Lexer<'_>) -> Result<Vec<u8>, SyntaxError> {
    let name = match lexer.peek(0) {
        Some(byte) if is_special(byte) && !byte.is_ascii_digit() => {
            lexer.advance(1);
            Vec::from([byte])
        }
        _ => lexer.take_while(is_name_byte),
    };
    match lexer.peek(0) {
        None => Err(SyntaxError::incomplete(lexer.line(), "} after ${NAME")),
        Some(b'}') if !name.is_empty() => {
            lexer.advance(1);
            Ok(name)
        }
        Some(_) => Err(SyntaxError::unsupported(lexer.line(), "${...}: expected a name and }")),
    }
}

fn is_special(byte: u8) -> bool {
    byte.is_ascii_digit() || b"?$!#@*".contains(&byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Adds text; neighbours of one kind become one segment.
fn push(word: &mut Word, text: &[u8], quoting: Quoting) {
    match word.last_mut() {
        Some(Segment::Text(last, kind)) if *kind == quoting => last.extend_from_slice(text),
        _ => word.push(Segment::Text(text.to_vec(), quoting)),
    }
}
