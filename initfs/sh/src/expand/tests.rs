//! Tests of expansion: what words of a parsed command become.
//!
//! Words come from the parser, so that quotes are tested with their meaning. Neighbours: `expand`.

use super::{Parameters, all_fields, single};
use crate::parser::parse;
use crate::syntax::{CommandKind, Simple};
use proptest::prelude::*;

struct Fixed(Vec<Vec<u8>>);

impl Parameters for Fixed {
    fn value(&self, name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"A" => Some(b"one".to_vec()),
            b"SPACED" => Some(b"  two  words ".to_vec()),
            b"EMPTY" => Some(Vec::new()),
            b"?" => Some(b"7".to_vec()),
            _ => None,
        }
    }

    fn positional(&self) -> &[Vec<u8>] {
        &self.0
    }
}

fn simple(text: &str) -> Simple {
    let list = parse(text.as_bytes()).expect("a command");
    match list.items.into_iter().next().expect("an item").chain.first.commands.into_iter().next().expect("one").kind {
        CommandKind::Simple(simple) => simple,
        other => panic!("not simple: {other:?}"),
    }
}

fn expanded(text: &str) -> Vec<String> {
    let parameters = Fixed(vec![b"p 1".to_vec(), b"p2".to_vec()]);
    let fields = all_fields(&parameters, &simple(text).words);
    fields.into_iter().map(|field| String::from_utf8(field).expect("UTF-8")).collect()
}

#[test]
fn parameters_become_their_values() {
    assert_eq!(
        expanded("echo $A ${A}b $A$? \\$A '$A' \"$A!\" $ a$"),
        ["echo", "one", "oneb", "one7", "$A", "$A", "one!", "$", "a$"]
    );
}

#[test]
fn bare_values_are_split_and_quoted_ones_are_not() {
    assert_eq!(expanded("echo x$SPACED.y"), ["echo", "x", "two", "words", ".y"]);
    assert_eq!(expanded("echo \"x$SPACED.y\""), ["echo", "x  two  words .y"]);
    assert_eq!(expanded("echo $EMPTY $NONE '' \"$NONE\" ''$NONE"), ["echo", "", "", ""]);
}

#[test]
fn positional_parameters_stay_apart_in_quotes() {
    assert_eq!(expanded("echo \"$@\""), ["echo", "p 1", "p2"]);
    assert_eq!(expanded("echo \"a$@b\""), ["echo", "ap 1", "p2b"]);
    assert_eq!(expanded("echo $@ \"$*\""), ["echo", "p", "1", "p2", "p 1 p2"]);
    assert!(all_fields(&Fixed(Vec::new()), &simple("\"$@\"").words).is_empty());
}

#[test]
fn assignments_are_not_split() {
    let command = simple("B=$SPACED C='x y'$A true");
    let values: Vec<_> = command.assignments.iter().map(|(_, word)| single(&Fixed(Vec::new()), word)).collect();
    assert_eq!(values, [b"  two  words ".to_vec(), b"x yone".to_vec()]);
    assert_eq!(command.words.len(), 1);
}

proptest! {
    #[test]
    fn a_single_quoted_text_is_one_argument_unchanged(text in "[^'\0]{0,40}") {
        prop_assert_eq!(expanded(&format!("echo '{text}'")), ["echo".to_owned(), text]);
    }

    #[test]
    fn an_escaped_text_is_one_argument_unchanged(text in "[ -~]{1,40}") {
        let escaped: String = text.chars().flat_map(|letter| ['\\', letter]).collect();
        prop_assert_eq!(expanded(&format!("echo {escaped}")), ["echo".to_owned(), text]);
    }
}
