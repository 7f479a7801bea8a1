//! The manifests of the packages: the workspace's lints apply to every one.
//!
//! [`Manifest`] is what the rules about packages read of a Cargo.toml. Neighbours: `dependencies` and `decisions` read
//! the same manifests for who depends on what.

use crate::complaint::Complaint;
use crate::tree::Tree;
use toml::Table;

/// A package's Cargo.toml.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    /// Path of the file.
    pub(crate) path: String,
    /// Name of the package.
    pub(crate) name: String,
    /// Everything in the file.
    pub(crate) table: Table,
}

impl Manifest {
    /// The names under one of the tables of dependencies.
    pub(crate) fn dependencies(&self, table: &str) -> Vec<String> {
        let names = self.table.get(table).and_then(|value| value.as_table()).map(|table| table.keys().cloned());
        names.into_iter().flatten().collect()
    }
}

/// All packages; a Cargo.toml that cannot be read is cargo's to complain about.
pub(crate) fn manifests(tree: &Tree) -> Vec<Manifest> {
    let files = tree.sources().filter(|source| source.name() == "Cargo.toml");
    let read = files.filter_map(|source| {
        let table: Table = source.text.parse().ok()?;
        let name = table.get("package")?.get("name")?.as_str()?.to_owned();
        Some(Manifest { path: source.path.clone(), name, table })
    });
    read.collect()
}

/// Every package has `[lints] workspace = true`.
#[must_use]
pub fn lints_apply_everywhere(tree: &Tree) -> Vec<Complaint> {
    let inherits = |manifest: &Manifest| {
        let lints = manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
        lints.and_then(|value| value.as_bool()) == Some(true)
    };
    let silent = manifests(tree).into_iter().filter(|manifest| !inherits(manifest));
    silent.map(|manifest| Complaint::about(&manifest.path, "[lints] workspace = true is missing")).collect()
}

#[cfg(test)]
mod tests {
    use super::lints_apply_everywhere;
    use crate::tree::Tree;

    #[test]
    fn a_package_without_the_lints_is_noticed() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\n"),
            ("a/Cargo.toml", "[package]\nname = \"a\"\n[lints]\nworkspace = true\n"),
            ("b/Cargo.toml", "[package]\nname = \"b\"\n"),
            ("c/Cargo.toml", "[package]\nname = \"c\"\n[lints]\nworkspace = false\n"),
        ]);
        let files: Vec<String> = lints_apply_everywhere(&tree).into_iter().map(|one| one.file).collect();
        assert_eq!(files, ["b/Cargo.toml", "c/Cargo.toml"]);
    }
}
