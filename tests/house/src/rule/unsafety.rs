//! Unsafe code and assembly live in two crates, and every other crate forbids them.
//!
//! Files are read as tokens, so the word in a comment or a string is no breach. The crates' own `forbid` makes the
//! compiler hold the rule; this test holds the `forbid`. Neighbours: clippy demands the SAFETY comments.

use crate::complaint::Complaint;
use crate::tree::{Source, Tree};
use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr;

/// The two folders that may hold unsafe code and assembly.
const UNSAFE_FOLDERS: [&str; 2] = ["kernel/machine/", "initfs/runtime/"];

/// Words that only those two may use.
const UNSAFE_WORDS: [&str; 4] = ["unsafe", "asm", "global_asm", "naked_asm"];

/// Unsafe code and assembly only in kernel/machine and initfs/runtime; `forbid(unsafe_code)` in every other crate.
#[must_use]
pub fn unsafe_code_stays_in_its_crates(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in tree.sources().filter(|source| !is_allowed(source)) {
        if source.extension() == "S" {
            complaints.push(Complaint::about(&source.path, "assembly outside kernel/machine and initfs/runtime"));
        }
        if source.is_rust() {
            judge_words(source, &mut complaints);
        }
        if is_crate_root(&source.path) && !source.text.contains("#![forbid(unsafe_code)]") {
            complaints.push(Complaint::about(&source.path, "a crate without #![forbid(unsafe_code)]"));
        }
    }
    complaints
}

fn is_allowed(source: &Source) -> bool {
    UNSAFE_FOLDERS.iter().any(|folder| source.path.starts_with(folder))
}

/// Whether cargo takes this file as the root of a library or program.
fn is_crate_root(path: &str) -> bool {
    let Some((_, inside)) = path.split_once("/src/") else { return false };
    let program = inside.strip_prefix("bin/").is_some_and(|name| !name.contains('/') || name.ends_with("/main.rs"));
    matches!(inside, "lib.rs" | "main.rs") || (program && path.ends_with(".rs"))
}

fn judge_words(source: &Source, complaints: &mut Vec<Complaint>) {
    match TokenStream::from_str(&source.text) {
        Ok(tokens) => judge_tokens(tokens, source, complaints),
        Err(error) => complaints.push(Complaint::about(&source.path, format!("not Rust: {error}"))),
    }
}

fn judge_tokens(tokens: TokenStream, source: &Source, complaints: &mut Vec<Complaint>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => judge_tokens(group.stream(), source, complaints),
            TokenTree::Ident(word) if UNSAFE_WORDS.iter().any(|unsafe_word| word == unsafe_word) => {
                let line = word.span().start().line;
                let what = format!("'{word}' outside kernel/machine and initfs/runtime");
                complaints.push(Complaint::at(&source.path, line, what));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_crate_root, unsafe_code_stays_in_its_crates};
    use crate::tree::Tree;

    const FORBID: &str = "#![forbid(unsafe_code)]\n";

    fn complaints(path: &str, text: &str) -> Vec<String> {
        unsafe_code_stays_in_its_crates(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_word_in_code_is_noticed_wherever_it_hides() {
        let text = "fn f() {\n    g(|| [unsafe { 1 }]);\n}\n";
        let expected = ["schemes/proc/src/node.rs:2: 'unsafe' outside kernel/machine and initfs/runtime"];
        assert_eq!(complaints("schemes/proc/src/node.rs", text), expected);
        assert_eq!(complaints("kernel/core/src/x.rs", "fn f() { asm!(\"nop\") }").len(), 1);
        assert_eq!(complaints("kernel/start.S", "nop").len(), 1);
    }

    #[test]
    fn words_in_comments_and_strings_are_no_breach() {
        assert!(
            complaints("kernel/core/src/x.rs", "// unsafe\n/// unsafe\nconst A: &str = \"unsafe asm\";").is_empty()
        );
    }

    #[test]
    fn the_two_crates_may() {
        for path in ["kernel/machine/src/lib.rs", "initfs/runtime/src/lib.rs", "kernel/machine/src/start.S"] {
            assert!(complaints(path, "unsafe fn f() {}").is_empty());
        }
    }

    #[test]
    fn a_crate_without_forbid_is_noticed() {
        assert_eq!(complaints("schemes/ptrace/src/lib.rs", "fn f() {}").len(), 1);
        assert!(complaints("schemes/ptrace/src/lib.rs", FORBID).is_empty());
    }

    #[test]
    fn crate_roots_are_what_cargo_takes() {
        let roots = ["kernel/src/main.rs", "a/src/lib.rs", "a/src/bin/b.rs", "a/src/bin/b/main.rs"];
        assert!(roots.into_iter().all(is_crate_root));
        let others = ["a/src/b.rs", "a/src/bin/b/c.rs", "a/src/b/lib.rs", "a/tests/b.rs", "a/src/bin/b.txt"];
        assert!(!others.into_iter().any(is_crate_root));
    }
}
