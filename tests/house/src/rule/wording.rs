//! Nothing is left undone, switched off, or pointing outside.
//!
//! Marks for later work, lint exceptions without a reason, mutable statics, and paths out of the repository are found by
//! their words. Neighbours: an issue is where later work belongs; `#[expect(.., reason)]` is how a lint is answered.

use crate::complaint::Complaint;
use crate::tree::{Source, Tree};

/// This file has the words in it.
const OWN_FILE: &str = "tests/house/src/rule/wording.rs";

const LATER: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Text, and what is wrong with it in code.
const CODE_TEXTS: [(&str, &str); 3] = [
    ("#[allow(", "use #[expect(lint, reason = \"...\")], or put it right"),
    ("#![allow(", "use #[expect(lint, reason = \"...\")] at the narrowest item, or put it right"),
    ("static mut ", "pass the state instead of a mutable static"),
];

/// No marks for later work, no bare `allow`, no `static mut`, and nothing that points out of the repository.
#[must_use]
pub fn nothing_is_left_undone(tree: &Tree) -> Vec<Complaint> {
    tree.sources().filter(|source| source.path != OWN_FILE).flat_map(judge).collect()
}

fn judge(source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let code = ["rs", "S", "sh", "toml", "ld"].contains(&source.extension());
    for (number, line) in source.lines() {
        let mut complain = |what: String| complaints.push(Complaint::at(&source.path, number, what));
        if line.contains("../shared") || line.contains("/work/") {
            complain("points out of the repository".to_owned());
        }
        if code && let Some(word) = words(line).find(|word| LATER.contains(word)) {
            complain(format!("{word}: do it now, or file an issue"));
        }
        for (text, remedy) in CODE_TEXTS {
            if source.is_rust() && line.trim_start().starts_with(text) {
                complain(format!("{text}..: {remedy}"));
            }
        }
    }
    complaints
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[cfg(test)]
mod tests {
    use super::nothing_is_left_undone;
    use crate::tree::Tree;

    fn count(path: &str, text: &str) -> usize {
        nothing_is_left_undone(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn each_mark_is_noticed() {
        for line in ["// TODO: x", "fn f() {} // FIXME", "// XXX", "#[allow(dead_code)]", "    static mut X: u8 = 0;"] {
            assert_eq!(count("kernel/core/src/x.rs", line), 1, "{line}");
        }
        assert_eq!(count("build/x.sh", "# TODO"), 1);
        assert_eq!(count("docs/x.md", "see ../shared/design.md"), 1);
    }

    #[test]
    fn other_words_pass() {
        for line in ["// TODOS and xxx", "let allow = 1;", "\"#[allow(\"", "static X: u8 = 0;", "share/d ..shared"] {
            assert_eq!(count("kernel/core/src/x.rs", line), 0, "{line}");
        }
        assert_eq!(count("docs/style.md", "no TODO in main"), 0);
    }
}
