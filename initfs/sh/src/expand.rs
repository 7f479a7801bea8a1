//! Words to arguments: parameters become values, values are split into fields, quotes keep fields whole.
//!
//! Decides XCU 2.6.2 and 2.6.5 for the forms that this shell has; there are no patterns. Main items: [`Parameters`],
//! [`fields`], [`single`]. Neighbours: `syntax` (words), `variables`.

use crate::syntax::{Quoting, Segment, Word};
use alloc::vec::Vec;

/// Where parameters get their values.
pub trait Parameters {
    /// The value of a variable or special parameter other than `@` and `*`; nothing if it is not set.
    fn value(&self, name: &[u8]) -> Option<Vec<u8>>;

    /// The positional parameters, which `@` and `*` stand for.
    fn positional(&self) -> &[Vec<u8>];
}

/// The arguments that `words` become, in order.
pub fn all_fields(parameters: &impl Parameters, words: &[Word]) -> Vec<Vec<u8>> {
    words.iter().flat_map(|word| fields(parameters, word)).collect()
}

/// The arguments that a word becomes: none, one or several.
pub fn fields(parameters: &impl Parameters, word: &[Segment]) -> Vec<Vec<u8>> {
    let mut fields = Fields::default();
    for segment in word {
        match segment {
            Segment::Text(text, _) => fields.join(text),
            Segment::Parameter(name, quoting) => parameter(parameters, name, *quoting, &mut fields),
        }
    }
    fields.finish()
}

/// The one text that a word becomes where nothing is split: assignments and redirections.
pub fn single(parameters: &impl Parameters, word: &[Segment]) -> Vec<u8> {
    let mut text = Vec::new();
    for segment in word {
        match segment {
            Segment::Text(piece, _) => text.extend_from_slice(piece),
            Segment::Parameter(name, _) if is_list(name) => text.extend(parameters.positional().join(&b' ')),
            Segment::Parameter(name, _) => text.extend(parameters.value(name).unwrap_or_default()),
        }
    }
    text
}

fn is_list(name: &[u8]) -> bool {
    matches!(name, b"@" | b"*")
}

fn parameter(parameters: &impl Parameters, name: &[u8], quoting: Quoting, fields: &mut Fields) {
    match (name, quoting) {
        (b"@", Quoting::Quoted) => fields.join_list(parameters.positional()),
        (b"*", Quoting::Quoted) => fields.join(&parameters.positional().join(&b' ')),
        (b"@" | b"*", Quoting::Bare) => {
            for (index, value) in parameters.positional().iter().enumerate() {
                if index > 0 {
                    fields.cut();
                }
                fields.split(value);
            }
        }
        (_, Quoting::Quoted) => fields.join(&parameters.value(name).unwrap_or_default()),
        (_, Quoting::Bare) => fields.split(&parameters.value(name).unwrap_or_default()),
    }
}

/// Fields that are finished, and the one that grows.
#[derive(Default)]
struct Fields {
    finished: Vec<Vec<u8>>,
    open: Option<Vec<u8>>,
}

impl Fields {
    /// Adds text to the field that grows, which exists from then on even if the text is empty.
    fn join(&mut self, text: &[u8]) {
        self.open.get_or_insert_default().extend_from_slice(text);
    }

    /// Adds each value as a field of its own, the first and the last joined to their neighbours.
    fn join_list(&mut self, values: &[Vec<u8>]) {
        if values.is_empty() && self.open.as_ref().is_some_and(Vec::is_empty) {
            // "$@" without parameters is no field; the quotes alone made an empty one.
            self.open = None;
        }
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.cut();
            }
            self.join(value);
        }
    }

    /// Adds text whose blanks end fields.
    fn split(&mut self, text: &[u8]) {
        for byte in text {
            match byte {
                b' ' | b'\t' | b'\n' => self.cut(),
                byte => self.join(&[*byte]),
            }
        }
    }

    fn cut(&mut self) {
        self.finished.extend(self.open.take());
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.cut();
        self.finished
    }
}

#[cfg(test)]
mod tests;
