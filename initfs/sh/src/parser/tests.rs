//! Tests of the grammar, of messages, and that no text makes the parser panic.
//!
//! Trees are compared by a short notation that shows joins and nesting. Neighbours: `parser`.

use super::{check, parse};
use crate::syntax::{Chain, Command, CommandKind, Connector, List, Place, RedirectionKind, Segment, Sense, Word};
use proptest::prelude::*;

fn word(word: &Word) -> String {
    word.iter()
        .map(|segment| match segment {
            Segment::Text(text, _) => String::from_utf8_lossy(text).into_owned(),
            Segment::Parameter(name, _) => format!("${}", String::from_utf8_lossy(name)),
        })
        .collect()
}

fn words(list: &[Word]) -> String {
    list.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn command(command: &Command) -> String {
    let mut text = match &command.kind {
        CommandKind::Simple(simple) => {
            let assigned = simple
                .assignments
                .iter()
                .map(|(name, value)| format!("{}={} ", String::from_utf8_lossy(name), word(value)));
            assigned.collect::<String>() + &words(&simple.words)
        }
        CommandKind::Group(body) => format!("{{{}}}", list(body)),
        CommandKind::Subshell(body) => format!("({})", list(body)),
        CommandKind::If { branches, otherwise } => {
            let mut text = String::from("if");
            for (condition, body) in branches {
                text += &format!("[{}][{}]", list(condition), list(body));
            }
            otherwise.iter().for_each(|body| text += &format!("else[{}]", list(body)));
            text
        }
        CommandKind::Loop { until, condition, body } => {
            let name = if *until == Sense::Inverted { "until" } else { "while" };
            format!("{name}[{}][{}]", list(condition), list(body))
        }
        CommandKind::For { variable, words: values, body } => {
            let values = values.as_ref().map_or("@".to_owned(), |values| words(values));
            format!("for[{} {values}][{}]", String::from_utf8_lossy(variable), list(body))
        }
    };
    for redirection in &command.redirections {
        let arrow = match redirection.kind {
            RedirectionKind::Read => "<",
            RedirectionKind::Write => ">",
            RedirectionKind::Append => ">>",
            RedirectionKind::Duplicate => ">&",
        };
        text += &format!(" {}{arrow}{}", redirection.descriptor, word(&redirection.target));
    }
    text
}

fn chain(chain: &Chain) -> String {
    let pipeline = |pipeline: &crate::syntax::Pipeline| {
        let mark = if pipeline.sense == Sense::Inverted { "!" } else { "" };
        mark.to_owned() + &pipeline.commands.iter().map(command).collect::<Vec<_>>().join(" | ")
    };
    chain.rest.iter().fold(pipeline(&chain.first), |text, (connector, next)| {
        let joint = if *connector == Connector::And { "&&" } else { "||" };
        format!("{text} {joint} {}", pipeline(next))
    })
}

fn list(list: &List) -> String {
    list.items
        .iter()
        .map(|item| chain(&item.chain) + if item.place == Place::Background { " &" } else { "" })
        .collect::<Vec<_>>()
        .join("; ")
}

fn parsed(text: &str) -> String {
    list(&parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn refused(text: &str) -> String {
    parse(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn commands_are_joined_by_their_operators() {
    assert_eq!(parsed("a b;c&d\ne"), "a b; c &; d; e");
    assert_eq!(parsed("a && b || ! c | d"), "a && b || !c | d");
    assert_eq!(parsed("a |\n b &&\n\n c"), "a | b && c");
    assert_eq!(parsed("# only a comment\n\n a # and another\n"), "a");
    assert_eq!(parsed("a\\\nb c#d"), "ab c#d");
    assert_eq!(parsed(""), "");
}

#[test]
fn redirections_stand_anywhere_in_a_command() {
    assert_eq!(parsed("<in a >out b 2>>log 2>&1"), "a b 0<in 1>out 2>>log 2>&1");
    assert_eq!(parsed("a 2 >x 12>y"), "a 2 12 1>x 1>y");
    assert_eq!(parsed(">x"), " 1>x");
    assert_eq!(parsed("{ a; } >x"), "{a} 1>x");
}

#[test]
fn assignments_come_before_the_first_word() {
    assert_eq!(parsed("A=1 B=$A x C=2"), "A=1 B=$A x C=2");
    assert_eq!(parsed("A="), "A= ");
    assert_eq!(parsed("1=2 -o=3"), "1=2 -o=3");
}

#[test]
fn compound_commands_nest() {
    assert_eq!(parsed("if a; then b; elif c\nthen d\nelse e; fi"), "if[a][b][c][d]else[e]");
    assert_eq!(parsed("while a; do if b; then c; fi; done | d"), "while[a][if[b][c]] | d");
    assert_eq!(parsed("until a\ndo b; done &"), "until[a][b] &");
    assert_eq!(parsed("for x in 1 '2 3' $y; do a $x; done"), "for[x 1 2 3 $y][a $x]");
    assert_eq!(parsed("for x\ndo a; done"), "for[x @][a]");
    assert_eq!(parsed("(a; { b; }); echo if then"), "(a; {b}); echo if then");
}

#[test]
fn a_mistake_is_told_in_one_line() {
    assert_eq!(refused("a | | b"), "line 1: expected a command, found '|'");
    assert_eq!(refused("a\nb &&& c"), "line 2: expected a command, found '&'");
    assert_eq!(refused("a > ; b"), "line 1: expected a file name, found ';'");
    assert_eq!(refused("a 2>&\n"), "line 1: expected a descriptor, found the end of the line");
    assert_eq!(refused("if a; b; fi"), "line 1: expected 'then', found 'fi'");
    assert_eq!(refused("fi"), "line 1: expected a command, found 'fi'");
    assert_eq!(refused("for 1 in a; do b; done"), "line 1: expected the name of a variable, found '1'");
    assert_eq!(refused("f () { a; }"), "line 1: expected the end of the command, found '('");
    assert_eq!(refused("a )"), "line 1: expected a command, found ')'");
    assert_eq!(refused("echo $(a)"), "line 1: $( ): command substitution is not known here");
    assert_eq!(refused("echo ${a:-b}"), "line 1: ${...}: expected a name and }");
    assert_eq!(refused(&"(".repeat(100)), "line 1: more than 64 commands within each other");
}

#[test]
fn an_unfinished_text_asks_for_more() {
    for text in ["if a", "a &&", "a |", "while a; do", "{ a;", "(a", "echo 'x", "echo \"x", "a \\", "for x in a; do"] {
        assert!(parse(text.as_bytes()).is_err_and(|error| error.is_incomplete()), "{text}");
    }
    for text in ["a )", "fi", "a > ;", "if a; fi"] {
        assert!(parse(text.as_bytes()).is_err_and(|error| !error.is_incomplete()), "{text}");
    }
}

#[test]
fn items_keep_their_text() {
    let list = parse(b"sleep 5 | cat & echo 'a  b' # c").expect("a list");
    let texts: Vec<_> = list.items.iter().map(|item| item.text.as_slice()).collect();
    assert_eq!(texts, [&b"sleep 5 | cat"[..], b"echo 'a  b'"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&text);
    }

    #[test]
    fn any_text_of_shell_words_is_read(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "if", "then", "fi", "while", "do", "done", "for", "in", "{", "}", "(", ")", ";", "&", "|", "&&", "||",
                "!", "<", ">", "2>&1", "'q'", "\"$x\"", "\n", "else", "elif", "#c\n",
            ]),
            0..40,
        ),
    ) {
        check(words.join(" ").as_bytes());
    }
}
