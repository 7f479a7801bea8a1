//! The builtin `test`: comparing texts and numbers, asking about files.
//!
//! Decides the meaning of up to four arguments by their count (XCU test, "OPERANDS"). Main items: [`evaluate`], [`Files`].
//! Neighbours: the program's builtins answer the questions about files.

use alloc::vec::Vec;

/// What can be asked about files.
pub trait Files {
    /// Whether there is a file at `path` and it is of this kind.
    fn is(&self, path: &[u8], kind: FileTest) -> bool;
}

/// Questions about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileTest {
    /// `-e`
    Exists,
    /// `-f`
    Regular,
    /// `-d`
    Directory,
    /// `-x`
    Executable,
    /// `-s`
    NotEmpty,
}

/// An expression that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Too many arguments, or no operator where one has to be.
    Expression,
    /// A numeric comparison of what is no number.
    Number,
}

/// Whether the expression holds.
///
/// # Errors
/// [`Malformed`].
pub fn evaluate(files: &impl Files, arguments: &[Vec<u8>]) -> Result<bool, Malformed> {
    match arguments {
        [] => Ok(false),
        [text] => Ok(!text.is_empty()),
        [negation, rest @ ..] if negation == b"!" && rest.len() != 2 => evaluate(files, rest).map(|holds| !holds),
        [operator, operand] => match unary(files, operator, operand) {
            Some(holds) => Ok(holds),
            None if operator == b"!" => Ok(operand.is_empty()),
            None => Err(Malformed::Expression),
        },
        [left, operator, right] => match binary(left, operator, right)? {
            Some(holds) => Ok(holds),
            None if left == b"!" => evaluate(files, &[operator.clone(), right.clone()]).map(|holds| !holds),
            None => Err(Malformed::Expression),
        },
        _ => Err(Malformed::Expression),
    }
}

fn unary(files: &impl Files, operator: &[u8], operand: &[u8]) -> Option<bool> {
    let kind = match operator {
        b"-n" => return Some(!operand.is_empty()),
        b"-z" => return Some(operand.is_empty()),
        b"-e" => FileTest::Exists,
        b"-f" => FileTest::Regular,
        b"-d" => FileTest::Directory,
        b"-x" => FileTest::Executable,
        b"-s" => FileTest::NotEmpty,
        _ => return None,
    };
    Some(files.is(operand, kind))
}

fn binary(left: &[u8], operator: &[u8], right: &[u8]) -> Result<Option<bool>, Malformed> {
    let compare: fn(&i64, &i64) -> bool = match operator {
        b"=" => return Ok(Some(left == right)),
        b"!=" => return Ok(Some(left != right)),
        b"-eq" => i64::eq,
        b"-ne" => i64::ne,
        b"-lt" => i64::lt,
        b"-le" => i64::le,
        b"-gt" => i64::gt,
        b"-ge" => i64::ge,
        _ => return Ok(None),
    };
    Ok(Some(compare(&number(left)?, &number(right)?)))
}

fn number(text: &[u8]) -> Result<i64, Malformed> {
    core::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).ok_or(Malformed::Number)
}

#[cfg(test)]
mod tests {
    use super::{FileTest, Files, Malformed, evaluate};

    struct OneFile;

    impl Files for OneFile {
        fn is(&self, path: &[u8], kind: FileTest) -> bool {
            path == b"/file" && matches!(kind, FileTest::Exists | FileTest::Regular)
        }
    }

    fn holds(expression: &str) -> Result<bool, Malformed> {
        let arguments: Vec<Vec<u8>> = expression.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        evaluate(&OneFile, &arguments)
    }

    #[test]
    fn expressions_of_every_length() {
        assert_eq!(evaluate(&OneFile, &[]), Ok(false));
        assert_eq!(holds("text"), Ok(true));
        assert_eq!(holds(""), Ok(false));
        assert_eq!(holds("! text"), Ok(false));
        assert_eq!(holds("-n x"), Ok(true));
        assert_eq!(holds("-f /file"), Ok(true));
        assert_eq!(holds("! -d /file"), Ok(true));
        assert_eq!(holds("a = a"), Ok(true));
        assert_eq!(holds("! a = a"), Ok(false));
        assert_eq!(holds("10 -gt 9"), Ok(true));
        assert_eq!(holds("-n = -n"), Ok(true));
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(holds("a -eq 1"), Err(Malformed::Number));
        assert_eq!(holds("a b"), Err(Malformed::Expression));
        assert_eq!(holds("a b c"), Err(Malformed::Expression));
        assert_eq!(holds("1 2 3 4 5"), Err(Malformed::Expression));
    }
}
