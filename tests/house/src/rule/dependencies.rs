//! Who may import whom: the arrows of the architecture, as a table.
//!
//! kernel -> machine -> core -> abi; proc -> ptrace -> proc-abi -> abi; servers and programs -> runtime -> abi. What a
//! program cannot import it cannot rely on: this is what keeps mechanism, policy and programs apart. Dependencies of
//! tests are free. Neighbours: `manifests` reads who depends on what; docs/architecture.md draws the picture.

use crate::complaint::Complaint;
use crate::rule::manifests::{Manifest, manifests};
use crate::tree::Tree;
use std::collections::BTreeSet;

/// What each package of a special standing may import of this workspace.
const ARROWS: [(&str, &[&str]); 14] = [
    ("kernel", &["kernel-machine", "kernel-core", "kernel-abi", "initfs-format"]),
    ("machine-tests", &["kernel-machine", "kernel-core", "kernel-abi"]),
    ("kernel-machine", &["kernel-core", "kernel-abi"]),
    ("kernel-core", &["kernel-abi", "initfs-format"]),
    ("kernel-abi", &[]),
    ("proc", &["ptrace", "proc-abi", "runtime", "kernel-abi", "initfs-format"]),
    ("ptrace", &["proc-abi", "kernel-abi"]),
    ("proc-abi", &["kernel-abi"]),
    ("runtime", &["proc-abi", "kernel-abi"]),
    ("initfs-format", &[]),
    ("initfs-pack", &["initfs-format"]),
    ("qemu-tests", &["initfs-format", "initfs-pack"]),
    ("bench-runner", &["qemu-tests", "initfs-format", "initfs-pack"]),
    ("house", &[]),
];

/// What any other package may import: it is a program or a server of the image.
const PROGRAM_ARROWS: &[&str] = &["runtime", "proc-abi", "kernel-abi", "initfs-format"];

/// The fuzz targets drive every pure crate, so they may import all.
const UNBOUND: [&str; 1] = ["fuzz"];

/// A package imports only what the architecture lets it.
#[must_use]
pub fn dependencies_point_inward(tree: &Tree) -> Vec<Complaint> {
    let packages = manifests(tree);
    let names: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let bound = packages.iter().filter(|package| !UNBOUND.contains(&package.name.as_str()));
    bound.flat_map(|package| judge(package, &names)).collect()
}

fn judge(package: &Manifest, names: &BTreeSet<&str>) -> Vec<Complaint> {
    let arrows = ARROWS.iter().find(|(name, _)| *name == package.name).map_or(PROGRAM_ARROWS, |(_, arrows)| arrows);
    let imported = package.dependencies("dependencies").into_iter().chain(package.dependencies("build-dependencies"));
    let wrong = imported.filter(|name| names.contains(name.as_str()) && !arrows.contains(&name.as_str()));
    wrong.map(|name| Complaint::about(&package.path, format!("{} may not import {name}", package.name))).collect()
}

#[cfg(test)]
mod tests {
    use super::dependencies_point_inward;
    use crate::tree::Tree;

    fn package(name: &str, dependencies: &[&str]) -> String {
        let list: String = dependencies.iter().map(|name| format!("{name}.workspace = true\n")).collect();
        format!("[package]\nname = \"{name}\"\n[dependencies]\n{list}")
    }

    #[test]
    fn an_arrow_the_wrong_way_is_noticed() {
        let files = [
            ("kernel/abi/Cargo.toml", package("kernel-abi", &["bitflags"])),
            ("kernel/core/Cargo.toml", package("kernel-core", &["kernel-abi", "kernel-machine"])),
            ("kernel/machine/Cargo.toml", package("kernel-machine", &["kernel-core"])),
            ("schemes/ptrace/Cargo.toml", package("ptrace", &["kernel-abi"])),
            ("initfs/dbg/Cargo.toml", package("dbg", &["runtime", "ptrace"])),
            ("initfs/runtime/Cargo.toml", package("runtime", &["kernel-abi"])),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let complaints = dependencies_point_inward(&Tree::of(&files));
        let found: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        let expected = [
            "kernel/core/Cargo.toml: kernel-core may not import kernel-machine",
            "initfs/dbg/Cargo.toml: dbg may not import ptrace",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn tests_may_import_anything() {
        let test = "[package]\nname = \"initfs-format\"\n[dev-dependencies]\ninitfs-pack.workspace = true\n";
        let pack = package("initfs-pack", &["initfs-format"]);
        let tree = Tree::of(&[("initfs/format/Cargo.toml", test), ("initfs/pack/Cargo.toml", &pack)]);
        assert_eq!(dependencies_point_inward(&tree), []);
    }
}
