//! What a shell text says: commands, how they are joined, and words before expansion.
//!
//! Decides nothing. Main types: [`List`], [`Pipeline`], [`Command`], [`Word`]. Neighbours: `parser` makes these, `expand`
//! turns words into arguments, the program beside the library runs commands.

use alloc::vec::Vec;

/// Commands one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// In order.
    pub items: Vec<Item>,
}

/// One element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What to run.
    pub chain: Chain,
    /// Whether to wait for it.
    pub place: Place,
    /// Its text, for people.
    pub text: Vec<u8>,
}

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The shell waits for it.
    Foreground,
    /// The shell goes on.
    Background,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Runs always.
    pub first: Pipeline,
    /// Each runs if the status so far asks for it.
    pub rest: Vec<(Connector, Pipeline)>,
}

/// When the next pipeline of a chain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// After status 0.
    And,
    /// After any other.
    Or,
}

/// Commands that run at the same time, each reading what the one before writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// How the status is read.
    pub sense: Sense,
    /// At least one.
    pub commands: Vec<Command>,
}

/// Whether `!` stands before a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// No.
    Plain,
    /// Yes: 0 becomes 1, all else 0.
    Inverted,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it does.
    pub kind: CommandKind,
    /// In order.
    pub redirections: Vec<Redirection>,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// Runs a program or a builtin, or only assigns.
    Simple(Simple),
    /// `{ ...; }`
    Group(List),
    /// `( ... )`
    Subshell(List),
    /// `if`: the first body whose condition holds.
    If {
        /// Conditions and bodies.
        branches: Vec<(List, List)>,
        /// `else`.
        otherwise: Option<List>,
    },
    /// `while` and `until`.
    Loop {
        /// Which.
        until: Sense,
        /// Runs before each round.
        condition: List,
        /// The round.
        body: List,
    },
    /// `for`.
    For {
        /// The variable.
        variable: Vec<u8>,
        /// Its values; the positional parameters if there is no `in`.
        words: Option<Vec<Word>>,
        /// The round.
        body: List,
    },
}

/// Assignments and words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=VALUE` before the first word.
    pub assignments: Vec<(Vec<u8>, Word)>,
    /// The command's name and its arguments.
    pub words: Vec<Word>,
}

/// A change of a descriptor for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The descriptor.
    pub descriptor: usize,
    /// What it becomes.
    pub kind: RedirectionKind,
    /// File, or descriptor for `Duplicate`.
    pub target: Word,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectionKind {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>&` or `<&`
    Duplicate,
}

/// A word before expansion.
pub type Word = Vec<Segment>;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text as it is. A quoted one makes a word even if it is empty.
    Text(Vec<u8>, Quoting),
    /// The value of a variable or special parameter.
    Parameter(Vec<u8>, Quoting),
}

/// Whether a segment stood in quotes: then it is never split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// No.
    Bare,
    /// Yes.
    Quoted,
}

/// The text of a word that is nothing but unquoted text: only such a word can be a reserved one.
#[must_use]
pub fn plain_text(word: &[Segment]) -> Option<&[u8]> {
    match word {
        [Segment::Text(text, Quoting::Bare)] => Some(text),
        _ => None,
    }
}
