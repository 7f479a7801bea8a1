//! Names of files and tests.
//!
//! Modules are `name.rs` beside a folder `name/`, so that a tab says which file it is; tests are named for the behaviour
//! they show. Neighbours: clippy has the first rule too, for what it compiles; this one sees every file.

use crate::complaint::Complaint;
use crate::tree::Tree;

/// No `mod.rs`, and no test whose name starts with `test_`.
#[must_use]
pub fn names_follow_the_house(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in tree.rust() {
        if source.name() == "mod.rs" {
            complaints.push(Complaint::about(&source.path, "name it after its module, beside the folder"));
        }
        for (number, line) in source.lines().filter(|(_, line)| line.trim_start().starts_with("fn test_")) {
            let what = format!("{}: name a test for what it shows", line.trim());
            complaints.push(Complaint::at(&source.path, number, what));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::names_follow_the_house;
    use crate::tree::Tree;

    #[test]
    fn mod_files_and_test_prefixes_are_noticed() {
        let tree =
            Tree::of(&[("a/src/b/mod.rs", ""), ("a/src/b.rs", "    fn test_x() {}"), ("a/c.rs", "fn x_test_() {}")]);
        let files: Vec<String> = names_follow_the_house(&tree).into_iter().map(|one| one.file).collect();
        assert_eq!(files, ["a/src/b/mod.rs", "a/src/b.rs"]);
    }
}
